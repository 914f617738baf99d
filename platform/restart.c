#ifdef __linux__
#define _GNU_SOURCE /* close_range */
#endif

#include "platform/restart.h"

#include <unistd.h>

#ifdef __linux__
#include <linux/close_range.h>

/* Libraries may have left some open. */
static void close_all_others(void)
{
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
}
#else
extern char **environ; /* POSIX wants it, and no header has it */

static void close_all_others(void)
{
}
#endif

void restart_program(char **argv, char **environment)
{
    close_all_others();
    environ = environment;
    execvp(argv[0], argv);
}

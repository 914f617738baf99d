#include "platform/files/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int outlet_open(const char *path)
{
    if (!strcmp(path, "-"))
        return STDOUT_FILENO;
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0666);
}

/* What poll calls writable takes PIPE_BUF bytes at once, also where the descriptor blocks, as standard output may. */
int outlet_write(int descriptor, const char *bytes, size_t length)
{
    struct pollfd entry = { .fd = descriptor, .events = POLLOUT };
    if (poll(&entry, 1, 0) <= 0)
        return 0;
    int n = (int)write(descriptor, bytes, MIN(length, PIPE_BUF));
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

void outlet_close(int descriptor)
{
    if (descriptor >= 0 && descriptor != STDOUT_FILENO)
        close(descriptor);
}

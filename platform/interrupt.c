#include "platform/interrupt.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* The only mutable globals: a signal handler can reach nothing else. What it writes nobody else does: a signal that
 * came while a flag was taken down would be lost. */
static volatile sig_atomic_t seen, reloads;
static sig_atomic_t told; /* of the reloads */

static void on_signal(int number)
{
    seen = 1;
    signal(number, SIG_DFL);
}

#ifdef SIGHUP
static void on_hang_up(int number)
{
    (void)number;
    reloads = (reloads + 1) % 100; /* another than before is all that counts */
}
#endif

void interrupt_catch_reload(void)
{
#ifdef SIGHUP
    if (getenv("NOTIFY_SOCKET") || !isatty(STDIN_FILENO))
        signal(SIGHUP, on_hang_up);
#endif
}

void interrupt_catch(void)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
}

bool interrupt_reload_seen(void)
{
    sig_atomic_t now = reloads;
    bool again = now != told;
    told = now;
    return again;
}

bool interrupt_seen(void)
{
    return seen;
}

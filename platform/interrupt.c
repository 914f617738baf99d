#include "platform/interrupt.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* The only mutable globals: a signal handler can reach nothing else. */
static volatile sig_atomic_t seen, reload;

static void on_signal(int number)
{
    seen = 1;
    signal(number, SIG_DFL);
}

#ifdef SIGHUP
static void on_hang_up(int number)
{
    (void)number;
    reload = 1;
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
    bool was = reload;
    reload = 0;
    return was;
}

bool interrupt_seen(void)
{
    return seen;
}

#include "platform/interrupt.h"

#include <signal.h>

/* The one mutable global: a signal handler can reach nothing else. */
static volatile sig_atomic_t seen;

static void on_signal(int number)
{
    seen = 1;
    signal(number, SIG_DFL);
}

void interrupt_catch(void)
{
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
}

bool interrupt_seen(void)
{
    return seen;
}

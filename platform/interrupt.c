#include "platform/interrupt.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Who sends a signal to a process and then to its whole group (timeout(1), a shell's wrapper) sends it twice, and means
 * it once. */
static const double TWICE_S = 0.5;

/* The only mutable globals: a signal handler can reach nothing else. What it writes nobody else does: a signal that
 * came while a flag was taken down would be lost. */
static volatile sig_atomic_t seen, reloads;
static sig_atomic_t told; /* of the reloads */
static double first_s;    /* when it was seen */

static double now_s(void)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void on_signal(int number)
{
    double at_s = now_s();
    if (!seen) {
        first_s = at_s;
        seen = 1;
    } else if (at_s - first_s >= TWICE_S) {
        signal(number, SIG_DFL);
        raise(number);
    }
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

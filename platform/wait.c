#ifdef __linux__
#define _GNU_SOURCE /* ppoll */
#endif
#include "platform/wait.h"

#include <errno.h>

#ifdef __linux__
#include <poll.h>

void wait_for_fds(GPollFD *fds, guint n, int64_t wait_us)
{
    G_STATIC_ASSERT(sizeof(GPollFD) == sizeof(struct pollfd));
    struct timespec wait = { .tv_sec = wait_us / G_USEC_PER_SEC, .tv_nsec = wait_us % G_USEC_PER_SEC * 1000 };
    if (ppoll((struct pollfd *)fds, n, &wait, NULL) < 0 && errno != EINTR)
        g_error("ppoll: %s", g_strerror(errno));
}
#else
/* Whole milliseconds, rounded up: a deadline is met late by less than one rather than spun towards. */
void wait_for_fds(GPollFD *fds, guint n, int64_t wait_us)
{
    if (g_poll(fds, n, (gint)((wait_us + 999) / 1000)) < 0 && errno != EINTR)
        g_error("poll: %s", g_strerror(errno));
}
#endif

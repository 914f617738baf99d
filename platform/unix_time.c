#include "platform/unix_time.h"

#include <glib.h>
#include <time.h>

/* Monotonic, and going on while the machine sleeps. */
static int64_t waking_us(void)
{
#ifdef CLOCK_BOOTTIME
    struct timespec now;
    if (!clock_gettime(CLOCK_BOOTTIME, &now))
        return (int64_t)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
#endif
    return g_get_monotonic_time();
}

struct offsets {
    int64_t monotonic_us, waking_us; /* the wall clock less each */
};

/* Written once, by whoever asks first. */
static const struct offsets *offsets(void)
{
    static gsize made;
    static struct offsets kept;
    if (g_once_init_enter(&made)) {
        int64_t unix_us = g_get_real_time();
        kept = (struct offsets){ unix_us - g_get_monotonic_time(), unix_us - waking_us() };
        g_once_init_leave(&made, 1);
    }
    return &kept;
}

int64_t unix_time_asleep_us(void)
{
    return waking_us() - g_get_monotonic_time();
}

int64_t unix_time_us(int64_t monotonic_us)
{
    return monotonic_us + offsets()->monotonic_us;
}

int64_t unix_time_now_us(void)
{
    return waking_us() + offsets()->waking_us;
}

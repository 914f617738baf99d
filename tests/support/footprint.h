/* What a process has after many rounds of the same, compared with what it had after the first tenth of them. */
#ifndef CALLAPI_TESTS_FOOTPRINT_H
#define CALLAPI_TESTS_FOOTPRINT_H

#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/resource.h>

#include "left_behind.h"

#if defined(__SANITIZE_ADDRESS__)
enum { ROUNDS = 20 }; /* leaks are found anyhow */
#else
enum { ROUNDS = 500 }; /* for each of two who do the same beside each other */
#endif
/* Of what is allocated: a kilobyte or two in each round are more; what waits to be sent again differs by as much. The
 * resident set also has what was freed, and finds its full size when the most that is ever needed at one moment was. */
enum { MORE_IN_USE_KB = 2048, MORE_RESIDENT_KB = 16384 };
enum { MORE_IDLE_MS = 200 };

struct footprint {
    struct belongings belongings;
    int resident_kb, in_use_kb; /* in use: allocated and not freed, 0 where that is not told */
    int idle_ms;                /* of CPU, in a second without anything to do */
};

static inline int resident_kb(void)
{
    g_autofree char *status = NULL;
    const char *line = g_file_get_contents("/proc/self/status", &status, NULL, NULL) ? strstr(status, "VmRSS:") : NULL;
    return line ? atoi(line + strlen("VmRSS:")) : 0;
}

static inline int in_use_kb(void)
{
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    struct mallinfo2 info = mallinfo2();
    return (int)((info.uordblks + info.hblkhd) / 1024);
#else
    return 0;
#endif
}

static inline int used_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (int)((usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                 (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
}

/* `idle` runs the loop for so many milliseconds. */
static inline struct footprint look(void (*idle)(void *world, int ms), void *world)
{
    idle(world, 3000); /* what the last round leaves has ended */
    int before_ms = used_ms();
    idle(world, 1000);
    return (struct footprint){ .belongings = belongings_now(),
                               .resident_kb = resident_kb(),
                               .in_use_kb = in_use_kb(),
                               .idle_ms = used_ms() - before_ms };
}

static inline void assert_no_more(const struct footprint *now, const struct footprint *before)
{
    g_test_message("descriptors %d, %d; threads %d, %d; kB %d, %d, in use %d, %d; idle ms %d, %d",
                   before->belongings.descriptors, now->belongings.descriptors, before->belongings.threads,
                   now->belongings.threads, before->resident_kb, now->resident_kb, before->in_use_kb, now->in_use_kb,
                   before->idle_ms, now->idle_ms);
    g_assert_cmpint(now->belongings.descriptors, <=, before->belongings.descriptors);
    g_assert_cmpint(now->belongings.threads, <=, before->belongings.threads);
    g_assert_cmpint(now->in_use_kb, <, before->in_use_kb + MORE_IN_USE_KB);
#if !defined(__SANITIZE_ADDRESS__) /* what was freed is kept there */
    g_assert_cmpint(now->resident_kb, <, before->resident_kb + MORE_RESIDENT_KB);
#endif
    g_assert_cmpint(now->idle_ms, <, before->idle_ms + MORE_IDLE_MS);
}

#endif

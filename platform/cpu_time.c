#include "platform/cpu_time.h"

#include <glib.h>
#include <sys/resource.h>
#include <time.h>

int64_t cpu_time_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

int64_t thread_cpu_time_us(void)
{
    struct timespec spent;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) ? g_get_monotonic_time()
                                                          : spent.tv_sec * G_USEC_PER_SEC + spent.tv_nsec / 1000;
}

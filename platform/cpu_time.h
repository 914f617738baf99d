/* What this program has used of the processors. */
#ifndef CALLAPI_PLATFORM_CPU_TIME_H
#define CALLAPI_PLATFORM_CPU_TIME_H

#include <stdint.h>

/* Of all its threads since it began, the system's work for it included: microseconds. */
int64_t cpu_time_us(void);
/* Likewise, of this thread. Where the system does not tell, it is the monotonic clock. */
int64_t thread_cpu_time_us(void);

#endif

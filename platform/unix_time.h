/* The time since 1970 for what machines and streams tell each other. */
#ifndef CALLAPI_PLATFORM_UNIX_TIME_H
#define CALLAPI_PLATFORM_UNIX_TIME_H

#include <stdint.h>

/* The wall clock as it was when this program first asked, and evenly from then on: that it is set meanwhile (a
 * Raspberry Pi learns the time from the network only after its start, an operator sets another year) moves no time that
 * was told before against one that is told later. Of what has to be right by the calendar (tokens, certificates,
 * history) ask g_get_real_time. Microseconds; of a time of g_get_monotonic_time. */
int64_t unix_time_us(int64_t monotonic_us);
/* Of now; with the time that the machine slept, where the system counts it (Linux's CLOCK_BOOTTIME): a message that is
 * sent after it is not as old as that. */
int64_t unix_time_now_us(void);
/* How long the machine has slept since it was started, microseconds; always the same where the system does not count
 * it. The monotonic clock stood still meanwhile, and so did everything that waits for a time. */
int64_t unix_time_asleep_us(void);

#endif

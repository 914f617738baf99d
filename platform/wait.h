/* poll() with a time-out in microseconds, where the system has it. */
#ifndef CALLAPI_PLATFORM_WAIT_H
#define CALLAPI_PLATFORM_WAIT_H

#include <glib.h>
#include <stdint.h>

/* Waits at most `wait_us` (not negative) for one of the file descriptors; sets their revents. A signal ends the wait
 * early. */
void wait_for_fds(GPollFD *fds, guint n, int64_t wait_us);

#endif

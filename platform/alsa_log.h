/* alsa-lib's own lines: it would write to stderr by itself, for each device that is not there and each underrun. What a
 * user must know is said by who opens the device. */
#ifndef CALLAPI_PLATFORM_ALSA_LOG_H
#define CALLAPI_PLATFORM_ALSA_LOG_H

/* For all of the program, for good. */
void alsa_log_take(void);

typedef void (*alsa_log_handler)(void);
/* For this thread, until alsa_log_leave_thread gets what this returned: a library does not take the program's. */
alsa_log_handler alsa_log_take_thread(void);
void alsa_log_leave_thread(alsa_log_handler before);

#endif

/* A clock that only the input moves: in the place of GLib's and OpenSSL's, and of platform/deadline.c. A target that
 * names clock.c among its sources is the same each time that it runs, and needs to wait for nothing. */
#ifndef CALLAPI_TESTS_FUZZ_CLOCK_H
#define CALLAPI_TESTS_FUZZ_CLOCK_H

#include <stdint.h>

/* For each input. No deadline may be left of the one before. */
void fuzz_clock_start(void);
/* What is due meanwhile happens, each at its time. 0: what is due now. */
void fuzz_clock_pass(int64_t us);
int64_t fuzz_clock_now(void);

#endif

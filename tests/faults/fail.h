/* Allocations that fail on purpose, those that libraries make: FFmpeg's (posix_memalign, which nothing else here uses)
 * and OpenSSL's. GLib ends the program where it gets no memory, and so do we: what we and it allocate is bounded. */
#ifndef CALLAPI_TESTS_FAULTS_FAIL_H
#define CALLAPI_TESTS_FAULTS_FAIL_H

#include <stdbool.h>

/* Before OpenSSL allocates anything; a program that does not call it counts FFmpeg's alone. */
void fail_in_openssl(void);
/* From now on the n-th allocation from here, counted from 1, fails, and no other one; 0: none. */
void fail_at(int n);
/* Whether it was reached. */
bool fail_happened(void);

#endif

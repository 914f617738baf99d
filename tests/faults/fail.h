/* Allocations that fail on purpose, those that FFmpeg makes (posix_memalign, which nothing else here uses). GLib ends
 * the program where it gets no memory, and so do we: what we and it allocate is bounded. */
#ifndef CALLAPI_TESTS_FAULTS_FAIL_H
#define CALLAPI_TESTS_FAULTS_FAIL_H

#include <stdbool.h>

/* From now on the n-th allocation from here, counted from 1, fails, and no other one; 0: none. */
void fail_at(int n);
/* Whether it was reached. */
bool fail_happened(void);

#endif

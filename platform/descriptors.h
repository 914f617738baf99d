/* How many file descriptors the process may have open. */
#ifndef CALLAPI_PLATFORM_DESCRIPTORS_H
#define CALLAPI_PLATFORM_DESCRIPTORS_H

#include <stdbool.h>

/* As it is now. */
int descriptors_allowed(void);
/* Whether `n` more can be opened. */
bool descriptors_are_left(int n);
/* Asks for at least `wanted`. */
void descriptors_raise(int wanted);
/* Asks for `wanted`; gives what is granted, which the administrator may have limited (ulimit -Hn). */
int descriptors_set(int wanted);

#endif

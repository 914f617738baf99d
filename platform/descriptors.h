/* How many file descriptors the process may have open. */
#ifndef CALLAPI_PLATFORM_DESCRIPTORS_H
#define CALLAPI_PLATFORM_DESCRIPTORS_H

/* As it is now. */
int descriptors_allowed(void);
/* Asks for `wanted`; gives what is granted, which the administrator may have limited (ulimit -Hn). */
int descriptors_set(int wanted);

#endif

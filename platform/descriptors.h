/* How many file descriptors the process may have open. */
#ifndef CALLAPI_PLATFORM_DESCRIPTORS_H
#define CALLAPI_PLATFORM_DESCRIPTORS_H

#include <stdbool.h>

/* As it is now. */
int descriptors_allowed(void);
/* Whether `n` more can be opened. */
bool descriptors_are_left(int n);
/* One bit for each descriptor below DESCRIPTORS_SEEN that is an eventfd now; none where the system has no /proc. */
enum { DESCRIPTORS_SEEN = 4096 };
struct descriptors_eventfds {
    unsigned char open[DESCRIPTORS_SEEN / 8];
};
void descriptors_find_eventfds(struct descriptors_eventfds *found);
/* The one that has been opened since; -1: none, or not one alone. */
int descriptors_new_eventfd(const struct descriptors_eventfds *before);
/* Closes it, if it still is one. */
void descriptors_close_eventfd(int descriptor);
/* Asks for at least `wanted`. */
void descriptors_raise(int wanted);
/* Asks for `wanted`; gives what is granted, which the administrator may have limited (ulimit -Hn). */
int descriptors_set(int wanted);

#endif

/* What the C library keeps of freed memory for later. */
#ifndef CALLAPI_PLATFORM_MEMORY_H
#define CALLAPI_PLATFORM_MEMORY_H

/* It goes back to the system, where the C library can do so (glibc, by malloc_trim(3)); elsewhere nothing happens.
 * Takes a millisecond or two for 50 MB: for moments of rest. From any thread. */
void memory_give_back(void);

#endif

/* Named pipes (POSIX FIFOs). Opening one waits for whoever writes, and nothing but a signal ends that wait: here it is
 * bounded. */
#ifndef CALLAPI_PLATFORM_FILES_FIFO_H
#define CALLAPI_PLATFORM_FILES_FIFO_H

#include <stdbool.h>

/* False where the system has none. */
bool fifo_is(const char *path);
/* A descriptor to read from, the caller's to close, that has something to be read; -1: `given_up` was true before
 * somebody wrote, or it cannot be opened. */
int fifo_open(const char *path, int (*given_up)(void *user_data), void *user_data);
/* Takes -1. */
void fifo_close(int descriptor);

#endif

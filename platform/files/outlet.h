/* Files, pipes and standard output that are written to without ever waiting for who reads them. */
#ifndef CALLAPI_PLATFORM_FILES_OUTLET_H
#define CALLAPI_PLATFORM_FILES_OUTLET_H

#include <stddef.h>

/* `path` "-": standard output. A descriptor, or -1 and errno: a named pipe that nobody reads is refused, too. */
int outlet_open(const char *path);
/* How many of the bytes it took; 0: none just now. -1 and errno: it takes no more at all. */
int outlet_write(int descriptor, const char *bytes, size_t length);
/* Takes -1. Standard output stays open. */
void outlet_close(int descriptor);

#endif

/* How the C library's heap treats blocks of the size of pictures. */
#ifndef CALLAPI_PLATFORM_HEAP_H
#define CALLAPI_PLATFORM_HEAP_H

/* From here on such blocks (128 KiB and more) are the system's again as soon as they are freed. glibc would raise that
 * size to whatever was freed once (mallopt(3), M_MMAP_THRESHOLD): pictures then stand among small blocks, and leave
 * holes that a program of calls never fills, a fifth of its memory and more. For a program's main, first; a library has
 * no say in it. Elsewhere than with glibc it does nothing. */
void heap_return_large(void);

#endif

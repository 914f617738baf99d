#include "platform/heap.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void heap_return_large(void)
{
#ifdef __GLIBC__
    enum { LARGE = 128 << 10 }; /* what it begins with */
    mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}

#include "platform/memory.h"

#include <stdlib.h> /* says which C library this is */

#ifdef __GLIBC__

#include <malloc.h>

void memory_give_back(void)
{
    malloc_trim(0);
}

#else

void memory_give_back(void)
{
}

#endif

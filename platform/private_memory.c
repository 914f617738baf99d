#include "platform/private_memory.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

void private_memory_begin(void)
{
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

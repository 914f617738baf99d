#include "platform/descriptors.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

int descriptors_allowed(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 0;
    return limit.rlim_cur > INT_MAX ? INT_MAX : (int)limit.rlim_cur;
}

int descriptors_set(int wanted)
{
    struct rlimit limit;
    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = (rlim_t)wanted < limit.rlim_max ? (rlim_t)wanted : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    return descriptors_allowed();
}

void descriptors_raise(int wanted)
{
    if (descriptors_allowed() < wanted)
        descriptors_set(wanted);
}

/* The lowest free one is given out, so that all below are in use. */
bool descriptors_are_left(int n)
{
    int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (lowest >= 0)
        close(lowest);
    return lowest >= 0 && lowest + n <= descriptors_allowed();
}

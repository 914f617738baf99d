#include "platform/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static bool is_eventfd(int descriptor)
{
    char path[64], target[64] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return readlink(path, target, sizeof target - 1) > 0 && !strcmp(target, "anon_inode:[eventfd]");
}

void descriptors_find_eventfds(struct descriptors_eventfds *found)
{
    DIR *folder = opendir("/proc/self/fd");
    memset(found, 0, sizeof *found);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        int descriptor = atoi(entry->d_name);
        if (descriptor < DESCRIPTORS_SEEN && is_eventfd(descriptor))
            found->open[descriptor / 8] |= (unsigned char)(1 << descriptor % 8);
    }
    if (folder)
        closedir(folder);
}

int descriptors_new_eventfd(const struct descriptors_eventfds *before)
{
    struct descriptors_eventfds now;
    int fresh = -1, n = 0;
    descriptors_find_eventfds(&now);
    for (int i = 0; i < DESCRIPTORS_SEEN; i++)
        if ((now.open[i / 8] & ~before->open[i / 8]) >> i % 8 & 1) {
            fresh = i;
            n++;
        }
    return n == 1 ? fresh : -1;
}

void descriptors_close_eventfd(int descriptor)
{
    if (descriptor >= 0 && is_eventfd(descriptor))
        close(descriptor);
}

#include "platform/files/fifo.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_MS = 50 };

bool fifo_is(const char *path)
{
    struct stat about;
    return !stat(path, &about) && S_ISFIFO(about.st_mode);
}

/* What was opened without waiting reads as ended until somebody writes: so that is waited for. */
int fifo_open(const char *path, int (*given_up)(void *user_data), void *user_data)
{
    struct pollfd fifo = { .fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), .events = POLLIN };
    while (fifo.fd >= 0 && poll(&fifo, 1, LOOK_MS) <= 0) {
        if (given_up(user_data)) {
            fifo_close(fifo.fd);
            return -1;
        }
    }
    return fifo.fd;
}

void fifo_close(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

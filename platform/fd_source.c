#include "platform/fd_source.h"

#include <glib-unix.h>

GSource *fd_source_create(int fd, GIOCondition condition)
{
    return g_unix_fd_source_new(fd, condition);
}

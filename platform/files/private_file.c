#include "platform/files/private_file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

void private_file_create(const char *path)
{
    int created = g_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (created >= 0)
        g_close(created, NULL);
}

void private_file_close_to_others(const char *path)
{
    GStatBuf about;
    if (g_lstat(path, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & 077))
        g_chmod(path, about.st_mode & 0700);
}

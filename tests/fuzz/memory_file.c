#define _GNU_SOURCE /* memfd_create */
#include "memory_file.h"

#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

struct memory_file memory_file_open(const uint8_t *data, size_t size)
{
    struct memory_file file = { .descriptor = memfd_create("input", MFD_CLOEXEC) };
    g_assert_cmpint(file.descriptor, >=, 0);
    g_assert_cmpint(write(file.descriptor, data, size), ==, (ssize_t)size);
    g_snprintf(file.url, sizeof file.url, "file:/proc/self/fd/%d", file.descriptor);
    return file;
}

void memory_file_close(struct memory_file *file)
{
    close(file->descriptor);
}

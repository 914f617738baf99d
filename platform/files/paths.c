#include "platform/files/paths.h"

#include <glib.h>

char *paths_program(void)
{
#ifdef __linux__
    return g_file_read_link("/proc/self/exe", NULL);
#else
    return g_find_program_in_path("callapi");
#endif
}

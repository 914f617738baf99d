/* Where this program is. */
#ifndef CALLAPI_PLATFORM_FILES_PATHS_H
#define CALLAPI_PLATFORM_FILES_PATHS_H

/* The running program's own file, or NULL where the system does not tell. g_free it. */
char *paths_program(void);

#endif

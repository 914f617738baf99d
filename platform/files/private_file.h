/* Files that other users of the machine must not read. */
#ifndef CALLAPI_PLATFORM_FILES_PRIVATE_FILE_H
#define CALLAPI_PLATFORM_FILES_PRIVATE_FILE_H

/* Makes an empty file, from its first moment on for its owner alone; one that is there stays as it is. */
void private_file_create(const char *path);
/* From now on for its owner alone, if it is there. */
void private_file_close_to_others(const char *path);

#endif

/* Where fonts, sounds and the web client are. */
#ifndef CALLAPI_PLATFORM_FILES_ASSETS_H
#define CALLAPI_PLATFORM_FILES_ASSETS_H

/* The folder `assets`: $CALLAPI_ASSETS, else beside the program's source or installation. g_free it. */
char *assets_find(void);

#endif

/* Texts that people wrote: configurations, themes, tokens. */
#ifndef CALLAPI_ENGINE_TEXT_TEXT_FILE_H
#define CALLAPI_ENGINE_TEXT_TEXT_FILE_H

#include <glib.h>

/* The whole file, without the byte order mark that some editors put before a text; NULL with `error`. `size` may be
 * NULL. */
char *text_file_read(const char *path, size_t *size, GError **error);
/* A secret of one line, such as a token: without what is blank around it, too. */
char *text_file_read_word(const char *path, GError **error);

#endif

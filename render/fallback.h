/* The system's font for a text that the own font lacks letters of, by fontconfig. */
#ifndef CALLAPI_RENDER_FALLBACK_H
#define CALLAPI_RENDER_FALLBACK_H

#include <stdbool.h>

struct fallback;

/* Reads which fonts there are: some milliseconds, more at the first time on a machine. */
struct fallback *fallback_create(void);
void fallback_destroy(struct fallback *fallback); /* takes NULL */

/* The file, and the face in it, of the best installed font that has all letters of `text` (valid UTF-8); g_free `path`.
 * False where none has, then path is NULL. Takes milliseconds: keep what was found. */
bool fallback_find(const struct fallback *fallback, const char *text, bool semibold, char **path, long *face);

#endif

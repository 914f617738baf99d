/* The system's font for a text that the own font lacks letters of, by fontconfig. */
#ifndef CALLAPI_RENDER_FALLBACK_H
#define CALLAPI_RENDER_FALLBACK_H

#include <stdbool.h>

/* The file, and the face in it, of the best installed font that has all letters of `text` (valid UTF-8); g_free `path`. False where none has,
 * then path is NULL. Takes milliseconds: keep what was found. */
bool fallback_find(const char *text, bool semibold, char **path, long *face);
/* Forgets what fontconfig knows; it is read anew when asked again. */
void fallback_forget(void);

#endif

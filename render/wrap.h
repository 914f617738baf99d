/* Text in lines. */
#ifndef CALLAPI_RENDER_WRAP_H
#define CALLAPI_RENDER_WRAP_H

#include <glib.h>

/* Width of `line` in pixels. */
typedef int (*wrap_measure)(void *user_data, const char *line);

/* `text` in `max_lines` lines at the most, none wider than `max_width` where that can be: broken at spaces, after
 * hyphens and between ideographs (not before punctuation that closes), inside of a word only where it alone is too
 * wide. What is left over stands in the last line, which may be too wide then. Owned strings; at least one line. */
GPtrArray *wrap_text(const char *text, int max_width, int max_lines, wrap_measure measure, void *user_data);

#endif

/* Where something stands in an INI file: GLib reads those, and does not tell lines. For the configuration and the
 * theme. */
#ifndef CALLAPI_ENGINE_TEXT_INI_LINES_H
#define CALLAPI_ENGINE_TEXT_INI_LINES_H

/* The number of the line where the key stands the `nth` time (0: the first) in its section, `key` NULL: where the
 * section begins; 0: it does not. */
int ini_find_line(const char *text, const char *section, const char *key, int nth);
/* The first line that GLib does not take, of a text with one. */
int ini_find_unclear_line(const char *text);

#endif

/* Log lines go through GLib (g_warning, g_message, g_info, g_debug; each folder is a log domain) to stderr as
 * "callapi: <domain>: <text>". */
#ifndef CALLAPI_PLATFORM_LOG_H
#define CALLAPI_PLATFORM_LOG_H

#include <stdbool.h>

/* `text` as one line stays one, with "\x1b" for what would do something to a terminal; g_free it. Each line of the log
 * goes through it. */
char *log_escape(const char *text);

/* Call once, first in main. */
void log_init(void);
/* Whether g_info and g_debug lines are shown, too (else CALLAPI_DEBUG=1 has them shown). */
void log_set_verbose(bool verbose);
/* "warning", "notice" (g_message), "info" or "debug"; -1: none of these. */
int log_find_level(const char *word);
/* What is shown from now on: this level, and what is more important. "notice" where nobody says anything. */
void log_set_level(int level);

#endif

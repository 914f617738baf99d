/* What happened, in words a visitor understands, in the language of the screen. */
#ifndef CALLAPI_APP_VIEW_WORDS_H
#define CALLAPI_APP_VIEW_WORDS_H

#include <glib.h>

#include "app/agent/agent.h"

/* `pattern` with `name` in place of its %s; a translation is a file from outside and therefore never a format. g_free
 * it. */
char *words_with(const char *pattern, const char *name);
/* What is wrong, and what to do about it; both NULL where all is well. */
struct words_trouble {
    const char *what, *to_do;
};
struct words_trouble words_of_status(enum agent_status status);
struct words_trouble words_of_stream(enum stream_fault fault);
/* How a call with `who` ended; NULL where nothing needs to be said. g_free it. */
char *words_of_end(enum call_reason reason, enum call_role role, const char *who);
/* What is done without, and what that means; NULL where nothing is missing. */
const char *words_of_missing(enum capture_trouble camera, bool microphone, bool speaker);
/* "3:07", "1:02:03"; g_free it. */
char *words_of_time(int seconds);
/* "14:03", "Mon 14:03", "2026-11-20", by how long ago; g_free it. */
char *words_of_moment(int64_t unix_ms);
/* "Closed until 14:00", "Closed until Mon 09:00"; g_free it. */
char *words_of_closing(GDateTime *now, GDateTime *opens);
/* Why a press did nothing. */
const char *words_of_error(enum call_error error);

#endif

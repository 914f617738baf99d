/* Test support: the warnings that were logged, counted. A log handler gets no test's context, hence the globals. */
#ifndef CALLAPI_TESTS_WARNINGS_HEARD_H
#define CALLAPI_TESTS_WARNINGS_HEARD_H

#include <glib.h>

static int warnings;
static char *said; /* the last one */

static inline void on_log(const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
    (void)domain;
    (void)user_data;
    if (!(level & G_LOG_LEVEL_WARNING))
        return;
    warnings++;
    g_free(said);
    said = g_strdup(message);
}

#endif

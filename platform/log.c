#include "platform/log.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "platform/alsa_log.h"

static GLogWriterOutput write_line(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
    (void)user_data;
    if ((level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)) && !g_log_get_debug_enabled())
        return G_LOG_WRITER_HANDLED;
    const char *domain = "glib", *text = "";
    for (gsize i = 0; i < n_fields; i++) {
        if (!strcmp(fields[i].key, "GLIB_DOMAIN"))
            domain = fields[i].value;
        else if (!strcmp(fields[i].key, "MESSAGE"))
            text = fields[i].value;
    }
    fprintf(stderr, "callapi: %s: %s\n", domain, text);
    return G_LOG_WRITER_HANDLED;
}

void log_set_verbose(bool verbose)
{
    g_log_set_debug_enabled(verbose || g_getenv("CALLAPI_DEBUG"));
}

void log_init(void)
{
    log_set_verbose(false);
    g_log_set_writer_func(write_line, NULL, NULL);
    alsa_log_take();
}

#include "platform/log.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "platform/alsa_log.h"

/* What comes from outside must not end the line, move the cursor or turn the text round: control characters, line
 * separators, bidirectional controls (Unicode, 3.4, Bidi_Control) and what is no UTF-8 are written as C escapes. */
static bool is_plain(gunichar c)
{
    bool bidirectional = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                         (c >= 0x2066 && c <= 0x2069);
    return !g_unichar_iscntrl(c) && c != 0x2028 && c != 0x2029 && !bidirectional;
}

char *log_escape(const char *text)
{
    GString *escaped = g_string_new(NULL);
    while (*text) {
        gunichar c = g_utf8_get_char_validated(text, -1);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        const char *next = valid ? g_utf8_next_char(text) : text + 1;
        if (valid && is_plain(c))
            g_string_append_len(escaped, text, next - text);
        else
            for (; text < next; text++)
                g_string_append_printf(escaped, "\\x%02x", (guchar)*text);
        text = next;
    }
    return g_string_free(escaped, FALSE);
}

/* What libraries say for their own makers. */
static bool is_chatter(GLogLevelFlags level, const char *domain)
{
    static const char *const libraries[] = { "GLib", "dconf", "libnice", "libsoup" };
    bool said = level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG);
    for (size_t i = 0; said && i < G_N_ELEMENTS(libraries); i++)
        if (g_str_has_prefix(domain, libraries[i]))
            return !g_getenv("CALLAPI_DEBUG");
    return false;
}

static const struct {
    const char *word;
    GLogLevelFlags level;
    const char *journal; /* syslog(3)'s priority, as a line for the journal begins with it (sd-daemon(3)) */
} levels[] = {
    { "warning", G_LOG_LEVEL_WARNING, "<4>" },
    { "notice", G_LOG_LEVEL_MESSAGE, "<5>" },
    { "info", G_LOG_LEVEL_INFO, "<6>" },
    { "debug", G_LOG_LEVEL_DEBUG, "<7>" },
};

/* The log is one for the process, as GLib's writer is: the last level that is shown. */
static GLogLevelFlags shown = G_LOG_LEVEL_MESSAGE;

/* GLib's levels are bits, the more important the lower. */
static bool is_shown(GLogLevelFlags level)
{
    return (level & G_LOG_LEVEL_MASK) <= shown;
}

/* So that journalctl -p finds it; "" where the lines go elsewhere. */
static const char *journal_prefix(GLogLevelFlags level)
{
    if (!g_log_writer_is_journald(STDERR_FILENO))
        return "";
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        if (level & levels[i].level)
            return levels[i].journal;
    return "<3>";
}

static GLogWriterOutput write_line(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
    (void)user_data;
    if (!is_shown(level))
        return G_LOG_WRITER_HANDLED;
    const char *domain = "glib", *text = "";
    for (size_t i = 0; i < n_fields; i++) {
        if (!strcmp(fields[i].key, "GLIB_DOMAIN"))
            domain = fields[i].value;
        else if (!strcmp(fields[i].key, "MESSAGE"))
            text = fields[i].value;
    }
    if (is_chatter(level, domain))
        return G_LOG_WRITER_HANDLED;
    g_autofree char *escaped = log_escape(text);
    fprintf(stderr, "%scallapi: %s: %s\n", journal_prefix(level), domain, escaped);
    return G_LOG_WRITER_HANDLED;
}

void log_set_verbose(bool verbose)
{
    shown = verbose || g_getenv("CALLAPI_DEBUG") ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_MESSAGE;
}

int log_find_level(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        if (!strcmp(levels[i].word, word))
            return (int)levels[i].level;
    return -1;
}

void log_set_level(int level)
{
    shown = (GLogLevelFlags)level;
}

void log_init(void)
{
    log_set_verbose(false);
    g_log_set_writer_func(write_line, NULL, NULL);
    alsa_log_take();
}

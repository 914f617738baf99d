#include "render/wrap.h"

#include <stdbool.h>

static bool closes(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_CLOSE_PUNCTUATION || type == G_UNICODE_FINAL_PUNCTUATION ||
           type == G_UNICODE_OTHER_PUNCTUATION || type == G_UNICODE_NON_SPACING_MARK ||
           type == G_UNICODE_ENCLOSING_MARK || type == G_UNICODE_SPACING_MARK;
}

static bool opens(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);
    return type == G_UNICODE_OPEN_PUNCTUATION || type == G_UNICODE_INITIAL_PUNCTUATION;
}

/* Whether a line may end between these two. */
static bool may_break(gunichar before, gunichar after)
{
    if (g_unichar_isspace(after) || closes(after) || opens(before))
        return false;
    return g_unichar_isspace(before) || before == '-' || g_unichar_iswide(before) || g_unichar_iswide(after);
}

/* The next place after `at` where a line may end. */
static const char *next_break(const char *at)
{
    for (const char *before = at; *at; before = at) {
        at = g_utf8_next_char(at);
        if (!*at || may_break(g_utf8_get_char(before), g_utf8_get_char(at)))
            break;
    }
    return at;
}

static int width_of(const char *begin, const char *end, wrap_measure measure, void *user_data)
{
    g_autofree char *line = g_strchomp(g_strndup(begin, (size_t)(end - begin)));
    return measure(user_data, line);
}

/* As many letters of a word as there is room for, one at least. */
static const char *cut_word(const char *begin, const char *end, int max_width, wrap_measure measure, void *user_data)
{
    const char *at = g_utf8_next_char(begin);
    while (at < end && width_of(begin, g_utf8_next_char(at), measure, user_data) <= max_width)
        at = g_utf8_next_char(at);
    return at;
}

/* Where the line that begins here ends. */
static const char *end_of_line(const char *begin, int max_width, wrap_measure measure, void *user_data)
{
    const char *end = next_break(begin);
    if (width_of(begin, end, measure, user_data) > max_width)
        return cut_word(begin, end, max_width, measure, user_data);
    while (*end) {
        const char *further = next_break(end);
        if (width_of(begin, further, measure, user_data) > max_width)
            break;
        end = further;
    }
    return end;
}

GPtrArray *wrap_text(const char *text, int max_width, int max_lines, wrap_measure measure, void *user_data)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    const char *at = valid;
    while (*at && (int)lines->len < max_lines - 1) {
        const char *end = end_of_line(at, max_width, measure, user_data);
        g_ptr_array_add(lines, g_strchomp(g_strndup(at, (size_t)(end - at))));
        at = end;
    }
    if (*at || !lines->len)
        g_ptr_array_add(lines, g_strchomp(g_strdup(at)));
    return lines;
}

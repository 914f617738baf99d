#include "engine/text/ini_lines.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static bool is_key(const char *line, const char *key)
{
    size_t length = strlen(key);
    return !strncmp(line, key, length) && *g_strchug((char *)line + length) == '=';
}

int ini_find_line(const char *text, const char *section, const char *key, int nth)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *head = g_strdup_printf("[%s]", section);
    bool inside = false;
    for (int i = 0; lines[i]; i++) {
        g_strstrip(lines[i]);
        if (lines[i][0] == '[')
            inside = !strcmp(lines[i], head);
        if (inside && (key ? is_key(lines[i], key) : lines[i][0] == '[') && nth-- == 0)
            return i + 1;
    }
    return 0;
}

static bool is_clear(const char *text, size_t size)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    return size == 0 || g_key_file_load_from_data(file, text, size, G_KEY_FILE_NONE, NULL);
}

/* All that ends before it is taken, and nothing that ends after it. */
int ini_find_unclear_line(const char *text)
{
    g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (const char *at = text; *at;) {
        at += strcspn(at, "\n");
        at += *at == '\n';
        size_t end = (size_t)(at - text);
        g_array_append_val(ends, end);
    }
    guint low = 0, high = ends->len; /* so many lines are taken; so many are not */
    while (high - low > 1) {
        guint middle = low + (high - low) / 2;
        if (is_clear(text, g_array_index(ends, size_t, middle - 1)))
            low = middle;
        else
            high = middle;
    }
    return (int)high;
}

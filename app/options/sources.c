/* Configuration file and environment, turned into command-line arguments: every option has one meaning and one check,
 * wherever it is said. */
#include "app/options/table.h"

#include <glib/gstdio.h>
#include <string.h>

#include "engine/text/ini_lines.h"
#include "engine/text/text_file.h"

enum { FILE_MAX = 1 << 16 }; /* ten times the example; looking for lines in much more would stop the loop at a reload */

struct said {
    const GOptionEntry *entry;
    char *argument; /* "--name=value", or "--name" */
};

static void clear_said(gpointer data)
{
    g_free(((struct said *)data)->argument);
}

static const struct option_row *find_row(const struct option_row *rows, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(rows[i].entry.long_name, name))
            return &rows[i];
    return NULL;
}

/* Takes `words`. A line each: who mends a configuration is to hear of all that is wrong in it. */
static void complain(char **error, char *words)
{
    char *all = *error ? g_strconcat(*error, "\n", words, NULL) : g_strdup(words);
    g_free(*error);
    g_free(words);
    *error = all;
}

/* What was said of it before does not count any more. */
static void forget(GArray *all, const GOptionEntry *entry)
{
    for (guint i = all->len; i > 0; i--)
        if (g_array_index(all, struct said, i - 1).entry == entry)
            g_array_remove_index(all, i - 1);
}

static char **arguments_of(const GArray *all, const char *program)
{
    g_autoptr(GStrvBuilder) arguments = g_strv_builder_new();
    g_strv_builder_add(arguments, program);
    for (guint i = 0; i < all->len; i++)
        g_strv_builder_add(arguments, g_array_index(all, struct said, i).argument);
    return g_strv_builder_end(arguments);
}

/* What does not go with something said before is wrong here, too; then it counts as not said, so that what follows is
 * judged without it. */
static bool say_one(GArray *all, const GOptionEntry *entry, char *argument, char **error)
{
    struct said said = { entry, argument };
    g_array_append_val(all, said);
    bool good = options_check_arguments(arguments_of(all, "check"), error);
    if (!good)
        g_array_set_size(all, all->len - 1);
    return good;
}

static bool read_flag(const char *value, bool *on, char **error)
{
    static const char *const yes[] = { "true", "yes", "1", NULL }, *const no[] = { "false", "no", "0", NULL };
    *on = g_strv_contains(yes, value);
    if (!*on && !g_strv_contains(no, value))
        *error = g_strdup_printf("wants true or false, not '%s'", value);
    return !*error;
}

static bool say_flag(GArray *all, const GOptionEntry *entry, const char *value, char **error)
{
    bool on;
    if (!read_flag(value, &on, error))
        return false;
    return !on || say_one(all, entry, g_strdup_printf("--%s", entry->long_name), error);
}

/* `value` as in a file; of an option that may be repeated, several with ; between. */
static bool say(GArray *all, const GOptionEntry *entry, const char *value, char **error)
{
    forget(all, entry);
    if (entry->arg == G_OPTION_ARG_NONE)
        return say_flag(all, entry, value, error);
    if (entry->arg != G_OPTION_ARG_STRING_ARRAY)
        return say_one(all, entry, g_strdup_printf("--%s=%s", entry->long_name, value), error);
    g_auto(GStrv) values = g_strsplit(value, ";", -1);
    for (char **one = values; *one; one++)
        if (*g_strstrip(*one) && !say_one(all, entry, g_strdup_printf("--%s=%s", entry->long_name, *one), error))
            return false;
    return true;
}

/* ---- the file ---- */

static char *say_key(GArray *all, const struct option_row *rows, int n, GKeyFile *file, const char *section,
                     const char *key)
{
    const struct option_row *row = find_row(rows, n, key);
    g_autofree char *value = g_key_file_get_string(file, section, key, NULL), *error = NULL;
    if (!row || !row->section)
        return g_strdup_printf("'%s' is not known", key);
    if (strcmp(row->section, section) != 0)
        return g_strdup_printf("'%s' belongs to [%s]", key, row->section);
    if (!value)
        return g_strdup_printf("the value of '%s' is no text", key);
    return say(all, &row->entry, g_strstrip(value), &error) ? NULL : g_strdup_printf("'%s': %s", key, error);
}

/* As a word, not as @FILE. */
static void warn_of_open_secret(const char *path, const char *key, GKeyFile *file, const char *section)
{
    g_autofree char *value = g_key_file_get_string(file, section, key, NULL);
    bool secret = !strcmp(key, "token") || !strcmp(key, "ice-credential");
    GStatBuf about;
    if (secret && value && *value != '@' && g_stat(path, &about) == 0 && (about.st_mode & 04))
        g_warning("%s has a secret ('%s'), and everybody on this machine can read it: chmod 640, or @FILE", path, key);
}

static bool is_section(const struct option_row *rows, int n, const char *section)
{
    for (int i = 0; i < n; i++)
        if (!g_strcmp0(rows[i].section, section))
            return true;
    return false;
}

static void say_section(GArray *all, const struct option_row *rows, int n, GKeyFile *file, const char *section,
                        const char *path, const char *text, char **error)
{
    if (!is_section(rows, n, section)) {
        complain(error,
                 g_strdup_printf("%s:%d: [%s] is not known", path, ini_find_line(text, section, NULL, 0), section));
        return;
    }
    g_auto(GStrv) keys = g_key_file_get_keys(file, section, NULL, NULL);
    for (char **key = keys; key && *key; key++) {
        int line = ini_find_line(text, section, *key, 0), again = ini_find_line(text, section, *key, 1);
        g_autofree char *wrong = again ? g_strdup_printf("'%s' stands in line %d already", *key, line)
                                       : say_key(all, rows, n, file, section, *key);
        warn_of_open_secret(path, *key, file, section);
        if (wrong)
            complain(error, g_strdup_printf("%s:%d: %s", path, again ? again : line, wrong));
    }
}

static char *load(const char *path, char **error)
{
    g_autoptr(GError) failure = NULL;
    size_t size;
    char *text = text_file_read(path, &size, &failure);
    if (!text) {
        complain(error, g_strdup_printf("the configuration cannot be read: %s", failure->message));
    } else if (size > FILE_MAX || !g_utf8_validate(text, (gssize)size, NULL)) {
        complain(error, g_strdup_printf("%s is no configuration: text in UTF-8, 64 KiB at most", path));
        g_clear_pointer(&text, g_free);
    }
    return text;
}

static void say_text(GArray *all, const struct option_row *rows, int n, const char *path, const char *text,
                     char **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) failure = NULL;
    if (!g_key_file_load_from_data(file, text, (size_t)-1, G_KEY_FILE_NONE, &failure)) {
        complain(error, g_strdup_printf("%s:%d: %s", path, ini_find_unclear_line(text), failure->message));
        return;
    }
    g_auto(GStrv) sections = g_key_file_get_groups(file, NULL);
    for (char **section = sections; *section; section++)
        say_section(all, rows, n, file, *section, path, text, error);
}

static void say_file(GArray *all, const struct option_row *rows, int n, const char *path, char **error)
{
    g_autofree char *text = load(path, error);
    if (text)
        say_text(all, rows, n, path, text, error);
}

/* ---- the environment ---- */

static void say_environment(GArray *all, const struct option_row *rows, int n, char **error)
{
    for (int i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("CALLAPI_%s", rows[i].entry.long_name);
        g_autofree char *wrong = NULL;
        for (char *at = name; *at; at++)
            *at = *at == '-' ? '_' : g_ascii_toupper(*at);
        const char *value = rows[i].section ? g_getenv(name) : NULL;
        if (value && !say(all, &rows[i].entry, value, &wrong))
            complain(error, g_strdup_printf("%s in the environment: %s", name, wrong));
    }
}

/* ---- the command line ---- */

/* The option that an argument begins with, or NULL. */
static const GOptionEntry *entry_of(const struct option_row *rows, int n, const char *argument)
{
    if (!g_str_has_prefix(argument, "--"))
        return NULL;
    g_autofree char *name = g_strndup(argument + 2, strcspn(argument + 2, "="));
    const struct option_row *row = find_row(rows, n, name);
    return row ? &row->entry : NULL;
}

/* Its value is the next argument, whatever that looks like. */
static bool has_value_behind(const GOptionEntry *entry, const char *argument)
{
    return entry && entry->arg != G_OPTION_ARG_NONE && !strchr(argument, '=');
}

static void append(GArray *all, const GOptionEntry *entry, const char *argument)
{
    struct said said = { entry, g_strdup(argument) };
    g_array_append_val(all, said);
}

/* GLib takes --flag=false for --flag; here it takes back what was said before. */
static void append_flag(GArray *all, const GOptionEntry *entry, const char *argument, char **error)
{
    g_autofree char *name = g_strdup_printf("--%s", entry->long_name), *wrong = NULL;
    const char *value = strchr(argument, '=');
    bool on = true;
    if (value && !read_flag(value + 1, &on, &wrong)) {
        complain(error, g_strdup_printf("%s %s", name, wrong));
        return;
    }
    forget(all, entry);
    if (on)
        append(all, entry, name);
}

/* An option goes before what file and environment said of it. */
static void forget_said_again(GArray *all, const struct option_row *rows, int n_rows, int n, char *const *arguments)
{
    for (int i = 1; i < n; i++) {
        const GOptionEntry *entry = entry_of(rows, n_rows, arguments[i]);
        if (entry)
            forget(all, entry);
        i += has_value_behind(entry, arguments[i]);
    }
}

/* As they are, but for flags with a value. */
static void say_arguments(GArray *all, const struct option_row *rows, int n_rows, int n, char *const *arguments,
                          char **error)
{
    forget_said_again(all, rows, n_rows, n, arguments);
    for (int i = 1; i < n; i++) {
        const GOptionEntry *entry = entry_of(rows, n_rows, arguments[i]);
        if (entry && entry->arg == G_OPTION_ARG_NONE) {
            append_flag(all, entry, arguments[i], error);
            continue;
        }
        append(all, entry, arguments[i]);
        if (has_value_behind(entry, arguments[i]) && i + 1 < n)
            append(all, entry, arguments[++i]);
    }
}

/* ---- all of it ---- */

char **options_collect(char *const *files, int n, char *const *arguments, char **error)
{
    struct options options;
    struct raw raw;
    struct option_row rows[OPTIONS_MAX];
    int n_rows = options_table(rows, &options, &raw);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct said));
    g_array_set_clear_func(all, clear_said);
    for (; *files; files++)
        say_file(all, rows, n_rows, *files, error);
    say_environment(all, rows, n_rows, error);
    say_arguments(all, rows, n_rows, n, arguments, error);
    return *error ? NULL : arguments_of(all, arguments[0]);
}

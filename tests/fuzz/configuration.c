/* A kiosk's configuration, or a theme: files that people write; or the command line and the environment, a line each,
 * and behind an empty line a configuration. The first byte says which. */
#include "app/options/options.h"
#include "engine/text/ini_lines.h"
#include "fuzz.h"
#include "render/theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IS_THEME = 1, IS_COMMAND_LINE = 4 }; /* the first byte */
enum { MAX_ARGUMENTS = 40 };

/* A place of its own for each process, of memory. */
static const char *write_file(const char *text)
{
    static char path[64];
    g_autoptr(GError) error = NULL;
    g_snprintf(path, sizeof path, "/dev/shm/callapi-fuzz-%d.ini", (int)getpid());
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error))
        g_error("%s", error->message);
    return path;
}

/* What every command relies on. */
static void check(const struct options *options)
{
    g_assert_true(options->hub && options->listen && options->asset_dir);
    g_assert_true(options->screen_width >= 64 && options->screen_height >= 64);
    g_assert_true(options->codec == AV_CODEC_ID_H264 || options->codec == AV_CODEC_ID_VP8);
    g_assert_true(options->timeout >= 0 && options->duration >= 0 && options->attract_time >= 1);
    g_assert_true(!options->cameras == !options->camera && !(options->video && options->camera));
    options_use_hub(options);
}

static void configure(const char *path)
{
    char *arguments[] = { (char *)"kiosk", (char *)"--config", (char *)path, NULL };
    struct options options;
    char *error = NULL;
    bool good = options_read(&options, 3, arguments, &error);
    g_assert_true(good == (error == NULL));
    if (good)
        check(&options);
    options_clear(&options);
    g_free(error);
}

/* ---- the command line ---- */

/* What it prints goes to these for a while, and not to the process's own. */
static FILE *catch (FILE **stream, char **text, size_t *size)
{
    FILE *kept = *stream;
    *stream = open_memstream(text, size);
    g_assert_nonnull(*stream);
    return kept;
}

static void release(FILE **stream, FILE *kept)
{
    fclose(*stream);
    *stream = kept;
}

/* Help is asked for, or what is wrong is said, of this command; or nothing is. */
static void check_words(const char *command, bool good, int status, const char *out, const char *err)
{
    g_autofree char *begin = g_strdup_printf("callapi %s: ", command);
    g_assert_true(!!strstr(out, "--verbose") == (!good && status == 0));
    g_assert_true(g_str_has_prefix(err, begin) == (!good && status != 0));
}

static void parse(const char *command, int n, char **arguments)
{
    struct options options;
    char *out = NULL, *err = NULL;
    size_t size;
    int status = -1;
    FILE *kept_out = catch (&stdout, &out, &size), *kept_err = catch (&stderr, &err, &size);
    bool good = options_parse(&options, command, n, arguments, &status);
    release(&stdout, kept_out);
    release(&stderr, kept_err);
    check_words(command, good, status, out, err);
    if (good)
        check(&options);
    options_clear(&options);
    free(out);
    free(err);
}

/* CALLAPI_NAME=VALUE is the environment's, all else an argument; the first is the command. */
static void run(char **lines, const char *path)
{
    g_autoptr(GStrvBuilder) arguments = g_strv_builder_new();
    for (int i = 0; lines[i] && i < MAX_ARGUMENTS; i++) {
        char *value = g_str_has_prefix(lines[i], "CALLAPI_") ? strchr(lines[i], '=') : NULL;
        if (value) {
            *value = '\0';
            g_setenv(lines[i], value + 1, TRUE);
        } else {
            g_strv_builder_add(arguments, strcmp(lines[i], "--config=") ? lines[i] : path);
        }
    }
    g_auto(GStrv) all = g_strv_builder_end(arguments);
    if (all[0])
        parse(all[0], (int)g_strv_length(all), all);
    for (int i = 0; lines[i] && i < MAX_ARGUMENTS; i++)
        if (g_str_has_prefix(lines[i], "CALLAPI_"))
            g_unsetenv(lines[i]);
}

static void run_text(char *text)
{
    char *configuration = strstr(text, "\n\n");
    if (configuration)
        *configuration = '\0';
    const char *path = write_file(configuration ? configuration + 2 : "");
    g_autofree char *named = g_strdup_printf("--config=%s", path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    run(lines, named);
    unlink(path);
}

/* ---- the theme ---- */

static void paint(const char *path)
{
    struct theme theme;
    g_autofree char *error = NULL;
    bool good = theme_load(&theme, SOURCE_DIR "/assets", path, &error);
    g_assert_true(good == (error == NULL));
    for (int action = THEME_PRESS; good && action < THEME_ACTIONS; action++)
        for (int i = 0; i < THEME_KEYS && theme.keys[action][i] != SDLK_UNKNOWN; i++)
            g_assert_cmpint(theme_action_of(&theme, theme.keys[action][i]), <=, action);
    g_assert_true(theme_action_of(&theme, SDLK_UNKNOWN) == THEME_NO_ACTION);
}

static void read_file(const char *text, bool is_theme)
{
    ini_find_line(text, "kiosk", "room", 1);
    ini_find_unclear_line(text);
    const char *path = write_file(text);
    if (is_theme)
        paint(path);
    else
        configure(path);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    unsigned what = fuzz_byte(&input);
    g_autofree char *text = fuzz_text(&input);
    /* It names files, which are read: by its owner's wish. */
    if (strstr(text, "/dev") || strstr(text, "/proc") || strstr(text, "/sys"))
        return 0;
    if (what & IS_COMMAND_LINE)
        run_text(text);
    else
        read_file(text, what & IS_THEME);
    return 0;
}

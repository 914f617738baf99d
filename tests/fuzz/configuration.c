/* A kiosk's configuration, or a theme (the first byte is odd): files that people write. */
#include "app/options/options.h"
#include "engine/text/ini_lines.h"
#include "fuzz.h"
#include "render/theme.h"

#include <string.h>
#include <unistd.h>

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

static void configure(const char *path)
{
    char *arguments[] = { (char *)"kiosk", (char *)"--config", (char *)path, NULL };
    struct options options;
    char *error = NULL;
    bool good = options_read(&options, 3, arguments, &error);
    g_assert_true(good == (error == NULL));
    options_clear(&options);
    g_free(error);
}

static void paint(const char *path)
{
    struct theme theme;
    g_autofree char *error = NULL;
    bool good = theme_load(&theme, SOURCE_DIR "/assets", path, &error);
    g_assert_true(good == (error == NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    bool is_theme = fuzz_byte(&input) & 1;
    g_autofree char *text = fuzz_text(&input);
    /* It names files, which are read: by its owner's wish. */
    if (strstr(text, "/dev") || strstr(text, "/proc") || strstr(text, "/sys"))
        return 0;
    ini_find_line(text, "kiosk", "room", 1);
    ini_find_unclear_line(text);
    const char *path = write_file(text);
    if (is_theme)
        paint(path);
    else
        configure(path);
    unlink(path);
    return 0;
}

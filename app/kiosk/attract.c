#include "app/kiosk/attract.h"

#include <glib.h>
#include <string.h>

#include "engine/capture/opener.h"

struct attract {
    GPtrArray *files; /* char *, owned */
    guint next;
    int64_t each_us, change_us; /* how long one stays; when the next comes, 0: it has not begun */
    GMainContext *context;
    struct frame_sink *sink;
    bool shown;
    struct capture_opener *opener; /* of the next; NULL: nothing under way */
    struct capture *capture;       /* NULL: not open (yet) */
};

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes `path`, if it is a file: to open a pipe would wait for who writes to it. */
static void add(GPtrArray *files, char *path)
{
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add(files, path);
    else
        g_free(path);
}

static void list(GPtrArray *files, const char *path)
{
    GDir *folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder && (name = g_dir_read_name(folder)))
        if (name[0] != '.')
            add(files, g_build_filename(path, name, NULL));
    if (folder)
        g_dir_close(folder);
    g_ptr_array_sort(files, by_name);
}

struct attract *attract_create(const char *path, int64_t each_us, GMainContext *context, struct frame_sink *sink,
                               char **error)
{
    struct attract *attract = g_new0(struct attract, 1);
    *attract = (struct attract){
        .files = g_ptr_array_new_with_free_func(g_free), .each_us = each_us, .context = context, .sink = sink
    };
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        list(attract->files, path);
    else
        add(attract->files, g_strdup(path));
    if (!attract->files->len) {
        *error = g_strdup_printf("%s: no film, no picture and no folder with any", path);
        g_clear_pointer(&attract, attract_destroy);
    }
    return attract;
}

void attract_destroy(struct attract *attract)
{
    if (!attract)
        return;
    capture_opener_cancel(attract->opener);
    capture_destroy(attract->capture);
    g_ptr_array_unref(attract->files);
    g_free(attract);
}

void attract_show(struct attract *attract, bool on)
{
    attract->shown = on && attract->files->len;
    if (!on)
        g_clear_pointer(&attract->capture, capture_destroy);
}

bool attract_is_shown(const struct attract *attract)
{
    return attract->shown;
}

/* What cannot be opened is said and taken from the list: the rest goes on. */
static void opened(void *user_data, struct capture *capture, const char *error)
{
    struct attract *attract = user_data;
    attract->opener = NULL;
    if (!capture) {
        g_warning("cannot be shown: %s", error);
        g_ptr_array_remove_index(attract->files, attract->next);
        attract->shown = attract->shown && attract->files->len;
        return;
    }
    attract->next++;
    attract->change_us = 0;
    if (!attract->shown) { /* somebody came meanwhile */
        capture_destroy(capture);
        return;
    }
    attract->capture = capture;
    capture_set_sinks(capture, attract->sink, NULL);
}

/* The last picture stays on the screen meanwhile: one decoder is enough. */
static void open_next(struct attract *attract)
{
    g_clear_pointer(&attract->capture, capture_destroy);
    attract->next %= attract->files->len;
    struct capture_config config = { .file = attract->files->pdata[attract->next],
                                     .audio = "none",
                                     .still_once = true };
    attract->opener = capture_opener_start(attract->context, &config, opened, attract);
}

static bool is_over(const struct attract *attract, int64_t now_us)
{
    return !attract->capture || (attract->files->len > 1 && now_us >= attract->change_us);
}

void attract_poll(struct attract *attract, int64_t now_us)
{
    if (attract->capture && !attract->change_us) /* it begins */
        attract->change_us = now_us + attract->each_us;
    if (attract->shown && !attract->opener && is_over(attract, now_us))
        open_next(attract);
    if (attract->capture)
        capture_poll(attract->capture, now_us);
}

int64_t attract_deadline(const struct attract *attract)
{
    if (!attract->shown || attract->opener)
        return INT64_MAX;
    if (!attract->capture)
        return 0;
    return attract->files->len > 1 ? MIN(attract->change_us, capture_deadline(attract->capture))
                                   : capture_deadline(attract->capture);
}

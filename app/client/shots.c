#include "app/client/shots.h"

#include <glib.h>

#include "render/png.h"

enum {
    INTO_SCENE_US = 250000, /* what it looks like, not how it begins */
    MAX_SHOTS = 8,
};

struct shot {
    const char *scene;
    int width, height;
    uint8_t *pixels; /* ARGB8888 */
};

struct shots {
    GArray *taken;     /* struct shot */
    const char *scene; /* whose picture is taken next, or was taken last */
    int64_t due_us;    /* when; INT64_MAX: it was */
};

static void clear_shot(gpointer data)
{
    struct shot *shot = data;
    g_free(shot->pixels);
}

struct shots *shots_create(void)
{
    struct shots *shots = g_new0(struct shots, 1);
    shots->taken = g_array_new(FALSE, FALSE, sizeof(struct shot));
    g_array_set_clear_func(shots->taken, clear_shot);
    return shots;
}

void shots_destroy(struct shots *shots)
{
    if (!shots)
        return;
    g_array_unref(shots->taken);
    g_free(shots);
}

/* Reading the pixels takes a millisecond, encoding them would take many. */
void shots_take(struct shots *shots, struct window *window, const char *scene, bool settled, int64_t now_us)
{
    if (shots->scene != scene) {
        shots->scene = scene;
        shots->due_us = now_us + INTO_SCENE_US;
    }
    if (!settled || now_us < shots->due_us || shots->taken->len == MAX_SHOTS)
        return;
    shots->due_us = INT64_MAX;
    struct shot shot = { .scene = scene };
    shot.pixels = window_read_argb(window, &shot.width, &shot.height);
    if (shot.pixels)
        g_array_append_val(shots->taken, shot);
}

bool shots_save(const struct shots *shots, const char *folder)
{
    bool good = true;
    for (guint i = 0; i < shots->taken->len; i++) {
        const struct shot *shot = &g_array_index(shots->taken, struct shot, i);
        g_autofree char *file = g_strdup_printf("%u-%s.png", i + 1, shot->scene);
        g_autofree char *path = g_build_filename(folder, file, NULL);
        good &= png_save(path, shot->pixels, shot->width, shot->height, shot->width * 4);
    }
    return good;
}

/* What a screen costs without a GPU: each frame a new picture of 720p30's shape, its upload, the scene laid out, drawn
 * and presented, in SDL's software renderer. A line of JSON for each screen: milliseconds a frame. Part of ./run bench
 * media. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#include "drawing_stage.h"

enum { WIDTH = 1280, HEIGHT = 720, FRAMES = 600, WARM_UP = 60 };

static int64_t draw(struct drawing_stage *stage, const struct screen_case *screen, GPtrArray *people, int number)
{
    int64_t began_us = g_get_monotonic_time();
    drawing_stage_draw(stage, screen, people, number);
    return g_get_monotonic_time() - began_us;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void measure(struct drawing_stage *stage, const struct screen_case *screen)
{
    int64_t took_us[FRAMES];
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    for (int i = -WARM_UP; i < FRAMES; i++) {
        int64_t one_us = draw(stage, screen, people, i);
        if (i >= 0)
            took_us[i] = one_us;
    }
    qsort(took_us, FRAMES, sizeof took_us[0], by_size);
    printf("{\"screen\": \"%s\", \"median_ms\": %.2f, \"p95_ms\": %.2f}\n", screen->name,
           (double)took_us[FRAMES / 2] / 1000, (double)took_us[FRAMES * 95 / 100] / 1000);
}

int main(void)
{
    static const char *const screens[] = { "live", "call", "live-private", "ringing-out", "directory" };
    struct drawing_stage stage;
    drawing_stage_open(&stage, WIDTH, HEIGHT, WIDTH, HEIGHT);
    for (size_t name = 0; name < G_N_ELEMENTS(screens); name++) {
        const struct screen_case *screen = drawing_stage_screen(screens[name]);
        if (screen)
            measure(&stage, screen);
    }
    drawing_stage_close(&stage);
    return 0;
}

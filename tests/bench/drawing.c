/* What a screen costs without a GPU: each frame a new picture of 720p30's shape, its upload, the scene laid out, drawn
 * and presented, in SDL's software renderer. A line of JSON for each screen: milliseconds a frame. Part of ./run bench
 * media. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/screen/layout.h"
#include "app/screen/paint.h"
#include "screens_cases.h"

enum { WIDTH = 1280, HEIGHT = 720, FRAMES = 600, WARM_UP = 60 };

struct stage {
    struct window *window;
    struct ui *ui;
    struct video_view *remote, *preview;
    AVFrame *pictures[2]; /* in turn */
};

static AVFrame *picture(int luma, int width, int height)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0)
        g_error("no memory for a picture");
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? height / 2 : height); y++)
            for (int x = 0; x < (plane ? width / 2 : width); x++)
                frame->data[plane][y * frame->linesize[plane] + x] = (uint8_t)(luma + (x + y) % 100);
    return frame;
}

static void set_up(struct stage *stage)
{
    struct window_config config = { .title = "drawing", .width = WIDTH, .height = HEIGHT, .headless = true };
    struct theme theme;
    g_autofree char *error = NULL;
    stage->window = window_create(&config, &error);
    if (!stage->window || !theme_load(&theme, SOURCE_DIR "/assets", NULL, &error))
        g_error("%s", error);
    stage->ui = ui_create(stage->window, SOURCE_DIR "/assets", &theme);
    stage->remote = video_view_create(stage->window, WIDTH, HEIGHT);
    stage->preview = video_view_create(stage->window, WIDTH / 2, HEIGHT / 2);
    if (!stage->ui || !stage->remote || !stage->preview)
        g_error("nothing can be drawn here");
    for (int i = 0; i < 2; i++)
        stage->pictures[i] = picture(40 + 60 * i, WIDTH, HEIGHT);
}

static void tear_down(struct stage *stage)
{
    for (int i = 0; i < 2; i++)
        av_frame_free(&stage->pictures[i]);
    video_view_destroy(stage->remote);
    video_view_destroy(stage->preview);
    ui_destroy(stage->ui);
    window_destroy(stage->window);
}

static void push(struct video_view *view, const AVFrame *frame)
{
    struct frame_sink *sink = video_view_sink(view);
    sink->ops->push(sink, frame);
}

static int64_t draw(struct stage *stage, const struct screen_case *screen, GPtrArray *people, const AVFrame *frame)
{
    static struct scene scene;
    static struct layout layout;
    struct layout_screen size = { .width = WIDTH, .height = HEIGHT };
    struct view view;
    int64_t began_us = g_get_monotonic_time();
    push(stage->remote, frame);
    push(stage->preview, frame);
    screen_case_view(screen, ui_theme(stage->ui), people, &view);
    scene_describe(&scene, &view);
    layout_scene(&layout, &scene, stage->ui, &size);
    struct paint paint = { .window = stage->window,
                           .ui = stage->ui,
                           .remote = stage->remote,
                           .preview = stage->preview,
                           .pointer = { -1, -1 },
                           .controls = 1 };
    paint_scene(&paint, &scene, &layout);
    SDL_RenderPresent(window_renderer(stage->window));
    return g_get_monotonic_time() - began_us;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void measure(struct stage *stage, const struct screen_case *screen)
{
    int64_t took_us[FRAMES];
    g_autoptr(GPtrArray) people = g_ptr_array_new();
    for (int i = -WARM_UP; i < FRAMES; i++) {
        int64_t one_us = draw(stage, screen, people, stage->pictures[i & 1]);
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
    struct stage stage;
    g_setenv("SDL_VIDEODRIVER", "dummy", TRUE);
    set_up(&stage);
    for (size_t name = 0; name < G_N_ELEMENTS(screens); name++)
        for (int i = 0; i < n_screen_cases; i++)
            if (!strcmp(screen_cases[i].name, screens[name]))
                measure(&stage, &screen_cases[i]);
    tear_down(&stage);
    return 0;
}

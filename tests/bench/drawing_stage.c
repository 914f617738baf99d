#include "drawing_stage.h"

#include <glib.h>
#include <string.h>

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

void drawing_stage_open(struct drawing_stage *stage, int width, int height, int picture_width, int picture_height)
{
    struct window_config config = { .title = "drawing", .width = width, .height = height, .headless = true };
    struct theme theme;
    g_autofree char *error = NULL;
    g_setenv("SDL_VIDEODRIVER", "dummy", TRUE);
    *stage = (struct drawing_stage){ .size = { .width = width, .height = height },
                                     .window = window_create(&config, &error) };
    if (!stage->window || !theme_load(&theme, SOURCE_DIR "/assets", NULL, &error))
        g_error("%s", error);
    stage->ui = ui_create(stage->window, SOURCE_DIR "/assets", &theme);
    stage->remote = video_view_create(stage->window, picture_width, picture_height);
    stage->preview = video_view_create(stage->window, picture_width / 2, picture_height / 2);
    if (!stage->ui || !stage->remote || !stage->preview)
        g_error("nothing can be drawn here");
    for (int i = 0; i < 2; i++)
        stage->pictures[i] = picture(40 + 60 * i, picture_width, picture_height);
}

void drawing_stage_close(struct drawing_stage *stage)
{
    for (int i = 0; i < 2; i++)
        av_frame_free(&stage->pictures[i]);
    video_view_destroy(stage->remote);
    video_view_destroy(stage->preview);
    ui_destroy(stage->ui);
    window_destroy(stage->window);
}

const struct screen_case *drawing_stage_screen(const char *name)
{
    for (int i = 0; i < n_screen_cases; i++)
        if (!strcmp(screen_cases[i].name, name))
            return &screen_cases[i];
    return NULL;
}

static void push(struct video_view *view, const AVFrame *frame)
{
    struct frame_sink *sink = video_view_sink(view);
    sink->ops->push(sink, frame);
}

void drawing_stage_draw(struct drawing_stage *stage, const struct screen_case *screen, GPtrArray *people, int number)
{
    static struct scene scene;
    static struct layout layout;
    struct view view;
    push(stage->remote, stage->pictures[number & 1]);
    push(stage->preview, stage->pictures[number & 1]);
    screen_case_view(screen, ui_theme(stage->ui), people, &view);
    scene_describe(&scene, &view);
    layout_scene(&layout, &scene, stage->ui, &stage->size);
    struct paint paint = { .window = stage->window,
                           .ui = stage->ui,
                           .remote = stage->remote,
                           .preview = stage->preview,
                           .pointer = { -1, -1 },
                           .controls = 1 };
    paint_scene(&paint, &scene, &layout);
    SDL_RenderPresent(window_renderer(stage->window));
}

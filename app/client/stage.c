#include "app/client/stage.h"

#include "app/screen/paint.h"
#include "platform/cpu_time.h"

enum {
    FRAME_US = 16000,      /* the screen changes at most this often for pictures from the network */
    IDLE_FRAME_US = 33000, /* and so often for the own picture alone */
    METER_US = 60000,      /* for levels of sound and what is left of a time-out */
    CLOCK_US = 500000,     /* looks whether the words are others: call time and the like */
    REMOTE_WIDTH = 1280,
    REMOTE_HEIGHT = 720, /* textures are warmed in the usual size */
    PREVIEW_WIDTH = 640,
    PREVIEW_HEIGHT = 360,
};

const struct theme *stage_theme(const struct stage *stage)
{
    return ui_theme(stage->ui);
}

/* ---- life ---- */

static bool open_window(struct stage *stage, const struct client_config *config, char **error)
{
    struct window_config window = {
        .title = config->title,
        .width = config->width,
        .height = config->height,
        .fullscreen = config->fullscreen,
        .headless = config->headless,
    };
    struct theme theme;
    if (!theme_load(&theme, config->asset_dir, config->theme, error))
        return false;
    stage->window = window_create(&window, error);
    if (!stage->window)
        return false;
    stage->ui = ui_create(stage->window, config->asset_dir, &theme);
    stage->overlay = stage->ui ? overlay_create(stage->window, stage->ui, config->overlay) : NULL;
    if (!stage->ui)
        *error = g_strdup_printf("the window's fonts cannot be prepared (assets in %s)", config->asset_dir);
    return stage->ui;
}

static bool open_views(struct stage *stage, const struct client_config *config, char **error)
{
    struct video_view **views = stage->views;
    views[PICTURE_REMOTE] = video_view_create(stage->window, REMOTE_WIDTH, REMOTE_HEIGHT);
    views[PICTURE_PREVIEW] = video_view_create(stage->window, PREVIEW_WIDTH, PREVIEW_HEIGHT);
    views[PICTURE_ATTRACT] = config->attract ? video_view_create(stage->window, REMOTE_WIDTH, REMOTE_HEIGHT) : NULL;
    if (views[PICTURE_REMOTE] && views[PICTURE_PREVIEW])
        return true;
    *error = g_strdup("the window's pictures cannot be prepared");
    return false;
}

struct stage *stage_create(const struct client_config *config, char **error)
{
    struct stage *stage = g_new0(struct stage, 1);
    stage->meter = config->measure ? screen_meter_create() : NULL;
    stage->shots = config->shots ? shots_create() : NULL;
    stage->dirty = true;
    stage->input.pointer = (SDL_Point){ -1, -1 };
    stage->input.touched_us = g_get_monotonic_time();
    if (!open_window(stage, config, error) || !open_views(stage, config, error))
        g_clear_pointer(&stage, stage_destroy);
    return stage;
}

void stage_destroy(struct stage *stage)
{
    if (!stage)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(stage->views); i++)
        video_view_destroy(stage->views[i]);
    overlay_destroy(stage->overlay);
    ui_destroy(stage->ui);
    window_destroy(stage->window);
    screen_meter_destroy(stage->meter);
    shots_destroy(stage->shots);
    g_free(stage);
}

/* ---- hands ---- */

/* How much of what fades is to be seen, 0 to 1. */
static float controls(const struct stage *stage, int64_t now_us)
{
    const float *times = stage_theme(stage)->times;
    float since_ms = (float)(now_us - stage->input.touched_us) / 1000, fade_ms = MAX(times[THEME_FADE], 1);
    return stage->scene.fading ? CLAMP(1 - (since_ms - times[THEME_FADE_AFTER]) / fade_ms, 0, 1) : 1;
}

/* SDL counts the pointer in window points, the drawing in pixels. */
static void to_pixels(const struct stage *stage, Sint32 *x, Sint32 *y, Uint32 window_id)
{
    int points_w = 0, points_h = 0, w, h;
    SDL_Window *window = SDL_GetWindowFromID(window_id);
    window_size(stage->window, &w, &h);
    if (window)
        SDL_GetWindowSize(window, &points_w, &points_h);
    if (points_w && points_h) {
        *x = *x * w / points_w;
        *y = *y * h / points_h;
    }
}

struct input_press stage_handle(struct stage *stage, SDL_Event *event, int64_t now_us)
{
    if (event->type == SDL_MOUSEMOTION)
        to_pixels(stage, &event->motion.x, &event->motion.y, event->motion.windowID);
    else if (event->type == SDL_MOUSEBUTTONDOWN || event->type == SDL_MOUSEBUTTONUP)
        to_pixels(stage, &event->button.x, &event->button.y, event->button.windowID);
    struct input_press press = input_handle(&stage->input, event, &stage->scene, &stage->layout, &stage->screen,
                                            stage_theme(stage), controls(stage, now_us) > 0, now_us);
    stage->dirty |= press.changed;
    if (press.moved)
        stage->screen.corner = press.corner;
    return press;
}

enum command stage_poll(struct stage *stage, int64_t now_us)
{
    return input_poll(&stage->input, stage_theme(stage), now_us);
}

void stage_forget(struct stage *stage, bool figures)
{
    stage->input.by_keys = false;
    stage->screen.corner = CORNER_BOTTOM_RIGHT;
    overlay_show(stage->overlay, figures);
}

/* A finger needs none, and a mouse that rests is in the way of the picture. */
static bool pointer_is_used(const struct stage *stage, int64_t now_us)
{
    return stage->input.mouse_us &&
           now_us < stage->input.mouse_us + (int64_t)(stage_theme(stage)->times[THEME_FADE_AFTER] * 1000);
}

/* Typing is listened to only where it goes somewhere: a screen keyboard comes up with it. */
static void listen_to_typing(const struct scene *scene)
{
    bool typing = scene->search_hint[0];
    if (typing && !SDL_IsTextInputActive())
        SDL_StartTextInput();
    else if (!typing && SDL_IsTextInputActive())
        SDL_StopTextInput();
}

/* ---- pace ---- */

/* How dark the main picture is: on its way to the scene's, so that no screen flashes. The picture itself never waits.
 */
static float dim_now(const struct stage *stage, int64_t now_us)
{
    float part = (float)(now_us - stage->dim.since_us) / 1000 / MAX(stage_theme(stage)->times[THEME_DIM_TIME], 1);
    return stage->dim.from + (stage->dim.to - stage->dim.from) * CLAMP(part, 0, 1);
}

static void dim(struct stage *stage, float to, int64_t now_us)
{
    if (to == stage->dim.to)
        return;
    stage->dim.from = dim_now(stage, now_us);
    stage->dim.to = to;
    stage->dim.since_us = now_us;
}

/* What fades or darkens is between one and the other. */
static bool is_moving(const struct stage *stage, int64_t now_us)
{
    float shown = controls(stage, now_us);
    return (shown > 0 && shown < 1) || stage->dim.painted != stage->dim.to;
}

/* How often the words, or what moves beside them, may have changed. */
static int64_t look_interval_us(const struct stage *stage, int64_t now_us)
{
    if (is_moving(stage, now_us))
        return FRAME_US;
    return stage->scene.ring >= 0 || stage->scene.levels[0] >= 0 ? METER_US : CLOCK_US;
}

static int64_t fade_begins_us(const struct stage *stage)
{
    return stage->scene.fading ? stage->input.touched_us + (int64_t)(stage_theme(stage)->times[THEME_FADE_AFTER] * 1000)
                               : INT64_MAX;
}

/* One that is seen: behind what attracts pictures go on coming. */
static bool has_new(const struct stage *stage, enum scene_picture picture)
{
    return scene_shows(&stage->scene, picture) && video_view_is_fresh(stage->views[picture]);
}

int64_t stage_due(const struct stage *stage)
{
    if (stage->dirty || has_new(stage, PICTURE_REMOTE))
        return stage->presented_us + FRAME_US / 2;
    if (has_new(stage, PICTURE_ATTRACT))
        return stage->presented_us + IDLE_FRAME_US / 2;
    if (has_new(stage, PICTURE_PREVIEW))
        return stage->presented_us + IDLE_FRAME_US;
    int64_t look_us = stage->looked_us + look_interval_us(stage, stage->looked_us), fade_us = fade_begins_us(stage);
    return fade_us > stage->looked_us ? MIN(look_us, fade_us) : look_us;
}

/* A screen on which nothing has changed is not drawn again. */
static bool has_changed(const struct stage *stage, const struct scene *scene, int64_t now_us)
{
    return stage->dirty || has_new(stage, PICTURE_REMOTE) || has_new(stage, PICTURE_PREVIEW) ||
           has_new(stage, PICTURE_ATTRACT) || is_moving(stage, now_us) || overlay_is_shown(stage->overlay) ||
           !scene_equals(scene, &stage->scene);
}

/* ---- drawing ---- */

/* Returns whether a remote picture came on the screen that was not there before. */
static bool paint(struct stage *stage, int64_t now_us)
{
    struct paint paint = {
        .window = stage->window,
        .ui = stage->ui,
        .remote = stage->views[PICTURE_REMOTE],
        .preview = stage->views[PICTURE_PREVIEW],
        .attract = stage->views[PICTURE_ATTRACT],
        .pointer = stage->input.pointer,
        .pressed = stage->input.pressed,
        .controls = controls(stage, now_us),
        .dim = dim_now(stage, now_us),
        .focus = stage->input.by_keys ? input_focus(&stage->input, &stage->scene, &stage->layout) : NULL,
    };
    stage->dim.painted = paint.dim;
    return paint_scene(&paint, &stage->scene, &stage->layout);
}

/* It is as it will be for a while: with its picture, and as dark as that is meant to be. */
static bool is_settled(const struct stage *stage)
{
    const struct video_view *main = stage->views[stage->scene.main];
    return stage->dim.painted == stage->scene.dim && (!main || video_view_has_picture(main));
}

/* The pixels, before they are presented. */
static void read_back(struct stage *stage, int64_t now_us)
{
    enum scene_picture main = stage->scene.main == PICTURE_REMOTE ? PICTURE_REMOTE : PICTURE_PREVIEW;
    SDL_Rect placed = video_view_placed(stage->views[main]);
    if (stage->meter)
        screen_meter_read(stage->meter, stage->window, &placed, now_us);
    if (stage->shots)
        shots_take(stage->shots, stage->window, stage->scene.name, is_settled(stage), now_us);
}

bool stage_draw(struct stage *stage, const struct scene *scene, const struct statistics *statistics, int64_t now_us)
{
    stage->looked_us = now_us;
    window_follow_screen(stage->window, now_us);
    window_show_pointer(stage->window, pointer_is_used(stage, now_us));
    if (!has_changed(stage, scene, now_us))
        return false;
    int64_t spent_us = thread_cpu_time_us();
    stage->dirty = false;
    stage->scene = *scene;
    dim(stage, scene->dim, now_us);
    window_size(stage->window, &stage->screen.width, &stage->screen.height);
    stage->screen.dragged = stage->input.dragged;
    layout_scene(&stage->layout, &stage->scene, stage->ui, &stage->screen);
    listen_to_typing(&stage->scene);
    stage->new_remote = paint(stage, now_us);
    stage->uploaded_us = g_get_monotonic_time();
    overlay_draw(stage->overlay, statistics);
    stage->drew_us = thread_cpu_time_us() - spent_us;
    read_back(stage, now_us);
    return true;
}

bool stage_present(struct stage *stage, int64_t now_us)
{
    int64_t spent_us = thread_cpu_time_us();
    SDL_RenderPresent(window_renderer(stage->window));
    stage->presented_us = g_get_monotonic_time();
    stage->drew_us += thread_cpu_time_us() - spent_us;
    input_seen_update(&stage->input.seen, &stage->scene, &stage->layout, controls(stage, stage->presented_us) > 0,
                      stage->presented_us);
    overlay_presented(stage->overlay, stage->presented_us, stage->presented_us - now_us, stage->new_remote);
    if (stage->new_remote && !stage->first_new_us && stage->presented_us >= stage->new_since_us)
        stage->first_new_us = stage->presented_us;
    return stage->new_remote;
}

int64_t stage_first_new_us(struct stage *stage, int64_t since_us)
{
    if (stage->new_since_us != since_us) {
        stage->new_since_us = since_us;
        stage->first_new_us = 0;
    }
    return stage->first_new_us;
}

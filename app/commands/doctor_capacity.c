/* What a call both ways would take of this machine, measured with the codecs and the window that it would use. */
#include <glib.h>

#include "app/commands/commands.h"
#include "engine/capture/capture.h"
#include "engine/video/capacity_proof.h"
#include "engine/video/hardware.h"
#include "render/video_view.h"

enum { USUAL_WIDTH = 1280, USUAL_HEIGHT = 720, FPS = 30, SCREEN_WIDTH = 1280, SCREEN_HEIGHT = 720, PICTURES = 6 };

/* ---- drawing: what comes, and the own picture in a corner ---- */

struct screen {
    struct window *window;
    struct video_view *views[2];
};

static bool open_screen(struct screen *screen, int width, int height)
{
    bool headless = SDL_VideoInit(NULL) != 0;
    if (!headless)
        SDL_VideoQuit();
    struct window_config config = {
        .title = "doctor", .width = SCREEN_WIDTH, .height = SCREEN_HEIGHT, .headless = headless
    };
    g_autofree char *error = NULL;
    *screen = (struct screen){ .window = window_create(&config, &error) };
    for (int i = 0; screen->window && i < 2; i++)
        screen->views[i] = video_view_create(screen->window, width, height);
    return screen->views[0] && screen->views[1];
}

static void close_screen(struct screen *screen)
{
    for (int i = 0; i < 2; i++)
        video_view_destroy(screen->views[i]);
    window_destroy(screen->window);
}

static int64_t draw_us(const struct screen *screen, const AVFrame *frame)
{
    const SDL_Rect places[2] = { { 0, 0, SCREEN_WIDTH, SCREEN_HEIGHT }, { 0, 0, SCREEN_WIDTH / 4, SCREEN_HEIGHT / 4 } };
    int64_t began_us = g_get_monotonic_time();
    for (int i = 0; i < 2; i++) {
        struct frame_sink *sink = video_view_sink(screen->views[i]);
        sink->ops->push(sink, frame);
        video_view_draw(screen->views[i], &places[i], VIDEO_FILL, i == 1, 0);
    }
    SDL_RenderPresent(window_renderer(screen->window));
    return g_get_monotonic_time() - began_us;
}

struct picture_taker {
    struct frame_sink sink;
    struct screen *screen;
    int64_t fastest_us;
};

static void take_picture(struct frame_sink *sink, const AVFrame *frame)
{
    struct picture_taker *taker = container_of(sink, struct picture_taker, sink);
    int64_t took_us = draw_us(taker->screen, frame);
    taker->fastest_us = MIN(taker->fastest_us, took_us);
}

/* 0: nothing can be drawn here. */
static double prove_drawing(int width, int height)
{
    static const struct frame_sink_ops ops = { .push = take_picture };
    struct screen screen;
    struct picture_taker taker = { { &ops }, &screen, INT64_MAX };
    struct capture_config config = { .audio = "none", .width = width, .height = height };
    struct capture *camera = open_screen(&screen, width, height) ? capture_open(&config, NULL) : NULL;
    if (camera)
        capture_set_sinks(camera, &taker.sink, NULL);
    for (int i = 0; camera && i < PICTURES;
         i++) /* whatever is due then: the synthetic camera leaves out what is late */
        capture_poll(camera, capture_deadline(camera));
    capture_destroy(camera);
    close_screen(&screen);
    return taker.fastest_us == INT64_MAX ? 0 : (double)taker.fastest_us;
}

/* ---- what follows from it ---- */

static void prove(int width, int height, double cost_us[CAPACITY_WORKS])
{
    struct capacity_proof proof = { .codec = AV_CODEC_ID_H264, .width = width, .height = height };
    capacity_prove(&proof, cost_us);
    if (hardware_best_encoder(proof.codec)) /* that is none of the loop's work */
        cost_us[CAPACITY_ENCODING] = 0;
    if (hardware_best_decoder(proof.codec))
        cost_us[CAPACITY_DECODING] = 0;
    cost_us[CAPACITY_DRAWING] = prove_drawing(width, height);
}

char *describe_capacity(int width, int height)
{
    double cost_us[CAPACITY_WORKS] = { 0 };
    struct video_ladder ladder;
    struct capacity capacity;
    width = width ? width : USUAL_WIDTH;
    height = height ? height : USUAL_HEIGHT;
    prove(width, height, cost_us);
    video_ladder_init(&ladder, width, height, FPS);
    capacity_init(&capacity, CAPACITY_ENCODING);
    capacity_begin(&capacity, &ladder, cost_us);
    struct video_rung rung = video_ladder_rung_of(&ladder, capacity.step);
    double share = (double)rung.width * rung.height / ((double)width * height);
    return g_strdup_printf(
        "would choose %dx%d at %d: encoding takes %.1f ms, decoding %.1f ms, drawing %.1f ms of %d ms", rung.width,
        rung.height, FPS / rung.divisor, cost_us[CAPACITY_ENCODING] * share / 1000, cost_us[CAPACITY_DECODING] / 1000,
        cost_us[CAPACITY_DRAWING] / 1000, 1000 / FPS);
}

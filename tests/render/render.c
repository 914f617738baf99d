/* What is drawn, by its pixels, on SDL's headless driver: colours, places, the newest frame, text, buttons, PNG. */
#include <SDL.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

#include "render/text.h"
#include "render/timeline.h"
#include "render/video_view.h"
#include "render/widgets.h"
#include "render/window.h"

enum { WIDTH = 640, HEIGHT = 360 };

struct stage {
    struct window *window;
    struct video_view *view;
    struct ui *ui;
    uint8_t *pixels;
};

static void set_up(struct stage *stage, gconstpointer data)
{
    (void)data;
    g_autofree char *error = NULL;
    struct window_config config = { .title = "test", .width = WIDTH, .height = HEIGHT, .headless = true };
    stage->window = window_create(&config, &error);
    g_assert_null(error);
    stage->view = video_view_create(stage->window, WIDTH, HEIGHT);
    struct theme theme;
    g_assert_true(theme_load(&theme, SOURCE_DIR "/assets", NULL, &error));
    stage->ui = ui_create(stage->window, SOURCE_DIR "/assets", &theme);
    g_assert_nonnull(stage->ui);
    stage->pixels = NULL;
}

static void tear_down(struct stage *stage, gconstpointer data)
{
    (void)data;
    g_free(stage->pixels);
    ui_destroy(stage->ui);
    video_view_destroy(stage->view);
    window_destroy(stage->window);
}

/* One colour all over. */
static void show(struct stage *stage, enum AVPixelFormat format, int w, int h, const uint8_t yuv[3],
                 enum AVColorSpace space, enum AVColorRange range)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = format;
    frame->width = w;
    frame->height = h;
    frame->colorspace = space;
    frame->color_range = range;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    memset(frame->data[0], yuv[0], (size_t)frame->linesize[0] * (size_t)h);
    for (int y = 0; y < (h + 1) / 2; y++)
        for (int x = 0; x < (w + 1) / 2; x++) {
            if (format == AV_PIX_FMT_NV12) {
                frame->data[1][y * frame->linesize[1] + 2 * x] = yuv[1];
                frame->data[1][y * frame->linesize[1] + 2 * x + 1] = yuv[2];
            } else {
                frame->data[1][y * frame->linesize[1] + x] = yuv[1];
                frame->data[2][y * frame->linesize[2] + x] = yuv[2];
            }
        }
    struct frame_sink *sink = video_view_sink(stage->view);
    sink->ops->push(sink, frame);
    av_frame_free(&frame);
}

static void show_grey(struct stage *stage, int w, int h, uint8_t luma)
{
    show(stage, AV_PIX_FMT_YUV420P, w, h, (const uint8_t[]){ luma, 128, 128 }, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG);
}

static bool draw(struct stage *stage, enum video_fit fit, float dim)
{
    SDL_Renderer *renderer = window_renderer(stage->window);
    SDL_SetRenderDrawColor(renderer, 0, 0, 0, 255);
    SDL_RenderClear(renderer);
    return video_view_draw(stage->view, &(SDL_Rect){ 0, 0, WIDTH, HEIGHT }, fit, false, dim);
}

static const uint8_t *pixel(struct stage *stage, int x, int y) /* B, G, R */
{
    int w, h;
    g_free(stage->pixels);
    stage->pixels = window_read_argb(stage->window, &w, &h);
    g_assert_nonnull(stage->pixels);
    g_assert_cmpint(w, ==, WIDTH);
    g_assert_cmpint(h, ==, HEIGHT);
    return stage->pixels + 4 * (y * w + x);
}

static void assert_colour(struct stage *stage, int x, int y, int r, int g, int b)
{
    const uint8_t *p = pixel(stage, x, y);
    if (abs(p[2] - r) > 3 || abs(p[1] - g) > 3 || abs(p[0] - b) > 3)
        g_error("at %d,%d: %d %d %d, not %d %d %d", x, y, p[2], p[1], p[0], r, g, b);
}

/* Pure red in each of the three matrices, in both formats. */
static void colours_are_right(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12 };
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        show(stage, formats[i], WIDTH, HEIGHT, (const uint8_t[]){ 81, 90, 240 }, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG);
        draw(stage, VIDEO_FIT, 0);
        assert_colour(stage, 300, 200, 254, 0, 0);
        show(stage, formats[i], WIDTH, HEIGHT, (const uint8_t[]){ 63, 102, 240 }, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG);
        draw(stage, VIDEO_FIT, 0);
        assert_colour(stage, 300, 200, 255, 1, 0);
        show(stage, formats[i], WIDTH, HEIGHT, (const uint8_t[]){ 76, 85, 255 }, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG);
        draw(stage, VIDEO_FIT, 0);
        assert_colour(stage, 300, 200, 254, 0, 0);
    }
    show(stage, AV_PIX_FMT_YUV420P, WIDTH, HEIGHT, (const uint8_t[]){ 54, 99, 255 }, AVCOL_SPC_BT709, AVCOL_RANGE_JPEG);
    draw(stage, VIDEO_FIT, 0); /* no texture takes it: converted */
    assert_colour(stage, 300, 200, 255, 0, 0);
}

static void pictures_are_placed_and_stay(struct stage *stage, gconstpointer data)
{
    (void)data;
    g_assert_false(draw(stage, VIDEO_FIT, 0));
    g_assert_false(video_view_has_picture(stage->view));
    show_grey(stage, 180, 180, 235);
    g_assert_true(draw(stage, VIDEO_FIT, 0));
    assert_colour(stage, 10, 180, 0, 0, 0); /* bars at the sides */
    assert_colour(stage, 320, 10, 255, 255, 255);
    SDL_Rect placed = video_view_placed(stage->view);
    g_assert_cmpint(placed.x, ==, (WIDTH - HEIGHT) / 2);
    g_assert_cmpint(placed.w, ==, HEIGHT);
    draw(stage, VIDEO_FILL, 0);
    assert_colour(stage, 2, 2, 255, 255, 255); /* no bars, and the picture is still there */
    draw(stage, VIDEO_FIT, 0.5f);
    assert_colour(stage, 320, 180, 128, 128, 128);
    video_view_clear(stage->view);
    g_assert_false(video_view_has_picture(stage->view));
}

static void the_newest_frame_wins(struct stage *stage, gconstpointer data)
{
    (void)data;
    show_grey(stage, WIDTH, HEIGHT, 16);
    show_grey(stage, WIDTH, HEIGHT, 235);
    g_assert_true(video_view_is_fresh(stage->view));
    g_assert_true(draw(stage, VIDEO_FIT, 0));
    assert_colour(stage, 100, 100, 255, 255, 255);
    g_assert_false(draw(stage, VIDEO_FIT, 0)); /* nothing new, the same picture */
    assert_colour(stage, 100, 100, 255, 255, 255);
}

static void textures_are_made_for_a_new_size_only(struct stage *stage, gconstpointer data)
{
    (void)data;
    int warmed = video_view_textures_made(stage->view);
    for (int i = 0; i < 10; i++) {
        show_grey(stage, i % 2 ? WIDTH : WIDTH / 2, i % 2 ? HEIGHT : HEIGHT / 2, 100);
        draw(stage, VIDEO_FIT, 0); /* of any size, in the same place */
    }
    g_assert_cmpint(video_view_textures_made(stage->view), ==, warmed);
    static const int odd[][2] = { { 1, 1 }, { 3, 5 }, { 641, 359 }, { 16, 1000 }, { 20000, 8 } };
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        show_grey(stage, odd[i][0], odd[i][1], 235);
        draw(stage, VIDEO_FILL, 0);
        assert_colour(stage, WIDTH / 2, HEIGHT / 2, 255, 255, 255);
    }
}

static void a_mirror_swaps_left_and_right(struct stage *stage, gconstpointer data)
{
    (void)data;
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            frame->data[0][y * frame->linesize[0] + x] = x < WIDTH / 2 ? 16 : 235;
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * HEIGHT / 2);
    struct frame_sink *sink = video_view_sink(stage->view);
    sink->ops->push(sink, frame);
    av_frame_free(&frame);
    video_view_draw(stage->view, &(SDL_Rect){ 0, 0, WIDTH, HEIGHT }, VIDEO_FIT, true, 0);
    assert_colour(stage, 100, 100, 255, 255, 255);
    assert_colour(stage, WIDTH - 100, 100, 0, 0, 0);
}

/* A square picture: a band of black and white quarters, as high as what fills the screen, and grey above and below. */
static AVFrame *quarters(enum AVPixelFormat format, int side)
{
    enum { BLACK = 16, GREY = 110, WHITE = 235 };
    AVFrame *frame = av_frame_alloc();
    frame->format = format;
    frame->width = frame->height = side;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    int band = side * HEIGHT / WIDTH, top = (side - band) / 2;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            bool in_band = y >= top && y < top + band;
            frame->data[0][y * frame->linesize[0] + x] = !in_band                           ? GREY
                                                         : (y < side / 2) == (x < side / 2) ? BLACK
                                                                                            : WHITE;
        }
    for (int plane = 1; plane < 3 && frame->data[plane]; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * (size_t)side / 2);
    return frame;
}

static void assert_quarters(struct stage *stage, bool mirrored)
{
    enum { EDGE = 4 };
    for (int bottom = 0; bottom < 2; bottom++)
        for (int right = 0; right < 2; right++) {
            int light = (bottom == right) == !mirrored ? 0 : 255;
            assert_colour(stage, right ? WIDTH - EDGE : EDGE, bottom ? HEIGHT - EDGE : EDGE, light, light, light);
        }
}

/* What fills the screen is the middle of a picture, whether it is enlarged or made smaller, and mirrored or not; and
 * it is as well when the place changes and no other picture comes. */
static void the_middle_fills(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12 };
    static const int sides[] = { 320, 640, 1280 };
    struct frame_sink *sink = video_view_sink(stage->view);
    for (size_t i = 0; i < G_N_ELEMENTS(formats) * G_N_ELEMENTS(sides); i++) {
        AVFrame *frame = quarters(formats[i % G_N_ELEMENTS(formats)], sides[i / G_N_ELEMENTS(formats)]);
        sink->ops->push(sink, frame);
        av_frame_free(&frame);
        draw(stage, VIDEO_FIT, 0);
        for (int mirrored = 0; mirrored < 2; mirrored++) {
            const SDL_Rect all = { 0, 0, WIDTH, HEIGHT };
            g_assert_false(video_view_draw(stage->view, &all, VIDEO_FILL, mirrored, 0));
            assert_quarters(stage, mirrored);
        }
    }
}

/* The smallest rectangle around everything that is not black. */
static SDL_Rect drawn(struct stage *stage)
{
    int x0 = WIDTH, y0 = HEIGHT, x1 = -1, y1 = -1;
    pixel(stage, 0, 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            const uint8_t *p = stage->pixels + 4 * (y * WIDTH + x);
            if (p[0] | p[1] | p[2]) {
                x0 = MIN(x0, x);
                y0 = MIN(y0, y);
                x1 = MAX(x1, x);
                y1 = MAX(y1, y);
            }
        }
    return (SDL_Rect){ x0, y0, x1 - x0 + 1, y1 - y0 + 1 };
}

static void text_stays_in_its_width(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const char *const lines[] = { "a", "A long line that does not fit into the place it is given",
                                         "日本語 العربية", "\xff\xfe bytes that are no text" };
    int w, h;
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        draw(stage, VIDEO_FIT, 0);
        ui_text(stage->ui, lines[i], 30, (SDL_Color){ 255, 255, 255, 255 }, UI_LEFT, 50, 60, 200, &w, &h);
        SDL_Rect area = drawn(stage);
        g_assert_cmpint(area.x, >=, 49);
        g_assert_cmpint(area.x + area.w, <=, 251);
        g_assert_cmpint(w, <=, 200);
        g_assert_cmpint(area.y, >=, 60);
        g_assert_cmpint(area.y + area.h, <=, 60 + h);
    }
    for (int i = 0; i < 500; i++) { /* more than any cache should keep */
        g_autofree char *text = g_strdup_printf("line %d", i);
        ui_text(stage->ui, text, 10, (SDL_Color){ 255, 255, 255, 255 }, UI_CENTRE, 100, 100, 0, NULL, NULL);
    }
}

static void draw_line(struct text *text, const char *words)
{
    text_draw(text, words, 12, TEXT_MEDIUM, (SDL_Color){ 255, 255, 255, 255 }, 0, 0, 0);
}

/* What a screen says changes with each call and each second. */
static void text_that_is_gone_is_forgotten(struct stage *stage, gconstpointer data)
{
    (void)data;
    struct text *text = text_create(window_renderer(stage->window), SOURCE_DIR "/assets");
    for (int i = 0; i < 60; i++) {
        g_autofree char *words = g_strdup_printf("0:%02d", i);
        draw_line(text, words);
        draw_line(text, "Lobby");
    }
    g_assert_cmpint(text_kept(text), ==, 61);
    for (int i = 0; i < 1100; i++)
        draw_line(text, "Lobby");
    draw_line(text, "LIVE");
    g_assert_cmpint(text_kept(text), ==, 2);
    text_destroy(text);
}

static void buttons_stay_in_their_area(struct stage *stage, gconstpointer data)
{
    (void)data;
    static const enum ui_icon icons[] = { UI_ICON_NONE,       UI_ICON_CALL,   UI_ICON_HANG_UP, UI_ICON_PERSON,
                                          UI_ICON_MICROPHONE, UI_ICON_CAMERA, UI_ICON_LIVE };
    for (size_t i = 0; i < G_N_ELEMENTS(icons); i++) {
        struct ui_button button = {
            .label = "Hang up", .icon = icons[i], .tone = UI_TONE_DANGER, .round = i % 2, .struck = i % 3 == 0
        };
        SDL_Rect place = { 200, 150, 0, 0 };
        ui_button_size(stage->ui, &button, &place.w, &place.h);
        draw(stage, VIDEO_FIT, 0);
        ui_button_draw(stage->ui, &button, &place, (struct ui_touch){ .hover = i % 2 }, 1);
        SDL_Rect area = drawn(stage);
        g_assert_cmpint(area.x, >=, place.x);
        g_assert_cmpint(area.y, >=, place.y);
        g_assert_cmpint(area.x + area.w, <=, place.x + place.w);
        g_assert_cmpint(area.y + area.h, <=, place.y + place.h);
        g_assert_cmpint(area.w, >, place.w * 9 / 10);
    }
}

/* Each pixel of a translucent panel is covered once, whatever its height: no seams. */
static void panels_have_no_seams(struct stage *stage, gconstpointer data)
{
    (void)data;
    SDL_Renderer *renderer = window_renderer(stage->window);
    for (int height = 20; height <= 23; height++) {
        SDL_Rect area = { 10, 10, 120, height };
        SDL_SetRenderDrawColor(renderer, 255, 255, 255, 255);
        SDL_RenderClear(renderer);
        ui_panel(stage->ui, &area, (float)height / 2, (SDL_Color){ 0, 0, 0, 128 });
        for (int y = area.y; y < area.y + height; y++)
            assert_colour(stage, area.x + area.w / 2, y, 127, 127, 127);
    }
}

static AVFrame *read_png(const char *path)
{
    g_autofree char *bytes = NULL;
    size_t size;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    AVCodecContext *decoder = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_PNG));
    AVPacket *packet = av_packet_alloc();
    AVFrame *frame = av_frame_alloc();
    g_assert_cmpint(avcodec_open2(decoder, NULL, NULL), ==, 0);
    g_assert_cmpint(av_new_packet(packet, (int)size), ==, 0);
    memcpy(packet->data, bytes, size);
    g_assert_cmpint(avcodec_send_packet(decoder, packet), ==, 0);
    g_assert_cmpint(avcodec_receive_frame(decoder, frame), ==, 0);
    av_packet_free(&packet);
    avcodec_free_context(&decoder);
    return frame;
}

static void pictures_are_saved(struct stage *stage, gconstpointer data)
{
    (void)data;
    g_autofree char *folder = g_dir_make_tmp("callapi-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "screen.png", NULL);
    g_autofree char *timeline = g_build_filename(folder, "timeline.png", NULL);
    show(stage, AV_PIX_FMT_YUV420P, WIDTH, HEIGHT, (const uint8_t[]){ 63, 102, 240 }, AVCOL_SPC_BT709,
         AVCOL_RANGE_MPEG);
    draw(stage, VIDEO_FIT, 0);
    g_assert_true(window_save_png(stage->window, path));
    AVFrame *frame = read_png(path);
    g_assert_cmpint(frame->width, ==, WIDTH);
    g_assert_cmpint(frame->data[0][0], >, 250); /* red first */
    g_assert_cmpint(frame->data[0][1], <, 5);
    av_frame_free(&frame);

    const struct timeline_mark marks[] = {
        { "caller anna", "call_started", 0 },    { "caller anna", "accepted", 400 },
        { "caller anna", "accept_seen", 400.4 }, { "callee bert", "call_started", 3 },
        { "callee bert", "connected", 430 },
    };
    g_assert_true(timeline_save_png(timeline, "The call", marks, G_N_ELEMENTS(marks), SOURCE_DIR "/assets"));
    g_assert_true(timeline_save_png(timeline, "Nothing", NULL, 0, SOURCE_DIR "/assets"));
    frame = read_png(timeline);
    g_assert_cmpint(frame->width, >, 1000);
    av_frame_free(&frame);
    g_remove(path);
    g_remove(timeline);
    g_test_expect_message("render", G_LOG_LEVEL_WARNING, "*cannot be written*");
    g_assert_false(window_save_png(stage->window, "/proc/no/such.png"));
    g_test_assert_expected_messages();
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *path;
        void (*run)(struct stage *stage, gconstpointer data);
    } tests[] = {
        { "/render/colours", colours_are_right },
        { "/render/places", pictures_are_placed_and_stay },
        { "/render/newest", the_newest_frame_wins },
        { "/render/textures", textures_are_made_for_a_new_size_only },
        { "/render/mirror", a_mirror_swaps_left_and_right },
        { "/render/fill", the_middle_fills },
        { "/render/text", text_stays_in_its_width },
        { "/render/text-gone", text_that_is_gone_is_forgotten },
        { "/render/buttons", buttons_stay_in_their_area },
        { "/render/panels", panels_have_no_seams },
        { "/render/png", pictures_are_saved },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct stage, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}

/* The figures on the screen: what they say, where they are, and that they are drawn inside of their places and cheaply
 * kept. With CALLAPI_TEST_SHOTS=DIR the pictures are written there. */
#include "app/screen/overlay.h"
#include "app/view/language.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "app/screen/overlay_data.h"

struct size {
    int width, height;
};

static const struct size sizes[] = { { 1280, 720 }, { 480, 320 }, { 1920, 1080 }, { 800, 480 }, { 720, 1280 } };

struct stage {
    struct window *window;
    struct ui *ui;
    struct overlay *overlay;
    struct statistics *statistics;
    int width, height;
};

static void set_up(struct stage *stage, gconstpointer data)
{
    const struct size *size = data;
    g_autofree char *error = NULL;
    struct window_config config = { .title = "test", .width = size->width, .height = size->height, .headless = true };
    stage->window = window_create(&config, &error);
    g_assert_null(error);
    struct theme theme;
    g_assert_true(theme_load(&theme, SOURCE_DIR "/assets", NULL, &error));
    stage->ui = ui_create(stage->window, SOURCE_DIR "/assets", &theme);
    g_assert_nonnull(stage->ui);
    stage->overlay = overlay_create(stage->window, stage->ui, false);
    stage->statistics = statistics_create();
    window_size(stage->window, &stage->width, &stage->height);
}

static void tear_down(struct stage *stage, gconstpointer data)
{
    (void)data;
    overlay_destroy(stage->overlay);
    statistics_destroy(stage->statistics);
    ui_destroy(stage->ui);
    window_destroy(stage->window);
}

/* A call that gets worse: second after second more loss, and the widest figures that a call can have. */
static void add_second(struct statistics *statistics, int i)
{
    struct statistics_snapshot now = {
        .at_us = 1000000 * (int64_t)(i + 1),
        .unix_us = 1700000000000000 + 1000000 * (int64_t)i,
        .remote = "a-visitor/1a2b3c",
        .has_connection = true,
        .plays = true,
        .encodes = true,
    };
    uint64_t n = (uint64_t)i;
    now.connection = (struct connection_statistics){
        .id = 1,
        .connected = true,
        .round_trip_time = 0.05 + 0.001 * i,
        .available_outgoing_bitrate = 18880000,
    };
    now.connection.inbound[STATISTICS_VIDEO] = (struct inbound_rtp_statistics){
        .ssrc = 2,
        .packets_received = 190 * n,
        .packets_lost = (int64_t)(n * n / 5),
        .bytes_received = (1000000 + 20000 * (n % 7)) * n,
        .jitter = 0.188,
        .nack_count = 88 * n,
        .pli_count = 8 * n,
        .retransmitted_packets_received = 888 * n,
    };
    now.connection.inbound[STATISTICS_AUDIO] = (struct inbound_rtp_statistics){
        .ssrc = 3, .packets_received = 50 * n, .jitter = 0.188, .bytes_received = 8000 * n
    };
    now.connection.outbound[STATISTICS_VIDEO] = (struct outbound_rtp_statistics){
        .ssrc = 4,
        .packets_sent = 190 * n,
        .bytes_sent = 188000 * n,
        .retransmitted_packets_sent = 888 * n,
    };
    now.connection.remote_inbound[STATISTICS_VIDEO] = (struct remote_inbound_rtp_statistics){ .reported = true,
                                                                                              .fraction_lost = 0.888 };
    now.playback = (struct playback_statistics){
        .frames_decoded = 30 * n,
        .width = 3840,
        .height = 2160,
        .freeze_count = n,
        .total_freezes_duration = 0.2 * i,
        .total_samples_received = 48000 * n,
        .concealed_samples = 4000 * n,
        .audio_delay_ms = 488,
    };
    now.encoding = (struct encoding_statistics){
        .frames_encoded = 30 * n,
        .width = 1280,
        .height = 720,
        .target_bitrate = 18880000,
        .limitation = QUALITY_LIMITATION_CPU,
        .loads = { 0.888, 0.088, 0.188 },
    };
    now.loop.stalls[7] = 500 * (uint32_t)i;
    now.loop.stalls[800] = (uint32_t)i;
    statistics_add(statistics, &now);
}

static void shoot(struct stage *stage, const char *name)
{
    const char *folder = g_getenv("CALLAPI_TEST_SHOTS");
    if (!folder)
        return;
    g_autofree char *file = g_strdup_printf("%s-%dx%d.png", name, stage->width, stage->height),
                    *path = g_build_filename(folder, file, NULL);
    g_assert_true(window_save_png(stage->window, path));
}

/* On a ground of one colour; the pixels, to be freed. */
static uint32_t *draw(struct stage *stage)
{
    int width, height;
    SDL_Renderer *renderer = window_renderer(stage->window);
    SDL_SetRenderDrawColor(renderer, 90, 120, 60, 255);
    SDL_RenderClear(renderer);
    overlay_draw(stage->overlay, stage->statistics);
    uint32_t *pixels = (uint32_t *)(void *)window_read_argb(stage->window, &width, &height);
    g_assert_nonnull(pixels);
    return pixels;
}

static const uint32_t ground = 0xff5a783c;

static bool is_in(const SDL_Rect *area, int x, int y)
{
    return SDL_PointInRect(&(SDL_Point){ x, y }, area);
}

/* How many pixels of `area` are bright: words and lines. */
static int count_bright(const struct stage *stage, const uint32_t *pixels, const SDL_Rect *area)
{
    int n = 0;
    for (int y = area->y; y < area->y + area->h; y++)
        for (int x = area->x; x < area->x + area->w; x++) {
            uint32_t pixel = pixels[y * stage->width + x];
            n += MAX(pixel >> 16 & 255, MAX(pixel >> 8 & 255, pixel & 255)) > 150;
        }
    return n;
}

static struct overlay_layout lay_out(const struct stage *stage, bool rows, bool frames)
{
    struct overlay_layout layout;
    overlay_lay_out(&layout, stage->width, stage->height, window_scale(stage->window), rows, frames);
    return layout;
}

static void show_frames(struct stage *stage)
{
    for (int i = 0; i < 150; i++)
        overlay_presented(stage->overlay, 1000000 + 33333 * (int64_t)i + (i > 100 ? 90000 : 0), 2000 + 40 * i, true);
}

/* ---- where ---- */

static void contains(const SDL_Rect *outer, const SDL_Rect *inner)
{
    SDL_Rect both;
    g_assert_false(SDL_RectEmpty(inner));
    g_assert_true(SDL_IntersectRect(outer, inner, &both));
    g_assert_true(SDL_RectEquals(&both, inner));
}

static void places_are_on_the_screen_and_apart(struct stage *stage, gconstpointer data)
{
    (void)data;
    for (int mode = 1; mode < 4; mode++) {
        bool rows = mode & 1, frames = mode & 2;
        struct overlay_layout layout = lay_out(stage, rows, frames);
        SDL_Rect screen = { 0, 0, stage->width, stage->height }, places[OVERLAY_GRAPHS + 2];
        int n = 0;
        g_assert_cmpint(layout.font, >=, 11); /* it can be read */
        if (rows) {
            contains(&screen, &layout.panel);
            places[n++] = layout.rows;
            for (int i = 0; i < OVERLAY_GRAPHS; i++)
                places[n++] = layout.graphs[i];
            for (int i = 0; i < n; i++)
                contains(&layout.panel, &places[i]);
            g_assert_cmpint(layout.rows.h, >=, OVERLAY_ROWS * layout.line);
        } else {
            g_assert_true(SDL_RectEmpty(&layout.panel));
        }
        if (frames) {
            contains(SDL_RectEmpty(&layout.frames_panel) ? &layout.panel : &layout.frames_panel, &layout.frames);
            contains(&screen, &layout.frames);
            places[n++] = layout.frames;
        }
        for (int i = 0; i < n; i++) {
            g_assert_cmpint(places[i].h, >, 2 * layout.line);
            for (int j = 0; j < i; j++)
                g_assert_false(SDL_HasIntersection(&places[i], &places[j]));
        }
    }
}

/* Also with the widest figures, both halves of a row are there in full. */
static void check_words(struct stage *stage)
{
    struct overlay_layout layout = lay_out(stage, true, false);
    struct overlay_row rows[OVERLAY_ROWS];
    overlay_describe(stage->statistics, rows);
    float points = (float)layout.font / window_scale(stage->window);
    for (int i = 0; i < OVERLAY_ROWS; i++) {
        int label, value;
        ui_measure(stage->ui, rows[i].label, points, &label, NULL);
        ui_measure(stage->ui, rows[i].value, points, &value, NULL);
        g_test_message("%s: %s (%d + %d of %d)", rows[i].label, rows[i].value, label, value, layout.rows.w);
        g_assert_cmpint(value, >, 0);
        g_assert_cmpint(label + layout.font + value, <=, layout.rows.w);
    }
}

static void words_fit(struct stage *stage, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < 50; i++)
        add_second(stage->statistics, i);
    check_words(stage);
    language_use("zh_CN");
    check_words(stage);
    overlay_toggle(stage->overlay, OVERLAY_FIGURES);
    overlay_toggle(stage->overlay, OVERLAY_FRAME_TIMES);
    g_free(draw(stage));
    shoot(stage, "chinese");
    language_use("en");
}

/* ---- pixels ---- */

static void nothing_is_drawn_outside(struct stage *stage, gconstpointer data)
{
    (void)data;
    for (int i = 0; i < 50; i++)
        add_second(stage->statistics, i);
    show_frames(stage);
    g_autofree uint32_t *hidden = draw(stage);
    for (int i = 0; i < stage->width * stage->height; i++)
        g_assert_cmphex(hidden[i], ==, ground);

    overlay_toggle(stage->overlay, OVERLAY_FIGURES);
    overlay_toggle(stage->overlay, OVERLAY_FRAME_TIMES);
    g_autofree uint32_t *pixels = draw(stage);
    shoot(stage, "both");
    struct overlay_layout layout = lay_out(stage, true, true);
    for (int y = 0; y < stage->height; y++)
        for (int x = 0; x < stage->width; x++)
            if (!is_in(&layout.panel, x, y) && !is_in(&layout.frames_panel, x, y))
                g_assert_cmphex(pixels[y * stage->width + x], ==, ground);
    /* each row has words at its left and at its right end */
    for (int i = 0, groups = 0; i < OVERLAY_ROWS; i++) {
        struct overlay_row rows[OVERLAY_ROWS];
        overlay_describe(stage->statistics, rows);
        groups += rows[i].begins_group;
        SDL_Rect row = { layout.rows.x, layout.rows.y + i * layout.line + groups * layout.group, layout.rows.w / 4,
                         layout.line };
        g_assert_cmpint(count_bright(stage, pixels, &row), >, 10);
        row.x += layout.rows.w - row.w;
        g_assert_cmpint(count_bright(stage, pixels, &row), >, 10);
    }
    for (int i = 0; i < OVERLAY_GRAPHS; i++) {
        SDL_Rect plot = layout.graphs[i];
        plot.y += layout.line;
        plot.h -= layout.line;
        plot.x += plot.w / 2; /* without the scale's number: the line alone */
        plot.w /= 2;
        g_assert_cmpint(count_bright(stage, pixels, &plot), >, plot.w / 2);
    }
    g_assert_cmpint(count_bright(stage, pixels, &layout.frames), >, layout.frames.w);

    overlay_toggle(stage->overlay, OVERLAY_FIGURES);
    g_autofree uint32_t *frames = draw(stage);
    shoot(stage, "frames");
    overlay_toggle(stage->overlay, OVERLAY_FRAME_TIMES);
    g_autofree uint32_t *again = draw(stage);
    g_assert_cmpmem(again, (size_t)(stage->width * stage->height * 4), hidden,
                    (size_t)(stage->width * stage->height * 4));
}

static void it_follows_the_seconds(struct stage *stage, gconstpointer data)
{
    (void)data;
    size_t size = (size_t)(stage->width * stage->height * 4);
    overlay_toggle(stage->overlay, OVERLAY_FIGURES);
    g_autofree uint32_t *before = draw(stage); /* nothing is known yet */
    shoot(stage, "empty");
    add_second(stage->statistics, 0);
    add_second(stage->statistics, 1);
    g_autofree uint32_t *after = draw(stage), *same = draw(stage);
    shoot(stage, "rows");
    g_assert_cmpint(memcmp(before, after, size), !=, 0);
    g_assert_cmpmem(same, size, after, size);
}

static void the_screen_may_change_its_size(struct stage *stage, gconstpointer data)
{
    (void)data;
    add_second(stage->statistics, 0);
    overlay_toggle(stage->overlay, OVERLAY_FIGURES);
    overlay_toggle(stage->overlay, OVERLAY_FRAME_TIMES);
    show_frames(stage);
    g_autofree uint32_t *large = draw(stage);
    SDL_SetWindowSize(SDL_RenderGetWindow(window_renderer(stage->window)), 480, 320);
    SDL_PumpEvents();
    window_size(stage->window, &stage->width, &stage->height);
    g_assert_cmpint(stage->width, ==, 480);
    g_autofree uint32_t *small = draw(stage);
    struct overlay_layout layout = lay_out(stage, true, true);
    g_assert_cmpint(count_bright(stage, small, &layout.rows), >, 100);
}

/* What a frame costs, with -m perf. */
static void it_is_cheap(struct stage *stage, gconstpointer data)
{
    (void)data;
    enum { DRAWINGS = 300 };
    if (!g_test_perf()) {
        g_test_skip("measured with -m perf only");
        return;
    }
    for (int i = 0; i < 60; i++)
        add_second(stage->statistics, i);
    show_frames(stage);
    overlay_toggle(stage->overlay, OVERLAY_FIGURES);
    overlay_toggle(stage->overlay, OVERLAY_FRAME_TIMES);
    SDL_Renderer *renderer = window_renderer(stage->window);
    double first = 0, later = 0;
    for (int i = 0; i < DRAWINGS; i++) {
        if (i % 30 == 0)
            add_second(stage->statistics, 60 + i / 30);
        int64_t began_us = g_get_monotonic_time();
        overlay_draw(stage->overlay, stage->statistics);
        SDL_RenderFlush(renderer);
        double took_ms = (double)(g_get_monotonic_time() - began_us) / 1000;
        if (i % 30 == 0)
            first += took_ms / (DRAWINGS / 30);
        else
            later += took_ms / (DRAWINGS - DRAWINGS / 30);
    }
    g_test_minimized_result(later, "%dx%d: %.2f ms a frame, %.2f ms where a second begins", stage->width, stage->height,
                            later, first);
}

/* ---- what it says ---- */

static void unknown_is_said_to_be_unknown(void)
{
    struct statistics *statistics = statistics_create();
    struct overlay_row rows[OVERLAY_ROWS];
    struct overlay_graph graphs[OVERLAY_GRAPHS];
    overlay_describe(statistics, rows);
    g_assert_cmpstr(rows[0].label, ==, "No connection");
    g_assert_cmpstr(rows[1].value, ==, "–");
    for (int i = 0; i < OVERLAY_ROWS; i++) {
        g_assert_nonnull(rows[i].label);
        g_assert_cmpint(rows[i].tone, ==, OVERLAY_PLAIN);
        g_assert_null(strstr(rows[i].value, "nan"));
    }
    overlay_plot(statistics, graphs);
    for (int i = 0; i < OVERLAY_GRAPHS; i++) {
        g_assert_cmpfloat(graphs[i].top, >, 0);
        g_assert_true(isnan(graphs[i].values[0][STATISTICS_HISTORY - 1]));
    }
    statistics_destroy(statistics);
}

static void figures_and_tones_are_the_seconds(void)
{
    struct statistics *statistics = statistics_create();
    struct overlay_row rows[OVERLAY_ROWS];
    struct overlay_graph graphs[OVERLAY_GRAPHS];
    for (int i = 0; i < 40; i++)
        add_second(statistics, i);
    overlay_describe(statistics, rows);
    g_assert_cmpstr(rows[0].label, ==, "a-visitor/1a2b3c");
    g_assert_cmpstr(rows[1].value, ==, "89 ms");
    g_assert_cmpstr(rows[5].value, ==, "3840×2160, 30 fps");
    g_assert_cmpstr(rows[13].value, ==, "this machine");
    g_assert_cmpstr(rows[15].value, ==, "89 / 9 / 19 %");
    g_assert_cmpint(rows[15].tone, ==, OVERLAY_BAD);
    g_assert_cmpint(rows[2].tone, ==, OVERLAY_BAD); /* 89 % of ours are lost */
    g_assert_cmpint(rows[1].tone, ==, OVERLAY_PLAIN);
    g_assert_cmpint(rows[8].tone, ==, OVERLAY_BAD); /* concealed: 8 % */
    overlay_plot(statistics, graphs);
    g_assert_cmpfloat_with_epsilon(graphs[2].values[0][STATISTICS_HISTORY - 1], 89, 1e-6);
    g_assert_cmpfloat_with_epsilon(graphs[2].values[0][STATISTICS_HISTORY - 40], 50, 1e-6);
    g_assert_true(isnan(graphs[2].values[0][STATISTICS_HISTORY - 41]));
    g_assert_cmpfloat(graphs[2].top, ==, 100);
    g_assert_cmpfloat(graphs[1].top, ==, 100);
    statistics_destroy(statistics);
}

static void add_for_sizes(const char *name, void (*test)(struct stage *stage, gconstpointer data))
{
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *path = g_strdup_printf("/overlay/%s/%dx%d", name, sizes[i].width, sizes[i].height);
        g_test_add(path, struct stage, &sizes[i], set_up, test, tear_down);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/overlay/unknown", unknown_is_said_to_be_unknown);
    g_test_add_func("/overlay/figures", figures_and_tones_are_the_seconds);
    add_for_sizes("places", places_are_on_the_screen_and_apart);
    add_for_sizes("fit", words_fit);
    add_for_sizes("pixels", nothing_is_drawn_outside);
    add_for_sizes("seconds", it_follows_the_seconds);
    add_for_sizes("cost", it_is_cheap);
    g_test_add("/overlay/resize", struct stage, &sizes[0], set_up, the_screen_may_change_its_size, tear_down);
    return g_test_run();
}

/* The screen report: what it says of pictures whose history the test made up. */
#include "engine/statistics/screen_report.h"

#include <math.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "engine/synthetic/test_picture.h"

enum { WIDTH = 800, HEIGHT = 480, PICTURE_X = 80, PICTURE_Y = 60, PICTURE_WIDTH = 640, PICTURE_HEIGHT = 360 };
enum { PERIOD = 40000, START = 1000000 };

struct screen {
    struct screen_report *report;
    struct test_picture *sources[2];
    uint8_t grey[WIDTH * HEIGHT];
    int64_t now_us;
};

static struct screen *screen_create(void)
{
    struct screen *screen = g_new0(struct screen, 1);
    screen->report = screen_report_create();
    for (unsigned i = 0; i < G_N_ELEMENTS(screen->sources); i++)
        screen->sources[i] = test_picture_create(PICTURE_WIDTH, PICTURE_HEIGHT, i + 1);
    screen->now_us = START;
    return screen;
}

static void screen_destroy(struct screen *screen)
{
    screen_report_destroy(screen->report);
    for (size_t i = 0; i < G_N_ELEMENTS(screen->sources); i++)
        test_picture_destroy(screen->sources[i]);
    g_free(screen);
}

static void paint(struct screen *screen, unsigned source, unsigned number, int from, int to)
{
    AVFrame *frame = test_picture_draw(screen->sources[source - 1], number, number / 25.0);
    for (int y = from; y < to; y++)
        memcpy(screen->grey + (y + PICTURE_Y) * WIDTH + PICTURE_X, frame->data[0] + y * frame->linesize[0],
               PICTURE_WIDTH);
    av_frame_free(&frame);
}

static struct screen_seen present(struct screen *screen)
{
    struct screen_seen seen = screen_report_push(screen->report, screen->grey, WIDTH, HEIGHT, PICTURE_X, PICTURE_Y,
                                                 PICTURE_WIDTH, PICTURE_HEIGHT, screen->now_us);
    screen->now_us += PERIOD;
    return seen;
}

static struct screen_seen show(struct screen *screen, unsigned source, unsigned number)
{
    paint(screen, source, number, 0, PICTURE_HEIGHT);
    return present(screen);
}

static struct screen_seen show_light(struct screen *screen, int light)
{
    memset(screen->grey, light, sizeof screen->grey);
    return present(screen);
}

static struct screen_span whole_span(const struct screen *screen)
{
    return screen_report_span(screen->report, START, screen->now_us - PERIOD);
}

static void reads_numbers(void)
{
    struct screen *screen = screen_create();
    for (unsigned i = 0; i < 5; i++) {
        struct screen_seen seen = show(screen, 1, 100 + i);
        g_assert_true(seen.coded && seen.new_picture && !seen.black && !seen.torn);
        g_assert_cmpuint(seen.source, ==, 1);
        g_assert_cmpuint(seen.number, ==, 100 + i);
    }
    struct screen_span span = whole_span(screen);
    g_assert_cmpint(span.presented, ==, 5);
    g_assert_cmpint(span.new_pictures, ==, 5);
    g_assert_cmpint(span.repeated, ==, 0);
    g_assert_cmpint(span.missing_source_frames, ==, 0);
    g_assert_cmpfloat(span.longest_freeze_ms, ==, 40);
    screen_destroy(screen);
}

static void counts_missing_but_not_switches_or_loops(void)
{
    struct screen *screen = screen_create();
    show(screen, 1, 10);
    show(screen, 1, 13);
    show(screen, 2, 500); /* another source */
    show(screen, 2, 502);
    show(screen, 2, 3); /* looped */
    show_light(screen, 0);
    show(screen, 2, 5);
    struct screen_span span = whole_span(screen);
    g_assert_cmpint(span.missing_source_frames, ==, 2 + 1 + 1);
    g_assert_cmpint(span.black, ==, 1);
    struct screen_span between = screen_report_span(screen->report, START + PERIOD, START + 2 * PERIOD);
    g_assert_cmpint(between.missing_source_frames, ==, 0);
    screen_destroy(screen);
}

static void measures_freezes_over_the_edges(void)
{
    struct screen *screen = screen_create();
    show(screen, 1, 1);
    show(screen, 1, 2); /* stands from START + 1 period, five periods long */
    for (int i = 0; i < 4; i++)
        g_assert_false(show(screen, 1, 2).new_picture);
    show(screen, 1, 3);
    show(screen, 1, 4);
    g_assert_cmpfloat(whole_span(screen).longest_freeze_ms, ==, 200);
    g_assert_cmpint(whole_span(screen).repeated, ==, 4);
    struct screen_span late = screen_report_span(screen->report, START + 5 * PERIOD, START + 6 * PERIOD);
    g_assert_cmpfloat(late.longest_freeze_ms, ==, 200);
    struct screen_span cut = screen_report_span(screen->report, START, START + 3 * PERIOD + 1000);
    g_assert_cmpfloat(cut.longest_freeze_ms, ==, 81);
    struct screen_span between = screen_report_span(screen->report, START + 3 * PERIOD + 1, START + 3 * PERIOD + 1000);
    g_assert_cmpint(between.presented, ==, 0);
    g_assert_cmpfloat(between.longest_freeze_ms, ==, 81);
    screen_destroy(screen);
}

static void sees_black(void)
{
    struct screen *screen = screen_create();
    g_assert_true(show_light(screen, 16).black);
    g_assert_true(show_light(screen, 40).black);
    g_assert_false(show_light(screen, 41).black);
    memset(screen->grey, 16, sizeof screen->grey);
    memset(screen->grey, 255, WIDTH * PICTURE_Y); /* bright, but outside of the main picture */
    g_assert_true(present(screen).black);
    memset(screen->grey + PICTURE_Y * WIDTH + PICTURE_X, 255, 231); /* a thousandth of the picture */
    g_assert_false(present(screen).black);
    g_assert_cmpint(whole_span(screen).black, ==, 3);
    g_assert_cmpint(whole_span(screen).missing_source_frames, ==, -1);
    screen_destroy(screen);
}

static void sees_tearing(void)
{
    struct screen *screen = screen_create();
    g_assert_false(show(screen, 1, 7).torn);
    paint(screen, 1, 8, 0, PICTURE_HEIGHT / 2);
    struct screen_seen seen = present(screen);
    g_assert_true(seen.torn && seen.coded && seen.new_picture);
    g_assert_cmpuint(seen.number, ==, 8);
    g_assert_cmpint(whole_span(screen).torn, ==, 1);
    screen_destroy(screen);
}

/* The picture moves to another place and size on the screen, as at a change of scene. */
static void follows_the_code(void)
{
    struct screen *screen = screen_create();
    show(screen, 1, 1);
    show(screen, 1, 2);
    AVFrame *frame = test_picture_draw(screen->sources[0], 3, 0);
    memset(screen->grey, 90, sizeof screen->grey);
    for (int y = 0; y < 180; y++)
        for (int x = 0; x < 320; x++)
            screen->grey[(y + 200) * WIDTH + x + 300] = frame->data[0][2 * y * frame->linesize[0] + 2 * x];
    av_frame_free(&frame);
    struct screen_seen seen = present(screen);
    g_assert_true(seen.coded);
    g_assert_cmpuint(seen.number, ==, 3);
    screen_destroy(screen);
}

static void judges_films_without_numbers(void)
{
    struct screen *screen = screen_create();
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < WIDTH * HEIGHT; j++)
            screen->grey[j] = (uint8_t)(60 + (j + 7 * (i / 2)) % 150);
        struct screen_seen seen = present(screen);
        g_assert_false(seen.coded);
        g_assert_cmpint(seen.new_picture, ==, i % 2 == 0);
    }
    struct screen_span span = whole_span(screen);
    g_assert_cmpint(span.missing_source_frames, ==, -1);
    g_assert_cmpint(span.new_pictures, ==, 3);
    g_assert_cmpint(span.repeated, ==, 3);
    g_assert_cmpfloat(span.longest_freeze_ms, ==, 80);
    screen_destroy(screen);
}

static void empty_and_odd_areas_are_harmless(void)
{
    struct screen_report *report = screen_report_create();
    struct screen_span span = screen_report_span(report, 0, 1000);
    g_assert_cmpint(span.presented, ==, 0);
    g_assert_cmpfloat(span.longest_freeze_ms, ==, 0);
    uint8_t grey[16 * 16];
    memset(grey, 200, sizeof grey);
    g_assert_false(screen_report_push(report, grey, 16, 16, -100, -100, 1000, 1000, 0).black);
    g_assert_true(screen_report_push(report, grey, 16, 16, 20, 20, 10, 10, 1).black);
    g_assert_true(screen_report_push(report, grey, 16, 16, 0, 0, 0, 0, 2).black);
    g_assert_false(screen_report_push(report, grey, 16, 16, 15, 15, 1, 1, 3).black);
    screen_report_destroy(report);
    screen_report_destroy(NULL);
}

static void saves_json_lines(void)
{
    struct screen *screen = screen_create();
    show(screen, 1, 42);
    show_light(screen, 0);
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "callapi-screen-report-XXXXXX", NULL);
    g_close(g_mkstemp(path), NULL);
    g_assert_true(screen_report_save(screen->report, path, START));
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==,
                    "{\"t_ms\":0.000,\"source\":1,\"frame\":42,\"black\":false,\"torn\":false,\"new\":true}\n"
                    "{\"t_ms\":40.000,\"source\":null,\"frame\":null,\"black\":true,\"torn\":false,\"new\":true}\n");
    g_unlink(path);
    g_test_expect_message("engine", G_LOG_LEVEL_WARNING, "*cannot be written*");
    g_assert_false(screen_report_save(screen->report, "/nonexistent/report", START));
    g_test_assert_expected_messages();
    screen_destroy(screen);
}

static void cost(void)
{
    struct screen *screen = screen_create();
    int64_t spent = 0;
    for (unsigned i = 0; i < 20; i++) {
        paint(screen, 1, i, 0, PICTURE_HEIGHT);
        int64_t before = g_get_monotonic_time();
        present(screen);
        spent += g_get_monotonic_time() - before;
    }
    g_test_message("640x360 on 800x480: %.3f ms a picture", (double)spent / 20e3);
    screen_destroy(screen);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/screen_report/numbers", reads_numbers);
    g_test_add_func("/screen_report/missing", counts_missing_but_not_switches_or_loops);
    g_test_add_func("/screen_report/freezes", measures_freezes_over_the_edges);
    g_test_add_func("/screen_report/black", sees_black);
    g_test_add_func("/screen_report/torn", sees_tearing);
    g_test_add_func("/screen_report/moved", follows_the_code);
    g_test_add_func("/screen_report/film", judges_films_without_numbers);
    g_test_add_func("/screen_report/odd", empty_and_odd_areas_are_harmless);
    g_test_add_func("/screen_report/save", saves_json_lines);
    g_test_add_func("/screen_report/cost", cost);
    return g_test_run();
}

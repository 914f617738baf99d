/* Frame codes: what is drawn is found again at every size a screen may show it in, and nothing else is. */
#include "engine/statistics/framecode.h"

#include <math.h>
#include <string.h>

#include <glib.h>
#include <libswscale/swscale.h>

#include "engine/synthetic/test_picture.h"

enum { ROOM = 8 };

static AVFrame *draw(int width, int height, unsigned source, unsigned number)
{
    struct test_picture *picture = test_picture_create(width, height, source);
    AVFrame *frame = test_picture_draw(picture, number, number / 30.0);
    test_picture_destroy(picture);
    g_assert_nonnull(frame);
    return frame;
}

/* The frame's light, packed, width x height. */
static uint8_t *scale(const AVFrame *frame, int width, int height)
{
    struct SwsContext *scaler = sws_getContext(frame->width, frame->height, AV_PIX_FMT_YUV420P, width, height,
                                               AV_PIX_FMT_GRAY8, SWS_BILINEAR, NULL, NULL, NULL);
    int stride = (width + 63) & ~63; /* swscale writes whole vectors */
    uint8_t *padded = g_malloc((size_t)stride * height + 64), *grey = g_malloc((size_t)width * height);
    sws_scale(scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, &padded, &stride);
    for (int y = 0; y < height; y++)
        memcpy(grey + (size_t)y * width, padded + (size_t)y * stride, (size_t)width);
    sws_freeContext(scaler);
    g_free(padded);
    return grey;
}

/* Once, at the place where it was drawn into a frame that is shown at this size now. */
static void assert_found(const uint8_t *grey, int width, int height, const AVFrame *frame, unsigned source,
                         unsigned number)
{
    struct framecode_strip strip = framecode_strip(frame->width, frame->height, 0);
    double scale = (double)width / frame->width;
    struct framecode found[ROOM];
    int count = framecode_find(grey, width, height, width, found, ROOM);
    g_assert_cmpint(count, ==, 1);
    g_assert_cmpuint(found[0].source, ==, source);
    g_assert_cmpuint(found[0].number, ==, number);
    g_assert_cmpint(found[0].copies, ==, 2);
    g_assert_cmpfloat(fabs(found[0].width - 29 * strip.cell * scale), <, 0.03 * width);
    g_assert_cmpfloat(fabs(found[0].x - strip.x * scale), <, 0.02 * width);
    g_assert_cmpfloat(fabs(found[0].y - strip.y * scale), <, 0.02 * width);
}

static void found_at_every_size(void)
{
    static const int sizes[][2] = { { 116, 66 },  { 160, 90 },  { 320, 180 },  { 424, 240 },  { 640, 360 },
                                    { 640, 480 }, { 854, 480 }, { 1280, 720 }, { 1366, 768 }, { 1920, 1080 } };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        unsigned source = (unsigned)i, number = (unsigned)(i * 104857);
        AVFrame *frame = draw(sizes[i][0], sizes[i][1], source, number);
        g_autofree uint8_t *grey = scale(frame, sizes[i][0], sizes[i][1]);
        assert_found(grey, sizes[i][0], sizes[i][1], frame, source, number);
        av_frame_free(&frame);
    }
}

static void found_when_scaled(void)
{
    static const int from[][2] = { { 640, 360 }, { 1280, 720 } };
    static const int to[][2] = {
        { 240, 134 }, { 320, 180 }, { 333, 187 }, { 640, 400 }, { 1000, 562 }, { 1920, 1080 }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(from); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(to); j++) {
            AVFrame *frame = draw(from[i][0], from[i][1], 5, 777777);
            g_autofree uint8_t *grey = scale(frame, to[j][0], to[j][1]);
            assert_found(grey, to[j][0], to[j][1], frame, 5, 777777);
            av_frame_free(&frame);
        }
}

static void every_number_bit_is_read(void)
{
    struct test_picture *picture = test_picture_create(320, 180, 15);
    for (unsigned bit = 0; bit < 20; bit++) {
        AVFrame *frame = test_picture_draw(picture, 1u << bit, bit);
        g_autofree uint8_t *grey = scale(frame, 320, 180);
        assert_found(grey, 320, 180, frame, 15, 1u << bit);
        av_frame_free(&frame);
    }
    test_picture_destroy(picture);
}

static void mirrored_is_not_read(void)
{
    AVFrame *frame = draw(640, 360, 3, 12345);
    g_autofree uint8_t *grey = scale(frame, 640, 360);
    for (int y = 0; y < 360; y++)
        for (int x = 0; x < 320; x++) {
            uint8_t *left = grey + y * 640 + x, *right = grey + y * 640 + 639 - x, light = *left;
            *left = *right;
            *right = light;
        }
    struct framecode found[ROOM];
    g_assert_cmpint(framecode_find(grey, 640, 360, 640, found, ROOM), ==, 0);
    av_frame_free(&frame);
}

static void noise_and_low_contrast_are_borne(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    AVFrame *frame = draw(640, 360, 9, 54321);
    g_autofree uint8_t *grey = scale(frame, 640, 360);
    for (int i = 0; i < 640 * 360; i++)
        grey[i] = (uint8_t)CLAMP(40 + grey[i] / 2 + g_rand_int_range(random, -10, 11), 0, 255);
    assert_found(grey, 640, 360, frame, 9, 54321);
    av_frame_free(&frame);
}

static void dark_or_bright_pictures_are_read(void)
{
    AVFrame *frame = draw(640, 360, 2, 99);
    for (int bright = 0; bright < 2; bright++) {
        g_autofree uint8_t *grey = scale(frame, 640, 360);
        for (int i = 0; i < 640 * 360; i++)
            grey[i] = (uint8_t)(bright ? 140 + grey[i] * 100 / 255 : grey[i] * 110 / 255);
        assert_found(grey, 640, 360, frame, 2, 99);
    }
    av_frame_free(&frame);
}

static void random_pictures_hold_no_code(void)
{
    uint32_t seed = g_test_rand_int();
    g_test_message("seed %u", seed);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    g_autofree uint8_t *grey = g_malloc(320 * 180);
    for (int round = 0; round < 60; round++) {
        int run = round % 12 + 1; /* noise, and stripes as wide as cells */
        for (int i = 0; i < 320 * 180; i++)
            grey[i] = i % run && i ? grey[i - 1] : (uint8_t)(g_rand_boolean(random) ? 235 : 16);
        struct framecode found[ROOM];
        g_assert_cmpint(framecode_find(grey, 320, 180, 320, found, ROOM), ==, 0);
    }
}

/* The upper half of one frame over the lower half of the next. */
static void torn_shows_two_numbers(void)
{
    AVFrame *before = draw(640, 360, 4, 1000), *after = draw(640, 360, 4, 1001);
    g_autofree uint8_t *grey = scale(before, 640, 360), *other = scale(after, 640, 360);
    memcpy(grey + 640 * 180, other + 640 * 180, 640 * 180);
    struct framecode found[ROOM];
    g_assert_cmpint(framecode_find(grey, 640, 360, 640, found, ROOM), ==, 2);
    g_assert_cmpuint(found[0].source, ==, 4);
    g_assert_cmpuint(found[1].source, ==, 4);
    g_assert_cmpuint(MIN(found[0].number, found[1].number), ==, 1000);
    g_assert_cmpuint(MAX(found[0].number, found[1].number), ==, 1001);
    av_frame_free(&before);
    av_frame_free(&after);
}

/* A call on screen: the far end large, the own picture small in a corner. */
static void widest_comes_first(void)
{
    AVFrame *large = draw(1280, 720, 1, 11), *small = draw(320, 180, 2, 22);
    g_autofree uint8_t *grey = scale(large, 1280, 720), *preview = scale(small, 320, 180);
    for (int y = 0; y < 180; y++)
        memcpy(grey + (y + 530) * 1280 + 950, preview + y * 320, 320);
    struct framecode found[ROOM];
    g_assert_cmpint(framecode_find(grey, 1280, 720, 1280, found, ROOM), ==, 2);
    g_assert_cmpuint(found[0].number, ==, 11);
    g_assert_cmpuint(found[1].number, ==, 22);
    g_assert_cmpint(framecode_find(grey, 1280, 720, 1280, found, 1), ==, 1);
    av_frame_free(&large);
    av_frame_free(&small);
}

static void tiny_pictures_are_harmless(void)
{
    uint8_t grey[64] = { 0 };
    struct framecode found[ROOM];
    g_assert_cmpint(framecode_find(grey, 8, 8, 8, found, ROOM), ==, 0);
    g_assert_cmpint(framecode_find(grey, 0, 0, 0, found, ROOM), ==, 0);
    g_assert_cmpint(framecode_find(grey, 64, 1, 64, found, ROOM), ==, 0);
}

static void cost(void)
{
    AVFrame *frame = draw(1280, 720, 1, 5);
    g_autofree uint8_t *coded = scale(frame, 1280, 720), *plain = g_malloc(1280 * 720);
    for (int i = 0; i < 1280 * 720; i++)
        plain[i] = (uint8_t)(coded[i] / 4 + i % 1280 / 8);
    struct framecode found[ROOM];
    int64_t start = g_get_monotonic_time();
    for (int i = 0; i < 20; i++)
        framecode_find(coded, 1280, 720, 1280, found, ROOM);
    int64_t middle = g_get_monotonic_time();
    for (int i = 0; i < 20; i++)
        framecode_find(plain, 1280, 720, 1280, found, ROOM);
    g_test_message("1280x720: %.2f ms with codes, %.2f ms without", (double)(middle - start) / 20e3,
                   (double)(g_get_monotonic_time() - middle) / 20e3);
    av_frame_free(&frame);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/framecode/sizes", found_at_every_size);
    g_test_add_func("/framecode/scaled", found_when_scaled);
    g_test_add_func("/framecode/bits", every_number_bit_is_read);
    g_test_add_func("/framecode/mirrored", mirrored_is_not_read);
    g_test_add_func("/framecode/noise", noise_and_low_contrast_are_borne);
    g_test_add_func("/framecode/light", dark_or_bright_pictures_are_read);
    g_test_add_func("/framecode/random", random_pictures_hold_no_code);
    g_test_add_func("/framecode/torn", torn_shows_two_numbers);
    g_test_add_func("/framecode/widest", widest_comes_first);
    g_test_add_func("/framecode/tiny", tiny_pictures_are_harmless);
    g_test_add_func("/framecode/cost", cost);
    return g_test_run();
}

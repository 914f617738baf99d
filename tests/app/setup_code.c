/* A set-up code before a camera: in whatever sizes, formats and light its pictures come. */
#include <glib.h>
#include <qrencode.h>
#include <string.h>

#include "app/setup/code_scanner.h"
#include "engine/media/colour.h"
#include "engine/media/objects.h"
#include "engine/picture/scaler.h"

#define PLACE "[connection]\nhub=wss://calls.example\nuser=front-door\nname=Köln · 前台\nroom=studio\n"

enum { MARGIN = 4 }; /* modules */

struct look {
    const char *name;
    enum AVPixelFormat format;
    int width, height, module; /* pixels */
    uint8_t dark, light;
    int noise;
};

static AVFrame *picture_of(enum AVPixelFormat format, int width, int height)
{
    AVFrame *frame = frame_new();
    g_assert_true(frame_allocate(frame, format, width, height));
    colour_set(frame, (struct colour){ AVCOL_SPC_BT709, format == AV_PIX_FMT_GRAY8 });
    return frame;
}

static void draw(AVFrame *grey, const QRcode *code, const struct look *look, GRand *rand)
{
    int size = (code->width + 2 * MARGIN) * look->module, left = (grey->width - size) / 2,
        top = (grey->height - size) / 2;
    g_assert_cmpint(size, <=, MIN(grey->width, grey->height));
    for (int y = 0; y < grey->height; y++)
        for (int x = 0; x < grey->width; x++) {
            int column = (x - left) / look->module - MARGIN, row = (y - top) / look->module - MARGIN;
            bool inside = x >= left && y >= top && x < left + size && y < top + size;
            bool module = inside && row >= 0 && column >= 0 && row < code->width && column < code->width &&
                          (code->data[row * code->width + column] & 1);
            int value = module ? look->dark : inside ? look->light : (x + y) % 200;
            value += look->noise ? g_rand_int_range(rand, -look->noise, look->noise + 1) : 0;
            grey->data[0][y * grey->linesize[0] + x] = (uint8_t)CLAMP(value, 0, 255);
        }
}

/* What is read of these bytes in a picture that looks so; g_free it. */
static char *show(struct code_scanner *scanner, const char *bytes, size_t length, const struct look *look)
{
    struct picture_scaler *scaler = picture_scaler_create();
    GRand *rand = g_rand_new_with_seed(1);
    QRcode *code = QRcode_encodeData((int)length, (const unsigned char *)bytes, 0, QR_ECLEVEL_L);
    AVFrame *grey = picture_of(AV_PIX_FMT_GRAY8, look->width, look->height),
            *frame = picture_of(look->format, look->width, look->height);
    draw(grey, code, look, rand);
    g_assert_true(picture_scale(scaler, grey, frame));
    char *text = code_scanner_read(scanner, frame);
    av_frame_free(&grey);
    av_frame_free(&frame);
    QRcode_free(code);
    g_rand_free(rand);
    picture_scaler_destroy(scaler);
    return text;
}

static void test_looks(void)
{
    static const struct look looks[] = {
        { "usual", AV_PIX_FMT_YUV420P, 1280, 720, 9, 0, 255, 0 },
        { "a film's range, small", AV_PIX_FMT_NV12, 320, 240, 4, 0, 255, 0 },
        { "as USB cameras have it", AV_PIX_FMT_YUYV422, 640, 480, 6, 0, 255, 0 },
        { "Motion JPEG", AV_PIX_FMT_YUVJ422P, 1920, 1080, 12, 0, 255, 0 },
        { "red, green and blue, odd", AV_PIX_FMT_BGR24, 641, 481, 5, 0, 255, 0 },
        { "more than is looked at", AV_PIX_FMT_YUV420P, 3840, 2160, 30, 0, 255, 0 },
        { "in the dark", AV_PIX_FMT_YUV420P, 1280, 720, 9, 20, 140, 0 },
        { "with noise", AV_PIX_FMT_YUV420P, 1280, 720, 9, 30, 220, 30 },
    };
    struct code_scanner *scanner = code_scanner_create();
    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_autofree char *text = show(scanner, PLACE, strlen(PLACE), &looks[i]);
        g_test_message("%s", looks[i].name);
        g_assert_cmpstr(text, ==, PLACE);
    }
    code_scanner_destroy(scanner);
}

/* A token is long. */
static void test_long(void)
{
    static const struct look look = { "large", AV_PIX_FMT_YUV420P, 1280, 720, 5, 0, 255, 0 };
    struct code_scanner *scanner = code_scanner_create();
    g_autofree char *token = g_strnfill(900, 'x'), *text = g_strconcat(PLACE, "token=", token, "\n", NULL);
    g_autofree char *read = show(scanner, text, strlen(text), &look);
    g_assert_cmpstr(read, ==, text);
    code_scanner_destroy(scanner);
}

static void test_nothing(void)
{
    static const struct look look = { "usual", AV_PIX_FMT_YUV420P, 640, 480, 6, 0, 255, 0 };
    struct code_scanner *scanner = code_scanner_create();
    g_assert_null(show(scanner, "no \xff text", 8, &look));
    AVFrame *frame = picture_of(AV_PIX_FMT_YUV420P, 640, 480);
    for (int plane = 0; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)frame->linesize[plane] * (plane ? 240 : 480));
    g_assert_null(code_scanner_read(scanner, frame));
    av_frame_free(&frame);
    frame = picture_of(AV_PIX_FMT_YUV420P, 16, 16);
    memset(frame->data[0], 0, (size_t)frame->linesize[0] * 16);
    g_assert_null(code_scanner_read(scanner, frame));
    av_frame_free(&frame);
    g_autofree char *after = show(scanner, PLACE, strlen(PLACE), &look);
    g_assert_cmpstr(after, ==, PLACE);
    code_scanner_destroy(scanner);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/setup-code/looks", test_looks);
    g_test_add_func("/setup-code/long", test_long);
    g_test_add_func("/setup-code/nothing", test_nothing);
    return g_test_run();
}

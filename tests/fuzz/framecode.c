/* A grey picture of any size in which frame codes are looked for. The first bytes are its size; what the input lacks
 * is its last row again. Or one with a code that was drawn into it, which is read again as it is, and once its light
 * and some of its places are others. */
#include "engine/statistics/framecode.h"
#include "fuzz.h"

#include <string.h>

enum { ROOM = 4, IS_DRAWN = 0x80, LEAST_WIDTH = 116 };

static int find(const uint8_t *grey, int width, int height, int stride, struct framecode *found)
{
    int n = framecode_find(grey, width, height, stride, found, ROOM);
    g_assert_true(n >= 0 && n <= ROOM);
    for (int i = 0; i < n; i++) {
        g_assert_true(found[i].source < 16 && found[i].number < 1u << 20 && found[i].copies >= 1);
        g_assert_true(!i || found[i].width <= found[i - 1].width);
    }
    return n;
}

/* ---- any picture ---- */

static void look_into_any(struct fuzz_input *input, int width, int height, unsigned repeat)
{
    struct framecode found[ROOM];
    g_autofree uint8_t *grey = g_malloc((size_t)width * (size_t)height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            grey[y * width + x] = y % (int)repeat || !input->size ? (y ? grey[(y - 1) * width + x] : 0)
                                                                  : fuzz_byte(input);
    find(grey, width, height, width, found);
}

/* ---- a drawn one ---- */

static AVFrame *make_picture(int width, int height, uint8_t light)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), ==, 0);
    for (int plane = 0; plane < 3; plane++) {
        int rows = plane ? AV_CEIL_RSHIFT(height, 1) : height;
        memset(frame->data[plane], plane ? 128 : light, (size_t)frame->linesize[plane] * (size_t)rows);
    }
    return frame;
}

/* Where both strips have room, both are read, where they were drawn. */
static void check_drawn(const AVFrame *frame, unsigned source, unsigned number)
{
    struct framecode found[ROOM];
    struct framecode_strip strip = framecode_strip(frame->width, frame->height, 0);
    int n = find(frame->data[0], frame->width, frame->height, frame->linesize[0], found);
    if (frame->height < 20 * strip.cell)
        return;
    g_assert_cmpint(n, ==, 1);
    g_assert_true(found[0].source == source && found[0].number == number && found[0].copies == 2);
    g_assert_cmpfloat_with_epsilon(found[0].x, strip.x, strip.cell);
    g_assert_cmpfloat_with_epsilon(found[0].y, strip.y, strip.cell);
}

static void dim(AVFrame *frame, int base, int gain)
{
    for (int y = 0; y < frame->height; y++) {
        uint8_t *row = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = 0; x < frame->width; x++)
            row[x] = (uint8_t)MIN(base + row[x] * gain / 255, 255);
    }
}

/* A place of the picture has another light, or is that beside it. */
static void spoil(AVFrame *frame, struct fuzz_input *input)
{
    int left = (int)fuzz_number(input, 2) % frame->width, top = (int)fuzz_number(input, 2) % frame->height;
    int width = 1 + fuzz_byte(input) % 64, height = 1 + fuzz_byte(input) % 64, light = fuzz_byte(input);
    for (int y = top; y < MIN(top + height, frame->height); y++) {
        uint8_t *row = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = left; x < MIN(left + width, frame->width); x++)
            row[x] = light == 1 ? row[MAX(x - 1, 0)] : (uint8_t)light;
    }
}

static void look_into_drawn(struct fuzz_input *input, int width, int height)
{
    struct framecode found[ROOM];
    unsigned source = fuzz_byte(input) % 16, number = fuzz_number(input, 3) % (1u << 20);
    AVFrame *frame = make_picture(LEAST_WIDTH + width, height, fuzz_byte(input));
    framecode_draw(frame, source, number);
    check_drawn(frame, source, number);
    int base = fuzz_byte(input);
    dim(frame, base, 255 - fuzz_byte(input));
    while (input->size)
        spoil(frame, input);
    find(frame->data[0], frame->width, frame->height, frame->linesize[0], found);
    av_frame_free(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    int width = 1 + (int)(fuzz_number(&input, 2) % 400), height = 1 + (int)(fuzz_number(&input, 2) % 200);
    unsigned how = fuzz_byte(&input);
    if (how & IS_DRAWN)
        look_into_drawn(&input, width, height);
    else
        look_into_any(&input, width, height, 1 + how % 16);
    return 0;
}

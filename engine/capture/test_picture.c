#include "engine/capture/test_picture.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include <glib.h>
#include <libavutil/buffer.h>
#include <libavutil/imgutils.h>

#include "engine/media/colour.h"
#include "engine/statistics/framecode.h"

enum { PLANES = 3, ALIGNMENT = 32, BOXES = 4 };

struct test_picture {
    int width, height;
    unsigned source;
    double hue;                 /* radians in the plane of U and V */
    uint8_t *pattern[PLANES];   /* each row twice as long as the picture's and periodic: any scroll is one copy */
    AVBufferPool *pool;
};

static int plane_width(const struct test_picture *picture, int plane)
{
    return plane ? picture->width / 2 : picture->width;
}

static int plane_height(const struct test_picture *picture, int plane)
{
    return plane ? picture->height / 2 : picture->height;
}

/* x and y from 0 to 1; periodic in x. */
static double pattern_value(const struct test_picture *picture, int plane, double x, double y)
{
    double wave = sin(2 * G_PI * (x + 0.5 * y)), ripple = sin(2 * G_PI * (3 * x - 1.5 * y));
    if (plane == 0)
        return 118 + 34 * wave + 9 * ripple;
    double hue = picture->hue + 0.7 * sin(2 * G_PI * (x - 0.4 * y));
    return 128 + (34 + 8 * ripple) * (plane == 1 ? cos(hue) : sin(hue));
}

static void make_pattern(struct test_picture *picture, int plane)
{
    int width = plane_width(picture, plane), height = plane_height(picture, plane);
    picture->pattern[plane] = g_malloc((size_t)width * 2 * height);
    for (int y = 0; y < height; y++) {
        uint8_t *row = picture->pattern[plane] + (size_t)y * width * 2;
        for (int x = 0; x < width; x++)
            row[x] = row[x + width] =
                (uint8_t)lrint(pattern_value(picture, plane, (double)x / width, (double)y / height));
    }
}

struct test_picture *test_picture_create(int width, int height, unsigned source)
{
    assert(width >= 116 && height >= 32 && width % 2 == 0 && height % 2 == 0);
    struct test_picture *picture = g_new0(struct test_picture, 1);
    picture->width = width;
    picture->height = height;
    picture->source = source;
    picture->hue = 2.39996 * source;                /* the golden angle: neighbours differ most */
    for (int plane = 0; plane < PLANES; plane++)
        make_pattern(picture, plane);
    int size = av_image_get_buffer_size(AV_PIX_FMT_YUV420P, width, height, ALIGNMENT);
    picture->pool = av_buffer_pool_init((size_t)size + ALIGNMENT, NULL);
    return picture;
}

void test_picture_destroy(struct test_picture *picture)
{
    if (!picture)
        return;
    for (int plane = 0; plane < PLANES; plane++)
        g_free(picture->pattern[plane]);
    av_buffer_pool_uninit(&picture->pool);          /* frames that are still out keep it alive */
    g_free(picture);
}

static AVFrame *new_frame(struct test_picture *picture)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->buf[0] = picture->pool ? av_buffer_pool_get(picture->pool) : NULL;
    if (!frame->buf[0]) {
        av_frame_free(&frame);
        return NULL;
    }
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = picture->width;
    frame->height = picture->height;
    colour_set(frame, colour_by_height(picture->height));
    av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, AV_PIX_FMT_YUV420P, picture->width,
                         picture->height, ALIGNMENT);
    return frame;
}

static void draw_background(const struct test_picture *picture, AVFrame *frame, double seconds)
{
    double scroll = fmod(seconds * 0.06, 1.0);
    for (int plane = 0; plane < PLANES; plane++) {
        int width = plane_width(picture, plane), height = plane_height(picture, plane);
        const uint8_t *row = picture->pattern[plane] + (int)(scroll * width);
        for (int y = 0; y < height; y++, row += 2 * width)
            memcpy(frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane], row, (size_t)width);
    }
}

static double bounce(double value)
{
    value = fmod(value, 2.0);
    return value < 1 ? value : 2 - value;
}

/* On even pixels, so that luma and chroma of a box agree. */
static void draw_box(AVFrame *frame, int x, int y, int size, const uint8_t colour[PLANES])
{
    for (int plane = 0; plane < PLANES; plane++) {
        int shift = plane ? 1 : 0;
        for (int row = y >> shift; row < (y + size) >> shift; row++)
            memset(frame->data[plane] + (ptrdiff_t)row * frame->linesize[plane] + (x >> shift), colour[plane],
                   (size_t)(size >> shift));
    }
}

static void draw_boxes(const struct test_picture *picture, AVFrame *frame, double seconds)
{
    int shorter = MIN(picture->width, picture->height);
    for (int i = 0; i < BOXES; i++) {
        int size = (int)(shorter * (0.10 + 0.03 * i)) & ~1;
        int x = (int)((picture->width - size) * bounce(seconds * (0.21 + 0.07 * i) + 0.3 * i)) & ~1;
        int y = (int)((picture->height - size) * bounce(seconds * (0.33 - 0.05 * i) + 0.2 * i)) & ~1;
        double hue = picture->hue + 1.2 * (i + 1);
        uint8_t colour[PLANES] = { (uint8_t)(90 + 35 * i), (uint8_t)(128 + 45 * cos(hue)),
                                   (uint8_t)(128 + 45 * sin(hue)) };
        draw_box(frame, x, y, size, colour);
    }
}

AVFrame *test_picture_draw(struct test_picture *picture, unsigned number, double seconds)
{
    AVFrame *frame = new_frame(picture);
    if (!frame)
        return NULL;
    draw_background(picture, frame, seconds);
    draw_boxes(picture, frame, seconds);
    framecode_draw(frame, picture->source, number);
    return frame;
}

/* Colours, from whatever a camera or film gives to what the other side decodes: they stay what they are, at every size.
 */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
#include <math.h>
#include <stdlib.h>

#include "engine/video/decoder.h"
#include "engine/video/encoder.h"

enum { NEAR = 9 }; /* of 255, for the codec and 8 bits */

struct rgb {
    double r, g, b;
};

struct link {
    struct frame_sink shown;
    struct packet_sink wire;
    struct video_encoder *encoder;
    struct video_decoder *decoder;
    int pictures, opened;
    int64_t pts;
    struct rgb middle; /* of the last picture */
};

/* ---- what colours are, by ITU-R BT.601 and BT.709 ---- */

struct weights {
    double red, blue;
};

static struct weights weights_of(enum AVColorSpace matrix)
{
    g_assert_true(matrix == AVCOL_SPC_BT709 || matrix == AVCOL_SPC_SMPTE170M || matrix == AVCOL_SPC_BT470BG);
    return matrix == AVCOL_SPC_BT709 ? (struct weights){ 0.2126, 0.0722 } : (struct weights){ 0.299, 0.114 };
}

static void to_yuv(struct rgb c, enum AVColorSpace matrix, bool full, double yuv[3])
{
    struct weights k = weights_of(matrix);
    double y = k.red * c.r + (1 - k.red - k.blue) * c.g + k.blue * c.b;
    double u = (c.b - y) / 2 / (1 - k.blue), v = (c.r - y) / 2 / (1 - k.red);
    yuv[0] = full ? y : 16 + y * 219 / 255;
    yuv[1] = 128 + (full ? u : u * 224 / 255);
    yuv[2] = 128 + (full ? v : v * 224 / 255);
}

static struct rgb to_rgb(const double yuv[3], enum AVColorSpace matrix, bool full)
{
    struct weights k = weights_of(matrix);
    double y = full ? yuv[0] : (yuv[0] - 16) * 255 / 219;
    double u = (yuv[1] - 128) * (full ? 1 : 255.0 / 224), v = (yuv[2] - 128) * (full ? 1 : 255.0 / 224);
    struct rgb c = { y + 2 * (1 - k.red) * v, 0, y + 2 * (1 - k.blue) * u };
    c.g = (y - k.red * c.r - k.blue * c.b) / (1 - k.red - k.blue);
    return (struct rgb){ CLAMP(c.r, 0, 255), CLAMP(c.g, 0, 255), CLAMP(c.b, 0, 255) };
}

/* ---- there and back ---- */

static void on_shown(struct frame_sink *sink, const AVFrame *frame)
{
    struct link *link = container_of(sink, struct link, shown);
    double yuv[3];
    for (int i = 0; i < 3; i++)
        yuv[i] = frame->data[i][frame->height / (i ? 4 : 2) * frame->linesize[i] + frame->width / (i ? 4 : 2)];
    link->pictures++;
    link->middle = to_rgb(yuv, frame->colorspace, frame->color_range == AVCOL_RANGE_JPEG);
}

static void on_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct link *link = container_of(sink, struct link, wire);
    struct packet_sink *next = video_decoder_sink(link->decoder);
    link->opened++;
    next->ops->open(next, parameters);
}

static void on_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct link *link = container_of(sink, struct link, wire);
    struct packet_sink *next = video_decoder_sink(link->decoder);
    next->ops->push(next, packet);
}

static const struct frame_sink_ops shown_ops = { .push = on_shown };
static const struct packet_sink_ops wire_ops = { .open = on_open, .push = on_packet };

static void ignore_request(void *user_data)
{
    (void)user_data;
}

static void open_encoder(struct link *link, enum AVCodecID codec, int width, int height)
{
    video_encoder_destroy(link->encoder);
    link->encoder = video_encoder_create(&(struct video_encoder_config){
        .codec = codec, .width = width, .height = height, .fps = 30, .bit_rate = 2000000, .next = &link->wire });
    g_assert_nonnull(link->encoder);
}

static void set_up(struct link *link, gconstpointer codec)
{
    *link = (struct link){ .shown.ops = &shown_ops, .wire.ops = &wire_ops };
    link->decoder = video_decoder_create(NULL, &link->shown, &(struct video_decoder_listener){ ignore_request, NULL });
    open_encoder(link, GPOINTER_TO_INT(codec), 320, 720);
}

static void tear_down(struct link *link, gconstpointer codec)
{
    (void)codec;
    video_encoder_destroy(link->encoder);
    video_decoder_destroy(link->decoder);
}

struct camera_kind {
    const char *name;
    enum AVPixelFormat format;
    enum AVColorSpace matrix;
    enum AVColorRange range;
    int width, height;
};

static void paint_yuv(AVFrame *frame, const struct camera_kind *kind, struct rgb colour)
{
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get(kind->format);
    double yuv[3];
    to_yuv(colour, kind->matrix, kind->range == AVCOL_RANGE_JPEG, yuv);
    for (int i = 0; i < 3; i++) {
        int rows = i ? AV_CEIL_RSHIFT(kind->height, descriptor->log2_chroma_h) : kind->height;
        for (int at = 0; at < rows * frame->linesize[i] / (descriptor->comp[0].depth > 8 ? 2 : 1); at++)
            if (descriptor->comp[0].depth > 8)
                ((uint16_t *)(void *)frame->data[i])[at] = (uint16_t)MIN(lrint(yuv[i] * 4), 1023);
            else
                frame->data[i][at] = (uint8_t)MIN(lrint(yuv[i]), 255);
    }
}

static void paint_rgb(AVFrame *frame, struct rgb colour)
{
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++) {
            uint8_t *pixel = frame->data[0] + y * frame->linesize[0] + 3 * x;
            pixel[0] = (uint8_t)colour.r;
            pixel[1] = (uint8_t)colour.g;
            pixel[2] = (uint8_t)colour.b;
        }
}

static void send(struct link *link, const struct camera_kind *kind, struct rgb colour)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = kind->format;
    frame->width = kind->width;
    frame->height = kind->height;
    frame->colorspace = kind->matrix;
    frame->color_range = kind->range;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    if (kind->format == AV_PIX_FMT_RGB24)
        paint_rgb(frame, colour);
    else
        paint_yuv(frame, kind, colour);
    frame->pts = link->pts += 33333;
    struct frame_sink *sink = video_encoder_sink(link->encoder);
    sink->ops->push(sink, frame);
    av_frame_free(&frame);
}

/* The first of a new colour is coarse. */
static void send_some(struct link *link, const struct camera_kind *kind, struct rgb colour)
{
    int before = link->pictures;
    for (int i = 1; i <= 5; i++) {
        send(link, kind, colour);
        g_assert_cmpint(link->pictures, ==, before + i);
    }
}

static void assert_seen(const struct link *link, const char *what, struct rgb c)
{
    struct rgb seen = link->middle;
    if (fabs(seen.r - c.r) > NEAR || fabs(seen.g - c.g) > NEAR || fabs(seen.b - c.b) > NEAR)
        g_error("%s: %.0f %.0f %.0f where %.0f %.0f %.0f is", what, seen.r, seen.g, seen.b, c.r, c.g, c.b);
}

static const struct camera_kind kinds[] = {
    { "720 lines, BT.601", AV_PIX_FMT_YUV420P, AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 320, 720 },
    { "720 lines, BT.709", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 320, 720 },
    { "360 lines, BT.709", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 640, 360 },
    { "MJPEG", AV_PIX_FMT_YUVJ422P, AVCOL_SPC_BT470BG, AVCOL_RANGE_JPEG, 320, 720 },
    { "full BT.709", AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, 320, 720 },
    { "full 10 bits", AV_PIX_FMT_YUV420P10, AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, 320, 720 },
    { "10 bits", AV_PIX_FMT_YUV420P10, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 320, 720 },
    { "RGB", AV_PIX_FMT_RGB24, AVCOL_SPC_RGB, AVCOL_RANGE_JPEG, 320, 720 },
    { "small RGB", AV_PIX_FMT_RGB24, AVCOL_SPC_UNSPECIFIED, AVCOL_RANGE_UNSPECIFIED, 320, 240 },
};
static const struct rgb colours[] = { { 255, 0, 0 }, { 0, 255, 0 }, { 0, 0, 255 }, { 10, 10, 10 }, { 128, 128, 128 } };

static void colours_arrive_as_they_are(struct link *link, gconstpointer codec)
{
    (void)codec;
    for (size_t s = 0; s < G_N_ELEMENTS(kinds); s++)
        for (size_t c = 0; c < G_N_ELEMENTS(colours); c++) {
            send_some(link, &kinds[s], colours[c]);
            assert_seen(link, kinds[s].name, colours[c]);
        }
}

/* A lower bit rate makes the picture smaller, not of another colour. */
static void colours_stay_when_the_picture_shrinks(struct link *link, gconstpointer codec)
{
    for (size_t s = 0; s < G_N_ELEMENTS(kinds); s++) {
        static const int heights[] = { 720, 576, 360, 180 };
        for (size_t h = 0; h < G_N_ELEMENTS(heights); h++) {
            open_encoder(link, GPOINTER_TO_INT(codec), 320, heights[h]);
            send_some(link, &kinds[s], colours[0]);
            assert_seen(link, kinds[s].name, colours[0]);
        }
    }
}

/* A stream that is one colour's goes on as it is; another camera's is announced anew. */
static void another_matrix_is_announced(struct link *link, gconstpointer codec)
{
    (void)codec;
    for (int i = 0; i < 3; i++)
        send(link, &kinds[1], colours[0]);
    g_assert_cmpint(link->opened, ==, 1);
    for (int i = 0; i < 3; i++)
        send(link, &kinds[0], colours[0]);
    g_assert_cmpint(link->opened, ==, 2);
    assert_seen(link, "another camera", colours[0]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_QUIET);
    gconstpointer h264 = GINT_TO_POINTER(AV_CODEC_ID_H264), vp8 = GINT_TO_POINTER(AV_CODEC_ID_VP8);
    g_test_add("/colours/h264/arrive", struct link, h264, set_up, colours_arrive_as_they_are, tear_down);
    g_test_add("/colours/vp8/arrive", struct link, vp8, set_up, colours_arrive_as_they_are, tear_down);
    g_test_add("/colours/h264/shrink", struct link, h264, set_up, colours_stay_when_the_picture_shrinks, tear_down);
    g_test_add("/colours/vp8/shrink", struct link, vp8, set_up, colours_stay_when_the_picture_shrinks, tear_down);
    g_test_add("/colours/h264/announced", struct link, h264, set_up, another_matrix_is_announced, tear_down);
    return g_test_run();
}

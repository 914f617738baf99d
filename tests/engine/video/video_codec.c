/* Encoder and decoder together, with real libx264 and libvpx: what comes out is what went in, and nothing else is ever
 * shown. */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/statistics/framecode.h"
#include "engine/video/decoder.h"
#include "engine/video/encoder.h"

enum { WIDTH = 640, HEIGHT = 360, FRAME_US = 33333 };

struct bench {
    struct frame_sink shown; /* what the decoder shows */
    struct packet_sink wire; /* encoder → here → decoder */
    struct video_encoder *encoder;
    struct video_decoder *decoder;
    int64_t pts;
    unsigned number; /* of the last picture sent */
    bool connected;  /* packets reach the decoder */
    bool detailed;   /* pictures that are hard to encode */
    bool mark_key;   /* and are all marked as key frames */
    bool damage;     /* and are damaged on the way */
    bool giant;      /* and say that they have 12000x12000; 16384x16384 FFmpeg refuses by itself */
    int shown_count, requests, keys;
    size_t bytes, last_size;
    struct framecode seen; /* in the last picture shown */
    int seen_copies, width, height;
    int middle, brightest_bar; /* luma in the middle; in the outermost columns at both sides */
    double error;              /* mean luma difference to the picture sent */
    AVFrame *sent;
};

static void on_shown(struct frame_sink *sink, const AVFrame *frame)
{
    struct bench *bench = container_of(sink, struct bench, shown);
    bench->shown_count++;
    bench->width = frame->width;
    bench->height = frame->height;
    bench->seen_copies = framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], &bench->seen,
                                        1);
    g_assert_cmpint(frame->color_range, ==, AVCOL_RANGE_MPEG);
    g_assert_cmpint(frame->time_base.den, ==, 1000000);
    bench->middle = frame->data[0][frame->height / 2 * frame->linesize[0] + frame->width / 2];
    bench->brightest_bar = 0;
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < (frame->width - frame->height) / 2 - 8; x++) {
            const uint8_t *row = frame->data[0] + y * frame->linesize[0];
            bench->brightest_bar = MAX(bench->brightest_bar, MAX(row[x], row[frame->width - 1 - x]));
        }
    if (frame->width != bench->sent->width || frame->height != bench->sent->height)
        return;
    double sum = 0;
    for (int y = 0; y < frame->height; y++)
        for (int x = 0; x < frame->width; x++)
            sum += abs(frame->data[0][y * frame->linesize[0] + x] -
                       bench->sent->data[0][y * bench->sent->linesize[0] + x]);
    bench->error = sum / frame->width / frame->height;
}

static void on_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct bench *bench = container_of(sink, struct bench, wire);
    struct packet_sink *next = video_decoder_sink(bench->decoder);
    next->ops->open(next, parameters);
}

static void on_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct bench *bench = container_of(sink, struct bench, wire);
    struct packet_sink *next = video_decoder_sink(bench->decoder);
    bench->keys += (packet->flags & AV_PKT_FLAG_KEY) != 0;
    bench->bytes += (size_t)packet->size;
    bench->last_size = (size_t)packet->size;
    if (!bench->connected)
        return;
    AVPacket *copy = av_packet_clone(packet);
    copy->flags |= bench->mark_key ? AV_PKT_FLAG_KEY : 0;
    if (bench->damage && av_packet_make_writable(copy) >= 0)
        for (int i = 8; i < copy->size; i += 3)
            copy->data[i] ^= (uint8_t)g_test_rand_int_range(1, 255);
    if (bench->giant && av_packet_make_writable(copy) >= 0)
        memcpy(copy->data + 6, "\xe0\x2e\xe0\x2e", 4); /* RFC 6386, 9.1 */
    next->ops->push(next, copy);
    av_packet_free(&copy);
}

static void on_lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct frame_sink_ops shown_ops = { .push = on_shown };
static const struct packet_sink_ops wire_ops = { .open = on_open, .push = on_packet, .lose = on_lose };

static void on_request(void *user_data)
{
    ((struct bench *)user_data)->requests++;
}

static void open_encoder(struct bench *bench, enum AVCodecID codec, int width, int height)
{
    struct video_encoder_config config = {
        .codec = codec, .width = width, .height = height, .fps = 30, .bit_rate = 1000000, .next = &bench->wire
    };
    video_encoder_destroy(bench->encoder);
    bench->encoder = video_encoder_create(&config);
    g_assert_nonnull(bench->encoder);
}

static void set_up(struct bench *bench, gconstpointer codec)
{
    *bench = (struct bench){
        .shown.ops = &shown_ops, .wire.ops = &wire_ops, .connected = true, .sent = av_frame_alloc()
    };
    struct video_decoder_listener listener = { on_request, bench };
    bench->decoder = video_decoder_create(NULL, &bench->shown, &listener);
    g_assert_nonnull(bench->decoder);
    open_encoder(bench, GPOINTER_TO_INT(codec), WIDTH, HEIGHT);
}

static void tear_down(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    video_encoder_destroy(bench->encoder);
    video_decoder_destroy(bench->decoder);
    av_frame_free(&bench->sent);
}

static uint8_t luma(const struct bench *bench, int x, int y)
{
    int number = (int)bench->number;
    bool plain = y >= HEIGHT * 44 / 100 && y < HEIGHT * 56 / 100;
    if (bench->detailed && !plain)
        return (uint8_t)(60 + ((x * 7 + y * 3 + number * 5) ^ (x * y >> 6)) % 96);
    return (uint8_t)(60 + (x + y + 4 * number) % 256 / 2);
}

/* A soft gradient that moves, with its number on it. */
static void send(struct bench *bench, int width, int height)
{
    av_frame_unref(bench->sent);
    bench->sent->format = AV_PIX_FMT_YUV420P;
    bench->sent->width = width;
    bench->sent->height = height;
    g_assert_cmpint(av_frame_get_buffer(bench->sent, 0), >=, 0);
    bench->number++;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            bench->sent->data[0][y * bench->sent->linesize[0] + x] = luma(bench, x, y);
    for (int plane = 1; plane < 3; plane++)
        memset(bench->sent->data[plane], 110 + 20 * plane,
               (size_t)bench->sent->linesize[plane] * (size_t)((height + 1) / 2));
    framecode_draw(bench->sent, 3, bench->number);
    bench->sent->pts = bench->pts += FRAME_US;
    struct frame_sink *sink = video_encoder_sink(bench->encoder);
    sink->ops->push(sink, bench->sent);
}

static void send_many(struct bench *bench, int n)
{
    for (int i = 0; i < n; i++)
        send(bench, WIDTH, HEIGHT);
}

/* The last picture sent is on the screen, whole. */
static void assert_current(const struct bench *bench)
{
    g_assert_cmpint(bench->seen_copies, ==, 1);
    g_assert_cmpint(bench->seen.copies, ==, 2);
    g_assert_cmpuint(bench->seen.number, ==, bench->number);
    g_assert_cmpfloat(bench->error, <, 8);
}

static void each_picture_comes_out_at_once(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    for (int i = 1; i <= 20; i++) {
        send(bench, WIDTH, HEIGHT);
        g_assert_cmpint(bench->shown_count, ==, i);
        assert_current(bench);
    }
    g_assert_cmpint(bench->keys, ==, 1); /* key frames come on request only */
    video_encoder_request_key_frame(bench->encoder);
    send(bench, WIDTH, HEIGHT);
    g_assert_cmpint(bench->keys, ==, 2);
    g_assert_cmpuint(bench->last_size, <, 60000);
    assert_current(bench);
}

/* Whatever the picture, noise but for an eighth: a large key frame keeps the channel busy while everybody waits for it.
 */
static void key_frames_take_a_tenth_of_a_second(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    size_t most = 1000000 / 8 / 10 * 3 / 2; /* of 1 Mbit/s, and half as much for tolerance */
    bench->detailed = true;
    send(bench, WIDTH, HEIGHT);
    g_assert_cmpuint(bench->last_size, <, most);
    send_many(bench, 30);
    video_encoder_request_key_frame(bench->encoder);
    send(bench, WIDTH, HEIGHT);
    g_assert_cmpint(bench->keys, ==, 2);
    g_assert_cmpuint(bench->last_size, <, most);
}

static void who_joins_in_the_middle_sees_the_next_key_frame(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    bench->connected = false;
    send_many(bench, 5);
    bench->connected = true;
    send_many(bench, 5);
    g_assert_cmpint(bench->shown_count, ==, 0); /* not one damaged picture */
    g_assert_cmpint(bench->requests, ==, 5);
    video_encoder_request_key_frame(bench->encoder);
    send(bench, WIDTH, HEIGHT);
    assert_current(bench);
}

static void a_loss_keeps_the_last_good_picture(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    struct packet_sink *decoder = video_decoder_sink(bench->decoder);
    send_many(bench, 3);
    decoder->ops->lose(decoder);
    send_many(bench, 3);
    g_assert_cmpint(bench->shown_count, ==, 3);
    g_assert_cmpint(bench->requests, ==, 3);
    video_encoder_request_key_frame(bench->encoder);
    send_many(bench, 2);
    g_assert_cmpint(bench->shown_count, ==, 5);
    assert_current(bench);
    video_decoder_flush(bench->decoder); /* another source */
    send(bench, WIDTH, HEIGHT);
    g_assert_cmpint(bench->shown_count, ==, 5);
}

static void a_stream_may_change_its_size(struct bench *bench, gconstpointer codec)
{
    send_many(bench, 3);
    open_encoder(bench, GPOINTER_TO_INT(codec), 320, 180);
    send(bench, 320, 180);
    g_assert_cmpint(bench->width, ==, 320);
    assert_current(bench);
    send(bench, 320, 180);
    assert_current(bench);
    open_encoder(bench, GPOINTER_TO_INT(codec), WIDTH, HEIGHT);
    send_many(bench, 2);
    g_assert_cmpint(bench->width, ==, WIDTH);
    assert_current(bench);
}

static void another_size_is_scaled_with_bars(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    send(bench, 480, 480);
    g_assert_cmpint(bench->width, ==, WIDTH);
    g_assert_cmpint(bench->seen_copies, ==, 1);
    double square = HEIGHT / 480.0; /* in the middle, as high as the stream */
    struct framecode_strip strip = framecode_strip(480, 480, 0);
    g_assert_cmpfloat(fabs(bench->seen.width - 29 * strip.cell * square), <, 4);
    g_assert_cmpfloat(fabs(bench->seen.x - (WIDTH - HEIGHT) / 2.0 - strip.x * square), <, 4);
    send(bench, 1280, 720);
    strip = framecode_strip(1280, 720, 0);
    g_assert_cmpfloat(fabs(bench->seen.width - 29 * strip.cell * WIDTH / 1280), <, 4);
}

static void the_bit_rate_is_followed(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    video_encoder_set_bit_rate(bench->encoder, 3000000);
    send_many(bench, 30);
    bench->bytes = 0;
    send_many(bench, 60);
    size_t high = bench->bytes;
    video_encoder_set_bit_rate(bench->encoder, 100000);
    send_many(bench, 30);
    bench->bytes = 0;
    send_many(bench, 60);
    g_assert_cmpuint(bench->bytes, <, high);
    g_assert_cmpuint(bench->bytes, <, 100000 / 8 * 2 * 2); /* two seconds, and as much again for tolerance */
}

static void garbage_is_survived(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    for (int round = 0; round < 10; round++) {
        bench->damage = true;
        video_encoder_request_key_frame(bench->encoder);
        send_many(bench, 5);
        bench->damage = false;
        video_encoder_request_key_frame(bench->encoder);
        send(bench, WIDTH, HEIGHT);
        assert_current(bench);
    }
}

/* 216 MB for each that the decoder keeps. */
static void a_giant_is_not_decoded(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    send(bench, WIDTH, HEIGHT);
    bench->giant = true;
    video_encoder_request_key_frame(bench->encoder);
    send(bench, WIDTH, HEIGHT);
    g_assert_cmpint(bench->shown_count, ==, 1);
    bench->giant = false;
    video_encoder_request_key_frame(bench->encoder);
    send(bench, WIDTH, HEIGHT);
    assert_current(bench);
    g_assert_cmpint(bench->shown_count, ==, 2);
}

/* ---- streams of other senders ---- */

static AVCodecContext *open_foreign(enum AVPixelFormat format, enum AVColorRange range, int b_frames)
{
    AVCodecContext *context = avcodec_alloc_context3(avcodec_find_encoder_by_name("libx264"));
    context->width = WIDTH;
    context->height = HEIGHT;
    context->pix_fmt = format;
    context->color_range = range;
    context->time_base = (AVRational){ 1, 1000000 };
    context->framerate = (AVRational){ 30, 1 };
    context->max_b_frames = b_frames;
    context->thread_count = 1;
    av_opt_set(context->priv_data, "preset", "ultrafast", 0);
    av_opt_set(context->priv_data, "x264-params", b_frames ? "b-adapt=0:rc-lookahead=0" : "rc-lookahead=0", 0);
    g_assert_cmpint(avcodec_open2(context, NULL, NULL), >=, 0);
    return context;
}

/* `grey` in the source's own range, drained to the end, into the decoder. */
static void play_foreign(struct bench *bench, AVCodecContext *context, int n, unsigned grey)
{
    AVFrame *frame = av_frame_alloc();
    AVPacket *packet = av_packet_alloc();
    frame->format = context->pix_fmt;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    for (int plane = 0; plane < 3; plane++)
        memset(frame->data[plane], plane ? 128 : (int)grey,
               (size_t)frame->linesize[plane] *
                   (size_t)(HEIGHT / (plane && context->pix_fmt == AV_PIX_FMT_YUV420P ? 2 : 1)));
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    avcodec_parameters_from_context(parameters, context);
    on_open(&bench->wire, parameters);
    avcodec_parameters_free(&parameters);
    for (int i = 0; i <= n; i++) {
        frame->pts = bench->pts += FRAME_US;
        g_assert_cmpint(avcodec_send_frame(context, i < n ? frame : NULL), >=, 0);
        while (avcodec_receive_packet(context, packet) >= 0) {
            packet->time_base = (AVRational){ 1, 1000000 };
            on_packet(&bench->wire, packet);
            av_packet_unref(packet);
        }
    }
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&context);
}

/* The decoder held two pictures for the stream with B-frames; nothing of that is left for the call. */
static void b_frames_leave_no_delay_behind(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    play_foreign(bench, open_foreign(AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, 2), 30, 90);
    g_assert_cmpint(bench->shown_count, >, 20);
    g_assert_cmpint(bench->shown_count, <, 30); /* it did hold some */
    bench->shown_count = 0;
    for (int i = 1; i <= 5; i++) {
        send(bench, WIDTH, HEIGHT);
        g_assert_cmpint(bench->shown_count, ==, i);
        assert_current(bench);
    }
}

/* Full-range 4:2:2 becomes limited-range 4:2:0, in the pixels and not in the label only: 255 is white, so 235. */
static void full_range_422_is_converted(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    play_foreign(bench, open_foreign(AV_PIX_FMT_YUVJ422P, AVCOL_RANGE_JPEG, 0), 3, 255);
    g_assert_cmpint(bench->shown_count, ==, 3);
    g_assert_cmpint(abs(bench->middle - 235), <=, 2);
}

/* Marked as a key frame, but not one. */
static void assert_unplayable(const struct bench *bench, bool unplayable)
{
    g_assert_cmpint(video_decoder_stats(bench->decoder).unplayable, ==, unplayable);
}

static void false_key_frames_are_not_shown(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    send_many(bench, 2);
    struct packet_sink *decoder = video_decoder_sink(bench->decoder);
    decoder->ops->lose(decoder);
    bench->mark_key = true;
    send_many(bench, 2);
    assert_unplayable(bench, false); /* damage on the way looks the same */
    g_test_expect_message("engine", G_LOG_LEVEL_WARNING, "3 key frames in a row*cannot be decoded here");
    send_many(bench, 3);
    g_test_assert_expected_messages(); /* once */
    assert_unplayable(bench, true);
    g_assert_cmpint(bench->shown_count, ==, 2);
    g_assert_cmpint(bench->requests, ==, 5);
    bench->mark_key = false;
    video_encoder_request_key_frame(bench->encoder);
    send(bench, WIDTH, HEIGHT);
    assert_current(bench);
    assert_unplayable(bench, false);
}

static void bars_are_black(struct bench *bench, gconstpointer codec)
{
    (void)codec;
    for (int i = 0; i < 3; i++) {
        send(bench, 470, 470); /* an odd width to fit: the rows end between the scaler's steps */
        g_assert_cmpint(bench->brightest_bar, <, 40);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_QUIET);
    static const struct {
        const char *name;
        void (*run)(struct bench *bench, gconstpointer codec);
    } tests[] = {
        { "at-once", each_picture_comes_out_at_once },
        { "key-size", key_frames_take_a_tenth_of_a_second },
        { "join", who_joins_in_the_middle_sees_the_next_key_frame },
        { "loss", a_loss_keeps_the_last_good_picture },
        { "size", a_stream_may_change_its_size },
        { "scale", another_size_is_scaled_with_bars },
        { "rate", the_bit_rate_is_followed },
        { "garbage", garbage_is_survived },
        { "false-key", false_key_frames_are_not_shown },
        { "bars", bars_are_black },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *h264 = g_strdup_printf("/video/h264/%s", tests[i].name),
                        *vp8 = g_strdup_printf("/video/vp8/%s", tests[i].name);
        g_test_add(h264, struct bench, GINT_TO_POINTER(AV_CODEC_ID_H264), set_up, tests[i].run, tear_down);
        g_test_add(vp8, struct bench, GINT_TO_POINTER(AV_CODEC_ID_VP8), set_up, tests[i].run, tear_down);
    }
    gconstpointer h264 = GINT_TO_POINTER(AV_CODEC_ID_H264);
    g_test_add("/video/vp8/giant", struct bench, GINT_TO_POINTER(AV_CODEC_ID_VP8), set_up, a_giant_is_not_decoded,
               tear_down);
    g_test_add("/video/h264/b-frames", struct bench, h264, set_up, b_frames_leave_no_delay_behind, tear_down);
    g_test_add("/video/h264/422", struct bench, h264, set_up, full_range_422_is_converted, tear_down);
    return g_test_run();
}

/* Each allocation that FFmpeg makes while pictures are encoded and decoded fails once: nothing crashes, nothing leaks,
 * whoever could not be opened says so, and once there is memory again pictures come again. */
#include <glib.h>
#include <libavutil/log.h>

#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "fail.h"

enum { WIDTH = 64, HEIGHT = 48, PICTURES = 3, PATIENCE = 10 };

struct way {
    struct frame_sink shown;
    struct packet_sink wire; /* of the encoder, to the decoder */
    struct video_decoder *decoder;
    struct video_encoder *encoder;
    AVFrame *picture;
    int count;
};

static void on_shown(struct frame_sink *sink, const AVFrame *frame)
{
    g_assert_cmpint(frame->width, ==, WIDTH);
    container_of(sink, struct way, shown)->count++;
}

static struct packet_sink *decoders(struct packet_sink *sink)
{
    return video_decoder_sink(container_of(sink, struct way, wire)->decoder);
}

static void on_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    decoders(sink)->ops->open(decoders(sink), parameters);
}

static void on_packet(struct packet_sink *sink, const AVPacket *packet)
{
    decoders(sink)->ops->push(decoders(sink), packet);
}

static void on_lose(struct packet_sink *sink)
{
    (void)sink;
}

static void on_key_frame_needed(void *user_data)
{
    struct way *way = user_data;
    if (way->encoder)
        video_encoder_request_key_frame(way->encoder);
}

static const struct frame_sink_ops shown_ops = { .push = on_shown };
static const struct packet_sink_ops wire_ops = { .open = on_open, .push = on_packet, .lose = on_lose };

static void open_way(struct way *way, enum AVCodecID codec)
{
    struct video_decoder_listener listener = { on_key_frame_needed, way };
    way->decoder = video_decoder_create(NULL, &way->shown, &listener);
    if (!way->decoder)
        return;
    way->encoder = video_encoder_create(&(struct video_encoder_config){
        .codec = codec, .width = WIDTH, .height = HEIGHT, .fps = 30, .bit_rate = 100000, .next = &way->wire });
}

static void close_way(struct way *way)
{
    video_encoder_destroy(way->encoder);
    video_decoder_destroy(way->decoder);
    way->encoder = NULL;
    way->decoder = NULL;
}

static void push(struct way *way)
{
    way->picture->pts += 33333;
    video_encoder_sink(way->encoder)->ops->push(video_encoder_sink(way->encoder), way->picture);
}

/* As whoever calls: what could not be opened, or says that it cannot play, is opened again. */
static void recover(struct way *way, enum AVCodecID codec)
{
    if (!way->encoder || !way->decoder || video_decoder_stats(way->decoder).unplayable) {
        close_way(way);
        open_way(way, codec);
    }
    g_assert_true(way->encoder && way->decoder);
    way->count = 0;
    for (int i = 0; i < PATIENCE && way->count < PICTURES; i++)
        push(way);
    g_assert_cmpint(way->count, >=, PICTURES);
}

static AVFrame *make_picture(void)
{
    AVFrame *picture = av_frame_alloc();
    picture->format = AV_PIX_FMT_YUV420P;
    picture->width = WIDTH;
    picture->height = HEIGHT;
    picture->time_base = (AVRational){ 1, 1000000 };
    g_assert_cmpint(av_frame_get_buffer(picture, 0), ==, 0);
    for (int plane = 0; plane < 3; plane++)
        memset(picture->data[plane], 90 + 20 * plane,
               (size_t)picture->linesize[plane] * (size_t)(plane ? HEIGHT / 2 : HEIGHT));
    return picture;
}

static void each_allocation_fails(gconstpointer data)
{
    enum AVCodecID codec = GPOINTER_TO_INT(data);
    struct way way = { .shown.ops = &shown_ops, .wire.ops = &wire_ops, .picture = make_picture() };
    int n = 0, refused = 0;
    do {
        fail_at(FAIL_AV_MEMORY, FAIL_ERROR, ++n);
        open_way(&way, codec);
        for (int i = 0; i < PICTURES && way.encoder; i++)
            push(&way);
        bool happened = fail_happened();
        fail_end();
        refused += !way.encoder;
        recover(&way, codec);
        close_way(&way);
        if (!happened)
            break;
    } while (true);
    g_test_message("%d allocations failed; %d times nothing could be opened", n - 1, refused);
    g_assert_cmpint(refused, >, 0);
    g_assert_cmpint(refused, <, n - 1);
    av_frame_free(&way.picture);
}

static GLogWriterOutput say_nothing(GLogLevelFlags level, const GLogField *fields, gsize n, gpointer nothing)
{
    (void)level;
    (void)fields;
    (void)n;
    (void)nothing;
    return G_LOG_WRITER_HANDLED;
}

int main(int argc, char **argv)
{
    av_log_set_level(AV_LOG_QUIET);
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_log_set_writer_func(say_nothing, NULL, NULL);
    g_test_add_data_func("/faults/video/h264", GINT_TO_POINTER(AV_CODEC_ID_H264), each_allocation_fails);
    g_test_add_data_func("/faults/video/vp8", GINT_TO_POINTER(AV_CODEC_ID_VP8), each_allocation_fails);
    return g_test_run();
}

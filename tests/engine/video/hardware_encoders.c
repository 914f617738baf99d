/* Hardware encoders that misbehave: the loop goes on, software takes over with a key frame, said and counted once; and
 * what all of them have to do: SPS and PPS before every IDR, and another bit rate without beginning anew. */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <stdlib.h>
#include <string.h>

#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "engine/video/h264.h"
#include "engine/video/hardware.h"
#include "fake_codecs.h"
#include "warnings_heard.h"

enum {
    WIDTH = 320,
    HEIGHT = 180,
    FRAME_US = 33333,
    PACE_US = 8000,
    PATIENCE_US = 8000000,
    MOST_SENT = 1500,
};

struct bench {
    GMainContext *loop;
    struct packet_sink wire; /* encoder → here → decoder */
    struct frame_sink shown;
    struct video_encoder *encoder;
    struct video_decoder *decoder;
    int sent, packets, keys, opens, requests;
    int newest; /* number of the last picture shown; 0: none */
    bool shows; /* the decoder gets the packets */
};

static uint8_t luma(int number, int x, int y)
{
    return (uint8_t)(40 + (x + y + number * 4) % 160);
}

static void on_shown(struct frame_sink *sink, const AVFrame *frame)
{
    struct bench *bench = container_of(sink, struct bench, shown);
    int number = (int)(frame->pts / FRAME_US);
    int64_t sum = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            sum += abs(frame->data[0][y * frame->linesize[0] + x] - luma(number, x, y));
    g_assert_cmpint(sum / (WIDTH * HEIGHT), <, 12);
    g_assert_cmpint(number, >, bench->newest);
    bench->newest = number;
}

static void on_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct bench *bench = container_of(sink, struct bench, wire);
    bench->opens++;
    g_assert_cmpint(parameters->width, ==, WIDTH);
    if (bench->shows)
        video_decoder_sink(bench->decoder)->ops->open(video_decoder_sink(bench->decoder), parameters);
}

/* Whoever joins at any key frame can begin with it. */
static void on_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct bench *bench = container_of(sink, struct bench, wire);
    unsigned contents = h264_contents(packet->data, (size_t)packet->size);
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    g_assert_true(contents & H264_SLICE);
    g_assert_cmpint(key, ==, (contents & H264_IDR) != 0);
    g_assert_cmpint(key, ==, (contents & H264_SPS) != 0);
    g_assert_cmpint(key, ==, (contents & H264_PPS) != 0);
    g_assert_cmpint(packet->time_base.den, ==, 1000000);
    bench->packets++;
    bench->keys += key;
    if (bench->shows)
        video_decoder_sink(bench->decoder)->ops->push(video_decoder_sink(bench->decoder), packet);
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

/* `name`: also where another test has seen it fail; NULL: the best one. */
static void set_up(struct bench *bench, struct fake_codecs settings, const char *name)
{
    struct video_decoder_listener listener = { on_request, bench };
    warnings = 0;
    *bench = (struct bench){
        .loop = g_main_context_new(), .wire.ops = &wire_ops, .shown.ops = &shown_ops, .shows = true
    };
    fake_codecs_set((struct fake_codecs){ .behaviour = FAKE_WELL }); /* as long as it is proved, once */
    hardware_best_encoder(AV_CODEC_ID_H264);
    fake_codecs_set(settings);
    bench->decoder = video_decoder_create(NULL, &bench->shown, &listener);
    bench->encoder = video_encoder_create(&(struct video_encoder_config){ .codec = AV_CODEC_ID_H264,
                                                                          .name = name,
                                                                          .loop = bench->loop,
                                                                          .width = WIDTH,
                                                                          .height = HEIGHT,
                                                                          .fps = 30,
                                                                          .colour = colour_by_height(HEIGHT),
                                                                          .bit_rate = 1000000,
                                                                          .next = &bench->wire });
    g_assert_nonnull(bench->encoder);
}

static void tear_down(struct bench *bench)
{
    video_encoder_destroy(bench->encoder);
    video_decoder_destroy(bench->decoder);
    g_main_context_unref(bench->loop);
}

static void turn(struct bench *bench)
{
    while (g_main_context_iteration(bench->loop, FALSE))
        ;
    g_usleep(1000);
}

static void send(struct bench *bench)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    int number = ++bench->sent;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            frame->data[0][y * frame->linesize[0] + x] = luma(number, x, y);
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 128, (size_t)(frame->linesize[plane] * (HEIGHT / 2)));
    frame->pts = (int64_t)number * FRAME_US;
    video_encoder_sink(bench->encoder)->ops->push(video_encoder_sink(bench->encoder), frame);
    av_frame_free(&frame);
    for (int64_t until_us = g_get_monotonic_time() + PACE_US; g_get_monotonic_time() < until_us;)
        turn(bench);
}

static void wait_for_newest(struct bench *bench)
{
    int64_t until_us = g_get_monotonic_time() + PATIENCE_US;
    while (bench->newest < bench->sent && g_get_monotonic_time() < until_us)
        turn(bench);
    g_assert_cmpint(bench->newest, ==, bench->sent);
}

/* Each is seen before the next one: who is behind may leave one out. */
static void send_many(struct bench *bench, int n)
{
    while (n--) {
        send(bench);
        wait_for_newest(bench);
    }
}

/* ---- what is well ---- */

static void good_hardware_is_used(void)
{
    static const enum fake_behaviour behaviours[] = { FAKE_WELL, FAKE_ASYNCHRONOUS };
    for (size_t i = 0; i < G_N_ELEMENTS(behaviours); i++) {
        struct bench bench;
        set_up(&bench, (struct fake_codecs){ .behaviour = behaviours[i] }, NULL);
        send_many(&bench, 30);
        g_assert_cmpint(bench.keys, ==, 1);
        video_encoder_request_key_frame(bench.encoder);
        send_many(&bench, 1);
        g_assert_cmpint(bench.keys, ==, 2);
        g_assert_cmpint(bench.opens, ==, 1);
        g_assert_cmpint(warnings, ==, 0);
        g_assert_cmpstr(video_encoder_name(bench.encoder), ==, "h264_v4l2m2m");
        tear_down(&bench);
    }
}

static void parameter_sets_stand_before_every_idr(void)
{
    static const enum fake_behaviour behaviours[] = { FAKE_HEADERS_BESIDE, FAKE_HEADERS_ONCE };
    for (size_t i = 0; i < G_N_ELEMENTS(behaviours); i++) {
        struct bench bench;
        set_up(&bench, (struct fake_codecs){ .behaviour = behaviours[i] }, NULL);
        send_many(&bench, 1);
        for (int key = 2; key < 6; key++) {
            send_many(&bench, 3);
            video_encoder_request_key_frame(bench.encoder);
            send_many(&bench, 1);
            g_assert_cmpint(bench.keys, ==, key);
        }
        g_assert_cmpint(warnings, ==, 0);
        g_assert_cmpstr(video_encoder_name(bench.encoder), ==, "h264_v4l2m2m");
        tear_down(&bench);
    }
}

/* ---- bit rate ---- */

static void v4l2_follows_by_its_control(void)
{
    struct bench bench;
    set_up(&bench, (struct fake_codecs){ .behaviour = FAKE_WELL, .control = true }, NULL);
    send_many(&bench, 1);
    g_assert_cmpint(fake_codecs_seen().repeat_headers, ==, 1);
    g_assert_cmpint(fake_codecs_seen().interval, >, 1000);
    for (int kbit = 900; kbit >= 100; kbit -= 100) {
        video_encoder_set_bit_rate(bench.encoder, kbit * 1000);
        send_many(&bench, 1);
        g_assert_cmpint(fake_codecs_seen().bit_rate, ==, kbit * 1000);
    }
    g_assert_cmpint(bench.keys, ==, 1);
    g_assert_cmpint(fake_codecs_seen().opened, ==, 1);
    tear_down(&bench);
}

/* Each change of nvenc's begins anew with a key frame, so that they are few; but it stays open. */
static void nvenc_follows_by_its_context(void)
{
    struct bench bench;
    set_up(&bench, (struct fake_codecs){ .behaviour = FAKE_WELL, .nvenc = true }, "h264_nvenc");
    send_many(&bench, 1);
    video_encoder_set_bit_rate(bench.encoder, 800000);
    send_many(&bench, 2);
    g_assert_cmpint(fake_codecs_seen().context_bit_rate, ==, 1000000);
    video_encoder_request_key_frame(bench.encoder);
    send_many(&bench, 1);
    g_assert_cmpint(fake_codecs_seen().context_bit_rate, ==, 800000);
    video_encoder_set_bit_rate(bench.encoder, 400000);
    send_many(&bench, 1);
    g_assert_cmpint(fake_codecs_seen().context_bit_rate, ==, 400000);
    g_assert_cmpint(fake_codecs_seen().opened, ==, 1);
    tear_down(&bench);
}

/* What has to be opened anew is so by large steps, and at key frames that are due anyway. */
static void it_is_opened_again_by_large_steps(void)
{
    struct bench bench;
    set_up(&bench, (struct fake_codecs){ .behaviour = FAKE_WELL }, NULL);
    send_many(&bench, 1);
    for (int kbit = 980; kbit >= 800; kbit -= 20) {
        video_encoder_set_bit_rate(bench.encoder, kbit * 1000);
        send_many(&bench, 1);
    }
    g_assert_cmpint(bench.keys, ==, 1);
    video_encoder_request_key_frame(bench.encoder);
    send_many(&bench, 1);
    g_assert_cmpint(bench.keys, ==, 2);
    g_assert_cmpint(bench.opens, ==, 2); /* with that key frame */
    video_encoder_set_bit_rate(bench.encoder, 300000);
    send_many(&bench, 10);
    g_assert_cmpint(bench.keys, ==, 3);
    g_assert_cmpint(bench.opens, ==, 3);
    g_assert_cmpint(fake_codecs_seen().opened, ==, 3);
    g_assert_cmpint(fake_codecs_seen().closed, ==, 2);
    tear_down(&bench);
}

/* ---- what is not ---- */

static void falls_back(struct fake_codecs settings, const char *why)
{
    struct bench bench;
    set_up(&bench, settings, "h264_v4l2m2m");
    while (!warnings && bench.sent < MOST_SENT)
        send(&bench);
    send(&bench);
    wait_for_newest(&bench); /* software's first */
    g_assert_cmpint(warnings, ==, 1);
    g_assert_nonnull(strstr(said, why));
    g_assert_nonnull(strstr(said, "software takes over"));
    g_assert_cmpstr(video_encoder_name(bench.encoder), ==, "libx264");
    for (int i = 0; i < 5; i++) {
        send(&bench);
        g_assert_cmpint(bench.newest, ==, bench.sent);
    }
    g_assert_cmpint(warnings, ==, 1);
    g_assert_cmpint(bench.keys, <=, 2);
    g_assert_cmpint(hardware_encoders_given_up(), ==, 1);
    g_assert_null(hardware_best_encoder(AV_CODEC_ID_H264)); /* not for the next one either */
    tear_down(&bench);
}

static void run(enum fake_behaviour behaviour, int after, const char *why)
{
    falls_back((struct fake_codecs){ .behaviour = behaviour, .after = after }, why);
}

static void it_does_not_open(void)
{
    run(FAKE_OPEN_FAILS, 0, "does not open");
}

static void it_fails(void)
{
    run(FAKE_FAILS, 0, "reports an error");
    run(FAKE_FAILS, 50, "reports an error");
}

static void it_takes_all_and_gives_nothing(void)
{
    run(FAKE_SWALLOWS, 0, "gives nothing");
    run(FAKE_SWALLOWS, 50, "gives nothing");
    run(FAKE_TAKES_SIXTEEN, 0, "gives nothing");
}

static void its_stream_cannot_be_joined(void)
{
    run(FAKE_HEADERS_NEVER, 0, "gives wrong pictures");
}

/* A Raspberry Pi's starves its first ten pictures, and is well. */
static void a_slow_beginning_is_no_fault(void)
{
    struct bench bench;
    set_up(&bench, (struct fake_codecs){ .behaviour = FAKE_HOLDS, .held = 10 }, "h264_v4l2m2m");
    while (bench.packets < 20 && bench.sent < MOST_SENT)
        send(&bench);
    g_assert_cmpint(bench.packets, >=, 20);
    g_assert_cmpint(warnings, ==, 0);
    tear_down(&bench);
}

/* Their threads stay until the program ends, which they do not keep from it. */
static void it_hangs(void)
{
    run(FAKE_OPEN_HANGS, 0, "does not answer");
    run(FAKE_SEND_HANGS, 20, "does not answer");
    run(FAKE_RECEIVE_HANGS, 0, "does not answer");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    g_log_set_default_handler(on_log, NULL);
    av_log_set_level(AV_LOG_QUIET);
    g_test_add_func("/encoders/good", good_hardware_is_used);
    g_test_add_func("/encoders/parameter-sets", parameter_sets_stand_before_every_idr);
    g_test_add_func("/encoders/control", v4l2_follows_by_its_control);
    g_test_add_func("/encoders/nvenc", nvenc_follows_by_its_context);
    g_test_add_func("/encoders/large-steps", it_is_opened_again_by_large_steps);
    g_test_add_func("/encoders/slow-beginning", a_slow_beginning_is_no_fault);
    g_test_add_func("/encoders/opens-not", it_does_not_open);
    g_test_add_func("/encoders/fails", it_fails);
    g_test_add_func("/encoders/silent", it_takes_all_and_gives_nothing);
    g_test_add_func("/encoders/unjoinable", its_stream_cannot_be_joined);
    g_test_add_func("/encoders/hangs", it_hangs);
    int result = g_test_run();
    g_free(said);
    return result;
}

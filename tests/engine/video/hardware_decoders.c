/* Hardware decoders that misbehave, each as they were seen to: the loop goes on, no picture is shown that the stream
 * has not, software takes over within one key frame, and that is said and counted once. */
#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "engine/video/codec_thread.h"
#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "engine/video/hardware.h"
#include "fake_codecs.h"
#include "warnings_heard.h"

enum {
    WIDTH = 328, /* hardware pads it */
    HEIGHT = 200,
    FRAME_US = 33333,
    PACE_US = 12000, /* what the loop has for a picture */
    PATIENCE_US = 8000000,
    MOST_SENT = 1200,
    HALT_US = 2500000, /* of a stream */
};

struct bench {
    GMainContext *loop;
    struct frame_sink shown;
    struct packet_sink wire; /* encoder → here → decoder */
    struct video_encoder *encoder;
    struct video_decoder *decoder;
    int sent, keys, requests;
    int shown_count, newest; /* number of the last picture shown; 0: none */
    bool key_wanted;
    GQueue *collected; /* AVPacket *: they come later; NULL: at once */
};

/* A gradient across both ways, so that sheared rows, other pictures and other sizes differ. */
static uint8_t luma(int number, int x, int y)
{
    return (uint8_t)(40 + (x * 2 + y + number * 16) % 160);
}

static void assert_right(const AVFrame *frame)
{
    int number = (int)(frame->pts / FRAME_US);
    int64_t sum = 0;
    g_assert_cmpint(frame->width, ==, WIDTH);
    g_assert_cmpint(frame->height, ==, HEIGHT);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            sum += abs(frame->data[0][y * frame->linesize[0] + x] - luma(number, x, y));
    g_assert_cmpint(sum / (WIDTH * HEIGHT), <, 10);
    g_assert_cmpint(abs(frame->data[1][HEIGHT / 4 * frame->linesize[1] + WIDTH / 4] - 120), <, 10);
}

static void on_shown(struct frame_sink *sink, const AVFrame *frame)
{
    struct bench *bench = container_of(sink, struct bench, shown);
    assert_right(frame);
    bench->shown_count++;
    bench->newest = (int)(frame->pts / FRAME_US);
}

static void on_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct bench *bench = container_of(sink, struct bench, wire);
    video_decoder_sink(bench->decoder)->ops->open(video_decoder_sink(bench->decoder), parameters);
}

static void on_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct bench *bench = container_of(sink, struct bench, wire);
    bench->keys += packet->flags & AV_PKT_FLAG_KEY;
    if (bench->collected) {
        g_queue_push_tail(bench->collected, av_packet_clone(packet));
        return;
    }
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
    struct bench *bench = user_data;
    bench->requests++;
    bench->key_wanted = true;
}

static void set_up(struct bench *bench, struct fake_codecs settings)
{
    struct video_decoder_listener listener = { on_request, bench };
    warnings = 0;
    *bench = (struct bench){ .loop = g_main_context_new(), .shown.ops = &shown_ops, .wire.ops = &wire_ops };
    fake_codecs_set((struct fake_codecs){ .behaviour = FAKE_WELL }); /* as long as it is proved, once */
    g_assert_nonnull(hardware_best_decoder(AV_CODEC_ID_H264));
    hardware_best_decoder(AV_CODEC_ID_VP8);
    fake_codecs_set(settings);
    bench->decoder = video_decoder_create(bench->loop, &bench->shown, &listener);
    bench->encoder = video_encoder_create(&(struct video_encoder_config){ .codec = AV_CODEC_ID_H264,
                                                                          .width = WIDTH,
                                                                          .height = HEIGHT,
                                                                          .fps = 30,
                                                                          .bit_rate = 3000000,
                                                                          .next = &bench->wire });
    g_assert_nonnull(bench->decoder);
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

static AVFrame *draw(int number)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            frame->data[0][y * frame->linesize[0] + x] = luma(number, x, y);
    for (int plane = 1; plane < 3; plane++)
        memset(frame->data[plane], 120, (size_t)(frame->linesize[plane] * (HEIGHT / 2)));
    frame->pts = (int64_t)number * FRAME_US;
    return frame;
}

static void push(struct bench *bench)
{
    AVFrame *frame = draw(++bench->sent);
    if (bench->key_wanted)
        video_encoder_request_key_frame(bench->encoder);
    bench->key_wanted = false;
    video_encoder_sink(bench->encoder)->ops->push(video_encoder_sink(bench->encoder), frame);
    av_frame_free(&frame);
}

/* The loop turns for so long. */
static void pace(struct bench *bench, int64_t time_us)
{
    for (int64_t until_us = g_get_monotonic_time() + time_us; g_get_monotonic_time() < until_us;)
        turn(bench);
}

static void send(struct bench *bench)
{
    push(bench);
    pace(bench, PACE_US);
}

static void send_many(struct bench *bench, int n)
{
    while (n--)
        send(bench);
}

/* Without another packet. */
static void wait_for_newest(struct bench *bench)
{
    int64_t until_us = g_get_monotonic_time() + PATIENCE_US;
    while (bench->newest < bench->sent && g_get_monotonic_time() < until_us)
        turn(bench);
    g_assert_cmpint(bench->newest, ==, bench->sent);
}

static uint64_t fallbacks(const struct bench *bench)
{
    return video_decoder_stats(bench->decoder).fallbacks;
}

static void assert_no_fallback(const struct bench *bench)
{
    g_assert_cmpuint(fallbacks(bench), ==, 0);
    g_assert_cmpint(warnings, ==, 0);
    g_assert_cmpint(bench->keys, ==, 1);
    g_assert_cmpstr(video_decoder_name(bench->decoder), ==, "h264 (v4l2m2m)");
}

static void send_until_fallback(struct bench *bench)
{
    while (!fallbacks(bench) && bench->sent < MOST_SENT)
        send(bench);
}

/* With the first key frame, or one more. */
static void assert_fallback(struct bench *bench, const char *why)
{
    g_assert_cmpuint(fallbacks(bench), ==, 1);
    send_many(bench, 3);
    wait_for_newest(bench);
    g_assert_cmpint(bench->keys, <=, 2);
    g_assert_cmpint(warnings, ==, 1);
    g_assert_nonnull(strstr(said, why));
    g_assert_nonnull(strstr(said, "software takes over"));
    g_assert_cmpstr(video_decoder_name(bench->decoder), ==, "h264 (software)");
    int before = bench->shown_count;
    send_many(bench, 5);
    g_assert_cmpint(bench->shown_count, ==, before + 5);
    g_assert_cmpint(warnings, ==, 1);
}

static void falls_back(struct fake_codecs settings, const char *why)
{
    struct bench bench;
    set_up(&bench, settings);
    send_until_fallback(&bench);
    assert_fallback(&bench, why);
    tear_down(&bench);
}

static void run(enum fake_behaviour behaviour, int after, const char *why)
{
    falls_back((struct fake_codecs){ .behaviour = behaviour, .after = after }, why);
}

/* ---- what is well ---- */

static void plays_on(enum fake_behaviour behaviour, int device)
{
    struct bench bench;
    set_up(&bench, (struct fake_codecs){ .behaviour = behaviour, .device = device });
    send_many(&bench, 40);
    wait_for_newest(&bench);
    g_assert_cmpint(bench.shown_count, ==, 40);
    for (int i = 0; i < 3; i++) { /* pauses */
        g_usleep(50000);
        send(&bench);
        wait_for_newest(&bench);
    }
    assert_no_fallback(&bench);
    g_assert_cmpuint(video_decoder_stats(bench.decoder).decoded, ==, 43);
    tear_down(&bench);
}

static void good_hardware_is_used(void)
{
    plays_on(FAKE_WELL, 0);
    plays_on(FAKE_ASYNCHRONOUS, 0);
    plays_on(FAKE_SLOW, 0);
    plays_on(FAKE_PADDED, 0);
}

static void pictures_in_device_memory_are_brought_home(void)
{
    plays_on(FAKE_IN_DEVICE, AV_PIX_FMT_VAAPI);
    plays_on(FAKE_IN_DEVICE, AV_PIX_FMT_DRM_PRIME);
    plays_on(FAKE_IN_DEVICE, AV_PIX_FMT_CUDA);
}

static AVCodecContext *open_with_b_frames(void)
{
    AVCodecContext *context = avcodec_alloc_context3(avcodec_find_encoder_by_name("libx264"));
    context->width = WIDTH;
    context->height = HEIGHT;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = (AVRational){ 1, 1000000 };
    context->framerate = (AVRational){ 30, 1 };
    context->bit_rate = 3000000;
    context->max_b_frames = 2;
    context->thread_count = 1;
    av_opt_set(context->priv_data, "preset", "ultrafast", 0);
    av_opt_set(context->priv_data, "x264-params", "b-adapt=0:rc-lookahead=0", 0);
    g_assert_cmpint(avcodec_open2(context, context->codec, NULL), >=, 0);
    return context;
}

static void send_with_b_frames(struct bench *bench, AVCodecContext *context, int n)
{
    AVPacket *packet = av_packet_alloc();
    for (int i = 0; i < n; i++) {
        AVFrame *frame = draw(++bench->sent);
        g_assert_cmpint(avcodec_send_frame(context, frame), >=, 0);
        av_frame_free(&frame);
        while (avcodec_receive_packet(context, packet) >= 0) {
            packet->time_base = context->time_base;
            on_packet(&bench->wire, packet);
            av_packet_unref(packet);
        }
        pace(bench, PACE_US);
    }
    av_packet_free(&packet);
}

/* They wait for each other by nature: a stream that comes to a halt is not the decoder's fault. */
static void pictures_in_another_order_may_wait(void)
{
    struct bench bench;
    set_up(&bench, (struct fake_codecs){ .behaviour = FAKE_WELL });
    AVCodecContext *context = open_with_b_frames();
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    avcodec_parameters_from_context(parameters, context);
    on_open(&bench.wire, parameters);
    send_with_b_frames(&bench, context, 40);
    pace(&bench, HALT_US);
    send_with_b_frames(&bench, context, 40);
    g_assert_cmpint(bench.shown_count, >, 70);
    assert_no_fallback(&bench);
    avcodec_parameters_free(&parameters);
    avcodec_free_context(&context);
    tear_down(&bench);
}

/* Neither what it has not begun with, nor what it is about to give. */
static void nothing_of_another_stream_is_shown(void)
{
    static const enum fake_behaviour behaviours[] = { FAKE_ASYNCHRONOUS, FAKE_SLOW };
    for (size_t i = 0; i < G_N_ELEMENTS(behaviours); i++) {
        struct bench bench;
        set_up(&bench, (struct fake_codecs){ .behaviour = behaviours[i] });
        send_many(&bench, 5);
        wait_for_newest(&bench);
        for (int j = 0; j < 20; j++) {
            bench.key_wanted = true;
            push(&bench);
            g_usleep(300 * j);
            int before = bench.shown_count;
            video_decoder_flush(bench.decoder);
            for (int turns = 0; turns < 20; turns++)
                turn(&bench);
            g_assert_cmpint(bench.shown_count, ==, before);
        }
        bench.key_wanted = true;
        send(&bench);
        wait_for_newest(&bench);
        g_assert_cmpuint(fallbacks(&bench), ==, 0);
        tear_down(&bench);
    }
}

/* ---- what is not ---- */

static void it_does_not_open(void)
{
    run(FAKE_OPEN_FAILS, 0, "does not open");
}

static void it_takes_all_and_gives_nothing(void)
{
    run(FAKE_TAKES_SIXTEEN, 0, "gives nothing");
    run(FAKE_SWALLOWS, 0, "gives nothing");
    run(FAKE_SWALLOWS, 30, "gives nothing");
}

static void it_does_not_keep_up(void)
{
    struct bench bench;
    set_up(&bench, (struct fake_codecs){ .behaviour = FAKE_SLOW });
    bench.collected = g_queue_new();
    for (int i = 0; i < MOST_SENT; i++)
        push(&bench);
    GQueue *burst = g_steal_pointer(&bench.collected);
    for (AVPacket *packet; (packet = g_queue_pop_head(burst)); av_packet_free(&packet))
        video_decoder_sink(bench.decoder)->ops->push(video_decoder_sink(bench.decoder), packet);
    g_queue_free(burst);
    turn(&bench);
    assert_fallback(&bench, "does not keep up");
    tear_down(&bench);
}

static void it_is_late(void)
{
    for (int held = 1; held <= 3; held++)
        falls_back((struct fake_codecs){ .behaviour = FAKE_HOLDS, .held = held }, "holds pictures back");
}

/* What it holds comes by draining, since no packet follows. */
static void the_last_picture_before_a_pause_is_shown(void)
{
    static const enum fake_behaviour behaviours[] = { FAKE_HOLDS, FAKE_HOLDS_ALL };
    for (size_t i = 0; i < G_N_ELEMENTS(behaviours); i++)
        for (int held = 1; held <= 3; held++) {
            struct bench bench;
            set_up(&bench, (struct fake_codecs){ .behaviour = behaviours[i], .held = held });
            send_many(&bench, 4);
            wait_for_newest(&bench);
            g_assert_cmpint(bench.shown_count, ==, 4);
            send_until_fallback(&bench);
            assert_fallback(&bench, "holds pictures back");
            tear_down(&bench);
        }
}

static void it_gives_pictures_only_when_drained(void)
{
    run(FAKE_HOLDS_ALL, 0, "holds pictures back");
    run(FAKE_HOLDS_ALL, 30, "holds pictures back");
}

static void it_fails(void)
{
    run(FAKE_FAILS, 0, "reports an error");
    run(FAKE_FAILS, 1, "reports an error");
    run(FAKE_FAILS, 150, "reports an error"); /* an hour */
}

static void it_gives_other_pictures(void)
{
    static const enum fake_behaviour behaviours[] = { FAKE_WRONG_STRIDE, FAKE_WILD_STRIDE, FAKE_GREEN, FAKE_SIZE };
    for (size_t i = 0; i < G_N_ELEMENTS(behaviours); i++)
        run(behaviours[i], 0, "wrong pictures");
    run(FAKE_GREEN, 30, "wrong pictures");
    run(FAKE_SIZE, 30, "wrong pictures");
    run(FAKE_WILD_STRIDE, 30, "wrong pictures");
}

static void its_memory_cannot_be_read(void)
{
    falls_back((struct fake_codecs){ .behaviour = FAKE_DOWNLOAD_FAILS, .device = AV_PIX_FMT_DRM_PRIME },
               "reports an error");
}

/* The last ones: their threads stay until the program ends, which they do not keep from it. */
static void it_hangs(void)
{
    run(FAKE_OPEN_HANGS, 0, "does not answer");
    run(FAKE_SEND_HANGS, 0, "does not answer");
    run(FAKE_RECEIVE_HANGS, 20, "does not answer");
}

static void no_more_than_some_are_left_behind(void)
{
    struct bench bench;
    while (codec_threads_left_behind() < 4)
        falls_back((struct fake_codecs){ .behaviour = FAKE_DOWNLOAD_HANGS, .device = AV_PIX_FMT_DRM_PRIME },
                   "does not answer");
    set_up(&bench, (struct fake_codecs){ .behaviour = FAKE_SEND_HANGS });
    g_assert_cmpstr(video_decoder_name(bench.decoder), ==, "h264 (software)");
    send_many(&bench, 5);
    g_assert_cmpint(bench.shown_count, ==, 5);
    tear_down(&bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    g_log_set_default_handler(on_log, NULL);
    av_log_set_level(AV_LOG_QUIET);
    g_test_add_func("/decoders/good", good_hardware_is_used);
    g_test_add_func("/decoders/device-memory", pictures_in_device_memory_are_brought_home);
    g_test_add_func("/decoders/b-frames", pictures_in_another_order_may_wait);
    g_test_add_func("/decoders/flush", nothing_of_another_stream_is_shown);
    g_test_add_func("/decoders/opens-not", it_does_not_open);
    g_test_add_func("/decoders/silent", it_takes_all_and_gives_nothing);
    g_test_add_func("/decoders/behind", it_does_not_keep_up);
    g_test_add_func("/decoders/late", it_is_late);
    g_test_add_func("/decoders/pause", the_last_picture_before_a_pause_is_shown);
    g_test_add_func("/decoders/drained", it_gives_pictures_only_when_drained);
    g_test_add_func("/decoders/fails", it_fails);
    g_test_add_func("/decoders/wrong", it_gives_other_pictures);
    g_test_add_func("/decoders/unreadable", its_memory_cannot_be_read);
    g_test_add_func("/decoders/hangs", it_hangs);
    g_test_add_func("/decoders/left-behind", no_more_than_some_are_left_behind);
    int result = g_test_run();
    g_free(said);
    return result;
}

/* What publishing is made of, each part by itself. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "engine/audio/aac_encoder.h"
#include "engine/picture/curtain.h"
#include "engine/publish/address.h"
#include "engine/publish/mailbox.h"

/* ---- addresses ---- */

static void addresses_keep_their_secrets(void)
{
    static const struct {
        const char *url, *words;
    } cases[] = {
        { "rtmp://live.example/app/key", "rtmp://live.example" },
        { "rtmps://live.example:443/app/key?auth=secret", "rtmps://live.example:443" },
        { "rtsp://user:pa@ss@camera.example:554/in", "rtsp://camera.example:554" },
        { "rtsp://user:pa/ss@camera.example/in", "rtsp://..." },
        { "srt://[2001:db8::1]:9000?streamid=key&passphrase=secret", "srt://[2001:db8::1]:9000" },
        { "udp://239.0.0.1:1234", "udp://239.0.0.1:1234" },
        { "file:/home/anna/x.ts", "file" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *words = publish_words(cases[i].url);
        g_assert_cmpstr(words, ==, cases[i].words);
        g_assert_cmpint(publish_kind_of(cases[i].url), ==, PUBLISH_CONTAINER);
    }
    g_autofree char *key = publish_words("live_1234_key"), *parts = publish_words("user@host:/x://y");
    g_assert_cmpstr(key, ==, "an address without a scheme");
    g_assert_cmpstr(parts, ==, "an address without a scheme");
    g_assert_cmpint(publish_kind_of("http://live.example/"), ==, PUBLISH_UNKNOWN);
    g_assert_cmpint(publish_kind_of("rtmp://"), ==, PUBLISH_UNKNOWN);
    g_assert_cmpint(publish_kind_of(""), ==, PUBLISH_UNKNOWN);
    g_assert_cmpstr(publish_format("RTMP://live.example/app/key"), ==, "flv");
    g_assert_cmpstr(publish_format("file:x.flv"), ==, "flv");
    g_assert_cmpstr(publish_format("file:x"), ==, "mpegts");
}

/* ---- the mailbox ---- */

static void post(struct mailbox *mailbox, enum publish_stream stream, int64_t pts, bool key, int size)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, size), ==, 0);
    memset(packet->data, 0, (size_t)size);
    packet->pts = packet->dts = pts;
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    mailbox_post(mailbox, stream, packet);
    av_packet_free(&packet);
}

/* -1: there is none. */
static int64_t take(struct mailbox *mailbox)
{
    AVPacket *packet = mailbox_take(mailbox);
    int64_t pts = packet ? packet->pts : -1;
    av_packet_free(&packet);
    return pts;
}

static void a_mailbox_begins_with_a_key_frame(void)
{
    struct mailbox mailbox = { 0 };
    post(&mailbox, PUBLISH_VIDEO, 1, true, 9);
    g_assert_cmpint(take(&mailbox), ==, -1); /* closed */
    mailbox_set_open(&mailbox, true);
    post(&mailbox, PUBLISH_AUDIO, 2, true, 9);
    post(&mailbox, PUBLISH_VIDEO, 3, false, 9);
    post(&mailbox, PUBLISH_VIDEO, 4, true, 9);
    post(&mailbox, PUBLISH_AUDIO, 5, true, 9);
    post(&mailbox, PUBLISH_VIDEO, 6, false, 9);
    for (int64_t pts = 4; pts <= 6; pts++)
        g_assert_cmpint(take(&mailbox), ==, pts);
    g_assert_cmpint(take(&mailbox), ==, -1);
    post(&mailbox, PUBLISH_VIDEO, 7, false, 9);
    mailbox_set_open(&mailbox, true); /* another connection */
    post(&mailbox, PUBLISH_VIDEO, 8, false, 9);
    g_assert_cmpint(take(&mailbox), ==, -1);
    mailbox_set_open(&mailbox, false);
}

/* Nobody takes anything out of it for an hour, or what comes is enormous. */
static void a_mailbox_is_bounded(void)
{
    struct mailbox mailbox = { 0 };
    int64_t picture_us = 40000, group = 50, last = 0;
    mailbox_set_open(&mailbox, true);
    for (int64_t n = 0; n < 90000; n++) {
        post(&mailbox, PUBLISH_VIDEO, last = n * picture_us, n % group == 0, 100);
        post(&mailbox, PUBLISH_AUDIO, last, true, 10);
        const AVPacket *oldest = g_queue_peek_head(&mailbox.packets);
        g_assert_true(!oldest || last - oldest->pts <= MAILBOX_US);
    }
    g_assert_cmpuint(mailbox.drops, >, 1000);
    post(&mailbox, PUBLISH_VIDEO, last, true, 100);
    AVPacket *packet; /* pictures go on with a key frame, sound does not wait for it */
    while ((packet = mailbox_take(&mailbox)) && packet->stream_index == PUBLISH_AUDIO)
        av_packet_free(&packet);
    g_assert_nonnull(packet);
    g_assert_true(packet->flags & AV_PKT_FLAG_KEY);
    av_packet_free(&packet);
    for (int64_t n = 0; n < 100; n++) {
        post(&mailbox, PUBLISH_VIDEO, last + n, true, MAILBOX_BYTES / 4);
        g_assert_cmpuint(mailbox.bytes, <=, MAILBOX_BYTES);
    }
    mailbox_set_open(&mailbox, false);
    g_assert_cmpuint(mailbox.bytes, ==, 0);
}

/* ---- AAC ---- */

struct listener {
    struct packet_sink sink;
    int opened, packets;
    int64_t last_pts, begin_us, worst_us; /* worst: how far a packet's time is from where it should be */
};

static void on_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct listener *listener = container_of(sink, struct listener, sink);
    g_assert_cmpint(parameters->codec_id, ==, AV_CODEC_ID_AAC);
    g_assert_cmpint(parameters->extradata_size, >=, 2);
    listener->opened++;
}

/* A decoder's first packet is what the encoder looks ahead: it stands before the first sample. */
static void on_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct listener *listener = container_of(sink, struct listener, sink);
    int64_t expected_us = listener->begin_us + av_rescale(listener->packets - 1, 1024 * G_USEC_PER_SEC, AUDIO_RATE);
    listener->worst_us = MAX(listener->worst_us, ABS(packet->pts - expected_us));
    g_assert_true(listener->packets == 0 || packet->pts > listener->last_pts);
    g_assert_cmpint(packet->dts, ==, packet->pts);
    listener->last_pts = packet->pts;
    listener->packets++;
}

static void on_lose(struct packet_sink *sink)
{
    (void)sink;
    g_assert_not_reached();
}

static const struct packet_sink_ops listening = { .open = on_open, .push = on_packet, .lose = on_lose };

/* A capture whose times are off by up to `jitter_us`, and whose clock is `drift` fast. */
static void push_sound(struct aac_encoder *encoder, int64_t begin_us, int frames, int jitter_us, double drift)
{
    static const int16_t silence[AUDIO_FRAME * AUDIO_CHANNELS];
    struct pcm_sink *sink = aac_encoder_sink(encoder);
    for (int i = 0; i < frames; i++) {
        int jitter = jitter_us ? g_test_rand_int_range(-jitter_us, jitter_us) : 0;
        sink->ops->push(sink, silence, begin_us + (int64_t)((double)i * AUDIO_FRAME_US * (1 + drift)) + jitter);
    }
}

static void times_of_aac_are_exact(void)
{
    struct listener listener = { .sink = { &listening }, .begin_us = 5000000 };
    struct aac_encoder *encoder = aac_encoder_create(128000, &listener.sink);
    g_assert_nonnull(encoder);
    g_assert_cmpint(listener.opened, ==, 1);
    push_sound(encoder, listener.begin_us, 500, 0, 0);
    g_assert_cmpint(listener.packets, >, 460);
    g_assert_cmpint(listener.worst_us, <, 100);

    push_sound(encoder, listener.begin_us + 500 * AUDIO_FRAME_US, 500, 5000, 0); /* even, though the capture is not */
    g_assert_cmpint(listener.worst_us, <, 5000);

    int64_t later_us = listener.begin_us + INT64_C(3600) * G_USEC_PER_SEC; /* a hole of an hour */
    push_sound(encoder, later_us, 100, 0, 0);
    int64_t end_us = later_us + 100 * AUDIO_FRAME_US;
    g_assert_cmpint(end_us - listener.last_pts, <, 5 * AUDIO_FRAME_US);

    push_sound(encoder, end_us, 3000, 0, 0.001); /* a clock that is 1000 ppm off: 60 ms in this minute */
    g_assert_cmpint(ABS(end_us + (int64_t)(3000 * AUDIO_FRAME_US * 1.001) - listener.last_pts), <, 5 * AUDIO_FRAME_US);
    aac_encoder_destroy(encoder);
}

/* ---- the curtain ---- */

static int brightest(const AVFrame *frame, int top, int bottom)
{
    int most = 0;
    for (int y = top; y < bottom; y++)
        for (int x = 0; x < frame->width; x++)
            most = MAX(most, frame->data[0][y * frame->linesize[0] + x]);
    return most;
}

static void assert_curtain(const AVFrame *last, const char *text, int width, int height)
{
    AVFrame *words = curtain_words_draw(text, SOURCE_DIR "/assets/fonts/Inter-Medium.otf");
    g_assert_nonnull(words);
    AVFrame *frame = curtain_picture_draw(last, width, height, words);
    g_assert_nonnull(frame);
    g_assert_cmpint(frame->format, ==, AV_PIX_FMT_YUV420P);
    g_assert_cmpint(frame->width, ==, width);
    g_assert_cmpint(frame->height, ==, height);
    g_assert_cmpint(brightest(frame, height * 4 / 10, height * 6 / 10), >, 200); /* words in the middle */
    int rest = brightest(frame, 0, height * 4 / 10);
    g_assert_cmpint(rest, <, 100);
    g_assert_true(last ? rest > 60 : rest == 16); /* and the picture shines through */
    av_frame_free(&frame);
    av_frame_free(&words);
}

static void a_curtain_has_words(void)
{
    static const enum AVPixelFormat formats[] = { AV_PIX_FMT_YUV420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUYV422,
                                                  AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_RGB24 };
    assert_curtain(NULL, "100 %: 'it's \\ off'", 640, 360);
    assert_curtain(NULL, "in a private call", 180, 320);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        AVFrame *last = av_frame_alloc();
        last->format = formats[i];
        last->width = 640;
        last->height = 360;
        g_assert_cmpint(av_frame_get_buffer(last, 0), ==, 0);
        for (int plane = 0; plane < AV_NUM_DATA_POINTERS && last->buf[plane]; plane++)
            memset(last->buf[plane]->data, 235, (size_t)last->buf[plane]->size);
        assert_curtain(last, "in a private call", 640, 360);
        av_frame_free(&last);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/publish/addresses", addresses_keep_their_secrets);
    g_test_add_func("/publish/mailbox", a_mailbox_begins_with_a_key_frame);
    g_test_add_func("/publish/bounds", a_mailbox_is_bounded);
    g_test_add_func("/publish/aac", times_of_aac_are_exact);
    g_test_add_func("/publish/curtain", a_curtain_has_words);
    return g_test_run();
}

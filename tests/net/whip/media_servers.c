/* Through real media servers: pictures and sound are published by WHIP, and fetched by WHEP, in both of its ways. What
 * comes is known by the number in each picture.
 *
 * test_media_servers [janus]: else aiortc. */
#include <math.h>

#include "engine/audio/encoder.h"
#include "engine/audio/tone.h"
#include "engine/statistics/framecode.h"
#include "engine/synthetic/test_picture.h"
#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "net/whip/whip.h"
#include "peer_pair.h"
#include "sfu.h"

#define TOKEN "s3cret"

enum { WIDTH = 320, HEIGHT = 180, FPS = 30, SOURCE = 5, SKIPPED = 77, ROOM = 4, LOUD = 500 };

/* Camera and microphone, encoded once. */
struct broadcaster {
    struct packet_sink video, audio; /* before the peer's sinks */
    struct peer *peer;
    struct test_picture *camera;
    struct video_encoder *encoder;
    struct audio_encoder *sound;
    struct tone tone;
    unsigned number;
    int64_t due_us;
    bool video_open, audio_open;
    int opened, closed;
    int64_t bit_rate; /* that its pictures may have, as was told last */
};

struct viewer {
    struct whip *whip;
    struct frame_sink screen;
    struct packet_sink ear;
    struct video_decoder *decoder;
    AVCodecContext *opus;
    unsigned seen; /* the number of the last picture */
    int pictures, sounds, loud;
};

struct studio {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct belongings before;
    struct sfu *sfu;
    struct whip *publisher;
    struct broadcaster broadcaster;
};

/* ---- out ---- */

static void forward(struct packet_sink *to, bool *open, enum AVCodecID codec, const AVPacket *packet)
{
    if (!*open)
        open_sink(to, codec);
    *open = true;
    to->ops->push(to, packet);
}

static void push_picture(struct packet_sink *sink, const AVPacket *packet)
{
    struct broadcaster *broadcaster = container_of(sink, struct broadcaster, video);
    if (broadcaster->peer)
        forward(peer_video_sink(broadcaster->peer), &broadcaster->video_open, AV_CODEC_ID_H264, packet);
}

static void push_sound(struct packet_sink *sink, const AVPacket *packet)
{
    struct broadcaster *broadcaster = container_of(sink, struct broadcaster, audio);
    if (broadcaster->peer)
        forward(peer_audio_sink(broadcaster->peer), &broadcaster->audio_open, AV_CODEC_ID_OPUS, packet);
}

static void ignore_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    (void)parameters;
}

static void ignore_loss(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops picture_ops = { .open = ignore_open, .push = push_picture, .lose = ignore_loss };
static const struct packet_sink_ops sound_ops = { .open = ignore_open, .push = push_sound, .lose = ignore_loss };

static void on_opened(void *user_data, struct peer *peer)
{
    struct broadcaster *broadcaster = user_data;
    broadcaster->peer = peer;
    broadcaster->video_open = broadcaster->audio_open = false;
    broadcaster->opened++;
    video_encoder_request_key_frame(broadcaster->encoder);
}

static void on_closing(void *user_data, struct peer *peer)
{
    struct broadcaster *broadcaster = user_data;
    g_assert_true(broadcaster->peer == peer);
    broadcaster->peer = NULL;
    broadcaster->closed++;
}

static void on_peer_event(void *user_data, struct peer *peer, const struct peer_event *event)
{
    (void)peer;
    struct broadcaster *broadcaster = user_data;
    if (event->type == PEER_EVENT_KEY_FRAME)
        video_encoder_request_key_frame(broadcaster->encoder);
    else if (event->type == PEER_EVENT_BIT_RATE)
        broadcaster->bit_rate = event->bit_rate;
}

static const struct whip_listener broadcaster_listener = { .opened = on_opened,
                                                           .closing = on_closing,
                                                           .event = on_peer_event };

static void broadcast(struct broadcaster *broadcaster)
{
    int64_t now = g_get_monotonic_time();
    tone_poll(&broadcaster->tone, audio_encoder_sink(broadcaster->sound), now);
    if (now < broadcaster->due_us)
        return;
    broadcaster->due_us = now + G_USEC_PER_SEC / FPS;
    AVFrame *frame = test_picture_draw(broadcaster->camera, broadcaster->number++, 0);
    frame->pts = now;
    frame->time_base = (AVRational){ 1, 1000000 };
    video_encoder_sink(broadcaster->encoder)->ops->push(video_encoder_sink(broadcaster->encoder), frame);
    av_frame_free(&frame);
}

static void open_broadcaster(struct broadcaster *broadcaster)
{
    broadcaster->video.ops = &picture_ops;
    broadcaster->audio.ops = &sound_ops;
    broadcaster->camera = test_picture_create(WIDTH, HEIGHT, SOURCE);
    broadcaster->encoder = video_encoder_create(&(struct video_encoder_config){ .codec = AV_CODEC_ID_H264,
                                                                                .width = WIDTH,
                                                                                .height = HEIGHT,
                                                                                .fps = FPS,
                                                                                .bit_rate = 600000,
                                                                                .next = &broadcaster->video });
    broadcaster->sound = audio_encoder_create(64000, &broadcaster->audio);
    broadcaster->tone = tone_start(SOURCE, g_get_monotonic_time());
}

static void close_broadcaster(struct broadcaster *broadcaster)
{
    g_assert_cmpint(broadcaster->opened, ==, broadcaster->closed);
    video_encoder_destroy(broadcaster->encoder);
    audio_encoder_destroy(broadcaster->sound);
    test_picture_destroy(broadcaster->camera);
}

/* ---- in ---- */

static void look(struct frame_sink *sink, const AVFrame *frame)
{
    struct viewer *viewer = container_of(sink, struct viewer, screen);
    struct framecode found[ROOM];
    int n = framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], found, ROOM);
    if (!n)
        return;
    g_assert_cmpint(found[0].source, ==, SOURCE);
    g_assert_cmpint(found[0].number, >=, viewer->seen);
    viewer->seen = found[0].number;
    viewer->pictures++;
}

static const struct frame_sink_ops screen_ops = { .push = look };

static double loudness(const AVFrame *frame)
{
    double sum = 0;
    for (int i = 0; i < frame->nb_samples; i++) {
        double sample = 32768.0 * ((const float *)frame->data[0])[i];
        sum += sample * sample;
    }
    return sqrt(sum / frame->nb_samples);
}

static void hear(struct packet_sink *sink, const AVPacket *packet)
{
    struct viewer *viewer = container_of(sink, struct viewer, ear);
    AVFrame *frame = av_frame_alloc();
    viewer->sounds++;
    if (!avcodec_send_packet(viewer->opus, packet) && !avcodec_receive_frame(viewer->opus, frame))
        viewer->loud += loudness(frame) > LOUD;
    av_frame_free(&frame);
}

static const struct packet_sink_ops ear_ops = { .open = ignore_open, .push = hear, .lose = ignore_loss };

static void ask_for_key_frame(void *user_data)
{
    struct viewer *viewer = user_data;
    struct source *source = whip_source(viewer->whip);
    source->ops->request_key_frame(source);
}

static void open_viewer(struct studio *studio, struct viewer *viewer)
{
    g_autofree char *url = sfu_play_url(studio->sfu), *error = NULL;
    const struct video_decoder_listener listener = { .key_frame_needed = ask_for_key_frame, .user_data = viewer };
    *viewer = (struct viewer){ .screen.ops = &screen_ops, .ear.ops = &ear_ops };
    viewer->decoder = video_decoder_create(NULL, &viewer->screen, &listener);
    viewer->opus = avcodec_alloc_context3(avcodec_find_decoder_by_name("opus"));
    g_assert_cmpint(avcodec_open2(viewer->opus, NULL, NULL), ==, 0);
    viewer->whip = whip_create(&(struct whip_config){ .role = WHEP_PLAYER,
                                                      .reactor = studio->reactor,
                                                      .url = url,
                                                      .token = TOKEN,
                                                      .identity = studio->identity,
                                                      .video_codec = AV_CODEC_ID_H264 },
                               &error);
    struct source *source = whip_source(viewer->whip);
    source->ops->start(source, video_decoder_sink(viewer->decoder), &viewer->ear);
}

static void close_viewer(struct viewer *viewer)
{
    whip_destroy(viewer->whip);
    video_decoder_destroy(viewer->decoder);
    avcodec_free_context(&viewer->opus);
}

/* ---- the studio ---- */

#define studio_until(studio, condition)                                                                                \
    do {                                                                                                               \
        int64_t limit = g_get_monotonic_time() + PATIENCE_US;                                                          \
        while (!(condition)) {                                                                                         \
            g_assert_cmpint(g_get_monotonic_time(), <, limit);                                                         \
            broadcast(&(studio)->broadcaster);                                                                         \
            reactor_wait((studio)->reactor, g_get_monotonic_time() + 5000);                                            \
        }                                                                                                              \
    } while (0)

/* Takes the server. */
static void open_studio(struct studio *studio, struct sfu *server)
{
    *studio = (struct studio){ .sfu = server, .reactor = reactor_create() };
    studio->before = belongings_now();
    studio->identity = dtls_identity_create();
    open_broadcaster(&studio->broadcaster);
    g_autofree char *error = NULL, *url = sfu_publish_url(studio->sfu);
    studio->publisher = whip_create(&(struct whip_config){ .role = WHIP_PUBLISHER,
                                                           .reactor = studio->reactor,
                                                           .url = url,
                                                           .token = TOKEN,
                                                           .identity = studio->identity,
                                                           .video_codec = AV_CODEC_ID_H264,
                                                           .listener = &broadcaster_listener,
                                                           .user_data = &studio->broadcaster },
                                    &error);
    studio_until(studio, studio->broadcaster.opened == 1);
}

static void close_studio(struct studio *studio)
{
    whip_destroy(studio->publisher);
    close_broadcaster(&studio->broadcaster);
    dtls_identity_destroy(studio->identity);
    end_reactor(studio->reactor, &studio->before);
    sfu_stop(studio->sfu);
}

static void wait_for_all(struct studio *studio, struct viewer *viewer)
{
    int pictures = viewer->pictures + 60, loud = viewer->loud + 20;
    studio_until(studio, viewer->pictures >= pictures && viewer->loud >= loud);
    g_test_message("%d pictures, %d packets of sound; number %u of %u", viewer->pictures, viewer->sounds, viewer->seen,
                   studio->broadcaster.number);
    g_assert_cmpint(studio->broadcaster.number - viewer->seen, <, 5 * FPS);
}

/* The VideoRoom plugin offers itself. */
static void counter_offer(void)
{
    struct studio studio;
    struct viewer viewer;
    open_studio(&studio, sfu_start(JANUS, TOKEN));
    open_viewer(&studio, &viewer);
    wait_for_all(&studio, &viewer);
    close_viewer(&viewer);
    close_studio(&studio);
}

/* Another implementation, which takes our offer. */
static void own_offer(void)
{
    struct studio studio;
    struct viewer viewer;
    open_studio(&studio, sfu_start(AIORTC, TOKEN));
    open_viewer(&studio, &viewer);
    wait_for_all(&studio, &viewer);
    close_viewer(&viewer);
    close_studio(&studio);
}

/* The path takes more, and the server says that it wants less: by REMB, beside its transport-wide feedback. */
static void narrow(void)
{
    enum { NARROW = 400000 };
    struct studio studio;
    open_studio(&studio, sfu_start_narrow(NARROW, TOKEN));
    studio_until(&studio, studio.broadcaster.bit_rate > NARROW); /* the path's */
    studio_until(&studio, studio.broadcaster.bit_rate <= NARROW);
    close_studio(&studio);
}

/* Killed and back: publisher and player find each other again by themselves, and nothing old is seen. */
static void killed(void)
{
    struct studio studio;
    struct viewer viewer;
    open_studio(&studio, sfu_start(JANUS, TOKEN));
    open_viewer(&studio, &viewer);
    wait_for_all(&studio, &viewer);
    sfu_kill(studio.sfu);
    studio_until(&studio, whip_status(viewer.whip).state == WHIP_WAITING);
    unsigned then = studio.broadcaster.number;
    sfu_restart(studio.sfu);
    studio_until(&studio, studio.broadcaster.opened == 2);
    studio_until(&studio, viewer.seen > then);
    wait_for_all(&studio, &viewer);
    close_viewer(&viewer);
    close_studio(&studio);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* warnings are what troubles are told by */
    if (argc < 2 || !g_str_equal(argv[1], "janus")) {
        g_test_add_func("/aiortc/own-offer", own_offer);
        return g_test_run();
    }
    if (!sfu_has_janus()) {
        g_print("SKIP: there is no janus here (Debian 13 has no package of it)\n");
        return SKIPPED;
    }
    g_test_add_func("/janus/counter-offer", counter_offer);
    g_test_add_func("/janus/narrow", narrow);
    g_test_add_func("/janus/killed", killed);
    return g_test_run();
}

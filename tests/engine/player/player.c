/* The switch: one player, one open decoder, sources that come and go. */
#include "engine/player/player.h"

#include <glib.h>
#include <libavutil/log.h>
#include <string.h>

#include "engine/statistics/framecode.h"
#include "engine/video/encoder.h"

enum { WIDTH = 320, HEIGHT = 180 };

struct channel { /* a sender with a camera of its own and a source to attach */
    struct source source;
    struct packet_sink wire;
    struct video_encoder *encoder;
    struct packet_sink *video; /* the player's, while started */
    unsigned number, camera;
    int64_t pts;
    int starts, stops, requests;
};

struct world {
    struct frame_sink screen;
    struct player *player;
    struct channel live, call;
    int shown;
    struct framecode seen;
};

static void on_screen(struct frame_sink *sink, const AVFrame *frame)
{
    struct world *world = container_of(sink, struct world, screen);
    world->shown++;
    g_assert_cmpint(framecode_find(frame->data[0], frame->width, frame->height, frame->linesize[0], &world->seen, 1),
                    ==, 1);
}

static const struct frame_sink_ops screen_ops = { .push = on_screen };

static void on_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct channel *channel = container_of(sink, struct channel, wire);
    if (channel->video)
        channel->video->ops->open(channel->video, parameters);
}

static void on_packet(struct packet_sink *sink, const AVPacket *packet)
{
    struct channel *channel = container_of(sink, struct channel, wire);
    if (channel->video)
        channel->video->ops->push(channel->video, packet);
}

static const struct packet_sink_ops wire_ops = { .open = on_open, .push = on_packet };

static void start(struct source *source, struct packet_sink *video, struct packet_sink *audio)
{
    struct channel *channel = container_of(source, struct channel, source);
    g_assert_nonnull(audio);
    g_assert_null(channel->video);
    channel->video = video;
    channel->starts++;
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = AV_CODEC_ID_H264;
    video->ops->open(video, parameters);
    avcodec_parameters_free(&parameters);
}

static void stop(struct source *source)
{
    struct channel *channel = container_of(source, struct channel, source);
    channel->video = NULL;
    channel->stops++;
}

static void request_key_frame(struct source *source)
{
    struct channel *channel = container_of(source, struct channel, source);
    channel->requests++;
    video_encoder_request_key_frame(channel->encoder);
}

static bool capture_time(struct source *source, enum AVMediaType type, int64_t pts, int64_t *time_us)
{
    (void)source, (void)type, (void)pts, (void)time_us;
    return false;
}

static const struct source_ops source_ops = {
    .start = start,
    .stop = stop,
    .request_key_frame = request_key_frame,
    .capture_time = capture_time,
};

static void open_channel(struct channel *channel, unsigned camera)
{
    *channel = (struct channel){ .source.ops = &source_ops, .wire.ops = &wire_ops, .camera = camera };
    struct video_encoder_config config = { .codec = AV_CODEC_ID_H264,
                                           .width = WIDTH,
                                           .height = HEIGHT,
                                           .fps = 30,
                                           .bit_rate = 500000,
                                           .next = &channel->wire };
    channel->encoder = video_encoder_create(&config);
    g_assert_nonnull(channel->encoder);
}

static void set_up(struct world *world, gconstpointer data)
{
    (void)data;
    *world = (struct world){ .screen.ops = &screen_ops };
    struct player_config config = { .video = &world->screen };
    world->player = player_create(&config);
    g_assert_nonnull(world->player);
    open_channel(&world->live, 1);
    open_channel(&world->call, 2);
}

static void tear_down(struct world *world, gconstpointer data)
{
    (void)data;
    player_destroy(world->player);
    video_encoder_destroy(world->live.encoder);
    video_encoder_destroy(world->call.encoder);
}

static void send(struct channel *channel)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    for (int plane = 0; plane < 3; plane++)
        memset(frame->data[plane], 120, (size_t)frame->linesize[plane] * (plane ? HEIGHT / 2 : HEIGHT));
    framecode_draw(frame, channel->camera, ++channel->number);
    frame->pts = channel->pts += 33333;
    struct frame_sink *sink = video_encoder_sink(channel->encoder);
    sink->ops->push(sink, frame);
    av_frame_free(&frame);
}

static void assert_on_screen(const struct world *world, const struct channel *channel)
{
    g_assert_cmpuint(world->seen.source, ==, channel->camera);
    g_assert_cmpuint(world->seen.number, ==, channel->number);
}

static void from_live_to_call_and_back(struct world *world, gconstpointer data)
{
    (void)data;
    player_attach(world->player, &world->live.source);
    const char *decoder = player_stats(world->player).decoder;
    g_assert_cmpint(world->live.requests, ==, 1);
    for (int i = 0; i < 5; i++)
        send(&world->live);
    assert_on_screen(world, &world->live);
    send(&world->call); /* nobody listens yet: this key frame is lost */
    for (int round = 0; round < 5; round++) {
        player_attach(world->player, &world->call.source);
        g_assert_null(world->live.video);
        send(&world->live); /* late, and not shown any more */
        g_assert_cmpuint(world->seen.source, ==, world->live.camera);
        send(&world->call); /* the key frame that was asked for: the very next picture */
        assert_on_screen(world, &world->call);
        send(&world->call);
        assert_on_screen(world, &world->call);
        player_attach(world->player, &world->live.source);
        send(&world->call);
        send(&world->live);
        assert_on_screen(world, &world->live);
    }
    g_assert_cmpint(world->call.starts, ==, 5);
    g_assert_cmpint(world->call.stops, ==, 5);
    g_assert_cmpstr(player_stats(world->player).decoder, ==, decoder);
    g_assert_cmpuint(player_stats(world->player).video.errors, ==, 0);
    g_assert_cmpint(world->shown, ==, (int)player_stats(world->player).video.decoded);
}

static void the_same_source_again_changes_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    player_attach(world->player, &world->live.source);
    send(&world->live);
    player_attach(world->player, &world->live.source);
    send(&world->live); /* no key frame, and shown all the same */
    assert_on_screen(world, &world->live);
    g_assert_cmpint(world->live.starts, ==, 1);
    g_assert_cmpint(world->live.requests, ==, 1);
}

static void detached_the_last_picture_stays(struct world *world, gconstpointer data)
{
    (void)data;
    player_attach(world->player, &world->live.source);
    send(&world->live);
    int shown = world->shown;
    player_attach(world->player, NULL);
    send(&world->live);
    player_poll(world->player, g_get_monotonic_time());
    g_assert_cmpint(world->shown, ==, shown);
    g_assert_null(player_source(world->player));
    int64_t us;
    g_assert_false(player_latency(world->player, 0, 0, &us));
    g_assert_false(player_av_skew(world->player, 0, 0, &us));
}

/* Two connections: what is watched goes on until the call has a picture, and not a moment longer. */
static void the_one_goes_on_until_the_other_has_a_picture(struct world *world, gconstpointer data)
{
    (void)data;
    player_attach(world->player, &world->live.source);
    send(&world->live);
    player_switch(world->player, &world->call.source);
    g_assert_cmpint(world->call.requests, ==, 1);
    for (int i = 0; i < 3; i++) {
        send(&world->live);
        assert_on_screen(world, &world->live);
        g_assert_true(player_source(world->player) == &world->live.source);
    }
    send(&world->call);
    assert_on_screen(world, &world->call);
    g_assert_true(player_source(world->player) == &world->call.source);
    g_assert_cmpint(world->live.stops, ==, 1);
    player_switch(world->player, &world->live.source);
    player_switch(world->player, &world->call.source); /* never mind */
    g_assert_cmpint(world->live.stops, ==, 2);
    send(&world->call);
    assert_on_screen(world, &world->call);
}

static void what_is_prepared_is_there_at_once(struct world *world, gconstpointer data)
{
    (void)data;
    player_attach(world->player, &world->live.source);
    send(&world->live);
    player_prepare(world->player, &world->call.source);
    send(&world->call);
    send(&world->call);
    assert_on_screen(world, &world->live);
    player_switch(world->player, &world->call.source);
    assert_on_screen(world, &world->call);
    struct playback_statistics statistics;
    player_statistics(world->player, &statistics);
    g_assert_cmpuint(statistics.frames_decoded, ==, 2);
}

/* The one that is watched ends meanwhile: its last picture stays until the other's first. */
static void one_of_them_ends(struct world *world, gconstpointer data)
{
    (void)data;
    player_attach(world->player, &world->live.source);
    send(&world->live);
    player_prepare(world->player, &world->call.source);
    player_detach(world->player, &world->call.source);
    g_assert_cmpint(world->call.stops, ==, 1);
    player_switch(world->player, &world->call.source);
    player_detach(world->player, &world->live.source);
    g_assert_true(player_source(world->player) == &world->call.source);
    assert_on_screen(world, &world->live);
    send(&world->call);
    assert_on_screen(world, &world->call);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_test_add("/player/switch", struct world, NULL, set_up, from_live_to_call_and_back, tear_down);
    g_test_add("/player/same", struct world, NULL, set_up, the_same_source_again_changes_nothing, tear_down);
    g_test_add("/player/detach", struct world, NULL, set_up, detached_the_last_picture_stays, tear_down);
    g_test_add("/player/two/until-a-picture", struct world, NULL, set_up, the_one_goes_on_until_the_other_has_a_picture,
               tear_down);
    g_test_add("/player/two/prepared", struct world, NULL, set_up, what_is_prepared_is_there_at_once, tear_down);
    g_test_add("/player/two/ends", struct world, NULL, set_up, one_of_them_ends, tear_down);
    return g_test_run();
}

/* H.264 to those who take single NAL units only (RFC 6184, packetization mode 0): pictures in
 * slices that fit a packet each. */
#include <libavutil/log.h>

#include "engine/video/encoder.h"
#include "net/peer/media.h"
#include "net/rtp/rtp.h"
#include "net/rtp/sender.h"
#include "stranger.h"

enum { WIDTH = 1280, HEIGHT = 720, PICTURES = 20, VIDEO_TYPE = 102, LAST_SINGLE_NAL_TYPE = 23 };

/* ---- the wire ---- */

struct end {
    struct peer_media *media;
    struct end *other;
    struct frame_sink screen;
    int pictures, packets, key_frame_requests;
};

static void to_other(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    struct end *end = user_data;
    struct rtp_packet rtp;
    if (!rtcp && rtp_parse(packet, size, &rtp) && rtp.payload_type == VIDEO_TYPE) {
        int type = rtp.payload[0] & 0x1f;
        g_assert_cmpint(type, >=, 1);
        g_assert_cmpint(type, <=, LAST_SINGLE_NAL_TYPE);
        g_assert_cmpuint(size, <=, RTP_MTU);
        end->packets++;
    }
    peer_media_receive(end->other->media, packet, size, rtcp, g_get_monotonic_time());
}

static void ask_for_key_frame(void *user_data)
{
    ((struct end *)user_data)->key_frame_requests++;
}

static void on_event(void *user_data, const struct peer_event *event)
{
    if (event->type == PEER_EVENT_KEY_FRAME)
        ask_for_key_frame(user_data);
}

static void ignore(void *user_data)
{
    (void)user_data;
}

static void count_picture(struct frame_sink *sink, const AVFrame *frame)
{
    g_assert_cmpint(frame->width, ==, WIDTH);
    container_of(sink, struct end, screen)->pictures++;
}

static void open_ends(struct end *sender, struct end *receiver)
{
    static const struct peer_media_listener events = {
        .send = to_other,
        .event = on_event,
        .deadline_moved = ignore,
    };
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264);
    sdp_find(offer, SDP_VIDEO)->codecs[0].packetization_mode = 0;
    sender->media = peer_media_create(&events, sender);
    receiver->media = peer_media_create(&events, receiver);
    sender->other = receiver;
    receiver->other = sender;
    peer_media_describe(sender->media, offer);
    peer_media_negotiated(sender->media, offer, offer, false);
    peer_media_negotiated(receiver->media, offer, offer, true);
    sdp_free(offer);
    g_assert_true(peer_media_sends_single_nal_units(sender->media));
    peer_media_start(sender->media, g_get_monotonic_time());
    peer_media_start(receiver->media, g_get_monotonic_time());
}

static AVFrame *make_noise(int64_t pts)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    frame->pts = pts;
    g_assert_cmpint(av_frame_get_buffer(frame, 0), >=, 0);
    for (int plane = 0; plane < 3; plane++)
        for (int y = 0; y < (plane ? HEIGHT / 2 : HEIGHT); y++)
            for (int x = 0; x < (plane ? WIDTH / 2 : WIDTH); x++)
                frame->data[plane][y * frame->linesize[plane] + x] = (uint8_t)g_test_rand_int_range(0, 256);
    return frame;
}

static void poll_both(struct end *sender, struct end *receiver, int turns)
{
    for (int turn = 0; turn < turns; turn++) {
        g_usleep(500);
        peer_media_poll(sender->media, g_get_monotonic_time());
        peer_media_poll(receiver->media, g_get_monotonic_time());
    }
}

/* Noise makes the largest pictures that there are. */
static void send_noise(struct end *sender, struct end *receiver, int max_slice)
{
    struct video_encoder *encoder = video_encoder_create(
        &(struct video_encoder_config){ .codec = AV_CODEC_ID_H264,
                                        .name = max_slice ? NULL : "libx264",
                                        .width = WIDTH,
                                        .height = HEIGHT,
                                        .fps = 30,
                                        .bit_rate = 4000000,
                                        .max_slice = max_slice,
                                        .next = peer_media_sink(sender->media, AVMEDIA_TYPE_VIDEO) });
    g_assert_cmpstr(video_encoder_name(encoder), ==, "libx264");
    for (int i = 0; i < PICTURES; i++) {
        AVFrame *frame = make_noise(g_get_monotonic_time());
        struct frame_sink *sink = video_encoder_sink(encoder);
        if (i == PICTURES / 2)
            video_encoder_request_key_frame(encoder);
        sink->ops->push(sink, frame);
        av_frame_free(&frame);
        poll_both(sender, receiver, 20);
    }
    video_encoder_destroy(encoder);
}

static void exchange(int max_slice, int pictures)
{
    static const struct frame_sink_ops screen = { .push = count_picture };
    struct end sender = { 0 }, receiver = { .screen.ops = &screen };
    struct video_decoder_listener decoding = { .key_frame_needed = ask_for_key_frame, .user_data = &receiver };
    struct video_decoder *decoder = video_decoder_create(NULL, &receiver.screen, &decoding);
    open_ends(&sender, &receiver);
    struct source *source = peer_media_source(receiver.media);
    source->ops->start(source, video_decoder_sink(decoder), NULL);
    send_noise(&sender, &receiver, max_slice);
    for (int turn = 0; turn < PATIENCE_S * 2000 && receiver.pictures < pictures; turn++) /* paced */
        poll_both(&sender, &receiver, 1);
    g_assert_cmpint(receiver.pictures, ==, pictures);
    if (pictures)
        g_assert_cmpint(sender.packets, >, 4 * PICTURES);
    else
        g_assert_cmpint(sender.packets, ==, 0);
    source->ops->stop(source);
    peer_media_stop(sender.media);
    peer_media_stop(receiver.media);
    peer_media_destroy(sender.media);
    peer_media_destroy(receiver.media);
    video_decoder_destroy(decoder);
}

static void one_nal_unit_a_packet(void)
{
    exchange(RTP_LEAST_PAYLOAD, PICTURES);
}

/* An encoder that knows nothing of it: nothing goes out that was not agreed upon, not even a part
 * of it. */
static void too_large_is_left_out(void)
{
    g_test_expect_message("net", G_LOG_LEVEL_WARNING, "*does not fit*");
    exchange(0, 0);
    g_test_assert_expected_messages();
}

/* ---- whole agents ---- */

/* Another mode than 0 is none that it knows. */
static char *in_mode_0(const char *offer)
{
    g_auto(GStrv) parts = g_strsplit(offer, "packetization-mode=1", -1);
    g_assert_nonnull(parts[1]);
    return g_strjoinv("packetization-mode=2", parts);
}

/* Beside one who takes all. */
static void a_viewer_in_mode_0(struct world *world, gconstpointer data)
{
    (void)data;
    join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 5);
    struct stranger *stranger = come(world, in_mode_0);
    g_assert_true(peer_sends_single_nal_units(stranger->peer));
    WAIT_FOR(world, stranger->pictures > 20);
    play_pictures(world, bert, 10);
    go(stranger);
    play_pictures(world, bert, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_test_add_func("/single-nal/wire", one_nal_unit_a_packet);
    g_test_add_func("/single-nal/too-large", too_large_is_left_out);
    g_test_add("/single-nal/agents", struct world, NULL, set_up, a_viewer_in_mode_0, tear_down);
    return g_test_run();
}

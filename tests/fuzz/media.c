/* What comes over a connection once it is decrypted: RTP of every agreed format, retransmissions, RED and redundancy,
 * RTCP, in any order and at any time, while we send, too. */
#include "net/peer/media.h"
#include "fuzz.h"
#include "net/transport/srtp.h"

#include <string.h>

enum { RTCP = 1, SEND = 2, POLL = 4, KEY = 8, PAUSE = 16, LATE = 32, MAX_STEPS = 200, MOST_BYTES = 5 << 20 };

struct end {
    struct packet_sink video, audio;
    bool opened[2];
};

static void on_send(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    (void)user_data;
    g_assert_cmpuint(size, <=, 1500);
    memset(packet + size, 0xee, SRTP_OVERHEAD); /* the room that was promised */
    (void)rtcp;
}

static void on_event(void *user_data, const struct peer_event *event)
{
    (void)user_data;
    if (event->type == PEER_EVENT_BIT_RATE)
        g_assert_cmpint(event->bit_rate, >, 0);
}

static void on_deadline_moved(void *user_data)
{
    (void)user_data;
}

static const struct peer_media_listener LISTENER = { on_send, on_event, on_deadline_moved };

static void opened(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    g_assert_true(parameters->codec_id == AV_CODEC_ID_H264 || parameters->codec_id == AV_CODEC_ID_VP8 ||
                  parameters->codec_id == AV_CODEC_ID_OPUS);
}

static void pushed(struct packet_sink *sink, const AVPacket *packet)
{
    (void)sink;
    g_assert_true(packet->size > 0 && packet->size < MOST_BYTES);
    g_assert_cmpint(packet->pts, >=, 0);
}

static void lost(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops SINK = { opened, pushed, lost };

static struct peer_media *connect_media(struct end *end, int64_t now_us)
{
    struct peer_media *media = peer_media_create(&LISTENER, end);
    struct sdp *own = sdp_offer(AV_CODEC_ID_H264), *remote = sdp_offer(AV_CODEC_ID_VP8);
    for (int i = 0; i < remote->n_media; i++) {
        remote->media[i].ssrc = 0x01020304u + (unsigned)i;
        remote->media[i].rtx_ssrc = remote->media[i].kind == SDP_VIDEO ? 0x02020304u : 0;
    }
    peer_media_describe(media, own);
    peer_media_negotiated(media, remote, remote, false);
    peer_media_start(media, now_us);
    struct source *source = peer_media_source(media);
    source->ops->start(source, &end->video, &end->audio);
    sdp_free(own);
    sdp_free(remote);
    return media;
}

/* A picture of ours, so that there is what can be asked for again. */
static void send_picture(struct peer_media *media, int64_t now_us, bool key)
{
    static const uint8_t key_frame[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 1, 2, 3 };
    AVPacket *packet = av_packet_alloc();
    struct packet_sink *sink = peer_media_sink(media, AVMEDIA_TYPE_VIDEO);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = peer_media_video_codec(media);
    sink->ops->open(sink, parameters);
    g_assert_cmpint(av_new_packet(packet, 2000), ==, 0);
    memset(packet->data, 0x55, 2000);
    memcpy(packet->data, key_frame, sizeof key_frame);
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    packet->pts = now_us;
    packet->time_base = (AVRational){ 1, G_USEC_PER_SEC };
    sink->ops->push(sink, packet);
    avcodec_parameters_free(&parameters);
    av_packet_free(&packet);
}

static void step(struct peer_media *media, struct fuzz_input *input, int64_t *now_us)
{
    unsigned flags = fuzz_byte(input);
    *now_us += (int64_t)fuzz_byte(input) * (flags & LATE ? 10000 : 500);
    size_t size;
    g_autofree uint8_t *packet = fuzz_piece(input, &size);
    if (flags & SEND)
        send_picture(media, *now_us, flags & KEY);
    if (flags & PAUSE)
        peer_media_set_paused(media, flags & KEY);
    peer_media_receive(media, packet, size, flags & RTCP, *now_us);
    if (flags & POLL)
        peer_media_poll(media, *now_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct end end = { .video.ops = &SINK, .audio.ops = &SINK };
    int64_t now_us = 1000000;
    g_random_set_seed(1); /* SSRCs, sequence numbers */
    struct peer_media *media = connect_media(&end, now_us);
    for (int i = 0; input.size && i < MAX_STEPS; i++)
        step(media, &input, &now_us);
    peer_media_stats(media);
    peer_media_stop(media);
    peer_media_destroy(media);
    return 0;
}

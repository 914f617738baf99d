/* Two ends over a link with delay and loss: redundancy mends what retransmission cannot, in a stream of its own and in
 * RED; without loss there is none but for key frames. And how key frames are asked for. */
#include "net/peer/fec.h"

#include <string.h>

#include "net/peer/statistics.h"
#include "net/rtp/rtcp.h"
#include "net/rtp/rtp.h"
#include "net/transport/srtp.h"

enum { FRAME_SIZE = 4000, DELAY_US = 35000, FRAME_STEPS = 10 /* of a millisecond */ };

struct flying {
    int64_t due_us;
    bool rtcp;
    GBytes *packet;
};

/* What the link does with each kind of packet. */
struct link {
    int loss_percent, burst; /* burst: so many packets of media in a row */
    int longer_us;           /* than DELAY_US */
    bool drops_retransmissions, drops_redundancy, drops_requests;
};

struct end {
    struct peer_media *media;
    struct end *other;
    enum AVCodecID codec;
    struct packet_sink sink;
    struct link link;
    GQueue flying; /* struct flying */
    int burst_left;
    int lost, redundancy, in_red; /* RTP packets of media; of redundancy; in RED */
    GPtrArray *received;          /* GBytes */
    int key_frame_requests, losses;
};

/* ---- the link ---- */

enum kind { MEDIA, RETRANSMISSION, REDUNDANCY };

static enum kind kind_of(struct end *end, const uint8_t *packet, size_t size)
{
    const struct stream *video = &end->media->streams[VIDEO];
    struct rtp_packet parsed;
    g_assert_true(rtp_parse(packet, size, &parsed));
    if (parsed.ssrc == video->rtx_ssrc)
        return RETRANSMISSION;
    if (parsed.ssrc == video->fec.ssrc)
        return REDUNDANCY;
    if (!video->fec.red || parsed.payload_type != video->fec.red)
        return MEDIA;
    end->in_red++;
    return parsed.payload[0] == video->fec.ulpfec ? REDUNDANCY : MEDIA;
}

static bool unlucky(struct end *end)
{
    if (!end->burst_left && g_test_rand_int_range(0, 100 * end->link.burst) < end->link.loss_percent)
        end->burst_left = end->link.burst;
    end->burst_left -= end->burst_left > 0;
    return end->link.loss_percent && end->burst_left;
}

static bool is_lost(struct end *end, const uint8_t *packet, size_t size)
{
    enum kind kind = kind_of(end, packet, size);
    bool lost = end->link.loss_percent && g_test_rand_int_range(0, 100) < end->link.loss_percent;
    if (end->link.burst)
        lost = unlucky(end);
    end->redundancy += kind == REDUNDANCY;
    if (kind == RETRANSMISSION)
        return end->link.drops_retransmissions || lost;
    if (kind == REDUNDANCY)
        return end->link.drops_redundancy || lost;
    end->lost += lost;
    return lost;
}

/* A compound with a NACK (RFC 4585, 6.2.1). */
static bool is_request(const uint8_t *packet, size_t size)
{
    for (size_t at = 0; at + 4 <= size; at += 4 * ((size_t)rtp_read16(packet + at + 2) + 1))
        if (packet[at + 1] == 205 && (packet[at] & 0x1f) == 1)
            return true;
    return false;
}

static void deliver(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    struct end *end = user_data;
    memset(packet + size, 0xee, SRTP_OVERHEAD);
    if (rtcp ? end->link.drops_requests && is_request(packet, size) : is_lost(end, packet, size))
        return;
    struct flying *flying = g_new(struct flying, 1);
    *flying = (struct flying){ g_get_monotonic_time() + DELAY_US + end->link.longer_us, rtcp,
                               g_bytes_new(packet, size) };
    g_queue_push_tail(&end->flying, flying);
}

static void free_flying(struct flying *flying)
{
    g_bytes_unref(flying->packet);
    g_free(flying);
}

static void land(struct end *end)
{
    struct flying *flying;
    while ((flying = g_queue_peek_head(&end->flying)) && flying->due_us <= g_get_monotonic_time()) {
        size_t size;
        const uint8_t *packet = g_bytes_get_data(flying->packet, &size);
        g_queue_pop_head(&end->flying);
        peer_media_receive(end->other->media, packet, size, flying->rtcp, g_get_monotonic_time());
        free_flying(flying);
    }
}

static void run(struct end *a, struct end *b, int steps)
{
    for (; steps; steps--) {
        g_usleep(1000);
        land(a);
        land(b);
        peer_media_poll(a->media, g_get_monotonic_time());
        peer_media_poll(b->media, g_get_monotonic_time());
    }
}

/* ---- the ends ---- */

static void on_event(void *user_data, const struct peer_event *event)
{
    ((struct end *)user_data)->key_frame_requests += event->type == PEER_EVENT_KEY_FRAME;
    if (event->type == PEER_EVENT_BIT_RATE)
        g_assert_cmpint(event->bit_rate, >, 0);
}

static void nothing(void *user_data)
{
    (void)user_data;
}

static const struct peer_media_listener listener = {
    .send = deliver,
    .event = on_event,
    .deadline_moved = nothing,
};

static void sink_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    g_assert_cmpint(parameters->codec_id, ==, container_of(sink, struct end, sink)->codec);
}

static void sink_push(struct packet_sink *sink, const AVPacket *packet)
{
    g_ptr_array_add(container_of(sink, struct end, sink)->received, g_bytes_new(packet->data, (size_t)packet->size));
}

static void sink_lose(struct packet_sink *sink)
{
    container_of(sink, struct end, sink)->losses++;
}

static const struct packet_sink_ops sink_ops = { .open = sink_open, .push = sink_push, .lose = sink_lose };

static void open_end(struct end *end, struct end *other, enum AVCodecID codec)
{
    *end = (struct end){
        .media = peer_media_create(&listener, end), .other = other, .codec = codec, .sink.ops = &sink_ops
    };
    end->received = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

enum speaks { NOTHING, RED_ONLY, OWN_STREAM };

/* `speaks`: what the answerer understands of redundancy. */
static void open_ends(struct end *sender, struct end *receiver, enum AVCodecID codec, enum speaks speaks)
{
    open_end(sender, receiver, codec);
    open_end(receiver, sender, codec);
    struct sdp *offer = sdp_offer(codec), *answer = sdp_offer(codec);
    peer_media_describe(sender->media, offer);
    peer_media_describe(receiver->media, answer);
    struct sdp_media *video = sdp_find(answer, SDP_VIDEO);
    if (speaks < OWN_STREAM)
        video->fec_ssrc = 0;
    if (speaks == NOTHING)
        video->ulpfec = video->red = video->red_rtx = 0;
    peer_media_negotiated(sender->media, answer, answer, false);
    peer_media_negotiated(receiver->media, answer, offer, true);
    sdp_free(offer);
    sdp_free(answer);
    peer_media_start(sender->media, g_get_monotonic_time());
    peer_media_start(receiver->media, g_get_monotonic_time());
    struct source *source = peer_media_source(receiver->media);
    source->ops->start(source, &receiver->sink, NULL);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_id = codec;
    struct packet_sink *sink = peer_media_sink(sender->media, AVMEDIA_TYPE_VIDEO);
    sink->ops->open(sink, parameters);
    avcodec_parameters_free(&parameters);
}

static void close_end(struct end *end)
{
    g_queue_clear_full(&end->flying, (GDestroyNotify)free_flying);
    peer_media_stop(end->media);
    g_queue_clear_full(&end->flying, (GDestroyNotify)free_flying);
    peer_media_destroy(end->media);
    g_ptr_array_unref(end->received);
}

static void close_ends(struct end *a, struct end *b)
{
    close_end(a);
    close_end(b);
}

static GBytes *make_frame(enum AVCodecID codec, bool key)
{
    static const uint8_t h264_key[] = { 0, 0, 0,    1,    0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x11, 0,   0,
                                        0, 1, 0x68, 0xce, 0x3c, 0,    0,    0,    1,    0x65, 0x88 },
                         h264_inter[] = { 0, 0, 0, 1, 0x41, 0x9a },
                         vp8_key[] = { 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01 },
                         vp8_inter[] = { 0x11, 0, 0 };
    uint8_t *data = g_malloc(FRAME_SIZE);
    for (int i = 0; i < FRAME_SIZE; i++)
        data[i] = (uint8_t)g_test_rand_int_range(1, 256);
    if (codec == AV_CODEC_ID_H264)
        memcpy(data, key ? h264_key : h264_inter, key ? sizeof h264_key : sizeof h264_inter);
    else
        memcpy(data, key ? vp8_key : vp8_inter, key ? sizeof vp8_key : sizeof vp8_inter);
    return g_bytes_new_take(data, FRAME_SIZE);
}

static void push(struct end *end, GBytes *frame, bool key)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, FRAME_SIZE), ==, 0);
    memcpy(packet->data, g_bytes_get_data(frame, NULL), FRAME_SIZE);
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    packet->pts = g_get_monotonic_time();
    packet->time_base = (AVRational){ 1, 1000000 };
    struct packet_sink *sink = peer_media_sink(end->media, AVMEDIA_TYPE_VIDEO);
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

static bool contains(GPtrArray *frames, GBytes *frame)
{
    for (guint i = 0; i < frames->len; i++)
        if (g_bytes_equal(frames->pdata[i], frame))
            return true;
    return false;
}

/* Sends so many frames, a key frame where it is asked for; what arrives is unchanged. */
static void send_frames(struct end *sender, struct end *receiver, int frames)
{
    g_autoptr(GPtrArray) sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    guint before = receiver->received->len;
    for (int i = 0; i < frames; i++) {
        bool key = sender->key_frame_requests || !sender->media->streams[VIDEO].key_frame_sent;
        sender->key_frame_requests = 0;
        g_ptr_array_add(sent, make_frame(sender->codec, key));
        push(sender, sent->pdata[i], key);
        run(sender, receiver, FRAME_STEPS);
    }
    run(sender, receiver, 200);
    for (guint i = before; i < receiver->received->len; i++)
        g_assert_true(contains(sent, receiver->received->pdata[i]));
}

static struct connection_statistics statistics_of(const struct end *end)
{
    struct connection_statistics statistics;
    peer_media_statistics(end->media, &statistics);
    return statistics;
}

/* ---- tests ---- */

/* No request for a retransmission ever arrives: what comes back comes by redundancy. The link starts to lose once it
 * was heard of, as one that was good before. */
static void mends(enum AVCodecID codec, enum speaks speaks, struct link link)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, codec, speaks);
    send_frames(&sender, &receiver, 1);
    sender.link = link;
    receiver.link.drops_requests = true;
    send_frames(&sender, &receiver, 300);
    struct connection_statistics in = statistics_of(&receiver), out = statistics_of(&sender);
    const struct inbound_rtp_statistics *video = &in.inbound[STATISTICS_VIDEO];
    g_test_message("%d lost, %d recovered, %d of redundancy (%d of no use), %u of 301 frames, %d losses", sender.lost,
                   (int)video->fec_packets_recovered, (int)video->fec_packets_received,
                   (int)video->fec_packets_discarded, receiver.received->len, receiver.losses);
    g_assert_cmpuint(video->retransmitted_packets_received, ==, 0);
    g_assert_cmpint(sender.lost, >, 20);
    g_assert_cmpuint(video->fec_packets_recovered, >, (uint64_t)sender.lost / 6);
    g_assert_cmpuint(video->fec_packets_recovered, <=, (uint64_t)sender.lost);
    g_assert_cmpuint(video->fec_packets_received, >=, video->fec_packets_recovered + video->fec_packets_discarded);
    g_assert_cmpuint(out.outbound[STATISTICS_VIDEO].fec_packets_sent, >=,
                     (uint64_t)sender.redundancy); /* some may wait still */
    g_assert_true((speaks == RED_ONLY) == (sender.in_red > 0));
    /* What was recovered was lost all the same, or the sender would take the path for a good one. */
    g_assert_cmpint(out.remote_inbound[STATISTICS_VIDEO].packets_lost, >, sender.lost / 2);
    close_ends(&sender, &receiver);
}

static void mends_h264(void)
{
    mends(AV_CODEC_ID_H264, OWN_STREAM, (struct link){ .loss_percent = 12 });
}

static void mends_vp8(void)
{
    mends(AV_CODEC_ID_VP8, OWN_STREAM, (struct link){ .loss_percent = 12 });
}

static void mends_bursts(void)
{
    mends(AV_CODEC_ID_H264, OWN_STREAM, (struct link){ .loss_percent = 12, .burst = 4, .longer_us = 80000 });
}

static void mends_in_red(void)
{
    mends(AV_CODEC_ID_VP8, RED_ONLY, (struct link){ .loss_percent = 12 });
}

/* Redundancy covers what came by retransmission as well: the two together bring nearly all of it, and all of that
 * unchanged. */
static void mends_together(void)
{
    static const enum speaks modes[] = { OWN_STREAM, RED_ONLY };
    for (size_t m = 0; m < G_N_ELEMENTS(modes); m++) {
        struct end sender, receiver;
        open_ends(&sender, &receiver, AV_CODEC_ID_VP8, modes[m]);
        send_frames(&sender, &receiver, 1);
        sender.link = (struct link){ .loss_percent = 20 };
        send_frames(&sender, &receiver, 150);
        struct connection_statistics in = statistics_of(&receiver);
        const struct inbound_rtp_statistics *video = &in.inbound[STATISTICS_VIDEO];
        g_test_message("%d lost, %d recovered, %d sent again, %u frames", sender.lost,
                       (int)video->fec_packets_recovered, (int)video->retransmitted_packets_received,
                       receiver.received->len);
        g_assert_cmpuint(video->fec_packets_recovered, >, 0);
        g_assert_cmpuint(video->retransmitted_packets_received, >, 0);
        g_assert_cmpuint(receiver.received->len, >, 120);
        close_ends(&sender, &receiver);
    }
}

/* Retransmissions of RED become RED again, and that media. */
static void resends_red(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, AV_CODEC_ID_VP8, RED_ONLY);
    sender.link = (struct link){ .loss_percent = 8, .drops_redundancy = true };
    send_frames(&sender, &receiver, 100);
    g_assert_cmpuint(statistics_of(&receiver).inbound[STATISTICS_VIDEO].retransmitted_packets_received, >, 0);
    g_assert_cmpuint(receiver.received->len, >, 70);
    close_ends(&sender, &receiver);
}

/* A packet of redundancy that is lost is missed by nobody. */
static void lost_redundancy_does_not_matter(void)
{
    static const enum speaks modes[] = { RED_ONLY, OWN_STREAM };
    for (size_t m = 0; m < G_N_ELEMENTS(modes); m++) {
        struct end sender, receiver;
        open_ends(&sender, &receiver, AV_CODEC_ID_VP8, modes[m]);
        sender.link = (struct link){ .drops_redundancy = true, .drops_retransmissions = true };
        send_frames(&sender, &receiver, 1);
        for (int i = 0; i < 40; i++) {
            GBytes *frame = make_frame(AV_CODEC_ID_VP8, i % 2 == 0);
            push(&sender, frame, i % 2 == 0);
            run(&sender, &receiver, FRAME_STEPS);
            g_bytes_unref(frame);
        }
        for (int step = 0; step < 1000 && receiver.received->len < 41; step++) /* some may wait for their turn */
            run(&sender, &receiver, 1);
        g_assert_cmpint(sender.redundancy, >=, 21);
        g_assert_cmpuint(receiver.received->len, ==, 41);
        g_assert_cmpint(receiver.losses, ==, 0);
        close_ends(&sender, &receiver);
    }
}

/* Key frames alone are protected, the first one most; who does not understand it gets none. */
static void only_where_it_is_needed(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, AV_CODEC_ID_H264, OWN_STREAM);
    send_frames(&sender, &receiver, 1);
    int first = sender.redundancy;
    g_assert_cmpint(first, >, 0);
    send_frames(&sender, &receiver, 100);
    g_assert_cmpint(sender.redundancy, ==, first);
    g_assert_cmpuint(receiver.received->len, ==, 101);
    g_assert_cmpuint(statistics_of(&receiver).inbound[STATISTICS_VIDEO].fec_packets_discarded, ==, (uint64_t)first);
    close_ends(&sender, &receiver);

    open_ends(&sender, &receiver, AV_CODEC_ID_H264, NOTHING);
    sender.link.loss_percent = 10;
    send_frames(&sender, &receiver, 60);
    g_assert_cmpint(sender.redundancy, ==, 0);
    close_ends(&sender, &receiver);

    open_ends(&sender, &receiver, AV_CODEC_ID_H264, RED_ONLY); /* a browser: not for H.264 */
    sender.link.loss_percent = 10;
    send_frames(&sender, &receiver, 60);
    g_assert_cmpint(sender.redundancy + sender.in_red, ==, 0);
    close_ends(&sender, &receiver);
}

/* A PLI, or a FIR with this number. */
static void ask(struct end *sender, int fir, int64_t now_us)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    rtcp_add_receiver_report(&writer, 99, NULL, 0);
    uint32_t ssrc = sender->media->streams[VIDEO].ssrc;
    if (fir < 0)
        rtcp_add_pli(&writer, 99, ssrc);
    else {
        uint8_t *out = writer.data + writer.size;
        const uint8_t head[] = { 0x84, 206, 0, 4, 0, 0, 0, 99, 0, 0, 0, 0 }; /* RFC 5104, 4.3.1.1 */
        memcpy(out, head, sizeof head);
        rtp_write32(out + 12, ssrc);
        rtp_write32(out + 16, (uint32_t)fir << 24);
        writer.size += 20;
    }
    peer_media_receive(sender->media, writer.data, writer.size, true, now_us);
}

/* On a clock of its own: no request comes late. */
static void key_frames_within_limits(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, AV_CODEC_ID_H264, OWN_STREAM);
    send_frames(&sender, &receiver, 1);
    sender.key_frame_requests = 0;
    int64_t now = g_get_monotonic_time();
    ask(&sender, 7, now);
    g_assert_cmpint(sender.key_frame_requests, ==, 1);
    now += 400000;
    ask(&sender, 7, now); /* answered already */
    g_assert_cmpint(sender.key_frame_requests, ==, 1);
    ask(&sender, 8, now);
    g_assert_cmpint(sender.key_frame_requests, ==, 2);
    for (int i = 9; i < 20; i++)
        ask(&sender, i, now + 1000 * i);
    for (int i = 0; i < 20; i++)
        ask(&sender, -1, now + 1000 * (20 + i));
    peer_media_poll(sender.media, now + 299999);
    g_assert_cmpint(sender.key_frame_requests, ==, 2); /* merged ... */
    g_assert_cmpint(peer_media_deadline(sender.media), <=, now + 300000);
    peer_media_poll(sender.media, now + 300000);
    g_assert_cmpint(sender.key_frame_requests, ==, 3); /* ... to one */
    peer_media_poll(sender.media, now + 700000);
    g_assert_cmpint(sender.key_frame_requests, ==, 3);
    now += 800000;
    ask(&sender, -1, now);
    ask(&sender, -1, now);
    GBytes *key = make_frame(AV_CODEC_ID_H264, true);
    push(&sender, key, true); /* answers both */
    g_bytes_unref(key);
    peer_media_poll(sender.media, now + 400000);
    g_assert_cmpint(sender.key_frame_requests, ==, 4);
    g_assert_cmpuint(statistics_of(&sender).outbound[STATISTICS_VIDEO].fir_count, ==, 13);
    close_ends(&sender, &receiver);
}

/* Authentic does not mean sound: RED and redundancy of random content, on streams that have begun. */
static void garbage_does_no_harm(void)
{
    struct end sender, receiver;
    open_ends(&sender, &receiver, AV_CODEC_ID_VP8, OWN_STREAM);
    send_frames(&sender, &receiver, 3);
    const struct stream *video = &sender.media->streams[VIDEO];
    for (int i = 0; i < 20000; i++) {
        uint8_t packet[80];
        for (size_t b = 0; b < sizeof packet; b++)
            packet[b] = (uint8_t)g_test_rand_int();
        const uint8_t formats[] = { video->fec.red, video->fec.ulpfec, video->fec.red_rtx, 96 };
        bool own = i % 4 == 1;
        rtp_write_header(packet, &(struct rtp_packet){
                                     .payload_type = formats[i % 4],
                                     .sequence = (uint16_t)(i / 16),
                                     .timestamp = (uint32_t)i,
                                     .ssrc = own          ? video->fec.ssrc
                                             : i % 4 == 2 ? video->rtx_ssrc
                                                          : video->ssrc,
                                 });
        if (i % 4 == 0)
            packet[12] = i % 8 ? video->fec.ulpfec : i % 16 ? video->fec.red : 96;
        else if (own)
            rtp_write16(packet + 14, (uint16_t)(i / 16));
        size_t size = (size_t)g_test_rand_int_range(12, sizeof packet);
        peer_media_receive(receiver.media, packet, size, false, g_get_monotonic_time());
    }
    run(&sender, &receiver, 1);
    close_ends(&sender, &receiver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer-fec/h264", mends_h264);
    g_test_add_func("/peer-fec/vp8", mends_vp8);
    g_test_add_func("/peer-fec/bursts", mends_bursts);
    g_test_add_func("/peer-fec/red", mends_in_red);
    g_test_add_func("/peer-fec/together", mends_together);
    g_test_add_func("/peer-fec/red/retransmission", resends_red);
    g_test_add_func("/peer-fec/lost", lost_redundancy_does_not_matter);
    g_test_add_func("/peer-fec/needed", only_where_it_is_needed);
    g_test_add_func("/peer-fec/key-frames", key_frames_within_limits);
    g_test_add_func("/peer-fec/garbage", garbage_does_no_harm);
    return g_test_run();
}

/* Two ends send pictures and sound to each other over a link that loses packets one way: what both say of it afterwards
 * agrees with what the link did, and is sane as JSON. */
#include "engine/text/json.h"
#include "net/peer/statistics.h"

#include <math.h>
#include <string.h>

#include "net/rtp/rtp.h"

enum { FRAMES = 200, FRAME_SIZE = 3000, SOUND_SIZE = 100, LOSS_PERCENT = 10 };

struct end {
    struct peer_media *media;
    struct end *other;
    struct packet_sink sinks[STREAMS];
    int loss_percent;
    int sent[STREAMS], lost[STREAMS]; /* RTP packets of the media themselves, by the link */
    int retransmissions_delivered;
};

/* Whose it is says its SSRC. */
static void count(struct end *end, const uint8_t *packet, bool lost)
{
    uint32_t ssrc = rtp_read32(packet + 8);
    for (int i = 0; i < STREAMS; i++)
        if (end->media->streams[i].ssrc == ssrc) {
            end->sent[i]++;
            end->lost[i] += lost;
        }
    end->retransmissions_delivered += !lost && end->media->streams[VIDEO].rtx_ssrc == ssrc;
}

static void deliver(void *user_data, uint8_t *packet, size_t size, bool rtcp)
{
    struct end *end = user_data;
    bool lost = g_test_rand_int_range(0, 100) < end->loss_percent;
    if (!rtcp)
        count(end, packet, lost);
    if (!lost)
        peer_media_receive(end->other->media, packet, size, rtcp, g_get_monotonic_time());
}

static void ignore_event(void *user_data, const struct peer_event *event)
{
    (void)user_data;
    (void)event;
}

static void ignore(void *user_data)
{
    (void)user_data;
}

static const struct peer_media_listener listener = {
    .send = deliver,
    .event = ignore_event,
    .deadline_moved = ignore,
};

static void sink_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    (void)parameters;
}

static void sink_push(struct packet_sink *sink, const AVPacket *packet)
{
    (void)sink;
    (void)packet;
}

static void sink_lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops sink_ops = { .open = sink_open, .push = sink_push, .lose = sink_lose };

static void announce(struct end *end, enum AVMediaType type, enum AVCodecID codec)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_id = codec;
    struct packet_sink *sink = peer_media_sink(end->media, type);
    sink->ops->open(sink, parameters);
    avcodec_parameters_free(&parameters);
}

static void open_end(struct end *end, struct end *other)
{
    *end = (struct end){ .media = peer_media_create(&listener, end), .other = other };
    for (int i = 0; i < STREAMS; i++)
        end->sinks[i].ops = &sink_ops;
}

static void start_end(struct end *end)
{
    peer_media_start(end->media, g_get_monotonic_time());
    struct source *source = peer_media_source(end->media);
    source->ops->start(source, &end->sinks[VIDEO], &end->sinks[AUDIO]);
    announce(end, AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264);
    announce(end, AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_OPUS);
}

static void open_ends(struct end *a, struct end *b)
{
    open_end(a, b);
    open_end(b, a);
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264), *answer = sdp_offer(AV_CODEC_ID_H264);
    peer_media_describe(a->media, offer);
    peer_media_describe(b->media, answer);
    peer_media_negotiated(a->media, answer, answer, false);
    peer_media_negotiated(b->media, answer, offer, true);
    sdp_free(offer);
    sdp_free(answer);
    start_end(a);
    start_end(b);
}

static void close_end(struct end *end)
{
    end->loss_percent = 100; /* the other one may be gone */
    peer_media_stop(end->media);
    peer_media_destroy(end->media);
}

static void push(struct end *end, enum AVMediaType type, const uint8_t *head, size_t head_size, int size, bool key)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, size), ==, 0);
    memset(packet->data, 0x5a, (size_t)size);
    memcpy(packet->data, head, head_size);
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    packet->pts = g_get_monotonic_time();
    packet->time_base = (AVRational){ 1, 1000000 };
    struct packet_sink *sink = peer_media_sink(end->media, type);
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

static void push_both(struct end *end, bool key)
{
    static const uint8_t slice[] = { 0, 0, 0, 1, 0x41 }, sound[] = { 0x78 };
    static const uint8_t idr[] = {
        0,    0,    0, 1, 0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x06, 0xd0,
        0xa1, 0x35, 0, 0, 0,    1,    0x68, 0xce, 0x3c, 0x80, 0,    0,    0,    1,    0x65,
    };
    push(end, AVMEDIA_TYPE_VIDEO, key ? idr : slice, key ? sizeof idr : sizeof slice, FRAME_SIZE, key);
    push(end, AVMEDIA_TYPE_AUDIO, sound, sizeof sound, SOUND_SIZE, false);
}

static void poll_both(struct end *a, struct end *b, int times)
{
    while (times--) {
        g_usleep(1000);
        peer_media_poll(a->media, g_get_monotonic_time());
        peer_media_poll(b->media, g_get_monotonic_time());
    }
}

static void run(struct end *a, struct end *b, int frames)
{
    for (int i = 0; i < frames; i++) {
        push_both(a, i % 20 == 0);
        push_both(b, i % 20 == 0);
        poll_both(a, b, 8);
    }
}

static void take(const struct end *end, struct statistics *statistics)
{
    struct statistics_snapshot snapshot = { .at_us = g_get_monotonic_time(), .has_connection = true };
    peer_media_statistics(end->media, &snapshot.connection);
    snapshot.connection.connected = true;
    statistics_add(statistics, &snapshot);
}

static const struct connection_statistics *last(const struct statistics *statistics)
{
    return &statistics_last(statistics)->connection;
}

/* ---- */

static void no_loss_is_no_loss(void)
{
    struct end a, b;
    struct statistics *at_a = statistics_create(), *at_b = statistics_create();
    open_ends(&a, &b);
    take(&a, at_a);
    take(&b, at_b);
    g_assert_cmpuint(last(at_b)->inbound[VIDEO].ssrc, ==, 0);
    g_assert_cmpuint(last(at_a)->outbound[VIDEO].ssrc, ==, 0);
    run(&a, &b, FRAMES / 2);
    poll_both(&a, &b, 150);
    take(&a, at_a);
    take(&b, at_b);
    for (int i = 0; i < STREAMS; i++) {
        const struct outbound_rtp_statistics *out = &last(at_a)->outbound[i];
        const struct inbound_rtp_statistics *in = &last(at_b)->inbound[i];
        g_assert_cmpuint(in->ssrc, ==, out->ssrc);
        g_assert_cmpuint(in->packets_received, ==, (uint64_t)a.sent[i]);
        g_assert_cmpint(in->packets_lost, ==, 0);
        g_assert_cmpuint(in->nack_count + out->nack_count + out->retransmitted_packets_sent, ==, 0);
        g_assert_cmpuint(out->frames_sent, ==, FRAMES / 2);
    }
    /* payloads: what was pushed, less start codes, with the formats' own headers */
    g_assert_cmpuint(last(at_b)->inbound[AUDIO].bytes_received, ==, SOUND_SIZE * FRAMES / 2);
    g_assert_cmpuint(last(at_a)->outbound[AUDIO].bytes_sent, ==, SOUND_SIZE * FRAMES / 2);
    g_assert_cmpuint(last(at_b)->inbound[VIDEO].bytes_received, >, (FRAME_SIZE - 20) * FRAMES / 2);
    g_assert_cmpuint(last(at_b)->inbound[VIDEO].bytes_received, <, (FRAME_SIZE + 100) * FRAMES / 2);
    g_assert_cmpuint(last(at_b)->inbound[VIDEO].frames_received, ==, FRAMES / 2);
    g_assert_cmpfloat(statistics_second(at_b, 0)->fraction_lost, ==, 0);
    statistics_destroy(at_a);
    statistics_destroy(at_b);
    close_end(&a);
    close_end(&b);
}

static void check_receiver(const struct end *a, const struct connection_statistics *at_a,
                           const struct connection_statistics *at_b)
{
    const struct inbound_rtp_statistics *in = &at_b->inbound[VIDEO];
    const struct outbound_rtp_statistics *out = &at_a->outbound[VIDEO];
    int arrived = a->sent[VIDEO] - a->lost[VIDEO];
    g_test_message("video: %d of %d lost by the link, %d counted as lost, %d came again", a->lost[VIDEO],
                   a->sent[VIDEO], (int)in->packets_lost, (int)in->retransmitted_packets_received);
    g_assert_cmpuint(in->packets_received - in->retransmitted_packets_received, ==, (uint64_t)arrived);
    /* the last ones' loss shows with nothing behind them; those before the first that came were never missed */
    g_assert_cmpint(in->packets_lost, <=, a->lost[VIDEO]);
    g_assert_cmpint(in->packets_lost, >=, a->lost[VIDEO] - 8);
    g_assert_cmpuint(in->retransmitted_packets_received, >, 0);
    g_assert_cmpuint(in->retransmitted_packets_received, <=, (uint64_t)a->retransmissions_delivered);
    g_assert_cmpuint(out->retransmitted_packets_sent, >=, in->retransmitted_packets_received);
    g_assert_cmpuint(out->retransmitted_bytes_sent, >, out->retransmitted_packets_sent);
    g_assert_cmpuint(in->nack_count, >, 0);
    g_assert_cmpuint(out->nack_count, ==, in->nack_count); /* the way back loses nothing */
    g_assert_cmpuint(out->pli_count, ==, in->pli_count);
    g_assert_cmpuint(out->fir_count + in->fir_count, ==, 0);
    g_assert_cmpuint(in->frames_received, <=, out->frames_sent);
    g_assert_cmpuint(in->frames_received, >, out->frames_sent / 2);
    g_assert_cmpuint(in->bytes_received, <=, out->bytes_sent);
    g_assert_cmpfloat(in->jitter, >=, 0);
    g_assert_cmpfloat(in->jitter, <, 1);
}

static void check_json(const struct statistics *statistics)
{
    cJSON *json = statistics_json(statistics);
    const cJSON *object;
    int streams = 0;
    cJSON_ArrayForEach (object, cJSON_GetObjectItem(json, "stats")) {
        const char *type = json_string(object, "type");
        const char *kind = json_string(object, "kind");
        if (g_strcmp0(type, "inbound-rtp") || g_strcmp0(kind, "video"))
            continue;
        streams++;
        g_assert_cmpfloat(json_number(object, "packetsLost"), >, 0);
        g_assert_cmpfloat(json_number(object, "nackCount"), >, 0);
    }
    g_assert_cmpint(streams, ==, 1);
    cJSON_Delete(json);
}

static void loss_is_counted_at_both_ends(void)
{
    struct end a, b;
    struct statistics *at_a = statistics_create(), *at_b = statistics_create();
    open_ends(&a, &b);
    run(&a, &b, 4);
    take(&a, at_a);
    take(&b, at_b);
    a.loss_percent = LOSS_PERCENT;
    run(&a, &b, FRAMES);
    a.loss_percent = 0;
    run(&a, &b, 2);         /* shows what the last ones missed */
    poll_both(&a, &b, 600); /* and the reports of both */
    take(&a, at_a);
    take(&b, at_b);
    check_receiver(&a, last(at_a), last(at_b));
    const struct statistics_second *second = statistics_second(at_b, 0);
    /* sound comes again as it was, so that nobody can tell that it was lost */
    double all = a.sent[VIDEO] + a.sent[AUDIO], least = a.lost[VIDEO] / all,
           most = (a.lost[VIDEO] + a.lost[AUDIO]) / all;
    g_assert_cmpfloat(second->fraction_lost, >, least - 0.03);
    g_assert_cmpfloat(second->fraction_lost, <, most + 0.03);
    g_assert_cmpfloat(second->received_bitrate[VIDEO], >, second->received_bitrate[AUDIO]);
    g_assert_cmpfloat(statistics_second(at_a, 0)->fraction_lost, ==, 0);
    const struct remote_inbound_rtp_statistics *remote = &last(at_a)->remote_inbound[VIDEO];
    g_assert_true(remote->reported);
    g_assert_cmpuint(remote->round_trip_time_measurements, >, 0);
    g_assert_cmpfloat(remote->round_trip_time, >, 0);
    g_assert_cmpfloat(remote->total_round_trip_time, >=, remote->round_trip_time);
    g_assert_cmpfloat(remote->fraction_lost, <=, 1);
    check_json(at_b);
    statistics_destroy(at_a);
    statistics_destroy(at_b);
    close_end(&a);
    close_end(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer_statistics/none", no_loss_is_no_loss);
    g_test_add_func("/peer_statistics/loss", loss_is_counted_at_both_ends);
    return g_test_run();
}

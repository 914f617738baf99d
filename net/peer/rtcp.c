#include "net/peer/streams.h"

#include <string.h>

#include "net/congestion/twcc.h"
#include "net/peer/pause.h"
#include "net/peer/statistics.h"
#include "net/rtp/rtcp.h"
#include "net/transport/srtp.h"
#include "platform/deadline.h"

enum {
    REMB_US = 1000000,
    ROUND_TRIP_AT_FIRST_US = 100000,
    MAX_ROUND_TRIP_US = 5000000,
    KEY_FRAME_US = 300000, /* key frames are not asked of the encoder more often; each costs as much as many frames */
};

int64_t peer_rtcp_round_trip(const struct peer_media *media)
{
    return media->round_trip_us ? media->round_trip_us : ROUND_TRIP_AT_FIRST_US;
}

/* ---- out ---- */

void peer_rtcp_send(struct peer_media *media, const struct rtcp_writer *writer)
{
    uint8_t packet[sizeof writer->data + SRTP_OVERHEAD];
    memcpy(packet, writer->data, writer->size);
    media->listener->send(media->user_data, packet, writer->size, true);
}

static int collect_blocks(struct peer_media *media, int64_t now_us, struct rtcp_block *blocks)
{
    int n = 0;
    for (int i = 0; i < STREAMS; i++) {
        struct rtp_receiver *receiver = media->streams[i].receiver;
        if (rtp_receiver_report(receiver, now_us, &blocks[n].report))
            blocks[n++].ssrc = rtp_receiver_ssrc(receiver);
    }
    return n;
}

/* Sender reports for what we send, the report blocks in the first of them; a receiver report where we send nothing
 * yet. */
static void add_reports(struct peer_media *media, int64_t now_us, struct rtcp_writer *writer)
{
    struct rtcp_block blocks[STREAMS];
    int n = collect_blocks(media, now_us, blocks);
    bool any = false;
    for (int i = 0; i < STREAMS; i++) {
        struct stream *stream = &media->streams[i];
        uint64_t ntp;
        uint32_t timestamp, packets, octets;
        if (!stream->sender || !rtp_sender_info(stream->sender, now_us, &ntp, &timestamp, &packets, &octets))
            continue;
        rtcp_add_sender_report(writer, stream->ssrc, ntp, timestamp, packets, octets, blocks, any ? 0 : n);
        any = true;
    }
    if (!any)
        rtcp_add_receiver_report(writer, media->streams[VIDEO].ssrc, blocks, n);
    for (int i = 0; i < STREAMS; i++)
        rtcp_add_cname(writer, media->streams[i].ssrc, media->cname);
}

static unsigned feedback_of(const struct stream *stream)
{
    return stream->n_codecs ? stream->codecs[0].feedback : 0;
}

/* What the path takes, where there is no transport-wide feedback, and what we want of it. */
static void add_remb(struct peer_media *media, int64_t now_us, struct rtcp_writer *writer)
{
    const struct stream *video = &media->streams[VIDEO];
    struct rtp_receiver_stats stats = rtp_receiver_stats(video->receiver);
    bool is_wanted = !video->transport_cc || media->has_wanted;
    if (!stats.packets || !(feedback_of(video) & SDP_REMB) || !is_wanted || now_us < media->remb_at_us)
        return;
    media->remb_at_us = now_us + REMB_US - PEER_REPORT_US / 2;
    uint32_t ssrc = rtp_receiver_ssrc(video->receiver);
    int64_t bit_rate = REMB_MAX;
    if (!video->transport_cc)
        bit_rate = remb_update(&media->remb, now_us, stats.packets, stats.bytes, stats.lost);
    if (media->most_wanted)
        bit_rate = MIN(bit_rate, peer_rate_on_the_wire(media->most_wanted));
    rtcp_add_remb(writer, video->ssrc, (uint64_t)bit_rate, &ssrc, 1);
}

void peer_rtcp_send_reports(struct peer_media *media, int64_t now_us)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    add_reports(media, now_us, &writer);
    peer_pause_add_requests(media, &writer, false);
    add_remb(media, now_us, &writer);
    peer_rtcp_send(media, &writer);
    media->report_at_us = now_us + PEER_REPORT_US * 9 / 10 + g_random_int_range(0, PEER_REPORT_US / 5);
}

/* NACK and PLI at once, in a compound packet as RFC 4585, 3.1 wants it: an empty receiver report leads. */
void peer_rtcp_send_feedback(struct peer_media *media, struct stream *stream, const struct rtp_feedback *feedback)
{
    uint32_t remote = rtp_receiver_ssrc(stream->receiver);
    if (!remote)
        remote = stream->remote_ssrc;
    bool nack = feedback->nacks && feedback_of(stream) & SDP_NACK;
    bool pli = feedback->key_frame && feedback_of(stream) & SDP_PLI;
    if (!nack && !pli)
        return;
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    rtcp_add_receiver_report(&writer, stream->ssrc, NULL, 0);
    rtcp_add_cname(&writer, stream->ssrc, media->cname);
    if (nack && rtcp_add_nack(&writer, stream->ssrc, remote, feedback->nack, feedback->nacks)) {
        media->stats.nacks_sent += (uint64_t)feedback->nacks;
        stream->feedback.nacks_sent++;
    }
    if (pli) /* a paused sender wakes before it is asked for a picture */
        peer_pause_add_requests(media, &writer, true);
    if (pli && rtcp_add_pli(&writer, stream->ssrc, remote)) {
        media->stats.plis_sent++;
        stream->feedback.plis_sent++;
    }
    peer_rtcp_send(media, &writer);
}

void peer_rtcp_send_transport_cc(struct peer_media *media, int64_t now_us)
{
    uint8_t information[TWCC_FEEDBACK_SIZE];
    const struct stream *video = &media->streams[VIDEO];
    for (size_t size; media->started && (size = peer_rate_write_feedback(media->rate, information, now_us));) {
        struct rtcp_writer writer;
        rtcp_begin(&writer);
        rtcp_add_receiver_report(&writer, video->ssrc, NULL, 0);
        rtcp_add_cname(&writer, video->ssrc, media->cname);
        if (rtcp_add_transport_cc(&writer, video->ssrc, video->remote_ssrc, information, size))
            peer_rtcp_send(media, &writer);
    }
}

void peer_rtcp_send_bye(struct peer_media *media)
{
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    add_reports(media, g_get_monotonic_time(), &writer);
    for (int i = 0; i < STREAMS; i++)
        rtcp_add_bye(&writer, media->streams[i].ssrc);
    peer_rtcp_send(media, &writer);
}

/* ---- in ---- */

static void on_sender_report(void *user_data, uint32_t ssrc, uint64_t ntp, uint32_t rtp_timestamp)
{
    struct peer_media *media = user_data;
    for (int i = 0; i < STREAMS; i++)
        if (rtp_receiver_ssrc(media->streams[i].receiver) == ssrc)
            rtp_receiver_sender_report(media->streams[i].receiver, ntp, rtp_timestamp, media->now_us);
}

static struct stream *find_sender(struct peer_media *media, uint32_t ssrc)
{
    for (int i = 0; i < STREAMS; i++)
        if (media->streams[i].sender && media->streams[i].ssrc == ssrc)
            return &media->streams[i];
    return NULL;
}

/* RFC 3550, 6.4.1: what passed since our sender report, less the time that it lay there; in units of 1/65536 s. The
 * time now is the sender's, since its reports stand on a wall clock that does not follow the system's steps. */
static void on_report_block(void *user_data, uint32_t reporter, const struct rtcp_block *block)
{
    (void)reporter;
    struct peer_media *media = user_data;
    struct stream *stream = find_sender(media, block->ssrc);
    uint64_t ntp;
    uint32_t timestamp, packets, octets;
    if (stream)
        peer_statistics_report(stream, &block->report);
    if (!stream || !block->report.last_sr ||
        !rtp_sender_info(stream->sender, media->now_us, &ntp, &timestamp, &packets, &octets))
        return;
    int32_t passed = (int32_t)((uint32_t)(ntp >> 16) - block->report.last_sr - block->report.delay_since_last_sr);
    int64_t us = MAX((int64_t)passed * G_USEC_PER_SEC / 65536, 1);
    if (us > MAX_ROUND_TRIP_US)
        return;
    peer_statistics_round_trip(stream, us);
    media->round_trip_us = media->round_trip_us ? (media->round_trip_us * 3 + us) / 4 : us;
}

static void on_nack(void *user_data, uint32_t media_ssrc, uint16_t sequence)
{
    struct peer_media *media = user_data;
    struct stream *stream = find_sender(media, media_ssrc);
    if (!stream)
        return;
    media->stats.nacks_received++;
    stream->feedback.nacks_received += !stream->feedback.nacked;
    stream->feedback.nacked = true;
    rtp_sender_retransmit(stream->sender, sequence, media->now_us, peer_rtcp_round_trip(media));
}

void peer_rtcp_poll_key_frame(struct peer_media *media, int64_t now_us)
{
    if (media->key_frame_due_us > now_us)
        return;
    media->key_frame_due_us = INT64_MAX;
    media->key_frame_asked_us = now_us;
    media->listener->event(media->user_data, &(struct peer_event){ PEER_EVENT_KEY_FRAME });
}

/* Requests in short order become one: the first is passed on at once, those after it when the time is up, unless a key
 * frame was sent meanwhile (sink_push in net/peer/media.c). Where nothing can be sent without one, it is passed on at
 * once. */
static void on_key_frame_request(void *user_data, uint32_t media_ssrc)
{
    struct peer_media *media = user_data;
    struct stream *video = &media->streams[VIDEO];
    if (media_ssrc != video->ssrc)
        return;
    media->stats.plis_received++;
    video->feedback.key_frame_requests++;
    bool soon = media->key_frame_asked_us && media->now_us - media->key_frame_asked_us < KEY_FRAME_US;
    media->key_frame_due_us = soon && video->key_frame_sent ? media->key_frame_asked_us + KEY_FRAME_US : media->now_us;
    peer_rtcp_poll_key_frame(media, media->now_us);
}

static const char MESSAGE_NAME[] = "CALL";

static void on_app(void *user_data, const char *name, const char *text)
{
    struct peer_media *media = user_data;
    if (!memcmp(name, MESSAGE_NAME, 4))
        media->listener->event(media->user_data, &(struct peer_event){ PEER_EVENT_MESSAGE, .message = text });
}

bool peer_media_send_message(struct peer_media *media, const char *text)
{
    struct rtcp_writer writer;
    const struct stream *audio = &media->streams[AUDIO];
    rtcp_begin(&writer);
    rtcp_add_receiver_report(&writer, audio->ssrc, NULL, 0);
    rtcp_add_cname(&writer, audio->ssrc, media->cname);
    if (!media->started || !rtcp_add_app(&writer, audio->ssrc, MESSAGE_NAME, text))
        return false;
    peer_rtcp_send(media, &writer);
    return true;
}

static void on_fir_received(void *user_data, uint32_t media_ssrc)
{
    struct peer_media *media = user_data;
    if (media_ssrc == media->streams[VIDEO].ssrc)
        media->streams[VIDEO].feedback.firs_received++;
}

static void on_remb(void *user_data, uint64_t bit_rate)
{
    struct peer_media *media = user_data;
    int64_t most = (int64_t)MIN(bit_rate, (uint64_t)INT64_MAX);
    if (peer_rate_target(media->rate)) { /* our own estimate knows the path better; this is what the far end wants */
        peer_rate_set_far_max(media->rate, most);
        return;
    }
    media->stats.available_bit_rate = most;
    media->listener->event(media->user_data,
                           &(struct peer_event){ PEER_EVENT_BIT_RATE, .bit_rate = media->stats.available_bit_rate });
}

static void on_transport_cc(void *user_data, const uint8_t *information, size_t size)
{
    struct peer_media *media = user_data;
    peer_rate_read_feedback(media->rate, information, size, peer_rtcp_round_trip(media), media->now_us);
}

static void on_pause(void *user_data, enum rtcp_pause what, uint32_t media_ssrc, uint16_t id)
{
    peer_pause_receive(user_data, what, media_ssrc, id);
}

void peer_rtcp_receive(struct peer_media *media, const uint8_t *packet, size_t size)
{
    const struct rtcp_handler handler = {
        .sender_report = on_sender_report,
        .report_block = on_report_block,
        .nack = on_nack,
        .key_frame_request = on_key_frame_request,
        .fir_received = on_fir_received,
        .remb = on_remb,
        .transport_cc = on_transport_cc,
        .pause = on_pause,
        .app = on_app,
        .user_data = media,
        .fir = &media->firs,
    };
    for (int i = 0; i < STREAMS; i++)
        media->streams[i].feedback.nacked = false;
    if (!rtcp_parse(packet, size, &handler))
        g_debug("malformed RTCP packet of %zu bytes", size);
}

#include "net/peer/media.h"

#include <string.h>

#include <libavutil/mathematics.h>

#include "net/peer/fec.h"
#include "net/peer/streams.h"
#include "net/rtp/rtp.h"
#include "net/transport/srtp.h"
#include "platform/deadline.h"

/* ---- RTP in ---- */

/* False where the format is none of the stream's, or that of retransmissions. */
static bool receive_format(struct stream *stream, uint8_t payload_type, const uint8_t *packet, size_t size)
{
    for (int c = 0; c < stream->n_codecs; c++)
        if (stream->codecs[c].payload_type == payload_type) {
            rtp_receiver_push(stream->receiver, packet, size, stream->codecs[c].id, stream->media->now_us);
            peer_fec_media_came(stream, packet, size);
            return true;
        }
    if (payload_type && stream->fec.red == payload_type)
        peer_fec_receive_red(stream, packet, size);
    else if (payload_type && stream->fec.ulpfec == payload_type)
        peer_fec_receive_ulpfec(stream, packet, size);
    else
        return false;
    return true;
}

/* A retransmission becomes the packet that it repeats (RFC 4588, 4): only where that one is missed, since senders also
 * probe the path with packets that came long ago. */
static void receive_rtx(struct stream *stream, uint8_t payload_type, const uint8_t *packet, size_t size)
{
    struct rtp_packet rtx;
    uint32_t ssrc = rtp_receiver_ssrc(stream->receiver);
    if (!rtp_parse(packet, size, &rtx) || rtx.payload_size <= RTP_RTX_HEADER || size > PEER_MAX_PACKET || !ssrc)
        return;
    if (stream->remote_rtx_ssrc && rtx.ssrc != stream->remote_rtx_ssrc)
        return;
    uint16_t sequence = rtp_read16(rtx.payload);
    if (!rtp_receiver_misses(stream->receiver, sequence))
        return;
    /* With its header extensions: redundancy covers them. */
    uint8_t original[PEER_MAX_PACKET];
    size_t header = (size_t)(rtx.payload - packet), payload = rtx.payload_size - RTP_RTX_HEADER;
    memcpy(original, packet, header);
    original[0] &= (uint8_t)~RTP_PADDING_BIT;
    original[1] = (uint8_t)((packet[1] & 0x80) | payload_type);
    rtp_write16(original + 2, sequence);
    rtp_write32(original + 8, ssrc);
    memcpy(original + header, rtx.payload + RTP_RTX_HEADER, payload);
    stream->media->stats.retransmissions_received++;
    receive_format(stream, payload_type, original, header + payload);
}

/* What packets of this format are retransmissions of; 0: they are none. */
static uint8_t repeated_format(const struct stream *stream, uint8_t payload_type)
{
    for (int c = 0; payload_type && c < stream->n_codecs; c++)
        if (stream->codecs[c].rtx == payload_type)
            return stream->codecs[c].payload_type;
    return payload_type && stream->fec.red_rtx == payload_type ? stream->fec.red : 0;
}

/* All bundled m-lines name the extension alike (RFC 8843, 9.2 obliges them). */
static void note_arrival(struct peer_media *media, const uint8_t *packet, size_t size)
{
    uint8_t id = media->streams[VIDEO].transport_cc ? media->streams[VIDEO].transport_cc
                                                    : media->streams[AUDIO].transport_cc;
    uint16_t number;
    if (id && rtp_read_transport_cc(packet, size, id, &number))
        peer_rate_received(media->rate, number, media->now_us);
}

static void receive_rtp(struct peer_media *media, const uint8_t *packet, size_t size)
{
    note_arrival(media, packet, size);
    uint8_t payload_type = packet[1] & 0x7f;
    for (int i = 0; i < STREAMS; i++) {
        struct stream *stream = &media->streams[i];
        uint8_t repeated = repeated_format(stream, payload_type);
        if (repeated) {
            receive_rtx(stream, repeated, packet, size);
            return;
        }
        if (!receive_format(stream, payload_type, packet, size))
            continue;
        rtp_pause_receiver_flows(&stream->pauses);
        return;
    }
}

void peer_media_receive(struct peer_media *media, const uint8_t *packet, size_t size, bool rtcp, int64_t now_us)
{
    if (!media->started || size < 2)
        return;
    media->now_us = now_us;
    media->stats.reports_received += rtcp;
    if (rtcp)
        peer_rtcp_receive(media, packet, size);
    else
        receive_rtp(media, packet, size);
}

void peer_media_poll(struct peer_media *media, int64_t now_us)
{
    for (int i = 0; i < STREAMS && media->started; i++) {
        struct stream *stream = &media->streams[i];
        if (rtp_receiver_deadline(stream->receiver) > now_us)
            continue;
        struct rtp_feedback feedback = { 0 };
        rtp_receiver_poll(stream->receiver, now_us, peer_rtcp_round_trip(media), &feedback);
        if (media->started) /* a sink may have ended it all */
            peer_rtcp_send_feedback(media, stream, &feedback);
    }
    if (media->started)
        peer_rate_poll(media->rate, now_us);
    if (media->started)
        peer_rtcp_send_transport_cc(media, now_us);
    if (media->started && media->report_at_us <= now_us)
        peer_rtcp_send_reports(media, now_us);
    if (media->started)
        peer_rtcp_poll_key_frame(media, now_us);
}

int64_t peer_media_deadline(const struct peer_media *media)
{
    if (!media->started)
        return INT64_MAX;
    int64_t next = MIN(media->report_at_us, peer_rate_deadline(media->rate));
    next = MIN(next, media->key_frame_due_us);
    for (int i = 0; i < STREAMS; i++)
        next = MIN(next, rtp_receiver_deadline(media->streams[i].receiver));
    return next;
}

/* ---- RTP out: the sinks ---- */

static void on_packet(void *user_data, const uint8_t *packet, size_t size, bool retransmission)
{
    struct stream *stream = user_data;
    struct peer_media *media = stream->media;
    enum peer_rate_kind kind = stream->type == AVMEDIA_TYPE_VIDEO ? PEER_RATE_PICTURE : PEER_RATE_SOUND;
    if (retransmission || media->protecting)
        kind = media->padding ? PEER_RATE_PADDING : retransmission ? PEER_RATE_REPAIR : PEER_RATE_REDUNDANCY;
    peer_rate_push(media->rate, kind, packet, size, stream->transport_cc, g_get_monotonic_time());
}

static void on_leave(void *user_data, uint8_t *packet, size_t size)
{
    struct peer_media *media = user_data;
    media->listener->send(media->user_data, packet, size, false);
    if (!media->first_packet_sent_us)
        media->first_packet_sent_us = g_get_monotonic_time();
}

static void on_pad(void *user_data, size_t size)
{
    struct peer_media *media = user_data;
    struct rtp_sender *sender = media->streams[VIDEO].paused.paused ? NULL : media->streams[VIDEO].sender;
    media->padding = true;
    for (size_t sent = 1; sender && sent && size; size -= MIN(size, sent))
        sent = rtp_sender_pad(sender, size);
    media->padding = false;
}

static void on_bit_rate(void *user_data, int64_t bit_rate)
{
    struct peer_media *media = user_data;
    media->listener->event(media->user_data, &(struct peer_event){ PEER_EVENT_BIT_RATE, .bit_rate = bit_rate });
}

static const struct peer_rate_listener rate_listener = { .send = on_leave, .pad = on_pad, .bit_rate = on_bit_rate };

static void sink_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    struct stream *stream = container_of(sink, struct stream, sink);
    stream->pushed = parameters->codec_id;
    stream->key_frame_sent = stream->complained = false;
}

static bool may_send(struct stream *stream, const AVPacket *packet)
{
    if (!stream->media->started || !stream->sender || stream->paused.paused)
        return false;
    if (stream->pushed != stream->codecs[0].id) {
        if (!stream->complained)
            g_warning("%s is encoded, but %s was agreed upon: nothing is sent", avcodec_get_name(stream->pushed),
                      avcodec_get_name(stream->codecs[0].id));
        stream->complained = true;
        return false;
    }
    return stream->type != AVMEDIA_TYPE_VIDEO || stream->key_frame_sent || packet->flags & AV_PKT_FLAG_KEY;
}

static int64_t capture_us(const AVPacket *packet)
{
    if (packet->pts == AV_NOPTS_VALUE)
        return g_get_monotonic_time();
    if (packet->time_base.num <= 0 || packet->time_base.den <= 0)
        return packet->pts;
    return av_rescale_q(packet->pts, packet->time_base, (AVRational){ 1, 1000000 });
}

/* What follows refers to it, and the far end sees no gap: its sequence numbers were not used. */
static void leave_out(struct stream *stream)
{
    if (!stream->complained)
        g_warning("an encoder's %s does not fit the packets that were agreed upon: it is left out",
                  avcodec_get_name(stream->pushed));
    stream->complained = true;
    stream->key_frame_sent = false;
}

static void sink_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct stream *stream = container_of(sink, struct stream, sink);
    if (!may_send(stream, packet) || packet->size <= 0)
        return;
    bool key = packet->flags & AV_PKT_FLAG_KEY;
    if (!rtp_sender_push(stream->sender, packet->data, (size_t)packet->size, key, capture_us(packet))) {
        leave_out(stream);
        return;
    }
    peer_fec_protect(stream, key, key && !stream->key_frame_sent);
    if (key)
        stream->media->key_frame_due_us = INT64_MAX;
    stream->media->listener->deadline_moved(stream->media->user_data); /* some of it may wait for its turn */
    stream->key_frame_sent = true;
    /* At once with the first packet, so that the other side knows the capture times from the start. */
    if (!stream->reported)
        peer_rtcp_send_reports(stream->media, g_get_monotonic_time());
    stream->reported = true;
}

/* What the encoder lost leaves no gap in the sequence numbers; the next key frame mends it. */
static void sink_lose(struct packet_sink *sink)
{
    struct stream *stream = container_of(sink, struct stream, sink);
    stream->key_frame_sent = false;
}

static const struct packet_sink_ops sink_ops = { .open = sink_open, .push = sink_push, .lose = sink_lose };

/* ---- the source ---- */

static void source_start(struct source *source, struct packet_sink *video, struct packet_sink *audio)
{
    struct peer_media *media = container_of(source, struct peer_media, source);
    rtp_receiver_set_sink(media->streams[VIDEO].receiver, video);
    rtp_receiver_set_sink(media->streams[AUDIO].receiver, audio);
}

static void source_stop(struct source *source)
{
    source_start(source, NULL, NULL);
}

static void source_request_key_frame(struct source *source)
{
    struct peer_media *media = container_of(source, struct peer_media, source);
    rtp_receiver_request_key_frame(media->streams[VIDEO].receiver);
    media->listener->deadline_moved(media->user_data);
}

/* At once, and with the reports from then on, since one may be lost. */
static void source_limit_bit_rate(struct source *source, int64_t bit_rate)
{
    struct peer_media *media = container_of(source, struct peer_media, source);
    if (bit_rate == media->most_wanted)
        return;
    media->most_wanted = bit_rate;
    media->has_wanted = true;
    media->remb_at_us = 0;
    media->report_at_us = g_get_monotonic_time();
    media->listener->deadline_moved(media->user_data);
}

static bool source_capture_time(struct source *source, enum AVMediaType type, int64_t pts, int64_t *time_us)
{
    struct peer_media *media = container_of(source, struct peer_media, source);
    return rtp_receiver_capture_time(media->streams[type == AVMEDIA_TYPE_VIDEO ? VIDEO : AUDIO].receiver, pts, time_us);
}

static const struct source_ops source_ops = {
    .start = source_start,
    .stop = source_stop,
    .limit_bit_rate = source_limit_bit_rate,
    .request_key_frame = source_request_key_frame,
    .capture_time = source_capture_time,
};

/* ---- life ---- */

static void random_name(char *name, size_t size)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (size_t i = 0; i + 1 < size; i++)
        name[i] = characters[g_random_int_range(0, sizeof characters - 1)];
    name[size - 1] = '\0';
}

struct peer_media *peer_media_create(const struct peer_media_listener *listener, void *user_data)
{
    struct peer_media *media = g_new0(struct peer_media, 1);
    media->listener = listener;
    media->user_data = user_data;
    media->source.ops = &source_ops;
    random_name(media->cname, sizeof media->cname);
    random_name(media->msid, sizeof media->msid);
    remb_init(&media->remb);
    media->rate = peer_rate_create(&rate_listener, media);
    media->key_frame_due_us = INT64_MAX;
    uint32_t ssrc = g_random_int() | 1;
    for (int i = 0; i < STREAMS; i++)
        media->streams[i] = (struct stream){
            .sink.ops = &sink_ops,
            .media = media,
            .type = i == VIDEO ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO,
            .receiver = rtp_receiver_create(i == VIDEO ? 90000 : 48000),
            .ssrc = ssrc ^ (uint32_t)i << 1,
            .rtx_ssrc = i == VIDEO ? ssrc ^ 1u << 2 : 0,
            .fec.ssrc = i == VIDEO ? ssrc ^ 1u << 3 : 0,
        };
    return media;
}

void peer_media_destroy(struct peer_media *media)
{
    if (!media)
        return;
    for (int i = 0; i < STREAMS; i++) {
        rtp_sender_destroy(media->streams[i].sender);
        peer_fec_destroy(&media->streams[i]);
        rtp_receiver_destroy(media->streams[i].receiver);
    }
    peer_rate_destroy(media->rate);
    g_free(media);
}

void peer_media_describe(const struct peer_media *media, struct sdp *own)
{
    g_strlcpy(own->cname, media->cname, sizeof own->cname);
    g_strlcpy(own->stream, media->msid, sizeof own->stream);
    for (int i = 0; i < own->n_media; i++)
        if (own->media[i].kind != SDP_OTHER) {
            const struct stream *stream = &media->streams[own->media[i].kind == SDP_VIDEO ? VIDEO : AUDIO];
            own->media[i].ssrc = stream->ssrc;
            own->media[i].rtx_ssrc = stream->rtx_ssrc;
            own->media[i].fec_ssrc = stream->fec.ssrc;
        }
}

static bool sends_single_nal_units(const struct stream *stream)
{
    return stream->n_codecs && stream->codecs[0].id == AV_CODEC_ID_H264 && !stream->codecs[0].packetization_mode;
}

static void negotiate(struct stream *stream, const struct sdp_media *agreed, const struct sdp_media *remote,
                      bool answerer)
{
    if (!agreed)
        return;
    memcpy(stream->codecs, agreed->codecs, sizeof stream->codecs);
    stream->n_codecs = agreed->n_codecs;
    stream->transport_cc = agreed->transport_cc;
    rtp_receiver_set_orientation_id(stream->receiver, agreed->orientation);
    stream->far_end_sends = agreed->n_codecs && agreed->direction & (answerer ? SDP_RECVONLY : SDP_SENDONLY);
    stream->remote_ssrc = remote ? remote->ssrc : 0;
    stream->remote_rtx_ssrc = remote ? remote->rtx_ssrc : 0;
    peer_fec_negotiated(stream, agreed, remote);
    if (!(agreed->direction & (answerer ? SDP_SENDONLY : SDP_RECVONLY)))
        return;
    struct rtp_sender_config config = {
        .codec = stream->codecs[0].id,
        .single_nal = sends_single_nal_units(stream),
        .payload_type = stream->codecs[0].payload_type,
        .ssrc = stream->ssrc,
        .rtx_payload_type = stream->codecs[0].rtx,
        .rtx_ssrc = stream->rtx_ssrc,
        .transport_cc = stream->transport_cc,
        .clock_rate = stream->type == AVMEDIA_TYPE_VIDEO ? 90000 : 48000,
        .send = on_packet,
        .user_data = stream,
    };
    peer_fec_configure(stream, &config);
    stream->sender = rtp_sender_create(&config);
}

void peer_media_negotiated(struct peer_media *media, struct sdp *agreed, struct sdp *remote, bool answerer)
{
    negotiate(&media->streams[AUDIO], sdp_find(agreed, SDP_AUDIO), sdp_find(remote, SDP_AUDIO), answerer);
    negotiate(&media->streams[VIDEO], sdp_find(agreed, SDP_VIDEO), sdp_find(remote, SDP_VIDEO), answerer);
}

void peer_media_start(struct peer_media *media, int64_t now_us)
{
    const struct stream *video = &media->streams[VIDEO];
    media->started = true;
    media->report_at_us = now_us + PEER_REPORT_US;
    peer_rate_start(media->rate, video->transport_cc && video->codecs[0].feedback & SDP_TRANSPORT_CC, now_us);
}

void peer_media_stop(struct peer_media *media)
{
    if (media->started)
        peer_rtcp_send_bye(media);
    media->started = false;
    peer_rate_stop(media->rate);
    source_stop(&media->source);
}

void peer_media_set_max_bit_rate(struct peer_media *media, int64_t bit_rate)
{
    peer_rate_set_max(media->rate, bit_rate);
}

/* ---- what others ask ---- */

enum AVCodecID peer_media_video_codec(const struct peer_media *media)
{
    const struct stream *video = &media->streams[VIDEO];
    return video->n_codecs ? video->codecs[0].id : AV_CODEC_ID_NONE;
}

bool peer_media_sends_single_nal_units(const struct peer_media *media)
{
    return sends_single_nal_units(&media->streams[VIDEO]);
}

bool peer_media_far_end_sends(const struct peer_media *media, enum AVMediaType type)
{
    return media->streams[type == AVMEDIA_TYPE_VIDEO ? VIDEO : AUDIO].far_end_sends;
}

struct source *peer_media_source(struct peer_media *media)
{
    return &media->source;
}

struct packet_sink *peer_media_sink(struct peer_media *media, enum AVMediaType type)
{
    return &media->streams[type == AVMEDIA_TYPE_VIDEO ? VIDEO : AUDIO].sink;
}

struct peer_stats peer_media_stats(const struct peer_media *media)
{
    struct peer_stats stats = media->stats;
    for (int i = 0; i < STREAMS; i++) {
        struct rtp_receiver_stats received = rtp_receiver_stats(media->streams[i].receiver);
        stats.packets_received += received.packets;
        stats.bytes_received += received.bytes;
        stats.packets_lost += received.lost;
        if (i == VIDEO)
            stats.frames_received = received.frames;
        if (!media->streams[i].sender)
            continue;
        struct rtp_sender_stats sent = rtp_sender_stats(media->streams[i].sender);
        stats.packets_sent += sent.packets;
        stats.bytes_sent += sent.bytes;
        stats.packets_retransmitted += sent.retransmitted;
    }
    if (peer_rate_target(media->rate))
        stats.available_bit_rate = peer_rate_target(media->rate);
    stats.round_trip_ms = (double)media->round_trip_us / 1000;
    return stats;
}

void peer_media_milestones(const struct peer_media *media, struct peer_milestones *milestones)
{
    struct rtp_receiver_stats audio = rtp_receiver_stats(media->streams[AUDIO].receiver);
    struct rtp_receiver_stats video = rtp_receiver_stats(media->streams[VIDEO].receiver);
    milestones->first_packet_sent_us = media->first_packet_sent_us;
    milestones->first_packet_received_us = audio.first_packet_us && video.first_packet_us
                                               ? MIN(audio.first_packet_us, video.first_packet_us)
                                               : MAX(audio.first_packet_us, video.first_packet_us);
    milestones->first_frame_received_us = video.first_frame_us;
}

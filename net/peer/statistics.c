#include "net/peer/statistics.h"

G_STATIC_ASSERT((int)AUDIO == (int)STATISTICS_AUDIO && (int)VIDEO == (int)STATISTICS_VIDEO);

static int clock_rate(const struct stream *stream)
{
    return stream->type == AVMEDIA_TYPE_VIDEO ? 90000 : 48000;
}

/* ---- from RTCP ---- */

void peer_statistics_report(struct stream *stream, const struct rtp_report *report)
{
    struct remote_inbound_rtp_statistics *remote = &stream->remote;
    remote->reported = true;
    remote->packets_lost = report->cumulative_lost;
    remote->fraction_lost = report->fraction_lost / 256.0;
    remote->jitter = (double)report->jitter / clock_rate(stream);
}

void peer_statistics_round_trip(struct stream *stream, int64_t us)
{
    struct remote_inbound_rtp_statistics *remote = &stream->remote;
    remote->round_trip_time = (double)us / G_USEC_PER_SEC;
    remote->total_round_trip_time += remote->round_trip_time;
    remote->round_trip_time_measurements++;
}

/* ---- all of it ---- */

static void take_codec(const struct stream *stream, struct rtp_codec_statistics *out)
{
    if (stream->n_codecs)
        *out = (struct rtp_codec_statistics){
            .id = stream->codecs[0].id,
            .payload_type = stream->codecs[0].payload_type,
            .clock_rate = clock_rate(stream),
        };
}

static void take_inbound(const struct stream *stream, struct inbound_rtp_statistics *out)
{
    struct rtp_receiver_stats stats = rtp_receiver_stats(stream->receiver);
    *out = (struct inbound_rtp_statistics){
        .ssrc = rtp_receiver_ssrc(stream->receiver),
        .packets_received = stats.packets,
        .bytes_received = stats.bytes - stats.header_bytes,
        .header_bytes_received = stats.header_bytes,
        .packets_discarded = stats.late + stats.duplicate,
        .packets_lost = (int64_t)stats.lost,
        .jitter = (double)stats.jitter / clock_rate(stream),
        .nack_count = stream->feedback.nacks_sent,
        .pli_count = stream->feedback.plis_sent,
    };
    out->fec_packets_recovered = stream->fec.sound_recovered;
    if (stream->type != AVMEDIA_TYPE_VIDEO)
        return;
    out->frames_received = stats.frames;
    if (stream->fec.decoder) {
        struct fec_decoder_stats fec = fec_decoder_stats(stream->fec.decoder);
        out->fec_packets_received = fec.received;
        out->fec_packets_discarded = fec.discarded;
        out->fec_packets_recovered = fec.recovered;
    }
    out->retransmitted_packets_received = stream->media->stats.retransmissions_received;
    out->packets_lost += (int64_t)out->retransmitted_packets_received; /* the receiver counts what is missing still */
}

static void take_outbound(const struct stream *stream, struct outbound_rtp_statistics *out)
{
    if (!stream->sender)
        return;
    struct rtp_sender_stats stats = rtp_sender_stats(stream->sender);
    if (!stats.packets)
        return;
    *out = (struct outbound_rtp_statistics){
        .ssrc = stream->ssrc,
        .rtx_ssrc = stream->n_codecs && stream->codecs[0].rtx ? stream->rtx_ssrc : 0,
        .packets_sent = stats.packets,
        .bytes_sent = stats.bytes - stats.header_bytes,
        .header_bytes_sent = stats.header_bytes,
        .frames_sent = stats.frames,
        .retransmitted_packets_sent = stats.retransmitted,
        .retransmitted_bytes_sent = stats.retransmitted_bytes,
        .fec_packets_sent = stats.fec_packets,
        .nack_count = stream->feedback.nacks_received,
        .pli_count = stream->feedback.key_frame_requests - stream->feedback.firs_received,
        .fir_count = stream->feedback.firs_received,
    };
}

void peer_media_statistics(const struct peer_media *media, struct connection_statistics *out)
{
    *out = (struct connection_statistics){
        .id = media->streams[AUDIO].ssrc,
        .round_trip_time = (double)media->round_trip_us / G_USEC_PER_SEC,
        .available_outgoing_bitrate = peer_media_stats(media).available_bit_rate,
    };
    for (int i = 0; i < STREAMS; i++) {
        const struct stream *stream = &media->streams[i];
        take_codec(stream, &out->codecs[i]);
        take_inbound(stream, &out->inbound[i]);
        take_outbound(stream, &out->outbound[i]);
        out->remote_inbound[i] = stream->remote;
    }
}

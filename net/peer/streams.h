/* The state of net/peer/media.c, shared with its RTCP half, net/peer/rtcp.c. */
#ifndef CALLAPI_NET_PEER_STREAMS_H
#define CALLAPI_NET_PEER_STREAMS_H

#include <stdint.h>

#include "engine/statistics/statistics.h"
#include "net/congestion/remb.h"
#include "net/peer/media.h"
#include "net/peer/rate.h"
#include "net/rtp/fec_decoder.h"
#include "net/rtp/fec_encoder.h"
#include "net/rtp/pause.h"
#include "net/rtp/receiver.h"
#include "net/rtp/rtcp.h"
#include "net/rtp/sender.h"

enum stream_index { AUDIO, VIDEO, STREAMS };

enum {
    PEER_REPORT_US = 500000, /* between reports, with a tenth of jitter, RFC 3550, 6.2 */
    PEER_MAX_PACKET = 2048,  /* larger ones cannot come over an Ethernet */
};

/* What makes up for loss without a round trip (net/peer/fec.h). Of sound `red` alone. */
struct redundancy {
    uint8_t ulpfec, red, red_rtx; /* agreed payload types, 0: none */
    bool in_red;                  /* what we send goes into the media's stream */
    uint32_t ssrc, remote_ssrc;   /* of streams of redundancy; remote: 0: there is none */
    struct fec_encoder *encoder;  /* NULL: we send none */
    struct fec_decoder *decoder;  /* NULL: none is understood */
    int frames;                   /* in the encoder's group */
    uint64_t sound_recovered;     /* packets */
};

/* One m-line: what we send on it and what we receive. */
struct stream {
    struct packet_sink sink;  /* the program's encoder pushes here */
    struct peer_media *media; /* its owner */
    enum AVMediaType type;
    struct rtp_sender *sender; /* NULL until negotiated */
    struct rtp_receiver *receiver;
    uint32_t ssrc, remote_ssrc;              /* remote: as described, 0: not */
    uint32_t rtx_ssrc, remote_rtx_ssrc;      /* of retransmissions (RFC 4588); video only */
    struct sdp_codec codecs[SDP_MAX_CODECS]; /* agreed; the first one is sent */
    int n_codecs;
    bool far_end_sends;   /* agreed, too */
    uint8_t transport_cc; /* id of the header extension (a=extmap), 0: none */
    struct redundancy fec;
    struct rtp_pause_sender paused;   /* what we send, by the other side */
    struct rtp_pause_receiver pauses; /* what we receive, by us */
    enum AVCodecID pushed;            /* codec of what is pushed */
    bool key_frame_sent, reported, complained;
    struct {
        uint64_t nacks_sent, plis_sent;                             /* messages, not packets that were asked for */
        uint64_t nacks_received, key_frame_requests, firs_received; /* requests: PLI and FIR */
        bool nacked;                                                /* by the compound packet being handled */
    } feedback;
    struct remote_inbound_rtp_statistics remote;
};

struct peer_media {
    struct stream streams[STREAMS];
    struct source source;
    char cname[17], msid[17];
    bool started;
    int64_t now_us; /* of the packet being handled */
    int64_t report_at_us, remb_at_us;
    int64_t round_trip_us; /* 0: unknown */
    struct remb remb;      /* where there is no transport-wide feedback */
    int64_t most_wanted;   /* source_ops.limit_bit_rate */
    bool has_wanted;       /* ever: the far end has to learn that it is over, too */
    struct peer_rate *rate;
    bool padding, protecting; /* what is being sent only fills the link; is redundancy */
    struct rtcp_fir_state firs;
    int64_t key_frame_asked_us; /* the last request that was passed on */
    int64_t key_frame_due_us;   /* one that waits; INT64_MAX: none */
    struct peer_stats stats;    /* what is counted here; the rest comes from senders and receivers */
    int64_t first_packet_sent_us;
    const struct peer_media_listener *listener;
    void *user_data;
};

void peer_rtcp_send(struct peer_media *media, const struct rtcp_writer *writer);
/* Smoothed, or a guess until a report block says better. */
int64_t peer_rtcp_round_trip(const struct peer_media *media);
/* The compound of sender and receiver reports, names, and REMB where it is due; sets the time of the next. */
void peer_rtcp_send_reports(struct peer_media *media, int64_t now_us);
/* NACK and PLI, at once. */
void peer_rtcp_send_feedback(struct peer_media *media, struct stream *stream, const struct rtp_feedback *feedback);
/* Transport-wide feedback, where it is due. */
void peer_rtcp_send_transport_cc(struct peer_media *media, int64_t now_us);
/* Passes on a request for a key frame that had to wait. */
void peer_rtcp_poll_key_frame(struct peer_media *media, int64_t now_us);
void peer_rtcp_send_bye(struct peer_media *media);
/* media->now_us is the time of arrival. */
void peer_rtcp_receive(struct peer_media *media, const uint8_t *packet, size_t size);

#endif

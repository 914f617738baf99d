/* One outgoing RTP stream: packetises access units, keeps a ring of sent packets for NACK, makes sender reports.
 * Knows neither SRTP nor sockets: finished RTP packets go to `send`. */
#ifndef CALLAPI_NET_RTP_SENDER_H
#define CALLAPI_NET_RTP_SENDER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/media/media.h"

enum {
    RTP_MTU = 1200,           /* largest RTP packet, header and extension included, before SRTP */
    RTP_LEAST_PAYLOAD = 1100, /* a payload of so much fits whatever else a packet carries */
};

struct fec_encoder;

struct rtp_sender;

struct rtp_sender_config {
    enum AVCodecID codec; /* AV_CODEC_ID_H264, _VP8 or _OPUS */
    uint8_t payload_type;
    uint32_t ssrc;
    uint32_t clock_rate; /* 90000 or 48000 */
    /* `packet` is valid during the call; `retransmission`: the answer to a NACK. */
    void (*send)(void *user_data, const uint8_t *packet, size_t size, bool retransmission);
    void *user_data;
    uint8_t rtx_payload_type; /* retransmissions go out in this format (RFC 4588), 0: as they were */
    uint32_t rtx_ssrc;
    uint8_t transport_cc;    /* id of the header extension whose place every packet keeps (net/rtp/rtp.h), 0: none */
    struct fec_encoder *fec; /* borrowed; gets every packet and leaves room for the redundancy's header; NULL: none */
    uint8_t fec_payload_type;
    uint32_t fec_ssrc; /* of the stream of redundancy; 0: it goes into the media's own, all of which is in RED then */
    uint8_t red_payload_type; /* where fec_ssrc is 0; retransmissions are of RED too */
    bool single_nal;          /* H.264: packetization mode 0 */
};

struct rtp_sender_stats {
    uint64_t packets, bytes, retransmitted, nacked;
    uint64_t header_bytes;        /* of `bytes`: headers, padding, and what only fills the link */
    uint64_t retransmitted_bytes; /* payload */
    uint64_t frames;
    uint64_t fec_packets;
};

/* Starts at a random sequence number and time stamp (RFC 3550, 5.1). */
struct rtp_sender *rtp_sender_create(const struct rtp_sender_config *config);
void rtp_sender_destroy(struct rtp_sender *sender);

/* Packetises one access unit captured at `capture_us` (g_get_monotonic_time). H.264 as Annex B: RFC
 * 6184 packetization mode 1, single NAL, STAP-A for the small ones (SPS, PPS), FU-A, or mode 0
 * (none is sent of what has a NAL unit too large for that); VP8: RFC 7741 with 15-bit picture ids;
 * Opus: RFC 7587. Malformed or empty input sends nothing. Returns the number of packets sent. */
int rtp_sender_push(struct rtp_sender *sender, const uint8_t *data, size_t size, bool key, int64_t capture_us);

/* A packet of redundancy for what was sent: FEC header and what follows it (net/rtp/fec_encoder.h). */
void rtp_sender_push_fec(struct rtp_sender *sender, const uint8_t *payload, size_t size);

/* Resends `sequence` from the ring (the last 1024 packets, at most 1 s old), not more often than every half
 * `round_trip_us`. What has to go out again goes out twice: with one more loss it would be seen. */
bool rtp_sender_retransmit(struct rtp_sender *sender, uint16_t sequence, int64_t now_us, int64_t round_trip_us);

/* A packet that only fills the link, to probe it: an old one once more, or padding, in the format of retransmissions.
 * Returns its size, at most about `size`; 0 where there are none. */
size_t rtp_sender_pad(struct rtp_sender *sender, size_t size);

/* Writes an RTCP sender report without report blocks' count (RFC 3550, 6.4.1: header, SSRC, sender info: 28 bytes) into
 * `out` so that rtcp.h can append report blocks. False while nothing was sent. */
bool rtp_sender_info(const struct rtp_sender *sender, int64_t now_us, uint64_t *ntp, uint32_t *rtp_timestamp,
                     uint32_t *packets, uint32_t *octets);
struct rtp_sender_stats rtp_sender_stats(const struct rtp_sender *sender);

#endif

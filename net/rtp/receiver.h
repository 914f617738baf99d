/* One incoming RTP stream: sequence bookkeeping (RFC 3550, A.1, A.3, A.8), reordering, NACK, depacketising into access
 * units. Knows neither SRTP nor sockets; time is passed in. */
#ifndef CALLAPI_NET_RTP_RECEIVER_H
#define CALLAPI_NET_RTP_RECEIVER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/media/media.h"

struct rtp_receiver;

/* What to send back now. */
struct rtp_feedback {
    uint16_t nack[64]; /* missing sequence numbers to ask for (again) */
    int nacks;
    bool key_frame; /* a PLI is due */
};

struct rtp_report { /* one report block, RFC 3550 6.4.1 */
    uint8_t fraction_lost;
    int32_t cumulative_lost;
    uint32_t highest_sequence, jitter, last_sr, delay_since_last_sr;
};

struct rtp_receiver_stats {
    uint64_t packets, bytes, lost, duplicate, late, frames;
    uint64_t header_bytes;                   /* of `bytes`: headers and padding */
    uint32_t jitter;                         /* RFC 3550, A.8, in units of the clock rate */
    int64_t first_packet_us, first_frame_us; /* arrival; 0: none yet */
};

/* `clock_rate` 90000 (video) or 48000 (Opus). */
struct rtp_receiver *rtp_receiver_create(uint32_t clock_rate);
void rtp_receiver_destroy(struct rtp_receiver *receiver);

/* Where access units go from now on (borrowed; NULL: nowhere, they are counted and dropped). Calls sink->open before
 * the first one and whenever the payload type's codec changes; sink->lose where something is lost for good. Video comes
 * complete and in order; Opus packets come as they arrive (the player's jitter buffer orders them), and those missing
 * are asked for as well. */
void rtp_receiver_set_sink(struct rtp_receiver *receiver, struct packet_sink *sink);

/* The id of the header extension that says how pictures lie (3GPP TS 26.114, 7.4.5); 0: none was
 * agreed upon. Those that say nothing lie as the one before; the packets' side data tell the sink
 * (engine/media/orientation.h). */
void rtp_receiver_set_orientation_id(struct rtp_receiver *receiver, uint8_t id);

/* One RTP packet, decrypted, of payload type `codec` (mapped by the caller). Malformed ones are counted and dropped.
 * The SSRC may change (a restarted sender): the stream starts anew. */
void rtp_receiver_push(struct rtp_receiver *receiver, const uint8_t *packet, size_t size, enum AVCodecID codec,
                       int64_t now_us);

/* A packet that never came, recovered from redundancy: as if it had, but it does not count as received. */
void rtp_receiver_push_recovered(struct rtp_receiver *receiver, const uint8_t *packet, size_t size,
                                 enum AVCodecID codec, int64_t now_us);

/* A packet of redundancy that came within the stream (RFC 2198): it carries nothing of media, and is not missing. */
void rtp_receiver_push_redundancy(struct rtp_receiver *receiver, const uint8_t *packet, size_t size, int64_t now_us);

/* Whether this packet was lost, as far as is known, and would still be of use. */
bool rtp_receiver_misses(const struct rtp_receiver *receiver, uint16_t sequence);

/* Asks for a key frame; repeated through rtp_receiver_poll (every max(100 ms, 2 round trips)) until one was delivered.
 */
void rtp_receiver_request_key_frame(struct rtp_receiver *receiver);

/* What is due at `now_us`: NACKs (first after a short reordering wait, then as net/rtp/nack_list.c has it), giving up
 * on packets that cannot come in time any more (then: lose, and key_frame for video). */
void rtp_receiver_poll(struct rtp_receiver *receiver, int64_t now_us, int64_t round_trip_us,
                       struct rtp_feedback *feedback);
int64_t rtp_receiver_deadline(const struct rtp_receiver *receiver); /* INT64_MAX: nothing due */

/* A sender report for this SSRC came: NTP (64-bit) and RTP time stamp of one instant. */
void rtp_receiver_sender_report(struct rtp_receiver *receiver, uint64_t ntp, uint32_t rtp_timestamp, int64_t now_us);
/* engine/media/media.h source_ops.capture_time for this stream. */
bool rtp_receiver_capture_time(const struct rtp_receiver *receiver, int64_t pts, int64_t *time_us);
/* The next report block; false before the first packet. Resets the interval of fraction_lost. */
bool rtp_receiver_report(struct rtp_receiver *receiver, int64_t now_us, struct rtp_report *report);
uint32_t rtp_receiver_ssrc(const struct rtp_receiver *receiver);
struct rtp_receiver_stats rtp_receiver_stats(const struct rtp_receiver *receiver);

#endif

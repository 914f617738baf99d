/* What is known about a connection and its media, second by second: counters as those who count them give them
 * (`snapshot`), what passed in the last second (`second`), and both as JSON with the names of the W3C's webrtc-stats.
 * Pure: times are passed in.
 *
 * Fields are named as there, in our spelling. Counters only grow, for as long as the connection lives; 0 where nobody
 * counts. */
#ifndef CALLAPI_ENGINE_STATISTICS_STATISTICS_H
#define CALLAPI_ENGINE_STATISTICS_STATISTICS_H

#include <cjson/cJSON.h>
#include <libavcodec/codec_id.h>
#include <stdbool.h>
#include <stdint.h>

enum statistics_kind { STATISTICS_AUDIO, STATISTICS_VIDEO, STATISTICS_KINDS };

enum {
    STATISTICS_HISTORY = 60,    /* seconds */
    STATISTICS_STALLS = 1024,   /* as reactor_stalls: [i]: i to i+1 quarters of a millisecond; the last one: longer */
    STATISTICS_STALL_STEPS = 8, /* of statistics_stall_step_ms */
    STATISTICS_NAME = 80,
};

/* ---- counters: what net/ knows ---- */

struct rtp_codec_statistics {
    enum AVCodecID id; /* AV_CODEC_ID_NONE: not negotiated */
    int payload_type, clock_rate;
};

struct inbound_rtp_statistics { /* RTCInboundRtpStreamStats, without what the player knows */
    uint32_t ssrc;              /* 0: nothing came yet */
    uint64_t packets_received, bytes_received, header_bytes_received, packets_discarded, frames_received;
    int64_t packets_lost; /* those included that came by retransmission; may shrink: a late packet is no lost one */
    double jitter;        /* s */
    uint64_t retransmitted_packets_received, fec_packets_received, fec_packets_discarded;
    uint64_t fec_packets_recovered;            /* of media, by redundancy: not among those of webrtc-stats */
    uint64_t nack_count, pli_count, fir_count; /* sent by us */
};

struct outbound_rtp_statistics { /* RTCOutboundRtpStreamStats, without what the encoder knows */
    uint32_t ssrc, rtx_ssrc;     /* 0: nothing was sent yet; no stream of retransmissions */
    uint64_t packets_sent, bytes_sent, header_bytes_sent, frames_sent;
    uint64_t retransmitted_packets_sent, retransmitted_bytes_sent, fec_packets_sent;
    uint64_t nack_count, pli_count, fir_count; /* received by us */
};

struct remote_inbound_rtp_statistics { /* RTCRemoteInboundRtpStreamStats: what the far end reports of ours */
    bool reported;
    int64_t packets_lost;
    double fraction_lost, jitter;                  /* 0 to 1; s */
    double round_trip_time, total_round_trip_time; /* s */
    uint64_t round_trip_time_measurements;
};

struct transport_statistics { /* RTCTransportStats and RTCIceCandidatePairStats: there is one pair */
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received;
};

struct connection_statistics {
    uint32_t id; /* another connection has another one */
    bool connected;
    struct rtp_codec_statistics codecs[STATISTICS_KINDS];
    struct inbound_rtp_statistics inbound[STATISTICS_KINDS];
    struct outbound_rtp_statistics outbound[STATISTICS_KINDS];
    struct remote_inbound_rtp_statistics remote_inbound[STATISTICS_KINDS];
    struct transport_statistics transport;
    double round_trip_time;             /* s, smoothed over both streams; 0: unknown */
    int64_t available_outgoing_bitrate; /* bit/s; 0: unknown */
};

/* ---- counters: what the engine and the loop know ---- */

struct playback_statistics { /* the rest of RTCInboundRtpStreamStats, and RTCAudioPlayoutStats */
    uint64_t frames_decoded, key_frames_decoded, frames_dropped, frames_rendered;
    uint64_t decoder_fallbacks; /* from hardware to software, in this process: not among those of webrtc-stats */
    int width, height;          /* 0: no picture yet */
    uint64_t freeze_count;
    double total_freezes_duration, total_decode_time, total_inter_frame_delay,
        total_squared_inter_frame_delay; /* s, s² */
    uint64_t total_samples_received, concealed_samples, concealment_events;
    uint64_t inserted_samples_for_deceleration, removed_samples_for_acceleration;
    uint64_t jitter_buffer_emitted_count;
    double jitter_buffer_delay, total_playout_delay; /* s, summed over the samples */
    int audio_delay_ms;                              /* jitter buffer and speaker, now */
    char decoder[STATISTICS_NAME];
};

/* RTCQualityLimitationReason; "other" never happens here. */
enum quality_limitation {
    QUALITY_LIMITATION_NONE,
    QUALITY_LIMITATION_BANDWIDTH,
    QUALITY_LIMITATION_CPU,
    QUALITY_LIMITATIONS
};

/* What pictures take of the loop's time. */
enum statistics_load { STATISTICS_ENCODING, STATISTICS_DECODING, STATISTICS_DRAWING, STATISTICS_LOADS };

struct encoding_statistics { /* the rest of RTCOutboundRtpStreamStats */
    uint64_t frames_encoded, key_frames_encoded;
    double total_encode_time; /* s */
    int width, height;
    int64_t target_bitrate; /* bit/s */
    enum quality_limitation limitation;
    double limitation_durations[QUALITY_LIMITATIONS]; /* s */
    uint64_t limitation_resolution_changes;
    uint64_t encoder_fallbacks; /* likewise */
    /* Not of webrtc-stats: shares of the loop's time, and the most that this machine manages to send. */
    double loads[STATISTICS_LOADS];
    int most_width, most_height;
    double most_frames_per_second;
    char encoder[STATISTICS_NAME];
};

struct loop_statistics { /* see STATISTICS_STALLS; may wrap */
    uint32_t stalls[STATISTICS_STALLS];
    int64_t max_us; /* the longest one since the start */
};

struct statistics_snapshot {
    int64_t at_us; /* g_get_monotonic_time */
    int64_t unix_us;
    char remote[STATISTICS_NAME];        /* who is at the other end, "" where there is no connection */
    char safety_code[STATISTICS_NAME];   /* of the call; "" where there is none */
    bool has_connection, plays, encodes; /* whether the next three hold something */
    struct connection_statistics connection;
    struct playback_statistics playback;
    struct encoding_statistics encoding;
    struct loop_statistics loop;
};

/* ---- a second ---- */

/* What is not known is NAN: all of it without a connection, and whatever is a difference in a connection's first
 * second. */
struct statistics_second {
    int64_t unix_us; /* at its end */
    bool connected;
    double length;                   /* s */
    double round_trip_time;          /* s */
    double fraction_lost;            /* of what we should have received, 0 to 1 */
    double remote_fraction_lost;     /* of ours, as last reported */
    double jitter[STATISTICS_KINDS]; /* s */
    double received_bitrate[STATISTICS_KINDS], sent_bitrate[STATISTICS_KINDS]; /* bit/s, RTP payloads */
    double available_outgoing_bitrate, target_bitrate;
    double frames_decoded, frames_encoded;                                        /* per second */
    double retransmissions_received, retransmissions_sent, nacks_sent, plis_sent; /* per second */
    double freezes, freezes_duration;                                             /* that ended in this second; s */
    double concealed;                                                             /* of the sound, 0 to 1 */
    double stall_p99_ms, stall_max_ms;                                            /* of the loop */
    unsigned stalls[STATISTICS_STALL_STEPS];                                      /* how many were at most so long */
};

/* Nothing is known. */
void statistics_second_clear(struct statistics_second *second);
/* Upper edge of a step of `stalls`; INFINITY for the last one. */
double statistics_stall_step_ms(int step);

/* ---- the keeper ---- */

struct statistics;

struct statistics *statistics_create(void);
void statistics_destroy(struct statistics *statistics); /* takes NULL */
/* To be called about once a second. */
void statistics_add(struct statistics *statistics, const struct statistics_snapshot *snapshot);

/* How many were added. */
uint64_t statistics_count(const struct statistics *statistics);
/* The last one, NULL: none yet. */
const struct statistics_snapshot *statistics_last(const struct statistics *statistics);
/* `back`: 0: the last second; NULL where there is none so far back. */
const struct statistics_second *statistics_second(const struct statistics *statistics, int back);

/* The last second: {"timestamp", "remote", "safety_code" (in a call), "stats": [objects of webrtc-stats], "second":
 * {...}, "loop": {...}}; owned by the caller. NULL: none yet. */
cJSON *statistics_json(const struct statistics *statistics);
const char *quality_limitation_name(enum quality_limitation limitation);

#endif

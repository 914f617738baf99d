/* One WebRTC connection to one other agent (W3C RTCPeerConnection's part of the world): JSEP
 * offer/answer (RFC 8829) with one audio and one video m-line, BUNDLE (RFC 8843), rtcp-mux (RFC
 * 5761), trickle ICE (RFC 8838), DTLS-SRTP (RFC 5763, 5764), RTP with sender and receiver reports (RFC 3550), NACK,
 * PLI, FIR (RFC 4585, 5104), REMB, forward error correction of video (RFC 5109, 2198), orientation of what comes (3GPP
 * TS 26.114, 7.4.5; RFC 8285). Codecs: H.264 (RFC 6184, packetization mode 1, or 0 where that alone is understood), VP8
 * (RFC 7741), Opus (RFC 7587). */
#ifndef CALLAPI_NET_PEER_PEER_H
#define CALLAPI_NET_PEER_PEER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/media/media.h"
#include "net/connection/reactor.h"
#include "net/transport/ice_servers.h"

struct peer;
struct connection_statistics;
struct dtls_identity; /* key pair and self-signed certificate: net/transport/dtls.h, made once at start */

enum peer_state {
    PEER_NEW,
    PEER_CONNECTING, /* both descriptions are there */
    PEER_CONNECTED,  /* DTLS done and the fingerprint verified: media flow */
    PEER_FAILED,     /* no path was found, or a wrong fingerprint; terminal. A path that is lost later is no failure:
                        restart */
    PEER_CLOSED,     /* the other side closed (DTLS close_notify); terminal */
};

enum peer_event_type {
    PEER_EVENT_STATE,     /* stored already */
    PEER_EVENT_CANDIDATE, /* one of ours, to be signalled */
    PEER_EVENT_RESTARTED, /* a restart has found a new path */
    PEER_EVENT_KEY_FRAME, /* the far end needs one of our video (PLI, FIR, or it has just connected) */
    PEER_EVENT_PAUSED,    /* the far end pauses what we send, or no longer: peer_is_paused */
    PEER_EVENT_MESSAGE,   /* what the far end sent by peer_send_message */
    PEER_EVENT_BIT_RATE,  /* what our pictures may use: from transport-wide feedback, else the far end's REMB,
                             which is a limit in any case */
};

struct peer_event {
    enum peer_event_type type;
    union {
        struct {
            enum peer_state state;
            const char *why;
        };
        const char *candidate; /* "candidate:..." as in SDP, without "a="; NULL: gathering is done */
        const char *message;
        int64_t bit_rate; /* bit/s */
    };
};

/* What the descriptions say of our media: of both m-lines, as seen from here. */
enum peer_direction { PEER_SENDRECV, PEER_SENDONLY, PEER_RECVONLY };

struct peer_config {
    const struct dtls_identity *identity; /* borrowed, outlives the peer */
    bool offerer;
    enum peer_direction direction;
    enum AVCodecID video_codec;      /* preferred: AV_CODEC_ID_H264 or AV_CODEC_ID_VP8; offered both, this one first */
    struct ice_servers *ice_servers; /* borrowed, outlives the peer; NULL: none */
    /* NULL: nobody listens. The peer may be closed (peer_destroy) in here: it is deleted after the tick. */
    void (*on_event)(void *user_data, const struct peer_event *event);
    void *user_data;
};

struct peer_stats {
    uint64_t packets_sent, bytes_sent, packets_received, bytes_received, packets_lost, packets_retransmitted;
    uint64_t nacks_sent, nacks_received, plis_sent, plis_received, frames_received;
    uint64_t reports_received;         /* RTCP: all that comes from who only watches, or is paused */
    uint64_t retransmissions_received; /* in a stream of their own (RFC 4588), and missed until then */
    double round_trip_ms;              /* from RTCP, 0 while unknown */
    int64_t available_bit_rate;        /* of the path, as estimated here or (REMB) there; 0: unknown */
};

/* Milestones of the connection, g_get_monotonic_time; 0: not yet. */
struct peer_milestones {
    int64_t created_us, gathered_us, remote_description_us, ice_connected_us, dtls_done_us, first_packet_sent_us,
        first_packet_received_us, first_frame_received_us;
};

/* NULL, logged, where libnice or OpenSSL refuse. Candidates are gathered at once. Events are told from the reactor
 * only, in the order in which they came. */
struct peer *peer_create(struct reactor *reactor, const struct peer_config *config);
/* Takes NULL. Says goodbye (RTCP BYE, DTLS close_notify) and is gone after the tick; no event is told any more. */
void peer_destroy(struct peer *peer);

/* SDP texts, to be g_free'd. Offerer: peer_offer, then peer_set_answer. Answerer: peer_answer. Candidates known by then
 * are inside; later ones come as events. NULL or false with a reason in `error` (g_free it) where the other
 * side's SDP is malformed or has nothing we speak (no common codec, no fingerprint, no rtcp-mux ...); the peer stays as
 * it was. */
char *peer_offer(struct peer *peer);
char *peer_answer(struct peer *peer, const char *offer, char **error);
bool peer_set_answer(struct peer *peer, const char *answer, char **error);
/* PEER_CONNECTED: an ICE restart (RFC 8445, 9; RFC 8829, 5.2.1) from either side, with the network cards of now. What
 * was agreed upon stays, and so do the streams; the old path is used until the new one is found. The offer is to be
 * sent (g_free it); the other side answers it by peer_answer, and the answer goes to peer_set_answer, as at first. A
 * restart under way is begun anew. Where both sides restart at once the first offerer's stands: the other's is refused
 * there, and given up here. NULL, logged, where ICE refuses. */
char *peer_restart(struct peer *peer);

/* Our last description once more, with all candidates that are known by now (g_free it), for where it may not have
 * arrived. There has to be one. */
char *peer_describe_again(struct peer *peer);

/* Servers that became known after the creation, in place of the config's (borrowed likewise): more candidates are
 * gathered by them. May be called again when more of their names are known. */
void peer_set_ice_servers(struct peer *peer, struct ice_servers *servers);

/* Before or after the descriptions; an unusable candidate (mDNS, TCP, malformed) is skipped. NULL: no more will come.
 */
void peer_add_candidate(struct peer *peer, const char *candidate);

enum { PEER_CERTIFICATE_HASH = 32 };

/* The certificates of the handshake, by SHA-256 of their DER, whatever the descriptions named them by: with whom the
 * media are shared. */
struct peer_certificates {
    uint8_t own[PEER_CERTIFICATE_HASH], remote[PEER_CERTIFICATE_HASH];
};
/* False but in PEER_CONNECTED. */
bool peer_certificates(const struct peer *peer, struct peer_certificates *out);

enum peer_state peer_current_state(const struct peer *peer);
/* Negotiated codec of our video stream: AV_CODEC_ID_H264, _VP8, or AV_CODEC_ID_NONE before negotiation or where video
 * was refused. */
enum AVCodecID peer_video_codec(const struct peer *peer);

/* Whether it is H.264 in packetization mode 0: no NAL unit of it may be larger than
 * RTP_LEAST_PAYLOAD (net/rtp/sender.h). */
bool peer_sends_single_nal_units(const struct peer *peer);

/* Whether the descriptions have the far end send on that m-line; false before there are both. */
bool peer_far_end_sends(const struct peer *peer, enum AVMediaType type);

/* What the far end sends. Valid as long as the peer. */
struct source *peer_source(struct peer *peer);
/* What we send: encoded packets with pts in microseconds of the monotonic clock; nothing leaves before PEER_CONNECTED.
 * Video of another codec than peer_video_codec is dropped (one log line), and so is video until its first key frame. */
struct packet_sink *peer_video_sink(struct peer *peer);
struct packet_sink *peer_audio_sink(struct peer *peer);
/* Over the connection itself, once (RTCP APP, RFC 3550, 6.7): for what goes by signalling as well, and is there sooner
 * this way. False where there is no connection, or the text is too long for a packet (about 1000 bytes). */
bool peer_send_message(struct peer *peer, const char *text);
/* The most that our pictures are ever encoded with, bit/s: more is not probed for. */
void peer_set_max_bit_rate(struct peer *peer, int64_t bit_rate);

/* What the far end sends (RFC 7728): paused, nothing but reports comes. Woken by what travels the connection itself,
 * half a round trip; a key frame follows. Nothing where the far end cannot be paused. */
void peer_set_paused(struct peer *peer, bool paused);
bool peer_can_pause(const struct peer *peer);
/* Whether the far end paused our stream of that type. */
bool peer_is_paused(const struct peer *peer, enum AVMediaType type);

struct peer_stats peer_stats(const struct peer *peer);
struct peer_milestones peer_milestones(const struct peer *peer);
/* The same and more with the names of webrtc-stats: engine/statistics/statistics.h. */
void peer_statistics(const struct peer *peer, struct connection_statistics *out);

#endif

/* Session descriptions (RFC 8866) as JSEP (RFC 8829) uses them: one strict line parser, one writer, and the choice of
 * what an answer accepts. Only what this program speaks is kept; other lines are skipped, broken ones refuse the whole
 * text. */
#ifndef CALLAPI_NET_SDP_SDP_H
#define CALLAPI_NET_SDP_SDP_H

#include <glib.h>
#include <libavcodec/codec_id.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/sdp/fingerprint.h"

/* Header extensions (a=extmap, RFC 8285). */
#define SDP_TRANSPORT_CC_URI "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define SDP_ORIENTATION_URI "urn:3gpp:video-orientation" /* 3GPP TS 26.114, 7.4.5 */

enum {
    SDP_MAX_SIZE = 64 * 1024,
    SDP_MAX_MEDIA = 64,
    SDP_MAX_CODECS = 64, /* formats of one m-line */
    SDP_MAX_CANDIDATES = 64,
    SDP_MAX_FINGERPRINTS = 8,
    SDP_MAX_EXTENSION = 14, /* id of a one-byte header extension (RFC 8285, 4.2) */
};

enum sdp_kind { SDP_AUDIO, SDP_VIDEO, SDP_OTHER };
/* Bit 0: the writer of the description sends; bit 1: it receives. */
enum sdp_direction { SDP_INACTIVE = 0, SDP_SENDONLY = 1, SDP_RECVONLY = 2, SDP_SENDRECV = 3 };
enum sdp_setup { SDP_SETUP_NONE, SDP_ACTPASS, SDP_ACTIVE, SDP_PASSIVE };
/* a=rtcp-fb: nack; nack pli; ccm fir; goog-remb; transport-cc; ccm pause nowait (RFC 7728) */
enum sdp_feedback { SDP_NACK = 1, SDP_PLI = 2, SDP_FIR = 4, SDP_REMB = 8, SDP_TRANSPORT_CC = 16, SDP_PAUSE = 32 };

struct sdp_codec {
    enum AVCodecID id; /* AV_CODEC_ID_NONE: not one of ours */
    uint8_t payload_type;
    uint32_t profile_level;     /* H.264's profile-level-id, 24 bits */
    uint8_t packetization_mode; /* H.264: 1; 0, or not said: single NAL units only (RFC 6184, 6.2) */
    uint8_t rtx;                /* payload type of its retransmissions (RFC 4588), 0: none */
    unsigned feedback;          /* bits of sdp_feedback */
};

/* How to reach the writer: ICE (RFC 8839) and DTLS (RFC 8842). */
struct sdp_transport {
    char ufrag[257], pwd[257];                             /* "": not given */
    struct fingerprint fingerprints[SDP_MAX_FINGERPRINTS]; /* the certificate is one of these */
    int n_fingerprints;
    enum sdp_setup setup;
};

struct sdp_media {
    enum sdp_kind kind;
    char name[32], protocol[32]; /* of the m-line: "audio", "UDP/TLS/RTP/SAVPF" */
    char first_format[32];       /* what a rejecting answer echoes */
    char mid[64];
    bool rejected; /* port 0 without a=bundle-only */
    bool bundled;  /* its mid is in a=group:BUNDLE */
    bool bundle_only, rtcp_mux;
    enum sdp_direction direction;
    struct sdp_codec codecs[SDP_MAX_CODECS]; /* in order of preference */
    int n_codecs;
    uint32_t ssrc;     /* the first a=ssrc, 0: none */
    uint32_t rtx_ssrc; /* of its retransmissions (a=ssrc-group:FID, RFC 5576), 0: none */
    /* Redundancy: payload types, 0: none. Of sound `red` alone, with Opus in it, which goes before Opus then. Of video
     * forward error correction; without `ulpfec` the other two are of no use. */
    uint8_t ulpfec, red, red_rtx; /* RFC 5109; RFC 2198; retransmissions of RED */
    uint32_t fec_ssrc;    /* redundancy comes as a stream of its own (a=ssrc-group:FEC-FR, RFC 5956); 0: in RED */
    uint8_t transport_cc; /* id of the transport-wide sequence number's header extension (a=extmap, RFC
                           * 8285, one-byte form: 1 to 14), 0: none */
    uint8_t orientation;  /* likewise of SDP_ORIENTATION_URI, which is read in either form; video only */
    struct sdp_transport transport;
};

struct sdp {
    /* Of the o-line; written only. The version grows with each description (RFC 3264, 8) */
    uint64_t session, version;
    struct sdp_media media[SDP_MAX_MEDIA];
    int n_media;
    bool ice_lite;
    char *candidates[SDP_MAX_CANDIDATES]; /* "candidate:...", owned */
    int n_candidates;
    char cname[32], stream[32]; /* written only: RTCP's CNAME and the msid */
};

/* NULL with a reason in `error` (g_free it) where the text is not a session description. */
struct sdp *sdp_parse(const char *text, char **error);
void sdp_free(struct sdp *sdp); /* takes NULL */

/* Which description of which session a text is, "sess-id sess-version" of its o-line (RFC 8866, 5.2); g_free it. NULL:
 * it does not say. */
char *sdp_origin(const char *text);

/* The text, to be g_free'd: one transport for all m-lines. */
char *sdp_write(const struct sdp *sdp);

/* What we offer: audio, then video with `preferred` first. Transport, SSRCs, names and candidates are the caller's to
 * fill in. */
struct sdp *sdp_offer(enum AVCodecID preferred);
/* What we accept of an offer: its m-lines in its order, its payload types, our order of preference. NULL with a reason
 * where nothing is left or something indispensable is missing. */
struct sdp *sdp_answer(const struct sdp *offer, enum AVCodecID preferred, char **error);
/* Takes out of our own offer or answer, whose m-lines are sendrecv where the other side's allow it, each direction that
 * `allowed` lacks. */
void sdp_restrict(struct sdp *sdp, enum sdp_direction allowed);
/* Leaves of `sdp` what `agreed` has too, in its order: a later answer changes nothing that runs. */
void sdp_keep_agreed(struct sdp *sdp, const struct sdp *agreed);
/* A copy without candidates, as the next offer of the same session. */
struct sdp *sdp_offer_again(const struct sdp *sdp);
/* False with a reason where `answer` does not answer `offer`. Codecs that were not offered are taken out of it. */
bool sdp_check_answer(const struct sdp *offer, struct sdp *answer, char **error);

/* The accepted m-line of this kind, or NULL. */
struct sdp_media *sdp_find(struct sdp *sdp, enum sdp_kind kind);
/* The transport that all bundled m-lines share: the first accepted one's. NULL: none is accepted. */
const struct sdp_transport *sdp_transport(const struct sdp *sdp);
/* Adds a candidate line; false where the table is full. */
bool sdp_add_candidate(struct sdp *sdp, const char *candidate);

#endif

#include "net/sdp/sdp.h"

#include <string.h>

enum { H264_CONSTRAINED_BASELINE_31 = 0x42e01f, H264_LEVEL_31 = 0x1f, RED = 104, RED_RTX = 105, ULPFEC = 106 };
enum { TRANSPORT_CC_ID = 3, ORIENTATION_ID = 4 }; /* of header extensions: one space for both m-lines */

void sdp_free(struct sdp *sdp)
{
    if (!sdp)
        return;
    for (int i = 0; i < sdp->n_candidates; i++)
        g_free(sdp->candidates[i]);
    g_free(sdp);
}

bool sdp_add_candidate(struct sdp *sdp, const char *candidate)
{
    if (sdp->n_candidates == SDP_MAX_CANDIDATES)
        return false;
    sdp->candidates[sdp->n_candidates++] = g_strdup(candidate);
    return true;
}

struct sdp_media *sdp_find(struct sdp *sdp, enum sdp_kind kind)
{
    for (int i = 0; i < sdp->n_media; i++)
        if (sdp->media[i].kind == kind && !sdp->media[i].rejected)
            return &sdp->media[i];
    return NULL;
}

const struct sdp_transport *sdp_transport(const struct sdp *sdp)
{
    for (int i = 0; i < sdp->n_media; i++)
        if (!sdp->media[i].rejected)
            return &sdp->media[i].transport;
    return NULL;
}

/* ---- offer ---- */

static struct sdp_media *add_media(struct sdp *sdp, enum sdp_kind kind)
{
    struct sdp_media *media = &sdp->media[sdp->n_media];
    media->kind = kind;
    g_strlcpy(media->name, kind == SDP_AUDIO ? "audio" : "video", sizeof media->name);
    g_strlcpy(media->protocol, "UDP/TLS/RTP/SAVPF", sizeof media->protocol);
    g_snprintf(media->mid, sizeof media->mid, "%d", sdp->n_media++);
    media->rtcp_mux = media->bundled = true;
    media->direction = SDP_SENDRECV;
    media->transport_cc = TRANSPORT_CC_ID;
    return media;
}

static void add_video_codecs(struct sdp_media *media, enum AVCodecID preferred)
{
    enum { FEEDBACK = SDP_NACK | SDP_PLI | SDP_FIR | SDP_REMB | SDP_TRANSPORT_CC | SDP_PAUSE };
    static const struct sdp_codec codecs[] = {
        { AV_CODEC_ID_H264, 102, H264_CONSTRAINED_BASELINE_31, 1, 103, FEEDBACK },
        { AV_CODEC_ID_VP8, 96, 0, 0, 97, FEEDBACK },
        { AV_CODEC_ID_H264, 108, H264_CONSTRAINED_BASELINE_31, 0, 109, FEEDBACK },
    };
    int first = preferred == AV_CODEC_ID_VP8;
    media->codecs[0] = codecs[first];
    media->codecs[1] = codecs[!first];
    media->codecs[2] = codecs[2];
    media->n_codecs = 3;
    media->red = RED;
    media->red_rtx = RED_RTX;
    media->ulpfec = ULPFEC;
    media->orientation = ORIENTATION_ID;
}

/* RFC 8829, 5.2.1: 64 bits, the highest of them 0. */
static struct sdp *sdp_create(void)
{
    struct sdp *sdp = g_new0(struct sdp, 1);
    sdp->session = (uint64_t)g_random_int_range(1, INT32_MAX) << 31 | (uint64_t)g_random_int_range(0, INT32_MAX);
    return sdp;
}

struct sdp *sdp_offer(enum AVCodecID preferred)
{
    struct sdp *sdp = sdp_create();
    struct sdp_media *audio = add_media(sdp, SDP_AUDIO);
    audio->codecs[audio->n_codecs++] = (struct sdp_codec){ .id = AV_CODEC_ID_OPUS,
                                                           .payload_type = 111,
                                                           .feedback = SDP_NACK | SDP_TRANSPORT_CC | SDP_PAUSE };
    audio->red = 63;
    add_video_codecs(add_media(sdp, SDP_VIDEO), preferred);
    for (int i = 0; i < sdp->n_media; i++) /* written where the m-line is rejected, and offered again by a restart */
        g_snprintf(sdp->media[i].first_format, sizeof sdp->media[i].first_format, "%d",
                   sdp->media[i].codecs[0].payload_type);
    return sdp;
}

void sdp_restrict(struct sdp *sdp, enum sdp_direction allowed)
{
    for (int i = 0; i < sdp->n_media; i++)
        sdp->media[i].direction &= allowed;
}

struct sdp *sdp_offer_again(const struct sdp *sdp)
{
    struct sdp *again = g_memdup2(sdp, sizeof *sdp);
    memset(again->candidates, 0, sizeof again->candidates);
    again->n_candidates = 0;
    return again;
}

/* ---- answer ---- */

/* Smaller is better. Constrained baseline is what our encoders make: before plain baseline and the
 * rest. Without fragments (packetization mode 0) pictures are cut into slices, which costs bits:
 * last. */
static int rank(const struct sdp_codec *codec, enum AVCodecID preferred)
{
    int other = codec->id == preferred ? 0 : 8;
    if (codec->id != AV_CODEC_ID_H264)
        return other;
    uint32_t profile = codec->profile_level >> 8;
    return other + (codec->packetization_mode == 1 ? 0 : 4) + (profile == 0x42e0 ? 0 : profile >> 8 == 0x42 ? 1 : 2);
}

/* The best entry of each codec that we speak, the best of all first. */
static void choose_codecs(struct sdp_media *answer, const struct sdp_media *offer, enum AVCodecID preferred)
{
    static const enum AVCodecID ours[] = { AV_CODEC_ID_OPUS, AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };
    for (size_t o = 0; o < G_N_ELEMENTS(ours); o++) {
        const struct sdp_codec *best = NULL;
        for (int i = 0; i < offer->n_codecs; i++)
            if (offer->codecs[i].id == ours[o] && (!best || rank(&offer->codecs[i], preferred) < rank(best, preferred)))
                best = &offer->codecs[i];
        if (!best)
            continue;
        int at = ours[o] == preferred ? 0 : answer->n_codecs;
        memmove(&answer->codecs[at + 1], &answer->codecs[at], (size_t)(answer->n_codecs - at) * sizeof *answer->codecs);
        answer->codecs[at] = *best;
        answer->n_codecs++;
    }
    /* With level-asymmetry-allowed each side states its own level; the profile must stay the offer's (RFC 6184,
     * 8.2.2). */
    for (int i = 0; i < answer->n_codecs; i++)
        answer->codecs[i].profile_level = (answer->codecs[i].profile_level & 0xffff00) | H264_LEVEL_31;
}

static enum sdp_direction reversed(enum sdp_direction direction)
{
    return (enum sdp_direction)((direction & SDP_SENDONLY) << 1 | (direction & SDP_RECVONLY) >> 1);
}

/* One of each kind, and all on one transport: of `n` m-lines before this one. */
static bool has_room_for(const struct sdp *sdp, int n, const struct sdp_media *offer)
{
    for (int i = 0; i < n; i++)
        if (!sdp->media[i].rejected && (sdp->media[i].kind == offer->kind || !sdp->media[i].bundled || !offer->bundled))
            return false;
    return true;
}

static bool may_have_red(const struct sdp_media *media)
{
    return media->kind == SDP_AUDIO || media->ulpfec;
}

/* The accepted m-line, or the rejected one that keeps its place (RFC 3264, 6). */
static void answer_media(struct sdp *sdp, const struct sdp_media *offer, enum AVCodecID preferred)
{
    bool room = has_room_for(sdp, sdp->n_media, offer);
    struct sdp_media *media = &sdp->media[sdp->n_media++];
    media->kind = offer->kind;
    memcpy(media->name, offer->name, sizeof media->name);
    memcpy(media->protocol, offer->protocol, sizeof media->protocol);
    memcpy(media->first_format, offer->first_format, sizeof media->first_format);
    memcpy(media->mid, offer->mid, sizeof media->mid);
    media->rtcp_mux = offer->rtcp_mux;
    media->bundled = offer->bundled;
    media->direction = reversed(offer->direction);
    media->transport_cc = offer->transport_cc;
    media->orientation = offer->orientation;
    if (!offer->rejected && room)
        choose_codecs(media, offer, preferred);
    media->ulpfec = offer->ulpfec;
    media->red = may_have_red(offer) ? offer->red : 0;
    media->red_rtx = offer->ulpfec ? offer->red_rtx : 0;
    media->rejected = media->n_codecs == 0;
}

static bool check_transport(const struct sdp *sdp, char **error)
{
    const struct sdp_transport *transport = sdp_transport(sdp);
    const char *why = NULL;
    if (!transport)
        why = "no m-line with a codec that both sides speak";
    else if (!*transport->ufrag || !*transport->pwd)
        why = "no ICE credentials";
    else if (!transport->n_fingerprints)
        why = "no fingerprint by SHA-256, SHA-384 or SHA-512";
    for (int i = 0; !why && i < sdp->n_media; i++)
        if (!sdp->media[i].rejected && !sdp->media[i].rtcp_mux)
            why = "rtcp-mux is missing";
    if (why)
        *error = g_strdup(why);
    return !why;
}

struct sdp *sdp_answer(const struct sdp *offer, enum AVCodecID preferred, char **error)
{
    struct sdp *answer = sdp_create();
    for (int i = 0; i < offer->n_media; i++) {
        answer_media(answer, &offer->media[i], preferred);
        answer->media[i].transport = offer->media[i].transport; /* to be checked; the caller puts in our own */
    }
    if (check_transport(answer, error))
        return answer;
    sdp_free(answer);
    return NULL;
}

/* By its payload type, whatever mode a careless answer gives it: to send single NAL units is within
 * each. Else the same codec in the same mode. */
static const struct sdp_codec *find_offered(const struct sdp_media *offer, const struct sdp_codec *codec)
{
    const struct sdp_codec *alike = NULL;
    for (int i = 0; i < offer->n_codecs; i++) {
        const struct sdp_codec *offered = &offer->codecs[i];
        if (offered->id != codec->id || codec->id == AV_CODEC_ID_NONE)
            continue;
        if (offered->payload_type == codec->payload_type)
            return offered;
        if (!alike && offered->packetization_mode == codec->packetization_mode)
            alike = offered;
    }
    return alike;
}

/* The answer keeps the offer's payload types (RFC 3264, 6.1 advises it, and all do); others are not used. */
static void keep_offered_redundancy(struct sdp_media *media, const struct sdp_media *offer)
{
    if (media->ulpfec != offer->ulpfec)
        media->ulpfec = 0;
    if (media->red != offer->red || !may_have_red(media))
        media->red = 0;
    if (media->red_rtx != offer->red_rtx || !media->red)
        media->red_rtx = 0;
}

/* Takes out what was not offered. */
static void keep_offered(struct sdp_media *media, const struct sdp_media *offer)
{
    int kept = 0;
    for (int i = 0; i < media->n_codecs; i++) {
        const struct sdp_codec *offered = find_offered(offer, &media->codecs[i]);
        if (!offered)
            continue;
        media->codecs[kept] = media->codecs[i];
        if (!offered->rtx)
            media->codecs[kept].rtx = 0;
        kept++;
    }
    media->n_codecs = kept;
    media->rejected = media->rejected || !kept;
}

bool sdp_check_answer(const struct sdp *offer, struct sdp *answer, char **error)
{
    if (answer->n_media != offer->n_media) {
        *error = g_strdup("the answer has another number of m-lines than the offer");
        return false;
    }
    for (int i = 0; i < answer->n_media; i++) {
        struct sdp_media *media = &answer->media[i];
        if (!media->rejected && media->kind != offer->media[i].kind) {
            *error = g_strdup("the answer's m-lines are not in the offer's order");
            return false;
        }
        /* Without BUNDLE the second has no transport */
        media->rejected = media->rejected || !has_room_for(answer, i, media);
        keep_offered(media, &offer->media[i]);
        keep_offered_redundancy(media, &offer->media[i]);
        if (media->transport_cc != offer->media[i].transport_cc)
            media->transport_cc = 0;
        if (media->orientation != offer->media[i].orientation)
            media->orientation = 0;
    }
    if (!check_transport(answer, error))
        return false;
    enum sdp_setup setup = sdp_transport(answer)->setup;
    if (setup != SDP_ACTIVE && setup != SDP_PASSIVE)
        *error = g_strdup("the answer's a=setup is neither active nor passive");
    return setup == SDP_ACTIVE || setup == SDP_PASSIVE;
}

static void keep_agreed(struct sdp_media *media, const struct sdp_media *agreed)
{
    struct sdp_codec codecs[SDP_MAX_CODECS] = { 0 };
    int n = 0;
    for (int i = 0; i < agreed->n_codecs; i++) {
        const struct sdp_codec *codec = find_offered(media, &agreed->codecs[i]);
        if (codec)
            codecs[n++] = *codec;
    }
    memcpy(media->codecs, codecs, sizeof codecs);
    media->n_codecs = n;
    media->rejected = media->rejected || agreed->rejected || !n;
    if (!agreed->ulpfec)
        media->ulpfec = media->red_rtx = 0;
    if (!agreed->red || !may_have_red(media))
        media->red = 0;
    if (!agreed->transport_cc)
        media->transport_cc = 0;
    if (!agreed->orientation)
        media->orientation = 0;
}

void sdp_keep_agreed(struct sdp *sdp, const struct sdp *agreed)
{
    for (int i = 0; i < MIN(sdp->n_media, agreed->n_media); i++)
        if (!sdp->media[i].rejected)
            keep_agreed(&sdp->media[i], &agreed->media[i]);
}

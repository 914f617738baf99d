#include "net/sdp/sdp.h"

#include <stdio.h>
#include <string.h>

enum { H264_BASELINE_1 = 0x42000a }; /* where no profile-level-id is given (RFC 6184, 8.1) */

/* One line at a time; what stands before the first m-line holds for all of them (RFC 8866, 5.13; RFC 8839, 5.4). */
struct parser {
    struct sdp *sdp;
    struct sdp_media *media; /* NULL in the session part */
    struct sdp_transport session;
    bool own_fingerprint; /* the m-line has one */
    enum sdp_direction session_direction;
    struct {
        enum { FORMAT_CODEC, FORMAT_RTX, FORMAT_RED, FORMAT_ULPFEC } kind;
        uint64_t associated; /* payload type, 0: none given */
    } formats[128];          /* of the m-line, by payload type */
    char **bundle;           /* mids of a=group:BUNDLE, NULL: there is none */
    char *why;               /* set: the text is refused */
};

static bool refuse(struct parser *parser, const char *why)
{
    if (!parser->why)
        parser->why = g_strdup(why);
    return false;
}

/* RFC 8866's token, and the slash of protocol names: safe to write back. */
static bool copy_token(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);
    if (!length || length >= size)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isgraph(from[i]) || strchr("\"(),:;<=>?@[\\]", from[i]))
            return false;
    memcpy(to, from, length + 1);
    return true;
}

static bool number(const char *text, uint64_t max, uint64_t *value)
{
    return g_ascii_string_to_unsigned(text, 10, 0, max, value, NULL);
}

/* "96 rest" → 96 and "rest"; false where no number is there. */
static bool leading_number(const char *text, uint64_t max, uint64_t *value, const char **rest)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 10 || text[digits] != ' ')
        return false;
    g_autofree char *head = g_strndup(text, digits);
    *rest = text + digits + 1;
    return number(head, max, value);
}

static struct sdp_codec *find_payload_type(struct sdp_media *media, uint64_t payload_type)
{
    for (int i = 0; media && i < media->n_codecs; i++)
        if (media->codecs[i].payload_type == payload_type)
            return &media->codecs[i];
    return NULL;
}

/* ---- the m-line ---- */

static enum sdp_kind kind_of(const struct sdp_media *media)
{
    static const char *const protocols[] = { "UDP/TLS/RTP/SAVPF",
                                             "UDP/TLS/RTP/SAVP",
                                             "TCP/DTLS/RTP/SAVPF",
                                             "TCP/DTLS/RTP/SAVP",
                                             "RTP/SAVPF",
                                             "RTP/SAVP",
                                             NULL }; /* RFC 8829, 5.1.3: what it is, ICE decides */
    bool rtp = g_strv_contains(protocols, media->protocol);
    if (rtp && g_str_equal(media->name, "audio"))
        return SDP_AUDIO;
    if (rtp && g_str_equal(media->name, "video"))
        return SDP_VIDEO;
    return SDP_OTHER;
}

static bool add_formats(struct sdp_media *media, char **formats)
{
    for (; *formats && media->n_codecs < SDP_MAX_CODECS; formats++) {
        uint64_t payload_type;
        if (!number(*formats, 127, &payload_type))
            return false;
        if (!find_payload_type(media, payload_type))
            media->codecs[media->n_codecs++].payload_type = (uint8_t)payload_type;
    }
    return true;
}

/* A retransmission format (RFC 4588, 8.1) becomes part of what it belongs to: it is none by itself. */
static void fold_retransmission(struct parser *parser, uint8_t payload_type)
{
    uint64_t associated = parser->formats[payload_type].associated;
    struct sdp_media *media = parser->media;
    struct sdp_codec *of = associated ? find_payload_type(media, associated) : NULL;
    if (of && parser->formats[associated].kind == FORMAT_CODEC)
        of->rtx = payload_type;
    if (associated && parser->formats[associated].kind == FORMAT_RED && !media->red_rtx)
        media->red_rtx = payload_type;
}

/* What is no codec goes out of the list of codecs; of RED and ULPFEC the first one counts. */
static void fold_formats(struct parser *parser)
{
    struct sdp_media *media = parser->media;
    int kept = 0;
    for (int i = 0; media && i < media->n_codecs; i++) {
        struct sdp_codec codec = media->codecs[i];
        switch (parser->formats[codec.payload_type].kind) {
        case FORMAT_CODEC:
            media->codecs[kept++] = codec;
            break;
        case FORMAT_RTX:
            fold_retransmission(parser, codec.payload_type);
            break;
        case FORMAT_RED:
            media->red = media->red ? media->red : codec.payload_type;
            break;
        case FORMAT_ULPFEC:
            media->ulpfec = media->ulpfec ? media->ulpfec : codec.payload_type;
            break;
        }
    }
    if (media && parser->formats[media->red_rtx].associated != media->red)
        media->red_rtx = 0;
    if (media) {
        memset(&media->codecs[kept], 0, (size_t)(media->n_codecs - kept) * sizeof *media->codecs);
        media->n_codecs = kept;
    }
    memset(parser->formats, 0, sizeof parser->formats);
}

static bool parse_media(struct parser *parser, const char *value)
{
    struct sdp *sdp = parser->sdp;
    fold_formats(parser);
    if (sdp->n_media == SDP_MAX_MEDIA)
        return refuse(parser, "too many m-lines");
    struct sdp_media *media = parser->media = &sdp->media[sdp->n_media++];
    media->transport = parser->session;
    parser->own_fingerprint = false;
    media->direction = parser->session_direction;
    g_auto(GStrv) words = g_strsplit(value, " ", SDP_MAX_CODECS + 4);
    uint64_t port;
    if (g_strv_length(words) < 4 || !copy_token(media->name, sizeof media->name, words[0]) ||
        !number(words[1], 65535, &port) || !copy_token(media->protocol, sizeof media->protocol, words[2]) ||
        !copy_token(media->first_format, sizeof media->first_format, words[3]))
        return refuse(parser, "malformed m-line");
    media->kind = kind_of(media);
    media->rejected = port == 0;
    if (media->kind != SDP_OTHER && !add_formats(media, words + 3))
        return refuse(parser, "malformed payload type in an m-line");
    return true;
}

/* ---- attributes; each gets what follows the colon ---- */

static struct sdp_transport *transport(struct parser *parser)
{
    return parser->media ? &parser->media->transport : &parser->session;
}

/* RFC 8839, 5.4: ice-char, 4 to 256 of them (22 for the password). */
static bool copy_ice(char *to, const char *from, size_t least)
{
    size_t length = strlen(from);
    if (length < least || length > 256)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(from[i]) && from[i] != '+' && from[i] != '/' && from[i] != '-' && from[i] != '_')
            return false;
    memcpy(to, from, length + 1);
    return true;
}

static bool parse_ufrag(struct parser *parser, const char *value)
{
    return copy_ice(transport(parser)->ufrag, value, 4) || refuse(parser, "malformed ice-ufrag");
}

static bool parse_pwd(struct parser *parser, const char *value)
{
    return copy_ice(transport(parser)->pwd, value, 22) || refuse(parser, "malformed ice-pwd");
}

/* 0: none of those that are strong enough, and skipped. */
static size_t hash_size(const char *value)
{
    static const struct {
        const char *name;
        size_t size;
    } hashes[] = {
        { "sha-256 ", FINGERPRINT_SHA_256 },
        { "sha-384 ", FINGERPRINT_SHA_384 },
        { "sha-512 ", FINGERPRINT_SHA_512 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(hashes); i++)
        if (!g_ascii_strncasecmp(value, hashes[i].name, strlen(hashes[i].name)))
            return hashes[i].size;
    return 0;
}

/* "AB:CD:..." */
static bool parse_bytes(const char *text, struct fingerprint *to)
{
    if (strlen(text) != to->size * 3 - 1)
        return false;
    for (size_t i = 0; i < to->size; i++, text += 3) {
        if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]) || (text[2] != ':' && text[2] != '\0'))
            return false;
        to->bytes[i] = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    }
    return true;
}

/* An m-line's own stand in place of the session's (RFC 8122, 5). */
static bool parse_fingerprint(struct parser *parser, const char *value)
{
    struct sdp_transport *to = transport(parser);
    struct fingerprint fingerprint = { .size = hash_size(value) };
    if (!fingerprint.size)
        return true;
    if (!parse_bytes(strchr(value, ' ') + 1, &fingerprint))
        return refuse(parser, "malformed fingerprint");
    if (parser->media && !parser->own_fingerprint)
        to->n_fingerprints = 0;
    parser->own_fingerprint = parser->media;
    if (to->n_fingerprints < SDP_MAX_FINGERPRINTS)
        to->fingerprints[to->n_fingerprints++] = fingerprint;
    return true;
}

static bool parse_setup(struct parser *parser, const char *value)
{
    static const char *const names[] = {
        [SDP_ACTPASS] = "actpass",
        [SDP_ACTIVE] = "active",
        [SDP_PASSIVE] = "passive",
    };
    for (int i = SDP_ACTPASS; i <= SDP_PASSIVE; i++)
        if (g_str_equal(value, names[i])) {
            transport(parser)->setup = (enum sdp_setup)i;
            return true;
        }
    return refuse(parser, "unknown a=setup");
}

static bool parse_mid(struct parser *parser, const char *value)
{
    if (parser->media && !copy_token(parser->media->mid, sizeof parser->media->mid, value))
        return refuse(parser, "malformed mid");
    return true;
}

static bool parse_group(struct parser *parser, const char *value)
{
    if (g_str_has_prefix(value, "BUNDLE ") && !parser->bundle)
        parser->bundle = g_strsplit(value + 7, " ", SDP_MAX_MEDIA + 1);
    return true;
}

static bool parse_rtcp_mux(struct parser *parser, const char *value)
{
    (void)value;
    if (parser->media)
        parser->media->rtcp_mux = true;
    return true;
}

static bool parse_bundle_only(struct parser *parser, const char *value)
{
    (void)value;
    if (parser->media)
        parser->media->bundle_only = true;
    return true;
}

static bool parse_ice_lite(struct parser *parser, const char *value)
{
    (void)value;
    return parser->sdp->ice_lite = true;
}

static bool set_direction(struct parser *parser, enum sdp_direction direction)
{
    *(parser->media ? &parser->media->direction : &parser->session_direction) = direction;
    return true;
}

static bool parse_sendrecv(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, SDP_SENDRECV);
}

static bool parse_sendonly(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, SDP_SENDONLY);
}

static bool parse_recvonly(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, SDP_RECVONLY);
}

static bool parse_inactive(struct parser *parser, const char *value)
{
    (void)value;
    return set_direction(parser, SDP_INACTIVE);
}

static bool parse_rtpmap(struct parser *parser, const char *value)
{
    uint64_t payload_type;
    const char *encoding;
    if (!leading_number(value, 127, &payload_type, &encoding))
        return refuse(parser, "malformed rtpmap");
    struct sdp_codec *codec = find_payload_type(parser->media, payload_type);
    if (!codec)
        return true;
    enum sdp_kind kind = parser->media->kind;
    codec->id = AV_CODEC_ID_NONE;
    parser->formats[payload_type].kind = FORMAT_CODEC;
    if (kind == SDP_VIDEO && !g_ascii_strcasecmp(encoding, "rtx/90000"))
        parser->formats[payload_type].kind = FORMAT_RTX;
    else if (kind == SDP_VIDEO && !g_ascii_strcasecmp(encoding, "red/90000"))
        parser->formats[payload_type].kind = FORMAT_RED;
    else if (kind == SDP_AUDIO && !g_ascii_strcasecmp(encoding, "red/48000/2"))
        parser->formats[payload_type].kind = FORMAT_RED;
    else if (kind == SDP_VIDEO && !g_ascii_strcasecmp(encoding, "ulpfec/90000"))
        parser->formats[payload_type].kind = FORMAT_ULPFEC;
    else if (kind == SDP_VIDEO && !g_ascii_strcasecmp(encoding, "H264/90000"))
        codec->id = AV_CODEC_ID_H264;
    else if (kind == SDP_VIDEO && !g_ascii_strcasecmp(encoding, "VP8/90000"))
        codec->id = AV_CODEC_ID_VP8;
    else if (kind == SDP_AUDIO && !g_ascii_strcasecmp(encoding, "opus/48000/2"))
        codec->id = AV_CODEC_ID_OPUS;
    return true;
}

static bool parse_parameter(struct parser *parser, struct sdp_codec *codec, const char *parameter)
{
    uint64_t value;
    if (!g_ascii_strncasecmp(parameter, "apt=", 4)) {
        if (!number(parameter + 4, 127, &value))
            return false;
        parser->formats[codec->payload_type].associated = value;
    } else if (!g_ascii_strncasecmp(parameter, "packetization-mode=", 19)) {
        if (!number(parameter + 19, 2, &value))
            return false;
        codec->packetization_mode = (uint8_t)value;
    } else if (!g_ascii_strncasecmp(parameter, "profile-level-id=", 17)) {
        if (strlen(parameter + 17) != 6 || !g_ascii_string_to_unsigned(parameter + 17, 16, 0, 0xffffff, &value, NULL))
            return false;
        codec->profile_level = (uint32_t)value;
    }
    return true;
}

static bool parse_fmtp(struct parser *parser, const char *value)
{
    uint64_t payload_type;
    const char *rest;
    if (number(value, 127, &payload_type))
        return true; /* without parameters */
    if (!leading_number(value, 127, &payload_type, &rest))
        return refuse(parser, "malformed fmtp");
    struct sdp_codec *codec = find_payload_type(parser->media, payload_type);
    if (!codec)
        return true;
    g_auto(GStrv) parameters = g_strsplit(rest, ";", 64);
    for (char **parameter = parameters; *parameter; parameter++)
        if (!parse_parameter(parser, codec, g_strstrip(*parameter)))
            return refuse(parser, "malformed fmtp");
    return true;
}

static bool parse_rtcp_fb(struct parser *parser, const char *value)
{
    static const struct {
        const char *name;
        enum sdp_feedback bit;
    } known[] = {
        { "nack", SDP_NACK },
        { "nack pli", SDP_PLI },
        { "ccm fir", SDP_FIR },
        { "goog-remb", SDP_REMB },
        { "transport-cc", SDP_TRANSPORT_CC },
        { "ccm pause nowait", SDP_PAUSE },
    };
    uint64_t payload_type = 0;
    const char *name = value;
    bool all = g_str_has_prefix(value, "* ");
    if (all)
        name += 2;
    else if (!leading_number(value, 127, &payload_type, &name))
        return refuse(parser, "malformed rtcp-fb");
    for (size_t k = 0; k < G_N_ELEMENTS(known); k++)
        for (int i = 0; parser->media && i < parser->media->n_codecs; i++)
            if (g_str_equal(name, known[k].name) && (all || parser->media->codecs[i].payload_type == payload_type))
                parser->media->codecs[i].feedback |= known[k].bit;
    return true;
}

/* RFC 8285, 8: "id[/direction] URI"; directions are as the m-line's in all that WebRTC offers. Ids from 4096 on stand
 * in offers that list more than one may choose (7). */
static bool parse_extmap(struct parser *parser, const char *value)
{
    size_t digits = strspn(value, "0123456789");
    const char *uri = strchr(value, ' ');
    g_autofree char *head = g_strndup(value, digits);
    uint64_t id;
    if (!uri || !number(head, 4351, &id) || !id)
        return refuse(parser, "malformed extmap");
    if (parser->media && id <= SDP_MAX_EXTENSION && g_str_equal(uri + 1, SDP_TRANSPORT_CC_URI))
        parser->media->transport_cc = (uint8_t)id;
    bool video = parser->media && parser->media->kind == SDP_VIDEO;
    if (video && id <= UINT8_MAX && g_str_equal(uri + 1, SDP_ORIENTATION_URI))
        parser->media->orientation = (uint8_t)id;
    return true;
}

static bool parse_ssrc(struct parser *parser, const char *value)
{
    uint64_t ssrc;
    const char *rest;
    if (!leading_number(value, UINT32_MAX, &ssrc, &rest))
        return refuse(parser, "malformed ssrc");
    if (parser->media && !parser->media->ssrc)
        parser->media->ssrc = (uint32_t)ssrc;
    return true;
}

/* Only the first pairs of the m-line's first stream; simulcast is none of ours. */
static bool parse_ssrc_group(struct parser *parser, const char *value)
{
    struct sdp_media *media = parser->media;
    bool fec = g_str_has_prefix(value, "FEC-FR "), rtx = g_str_has_prefix(value, "FID ");
    if (!media || (!fec && !rtx) || (fec ? media->fec_ssrc : media->rtx_ssrc))
        return true;
    uint64_t ssrc, second;
    const char *rest;
    if (!leading_number(strchr(value, ' ') + 1, UINT32_MAX, &ssrc, &rest) || !number(rest, UINT32_MAX, &second))
        return refuse(parser, "malformed ssrc-group");
    if (media->ssrc && media->ssrc != ssrc)
        return true;
    media->ssrc = (uint32_t)ssrc;
    *(fec ? &media->fec_ssrc : &media->rtx_ssrc) = (uint32_t)second;
    return true;
}

/* Kept whole: the ICE module reads it. */
static bool parse_candidate(struct parser *parser, const char *value)
{
    g_autofree char *candidate = g_strconcat("candidate:", value, NULL);
    sdp_add_candidate(parser->sdp, candidate);
    return true;
}

static bool parse_attribute(struct parser *parser, const char *line)
{
    static const struct {
        const char *name;
        bool (*parse)(struct parser *, const char *value);
    } attributes[] = {
        { "ice-ufrag", parse_ufrag },
        { "ice-pwd", parse_pwd },
        { "fingerprint", parse_fingerprint },
        { "setup", parse_setup },
        { "mid", parse_mid },
        { "rtcp-mux", parse_rtcp_mux },
        { "bundle-only", parse_bundle_only },
        { "ice-lite", parse_ice_lite },
        { "sendrecv", parse_sendrecv },
        { "sendonly", parse_sendonly },
        { "recvonly", parse_recvonly },
        { "inactive", parse_inactive },
        { "rtpmap", parse_rtpmap },
        { "fmtp", parse_fmtp },
        { "rtcp-fb", parse_rtcp_fb },
        { "ssrc", parse_ssrc },
        { "ssrc-group", parse_ssrc_group },
        { "extmap", parse_extmap },
        { "candidate", parse_candidate },
        { "group", parse_group },
    };
    size_t length = strcspn(line, ":");
    const char *value = line[length] ? line + length + 1 : "";
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
        if (strlen(attributes[i].name) == length && !memcmp(attributes[i].name, line, length))
            return attributes[i].parse(parser, value);
    return true;
}

/* ---- the whole ---- */

static bool parse_line(struct parser *parser, const char *line)
{
    if (!g_ascii_islower(line[0]) || line[1] != '=')
        return refuse(parser, "a line is not of the form x=...");
    if (line[0] == 'm')
        return parse_media(parser, line + 2);
    if (line[0] == 'a')
        return parse_attribute(parser, line + 2);
    return true;
}

/* What can only be said once the whole m-line was read. */
static void finish_media(struct sdp_media *media, char **bundle)
{
    media->bundled = bundle && *media->mid && g_strv_contains((const char *const *)bundle, media->mid);
    media->rejected = media->rejected && !media->bundle_only;
    if (media->orientation == media->transport_cc)
        media->orientation = 0; /* two of one id */
    for (int i = 0; i < media->n_codecs; i++) {
        struct sdp_codec *codec = &media->codecs[i];
        if (codec->id == AV_CODEC_ID_H264 && !codec->profile_level)
            codec->profile_level = H264_BASELINE_1;
        if (codec->id == AV_CODEC_ID_H264 && codec->packetization_mode > 1)
            codec->id = AV_CODEC_ID_NONE; /* interleaved */
    }
}

struct sdp *sdp_parse(const char *text, char **error)
{
    struct parser parser = { .sdp = g_new0(struct sdp, 1), .session_direction = SDP_SENDRECV };
    if (strnlen(text, SDP_MAX_SIZE + 1) > SDP_MAX_SIZE)
        refuse(&parser, "the description is too large");
    else if (!g_str_has_prefix(text, "v=0\r\n") && !g_str_has_prefix(text, "v=0\n"))
        refuse(&parser, "the description does not begin with v=0");
    g_auto(GStrv) lines = g_strsplit(parser.why ? "" : text, "\n", -1);
    for (char **line = lines; *line && !parser.why; line++) {
        g_strchomp(*line);
        if (**line)
            parse_line(&parser, *line);
    }
    fold_formats(&parser);
    for (int i = 0; i < parser.sdp->n_media; i++)
        finish_media(&parser.sdp->media[i], parser.bundle);
    g_strfreev(parser.bundle);
    if (!parser.why)
        return parser.sdp;
    sdp_free(parser.sdp);
    *error = parser.why;
    return NULL;
}

char *sdp_origin(const char *text)
{
    char id[21], version[21]; /* 64 bits each */
    const char *line = strstr(text, "\no=");
    int end = 0;
    if (!line || sscanf(line + 3, "%*s%*1[ ]%20[0-9]%*1[ ]%20[0-9]%n", id, version, &end) != 2 || line[3 + end] != ' ')
        return NULL;
    return g_strdup_printf("%s %s", id, version);
}

#include "net/sdp/sdp.h"

#include <inttypes.h>

static void write_fingerprint(GString *text, const struct fingerprint *fingerprint)
{
    g_string_append_printf(text, "a=fingerprint:sha-%zu ", fingerprint->size * 8);
    for (size_t i = 0; i < fingerprint->size; i++)
        g_string_append_printf(text, i ? ":%02X" : "%02X", fingerprint->bytes[i]);
    g_string_append(text, "\r\n");
}

static void write_transport(GString *text, const struct sdp_transport *transport)
{
    static const char *const setups[] = { "actpass", "actpass", "active", "passive" };
    g_string_append_printf(text, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n", transport->ufrag,
                           transport->pwd);
    for (int i = 0; i < transport->n_fingerprints; i++)
        write_fingerprint(text, &transport->fingerprints[i]);
    g_string_append_printf(text, "a=setup:%s\r\n", setups[transport->setup]);
}

static void write_feedback(GString *text, const struct sdp_codec *codec)
{
    static const struct {
        enum sdp_feedback bit;
        const char *name;
    } names[] = {
        { SDP_NACK, "nack" },
        { SDP_PLI, "nack pli" },
        { SDP_FIR, "ccm fir" },
        { SDP_REMB, "goog-remb" },
        { SDP_TRANSPORT_CC, "transport-cc" },
        { SDP_PAUSE, "ccm pause nowait" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (codec->feedback & names[i].bit)
            g_string_append_printf(text, "a=rtcp-fb:%d %s\r\n", codec->payload_type, names[i].name);
}

static void write_codec(GString *text, const struct sdp_codec *codec)
{
    int payload_type = codec->payload_type;
    switch (codec->id) {
    case AV_CODEC_ID_OPUS:
        g_string_append_printf(text, "a=rtpmap:%d opus/48000/2\r\na=fmtp:%d minptime=10;useinbandfec=1;stereo=1\r\n",
                               payload_type, payload_type);
        break;
    case AV_CODEC_ID_H264:
        g_string_append_printf(text, "a=rtpmap:%d H264/90000\r\n", payload_type);
        g_string_append_printf(text, "a=fmtp:%d level-asymmetry-allowed=1;packetization-mode=%d;", payload_type,
                               codec->packetization_mode);
        g_string_append_printf(text, "profile-level-id=%06x\r\n", codec->profile_level);
        break;
    case AV_CODEC_ID_VP8:
        g_string_append_printf(text, "a=rtpmap:%d VP8/90000\r\n", payload_type);
        break;
    default:
        break;
    }
    write_feedback(text, codec);
    if (codec->rtx)
        g_string_append_printf(text, "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n", codec->rtx, codec->rtx,
                               payload_type);
}

/* As browsers write it: as if they were codecs. */
static void write_redundancy(GString *text, const struct sdp_media *media)
{
    if (media->red && media->kind == SDP_AUDIO) { /* RFC 2198 section 5: what its blocks are */
        int opus = media->codecs[0].payload_type;
        g_string_append_printf(text, "a=rtpmap:%d red/48000/2\r\na=fmtp:%d %d/%d\r\n", media->red, media->red, opus,
                               opus);
    } else if (media->red)
        g_string_append_printf(text, "a=rtpmap:%d red/90000\r\n", media->red);
    if (media->red_rtx)
        g_string_append_printf(text, "a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n", media->red_rtx, media->red_rtx,
                               media->red);
    if (media->ulpfec)
        g_string_append_printf(text, "a=rtpmap:%d ulpfec/90000\r\n", media->ulpfec);
}

static bool has_rtx(const struct sdp_media *media)
{
    for (int i = 0; i < media->n_codecs; i++)
        if (media->codecs[i].rtx)
            return true;
    return false;
}

static void write_ssrc(GString *text, const struct sdp *sdp, const struct sdp_media *media)
{
    if (!media->ssrc || !(media->direction & SDP_SENDONLY))
        return;
    g_string_append_printf(text, "a=msid:%s %s-%s\r\n", sdp->stream, sdp->stream, media->name);
    bool rtx = media->rtx_ssrc && has_rtx(media);
    if (rtx)
        g_string_append_printf(text, "a=ssrc-group:FID %u %u\r\n", media->ssrc, media->rtx_ssrc);
    bool fec = media->fec_ssrc && media->ulpfec;
    if (fec)
        g_string_append_printf(text, "a=ssrc-group:FEC-FR %u %u\r\n", media->ssrc, media->fec_ssrc);
    const uint32_t ssrcs[] = { media->ssrc, rtx ? media->rtx_ssrc : 0, fec ? media->fec_ssrc : 0 };
    for (size_t i = 0; i < G_N_ELEMENTS(ssrcs); i++) {
        uint32_t ssrc = ssrcs[i];
        if (!ssrc)
            continue;
        g_string_append_printf(text, "a=ssrc:%u cname:%s\r\n", ssrc, sdp->cname);
        g_string_append_printf(text, "a=ssrc:%u msid:%s %s-%s\r\n", ssrc, sdp->stream, sdp->stream, media->name);
    }
}

static void write_mid(GString *text, const struct sdp_media *media)
{
    if (*media->mid)
        g_string_append_printf(text, "a=mid:%s\r\n", media->mid);
}

/* A rejected m-line keeps its place with port 0; nothing else about it matters (RFC 8829, 5.3.1). */
static void write_rejected(GString *text, const struct sdp_media *media)
{
    g_string_append_printf(text, "m=%s 0 %s %s\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\n", media->name, media->protocol,
                           media->first_format);
    write_mid(text, media);
}

static void write_media(GString *text, const struct sdp *sdp, const struct sdp_media *media)
{
    static const char *const directions[] = { "inactive", "sendonly", "recvonly", "sendrecv" };
    bool sound_in_red = media->kind == SDP_AUDIO && media->red;
    g_string_append_printf(text, "m=%s 9 %s", media->name, media->protocol);
    if (sound_in_red) /* browsers send it only where it goes before the codec */
        g_string_append_printf(text, " %d", media->red);
    for (int i = 0; i < media->n_codecs; i++)
        g_string_append_printf(text, " %d", media->codecs[i].payload_type);
    for (int i = 0; i < media->n_codecs; i++)
        if (media->codecs[i].rtx)
            g_string_append_printf(text, " %d", media->codecs[i].rtx);
    const uint8_t redundancy[] = { sound_in_red ? 0 : media->red, media->red_rtx, media->ulpfec };
    for (size_t i = 0; i < G_N_ELEMENTS(redundancy); i++)
        if (redundancy[i])
            g_string_append_printf(text, " %d", redundancy[i]);
    g_string_append(text, "\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n");
    write_mid(text, media);
    g_string_append_printf(text, "a=%s\r\na=rtcp-mux\r\n", directions[media->direction]);
    if (media->transport.setup == SDP_ACTPASS)
        g_string_append(text, "a=rtcp-mux-only\r\n"); /* an offer's (RFC 8858, 4) */
    write_transport(text, &media->transport);
    if (media->transport_cc)
        g_string_append_printf(text, "a=extmap:%d " SDP_TRANSPORT_CC_URI "\r\n", media->transport_cc);
    if (media->orientation)
        g_string_append_printf(text, "a=extmap:%d " SDP_ORIENTATION_URI "\r\n", media->orientation);
    for (int i = 0; i < media->n_codecs; i++)
        write_codec(text, &media->codecs[i]);
    write_redundancy(text, media);
    write_ssrc(text, sdp, media);
}

/* None that was not offered (RFC 8843, 7.3). */
static void write_group(GString *text, const struct sdp *sdp)
{
    g_autoptr(GString) mids = g_string_new(NULL);
    for (int i = 0; i < sdp->n_media; i++)
        if (!sdp->media[i].rejected && sdp->media[i].bundled)
            g_string_append_printf(mids, " %s", sdp->media[i].mid);
    if (mids->len)
        g_string_append_printf(text, "a=group:BUNDLE%s\r\n", mids->str);
}

static void write_session(GString *text, const struct sdp *sdp)
{
    g_string_append_printf(text, "v=0\r\no=- %" PRIu64 " %" PRIu64 " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
                           sdp->session, sdp->version);
    write_group(text, sdp);
    g_string_append_printf(text, "a=msid-semantic: WMS %s\r\n", *sdp->stream ? sdp->stream : "*");
}

char *sdp_write(const struct sdp *sdp)
{
    GString *text = g_string_new(NULL);
    write_session(text, sdp);
    bool first = true;
    for (int i = 0; i < sdp->n_media; i++) {
        const struct sdp_media *media = &sdp->media[i];
        if (media->rejected) {
            write_rejected(text, media);
            continue;
        }
        write_media(text, sdp, media);
        for (int c = 0; first && c < sdp->n_candidates; c++) /* all share the first one's transport */
            g_string_append_printf(text, "a=%s\r\n", sdp->candidates[c]);
        first = false;
    }
    return g_string_free(text, FALSE);
}

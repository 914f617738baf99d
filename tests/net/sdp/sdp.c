/* Session descriptions: a browser's offer, our own both ways, and what nobody should send. */
#include "net/sdp/sdp.h"
#include "net/sdp/fragment.h"

#include <string.h>

#define FINGERPRINT "0B:1C:2D:3E:4F:50:61:72:83:94:A5:B6:C7:D8:E9:FA:0B:1C:2D:3E:4F:50:61:72:83:94:A5:B6:C7:D8:E9:FA"
#define TRANSPORT                                                                                                      \
    "a=ice-ufrag:4ZcD\r\na=ice-pwd:2/1muCWoOi3uLifh0NuRHlzz\r\na=ice-options:trickle\r\n"                              \
    "a=fingerprint:sha-256 " FINGERPRINT "\r\na=setup:actpass\r\n"

/* Of the shape that Chromium writes. */
static const char browser_offer[] =
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n"
    "a=extmap-allow-mixed\r\na=msid-semantic: WMS stream\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n" TRANSPORT
    "a=candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0 network-id 1\r\n"
    "a=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\na=extmap:3/sendrecv " SDP_TRANSPORT_CC_URI
    "\r\n"
    "a=sendrecv\r\na=msid:stream audio\r\na=rtcp-mux\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:126 telephone-event/8000\r\na=ssrc:3570614608 cname:4TOk42mSjXCkVIa6\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 106 39 98 99 100\r\nc=IN IP4 0.0.0.0\r\n" TRANSPORT
    "a=mid:1\r\na=sendonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\n"
    "a=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n"
    "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\na=rtcp-fb:102 nack\r\n"
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\n"
    "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\na=rtpmap:104 H264/90000\r\n"
    "a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n"
    "a=rtpmap:106 H264/90000\r\na=rtcp-fb:106 nack\r\na=rtcp-fb:106 nack pli\r\n"
    "a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034\r\n"
    "a=rtpmap:39 AV1/90000\r\na=rtpmap:98 red/90000\r\na=rtpmap:99 rtx/90000\r\na=fmtp:99 apt=98\r\na=rtpmap:100 "
    "ulpfec/90000\r\n"
    "a=ssrc-group:FID 2231627014 632943048\r\na=ssrc:2231627014 cname:4TOk42mSjXCkVIa6\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n" TRANSPORT
    "a=mid:2\r\na=sctp-port:5000\r\n";

static struct sdp *parse(const char *text)
{
    g_autofree char *error = NULL;
    struct sdp *sdp = sdp_parse(text, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(sdp);
    return sdp;
}

static struct sdp *answer_to(const char *offer, enum AVCodecID preferred)
{
    g_autofree char *error = NULL;
    struct sdp *parsed = parse(offer);
    struct sdp *answer = sdp_answer(parsed, preferred, &error);
    g_assert_cmpstr(error, ==, NULL);
    sdp_free(parsed);
    return answer;
}

static char *replaced(const char *text, const char *what, const char *with)
{
    g_auto(GStrv) parts = g_strsplit(text, what, -1);
    g_assert_nonnull(parts[1]);
    return g_strjoinv(with, parts);
}

static void reads_a_browsers_offer(void)
{
    struct sdp *sdp = parse(browser_offer);
    g_assert_cmpint(sdp->n_media, ==, 3);
    g_assert_cmpint(sdp->n_candidates, ==, 1);
    g_assert_true(g_str_has_prefix(sdp->candidates[0], "candidate:1467250027 1 udp"));
    const struct sdp_media *video = &sdp->media[1];
    g_assert_cmpint(video->kind, ==, SDP_VIDEO);
    g_assert_cmpint(video->direction, ==, SDP_SENDONLY);
    g_assert_cmpuint(video->ssrc, ==, 2231627014u);
    g_assert_cmpstr(video->transport.ufrag, ==, "4ZcD");
    g_assert_cmpint(video->transport.setup, ==, SDP_ACTPASS);
    g_assert_cmphex(video->transport.fingerprints[0].bytes[31], ==, 0xfa);
    g_assert_cmpint(video->codecs[0].id, ==, AV_CODEC_ID_VP8);
    g_assert_cmpuint(sdp_find(sdp, SDP_AUDIO)->transport_cc, ==, 3);
    g_assert_cmpuint(video->transport_cc, ==, 0);
    g_assert_cmpuint(video->codecs[0].feedback, ==, SDP_NACK | SDP_PLI | SDP_FIR | SDP_REMB | SDP_TRANSPORT_CC);
    g_assert_cmpint(video->n_codecs, ==, 5); /* formats of retransmissions are none */
    g_assert_cmpint(video->codecs[2].packetization_mode, ==, 0);
    g_assert_cmpint(video->codecs[3].packetization_mode, ==, 1);
    g_assert_cmpint(video->codecs[0].rtx, ==, 97);
    g_assert_cmpint(video->codecs[1].rtx, ==, 103);
    g_assert_cmpint(video->codecs[3].rtx, ==, 0);
    g_assert_cmpuint(video->rtx_ssrc, ==, 632943048u);
    g_assert_cmpint(video->red, ==, 98);
    g_assert_cmpint(video->red_rtx, ==, 99);
    g_assert_cmpint(video->ulpfec, ==, 100);
    g_assert_cmpuint(video->fec_ssrc, ==, 0);
    g_assert_cmpint(sdp->media[0].red, ==, 63);
    g_assert_cmpint(sdp->media[2].kind, ==, SDP_OTHER);
    sdp_free(sdp);
}

static void answers_a_browsers_offer(void)
{
    struct sdp *answer = answer_to(browser_offer, AV_CODEC_ID_H264);
    g_assert_cmpint(answer->n_media, ==, 3);
    g_assert_cmpint(answer->media[0].codecs[0].payload_type, ==, 111);
    g_assert_cmpint(answer->media[0].n_codecs, ==, 1);
    const struct sdp_media *video = &answer->media[1];
    g_assert_cmpint(video->direction, ==, SDP_RECVONLY);
    g_assert_cmpint(video->n_codecs, ==, 2);
    g_assert_cmpint(video->codecs[0].payload_type, ==, 106); /* constrained baseline before baseline */
    g_assert_cmphex(video->codecs[0].profile_level, ==, 0x42e01f);
    g_assert_cmpuint(video->codecs[0].feedback, ==, SDP_NACK | SDP_PLI);
    g_assert_cmpint(video->codecs[1].payload_type, ==, 96);
    g_assert_true(answer->media[2].rejected);
    g_autofree char *text = sdp_write(answer);
    g_assert_nonnull(strstr(text, "a=group:BUNDLE 0 1\r\n"));
    g_assert_nonnull(strstr(text, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"));
    g_assert_nonnull(strstr(text, "m=video 9 UDP/TLS/RTP/SAVPF 106 96 97 98 99 100\r\n"));
    sdp_free(answer);
    answer = answer_to(browser_offer, AV_CODEC_ID_VP8);
    g_assert_cmpint(answer->media[1].codecs[0].payload_type, ==, 96);
    sdp_free(answer);
}

static void fill(struct sdp *sdp, enum sdp_setup setup)
{
    g_strlcpy(sdp->cname, "name", sizeof sdp->cname);
    g_strlcpy(sdp->stream, "stream", sizeof sdp->stream);
    for (int i = 0; i < sdp->n_media; i++) {
        sdp->media[i].ssrc = 1000u + (unsigned)i;
        sdp->media[i].rtx_ssrc = sdp->media[i].kind == SDP_VIDEO ? 2000u : 0;
        sdp->media[i].fec_ssrc = sdp->media[i].kind == SDP_VIDEO ? 3000u : 0;
        sdp->media[i].transport = (struct sdp_transport){
            .ufrag = "abcd",
            .pwd = "0123456789012345678901",
            .n_fingerprints = 1,
            .fingerprints = { { FINGERPRINT_SHA_256, { 1, 2, 3 } } },
            .setup = setup,
        };
    }
}

static void reads_what_it_writes(void)
{
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264);
    fill(offer, SDP_ACTPASS);
    sdp_add_candidate(offer, "candidate:1 1 UDP 1 192.0.2.1 5000 typ host");
    g_autofree char *text = sdp_write(offer);
    struct sdp *again = parse(text);
    g_assert_cmpint(again->n_media, ==, 2);
    g_assert_cmpint(again->n_candidates, ==, 1);
    for (int i = 0; i < 2; i++) {
        const struct sdp_media *a = &offer->media[i], *b = &again->media[i];
        g_assert_cmpint(a->kind, ==, b->kind);
        g_assert_cmpstr(a->mid, ==, b->mid);
        g_assert_cmpuint(a->ssrc, ==, b->ssrc);
        g_assert_cmpuint(a->rtx_ssrc, ==, b->rtx_ssrc);
        g_assert_true(a->red == b->red && a->red_rtx == b->red_rtx && a->ulpfec == b->ulpfec);
        g_assert_cmpuint(b->fec_ssrc, ==, a->kind == SDP_VIDEO ? 3000 : 0);
        g_assert_cmpuint(a->transport_cc, ==, 3);
        g_assert_cmpuint(b->transport_cc, ==, 3);
        g_assert_true(b->rtcp_mux && b->bundled && b->direction == SDP_SENDRECV);
        g_assert_cmpmem(&a->transport, sizeof a->transport, &b->transport, sizeof b->transport);
        g_assert_cmpmem(a->codecs, sizeof a->codecs, b->codecs, sizeof b->codecs);
    }
    struct sdp *answer = sdp_answer(again, AV_CODEC_ID_VP8, &error);
    fill(answer, SDP_ACTIVE);
    g_autofree char *answer_text = sdp_write(answer);
    struct sdp *answer_again = parse(answer_text);
    g_assert_true(sdp_check_answer(offer, answer_again, &error));
    g_assert_cmpint(sdp_find(answer_again, SDP_VIDEO)->codecs[0].id, ==, AV_CODEC_ID_VP8);
    sdp_free(offer);
    sdp_free(again);
    sdp_free(answer);
    sdp_free(answer_again);
}

static void assert_no_answer(const char *offer, const char *expected)
{
    g_autofree char *error = NULL;
    struct sdp *parsed = sdp_parse(offer, &error);
    struct sdp *answer = parsed ? sdp_answer(parsed, AV_CODEC_ID_H264, &error) : NULL;
    g_assert_null(answer);
    g_assert_cmpstr(error, ==, expected);
    sdp_free(parsed);
}

static void refuses_what_lacks_the_indispensable(void)
{
    g_autofree char *no_fingerprint = replaced(browser_offer, "sha-256", "sha-1");
    assert_no_answer(no_fingerprint, "no fingerprint by SHA-256, SHA-384 or SHA-512");
    g_autofree char *no_ice = replaced(browser_offer, "a=ice-pwd:", "a=x-pwd:");
    assert_no_answer(no_ice, "no ICE credentials");
    g_autofree char *no_mux = replaced(browser_offer, "a=rtcp-mux\r\n", "");
    assert_no_answer(no_mux, "rtcp-mux is missing");
    assert_no_answer("v=0\r\n", "no m-line with a codec that both sides speak");
    g_autofree char *other_protocol = replaced(browser_offer, "UDP/TLS/RTP/SAVPF", "RTP/AVP");
    assert_no_answer(other_protocol, "no m-line with a codec that both sides speak");
}

static void rejects_single_m_lines(void)
{
    g_autofree char *no_opus = replaced(browser_offer, "opus/48000/2", "L16/48000/2");
    struct sdp *answer = answer_to(no_opus, AV_CODEC_ID_H264);
    g_assert_true(answer->media[0].rejected);
    g_assert_false(answer->media[1].rejected);
    sdp_free(answer);
    g_autofree char *port_0 = replaced(browser_offer, "m=video 9", "m=video 0");
    answer = answer_to(port_0, AV_CODEC_ID_H264);
    g_assert_null(sdp_find(answer, SDP_VIDEO));
    sdp_free(answer);
    g_autofree char *bundle_only = replaced(port_0, "a=mid:1\r\n", "a=mid:1\r\na=bundle-only\r\n");
    answer = answer_to(bundle_only, AV_CODEC_ID_H264);
    g_assert_nonnull(sdp_find(answer, SDP_VIDEO));
    sdp_free(answer);
    g_autofree char *two_videos = replaced(browser_offer, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
                                           "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n");
    answer = answer_to(two_videos, AV_CODEC_ID_H264);
    g_assert_true(answer->media[2].rejected);
    sdp_free(answer);
    g_autofree char *no_bundle = replaced(browser_offer, "a=group:BUNDLE 0 1 2\r\n", "");
    answer = answer_to(no_bundle, AV_CODEC_ID_H264);
    g_assert_true(answer->media[1].rejected);
    sdp_free(answer);
}

/* Sound has the one transport; a group that was not offered is none of ours to make (RFC 8843, 7.3). */
static void without_bundle(void)
{
    g_autofree char *no_bundle = replaced(browser_offer, "a=group:BUNDLE 0 1 2\r\n", "");
    g_autofree char *no_mid = replaced(no_bundle, "a=mid:", "a=x-mid:");
    const char *const offers[] = { no_bundle, no_mid };
    for (size_t i = 0; i < G_N_ELEMENTS(offers); i++) {
        struct sdp *answer = answer_to(offers[i], AV_CODEC_ID_H264);
        g_autofree char *text = sdp_write(answer);
        g_assert_null(strstr(text, "a=group:"));
        g_assert_nonnull(strstr(text, "m=audio 9 "));
        g_assert_nonnull(strstr(text, "m=video 0 "));
        sdp_free(answer);
    }
}

static void an_answer_without_bundle_has_sound_alone(void)
{
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264);
    fill(offer, SDP_ACTPASS);
    struct sdp *answer = sdp_answer(offer, AV_CODEC_ID_H264, &error);
    fill(answer, SDP_ACTIVE);
    g_autofree char *text = sdp_write(answer), *alone = replaced(text, "a=group:BUNDLE 0 1\r\n", "");
    struct sdp *heard = parse(alone);
    g_assert_true(sdp_check_answer(offer, heard, &error));
    g_assert_nonnull(sdp_find(heard, SDP_AUDIO));
    g_assert_null(sdp_find(heard, SDP_VIDEO));
    sdp_free(offer);
    sdp_free(answer);
    sdp_free(heard);
}

static void h264_without_a_profile_is_baseline(void)
{
    g_autofree char *offer = replaced(browser_offer, ";profile-level-id=42001f", ""),
                    *alone = replaced(offer, ";profile-level-id=42e034", "");
    struct sdp *answer = answer_to(alone, AV_CODEC_ID_H264);
    g_autofree char *text = sdp_write(answer);
    g_assert_nonnull(strstr(text, "profile-level-id=42001f"));
    sdp_free(answer);
}

static void rejects_what_is_too_many_by_port_0(void)
{
    GString *offer = g_string_new(browser_offer);
    for (int i = 3; i < 12; i++)
        g_string_append_printf(
            offer, "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" TRANSPORT "a=mid:%d\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n",
            i);
    struct sdp *answer = answer_to(offer->str, AV_CODEC_ID_H264);
    g_assert_cmpint(answer->n_media, ==, 12);
    g_assert_false(answer->media[1].rejected);
    for (int i = 2; i < 12; i++)
        g_assert_true(answer->media[i].rejected);
    sdp_free(answer);
    g_string_free(offer, TRUE);
}

static void any_of_several_fingerprints_may_match(void)
{
    static const char second[] =
        "a=fingerprint:sha-256 AA"
        ":AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA\r\n";
    g_autofree char *with = g_strconcat(FINGERPRINT "\r\n", second, NULL),
                    *two = replaced(browser_offer, FINGERPRINT "\r\n", with);
    struct sdp *sdp = parse(two);
    const struct sdp_transport *transport = sdp_transport(sdp);
    g_assert_cmpint(transport->n_fingerprints, ==, 2);
    g_assert_cmphex(transport->fingerprints[0].bytes[0], ==, 0x0b);
    g_assert_cmphex(transport->fingerprints[1].bytes[31], ==, 0xaa);
    sdp_free(sdp);
    g_autofree char *longer = replaced(browser_offer, "a=fingerprint:sha-256 " FINGERPRINT,
                                       "a=fingerprint:SHA-512 " FINGERPRINT ":" FINGERPRINT);
    sdp = parse(longer);
    g_assert_cmpuint(sdp_transport(sdp)->fingerprints[0].size, ==, FINGERPRINT_SHA_512);
    sdp_free(sdp);
}

static void takes_what_others_write(void)
{
    static const char *const changes[][2] = {
        { "a=extmap:1 ", "a=extmap:4096 " },
        { "a=fmtp:111 minptime=10;useinbandfec=1", "a=fmtp:111" },
        { "UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF" },
        { "UDP/TLS/RTP/SAVPF", "RTP/SAVPF" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *offer = replaced(browser_offer, changes[i][0], changes[i][1]);
        struct sdp *answer = answer_to(offer, AV_CODEC_ID_H264);
        g_assert_true(sdp_find(answer, SDP_AUDIO) && sdp_find(answer, SDP_VIDEO));
        g_assert_cmpstr(answer->media[0].protocol, ==, i < 2 ? "UDP/TLS/RTP/SAVPF" : changes[i][1]);
        sdp_free(answer);
    }
}

static void assert_refused(const char *what, const char *with)
{
    g_autofree char *error = NULL;
    g_autofree char *text = replaced(browser_offer, what, with);
    struct sdp *sdp = sdp_parse(text, &error);
    g_assert_null(sdp);
    g_assert_nonnull(error);
}

static void refuses_malformed_lines(void)
{
    assert_refused("v=0\r\n", "v=1\r\n");
    assert_refused("s=-\r\n", "nonsense\r\n");
    assert_refused("m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=audio 9 UDP/TLS/RTP/SAVPF 128");
    assert_refused("m=audio 9 ", "m=audio 99999999999 ");
    assert_refused("m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "m=audio");
    assert_refused("a=rtpmap:111 ", "a=rtpmap:-1 ");
    assert_refused("a=fmtp:102 ", "a=fmtp:102");
    assert_refused("profile-level-id=42001f", "profile-level-id=42001");
    assert_refused("a=ssrc:2231627014 ", "a=ssrc:22316270140 ");
    assert_refused("a=setup:actpass", "a=setup:whatever");
    assert_refused("a=ice-ufrag:4ZcD", "a=ice-ufrag:4 D\"");
    assert_refused("a=fingerprint:sha-256 0B:", "a=fingerprint:sha-256 0B");
    assert_refused("a=fingerprint:sha-256 0B", "a=fingerprint:sha-256 ZZ");
    assert_refused("a=mid:1", "a=mid:(1)");
    assert_refused("a=extmap:1 ", "a=extmap: ");
    assert_refused("a=extmap:1 ", "a=extmap:4352 ");
}

static void bounds_what_it_keeps(void)
{
    GString *text = g_string_new("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF");
    for (int i = 0; i < 128; i++)
        g_string_append_printf(text, " %d", i);
    g_string_append(text, "\r\n");
    for (int i = 0; i < 500; i++)
        g_string_append(text, "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n");
    struct sdp *sdp = parse(text->str);
    g_assert_cmpint(sdp->n_candidates, ==, SDP_MAX_CANDIDATES);
    g_assert_cmpint(sdp->media[0].n_codecs, ==, SDP_MAX_CODECS);
    sdp_free(sdp);
    g_autofree char *error = NULL;
    while (text->len <= SDP_MAX_SIZE)
        g_string_append(text, "a=x\r\n");
    g_assert_null(sdp_parse(text->str, &error));
    g_string_free(text, TRUE);
}

/* No damaged text may do worse than be refused; what is answered can be written and read again. */
static void survives_damage(void)
{
    for (int round = 0; round < 3000; round++) {
        g_autofree char *text = g_strdup(browser_offer);
        size_t length = strlen(text);
        for (int i = g_test_rand_int_range(1, 8); i > 0; i--)
            text[g_test_rand_int_range(0, (int32_t)length)] = (char)g_test_rand_int_range(0, 256);
        g_autofree char *error = NULL;
        struct sdp *offer = sdp_parse(text, &error);
        struct sdp *answer = offer ? sdp_answer(offer, AV_CODEC_ID_H264, &error) : NULL;
        if (answer) {
            fill(answer, SDP_ACTIVE);
            g_autofree char *written = sdp_write(answer);
            struct sdp *again = parse(written);
            g_assert_true(sdp_check_answer(offer, again, &error));
            sdp_free(again);
        } else {
            g_assert_nonnull(error);
        }
        sdp_free(answer);
        sdp_free(offer);
    }
}

static void refuses_answers_that_answer_something_else(void)
{
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264);
    fill(offer, SDP_ACTPASS);
    g_autofree char *text = sdp_write(offer);
    g_autofree char *error = NULL, *second = NULL, *third = NULL;
    struct sdp *answer = parse(text);
    g_assert_false(sdp_check_answer(offer, answer, &error)); /* still actpass */
    sdp_free(answer);
    answer = parse(text);
    answer->n_media = 1;
    g_assert_false(sdp_check_answer(offer, answer, &second));
    sdp_free(answer);
    answer = parse(text);
    struct sdp_media audio = answer->media[0];
    answer->media[0] = answer->media[1];
    answer->media[1] = audio;
    g_assert_false(sdp_check_answer(offer, answer, &third));
    sdp_free(answer);
    sdp_free(offer);
}

/* What an answer takes of retransmissions must have been offered; formats that belong to nothing are skipped. */
static void negotiates_retransmissions(void)
{
    g_autofree char *without = replaced(browser_offer, "a=fmtp:97 apt=96\r\n", "");
    struct sdp *answer = answer_to(without, AV_CODEC_ID_VP8);
    g_assert_cmpint(sdp_find(answer, SDP_VIDEO)->codecs[0].rtx, ==, 0);
    sdp_free(answer);
    g_autofree char *of_itself = replaced(browser_offer, "a=fmtp:97 apt=96\r\n", "a=fmtp:97 apt=97\r\n");
    struct sdp *offer = parse(of_itself);
    g_assert_cmpint(offer->media[1].n_codecs, ==, 5);
    g_assert_cmpint(offer->media[1].codecs[0].rtx, ==, 0);
    sdp_free(offer);

    g_autofree char *error = NULL;
    offer = sdp_offer(AV_CODEC_ID_H264);
    fill(offer, SDP_ACTPASS);
    answer = sdp_answer(offer, AV_CODEC_ID_H264, &error);
    fill(answer, SDP_ACTIVE);
    g_autofree char *text = sdp_write(answer);
    g_assert_nonnull(strstr(text, "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n"));
    g_assert_nonnull(strstr(text, "a=ssrc-group:FID 1001 2000\r\n"));
    sdp_find(offer, SDP_VIDEO)->codecs[0].rtx = 0;
    g_assert_true(sdp_check_answer(offer, answer, &error));
    g_assert_cmpint(sdp_find(answer, SDP_VIDEO)->codecs[0].rtx, ==, 0);
    g_assert_cmpint(sdp_find(answer, SDP_VIDEO)->codecs[1].rtx, ==, 97);
    sdp_free(offer);
    sdp_free(answer);
}

static struct sdp *read_offer_without(const char *what, const char *with)
{
    g_autofree char *text = replaced(browser_offer, what, with);
    return parse(text);
}

/* RED and ULPFEC are offered behind the codecs; an answer takes what was offered, and without ULPFEC the rest is of no
 * use. */
static void negotiates_redundancy(void)
{
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(AV_CODEC_ID_VP8);
    fill(offer, SDP_ACTPASS);
    g_autofree char *text = sdp_write(offer);
    g_assert_nonnull(strstr(text, "SAVPF 96 102 108 97 103 109 104 105 106\r\n"));
    g_assert_nonnull(strstr(
        text,
        "a=rtpmap:104 red/90000\r\na=rtpmap:105 rtx/90000\r\na=fmtp:105 apt=104\r\na=rtpmap:106 ulpfec/90000\r\n"));
    g_assert_nonnull(strstr(text, "a=ssrc-group:FEC-FR 1001 3000\r\n"));
    g_assert_nonnull(strstr(text, "a=ssrc:3000 cname:name\r\n"));

    struct sdp *answer = sdp_answer(offer, AV_CODEC_ID_VP8, &error);
    struct sdp_media *video = sdp_find(answer, SDP_VIDEO);
    g_assert_true(video->red == 104 && video->red_rtx == 105 && video->ulpfec == 106);
    fill(answer, SDP_ACTIVE);
    video->red = 111; /* was not offered as such */
    g_assert_true(sdp_check_answer(offer, answer, &error));
    g_assert_true(video->red == 0 && video->red_rtx == 0 && video->ulpfec == 106);
    video->ulpfec = video->red = video->red_rtx = 0; /* lacks it */
    g_assert_true(sdp_check_answer(offer, answer, &error));
    g_assert_true(video->red == 0 && video->red_rtx == 0 && video->ulpfec == 0);
    g_autofree char *without = sdp_write(answer);
    g_assert_null(strstr(without, "FEC-FR"));
    g_assert_null(strstr(without, "red/90000"));
    sdp_free(answer);
    sdp_free(offer);

    offer = read_offer_without("ulpfec/90000", "flexfec-03/90000");
    answer = sdp_answer(offer, AV_CODEC_ID_VP8, &error);
    g_assert_true(sdp_find(answer, SDP_VIDEO)->red == 0 && sdp_find(answer, SDP_VIDEO)->red_rtx == 0);
    sdp_free(answer);
    sdp_free(offer);
    offer = read_offer_without("a=fmtp:99 apt=98", "a=fmtp:99 apt=100"); /* redundancy is not retransmitted */
    g_assert_true(offer->media[1].red == 98 && offer->media[1].red_rtx == 0 && offer->media[1].ulpfec == 100);
    sdp_free(offer);
}

/* Sound in RED goes before the codec, which is how browsers know that it is wanted; an answer takes what was offered.
 */
static void negotiates_redundant_sound(void)
{
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(AV_CODEC_ID_VP8);
    fill(offer, SDP_ACTPASS);
    g_autofree char *text = sdp_write(offer);
    g_assert_nonnull(strstr(text, "m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n"));
    g_assert_nonnull(strstr(text, "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"));
    struct sdp *heard = parse(text), *answer = sdp_answer(heard, AV_CODEC_ID_VP8, &error);
    struct sdp_media *audio = sdp_find(answer, SDP_AUDIO);
    g_assert_true(audio->red == 63 && audio->n_codecs == 1 && audio->codecs[0].payload_type == 111);
    fill(answer, SDP_ACTIVE);
    g_assert_true(sdp_check_answer(offer, answer, &error));
    g_assert_cmpint(audio->red, ==, 63);
    audio->red = 64; /* was not offered as such */
    g_assert_true(sdp_check_answer(offer, answer, &error));
    g_assert_cmpint(audio->red, ==, 0);
    sdp_keep_agreed(offer, answer);
    g_assert_cmpint(sdp_find(offer, SDP_AUDIO)->red, ==, 0);
    sdp_free(answer);
    sdp_free(heard);
    sdp_free(offer);

    answer = answer_to(browser_offer, AV_CODEC_ID_H264);
    g_autofree char *taken = sdp_write(answer);
    g_assert_nonnull(strstr(taken, "m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n"));
    sdp_free(answer);
    g_autofree char *other = replaced(browser_offer, "red/48000/2", "red/8000");
    answer = answer_to(other, AV_CODEC_ID_H264);
    g_assert_cmpint(sdp_find(answer, SDP_AUDIO)->red, ==, 0);
    sdp_free(answer);
}

/* RFC 6184, 8.2.2: the mode stays that of the payload type. Mode 1 where it is offered, whatever
 * the profile; mode 0 where it is alone, said or not; never mode 2. */
static void negotiates_packetization(void)
{
    static const struct {
        const char *mode;
        enum AVCodecID first;
        const char *answer;
    } cases[] = {
        { "packetization-mode=1;", AV_CODEC_ID_H264, "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;" },
        { "packetization-mode=0;", AV_CODEC_ID_H264, ";packetization-mode=0;" },
        { "", AV_CODEC_ID_H264, ";packetization-mode=0;" },
        { "packetization-mode=2;", AV_CODEC_ID_VP8, NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *second = i ? cases[i].mode : "packetization-mode=0;";
        g_autofree char *other = replaced(browser_offer, "packetization-mode=0;", second);
        g_autofree char *third = replaced(other, "packetization-mode=1;profile-level-id=42e034",
                                          "packetization-mode=2");
        g_autofree char *offer = replaced(third, "packetization-mode=1;", cases[i].mode);
        struct sdp *answer = answer_to(offer, AV_CODEC_ID_H264);
        g_autofree char *written = sdp_write(answer);
        g_assert_cmpint(sdp_find(answer, SDP_VIDEO)->codecs[0].id, ==, cases[i].first);
        g_assert_true(!cases[i].answer == !strstr(written, "H264"));
        g_assert_true(!cases[i].answer || strstr(written, cases[i].answer));
        sdp_free(answer);
    }
}

/* Ours are offered in both, and taken in the one that the answer keeps. */
static void an_answer_in_mode_0(void)
{
    static const struct {
        const char *formats, *mode, *instead;
        uint8_t payload_type, expected;
    } answers[] = {
        { " 102 108 ", "mode=0", "mode=0", 102, 1 },
        { " 108 ", "mode=0", "mode=0", 108, 0 },
        { " 108 ", "packetization-mode=0", "max-mbps=1", 108, 0 },
        { " 102 ", "mode=1", "mode=0", 102, 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *error = NULL;
        struct sdp *offer = sdp_offer(AV_CODEC_ID_H264);
        fill(offer, SDP_ACTPASS);
        struct sdp *answer = sdp_offer(AV_CODEC_ID_H264);
        fill(answer, SDP_ACTIVE);
        g_autofree char *text = sdp_write(answer);
        g_autofree char *kept = replaced(text, " 102 96 108 ", answers[i].formats);
        g_autofree char *said = replaced(kept, answers[i].mode, answers[i].instead);
        struct sdp *read = parse(said);
        g_assert_true(sdp_check_answer(offer, read, &error));
        g_assert_cmpuint(sdp_find(read, SDP_VIDEO)->codecs[0].payload_type, ==, answers[i].payload_type);
        g_assert_cmpuint(sdp_find(read, SDP_VIDEO)->codecs[0].packetization_mode, ==, answers[i].expected);
        sdp_keep_agreed(offer, read);
        g_assert_cmpuint(sdp_find(offer, SDP_VIDEO)->codecs[0].payload_type, ==, answers[i].payload_type);
        g_assert_cmpint(sdp_find(offer, SDP_VIDEO)->n_codecs, ==, i ? 1 : 2);
        sdp_free(answer);
        sdp_free(read);
        sdp_free(offer);
    }
}

/* The id of a description's orientation extension, or 0. */
static uint8_t orientation_in(const struct sdp *sdp)
{
    g_autofree char *text = sdp_write(sdp);
    struct sdp *again = parse(text);
    uint8_t id = again->media[1].orientation;
    g_assert_cmpuint(again->media[0].orientation, ==, 0);
    g_assert_cmpuint(id, !=, sdp_find(again, SDP_AUDIO)->transport_cc);
    sdp_free(again);
    return id;
}

/* Offered for pictures; answered by the id that the offer has, and only where it has one of its
 * own. */
static void negotiates_orientation(void)
{
    static const struct {
        const char *lines;
        uint8_t id;
    } offers[] = {
        { "", 0 },
        { "a=extmap:9 " SDP_ORIENTATION_URI "\r\n", 9 },
        { "a=extmap:200 " SDP_ORIENTATION_URI "\r\n", 200 },
        { "a=extmap:4096 " SDP_ORIENTATION_URI "\r\n", 0 },
        { "a=extmap:9 " SDP_ORIENTATION_URI ":6\r\n", 0 },
        { "a=extmap:3 " SDP_TRANSPORT_CC_URI "\r\na=extmap:3 " SDP_ORIENTATION_URI "\r\n", 0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(offers); i++) {
        g_autofree char *lines = g_strconcat("a=mid:1\r\n", offers[i].lines, NULL),
                        *text = replaced(browser_offer, "a=mid:1\r\n", lines);
        struct sdp *answer = answer_to(text, AV_CODEC_ID_H264);
        g_assert_cmpuint(orientation_in(answer), ==, offers[i].id);
        sdp_free(answer);
    }
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264), *answer;
    fill(offer, SDP_ACTPASS);
    g_assert_cmpuint(orientation_in(offer), ==, 4);
    answer = sdp_answer(offer, AV_CODEC_ID_H264, &error);
    fill(answer, SDP_ACTIVE);
    g_assert_true(sdp_check_answer(offer, answer, &error));
    g_assert_cmpuint(orientation_in(answer), ==, 4);
    sdp_find(answer, SDP_VIDEO)->orientation = 5; /* was not offered as such */
    g_assert_true(sdp_check_answer(offer, answer, &error));
    g_assert_cmpuint(orientation_in(answer), ==, 0);
    sdp_keep_agreed(offer, answer);
    g_assert_cmpuint(orientation_in(offer), ==, 0);
    sdp_free(answer);
    sdp_free(offer);
}

/* Written for the first accepted m-line, and read as a description of ICE alone. */
static void fragments(void)
{
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(AV_CODEC_ID_H264);
    for (int i = 0; i < offer->n_media; i++) {
        g_strlcpy(offer->media[i].transport.ufrag, "ufra", sizeof offer->media[i].transport.ufrag);
        g_strlcpy(offer->media[i].transport.pwd, "apasswordof22characters", sizeof offer->media[i].transport.pwd);
    }
    offer->media[0].rejected = true;
    sdp_add_candidate(offer, "candidate:1 1 UDP 1 192.0.2.1 9 typ host");
    g_autofree char *description = sdp_write(offer);
    sdp_free(offer);
    g_autoptr(GPtrArray) candidates = g_ptr_array_new();
    g_ptr_array_add(candidates, "candidate:2 1 UDP 1 192.0.2.2 9 typ host");
    g_autofree char *late = sdp_fragment_write(description, candidates, true);
    g_assert_cmpstr(late, ==,
                    "a=ice-options:trickle\r\na=group:BUNDLE 1\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:1\r\n"
                    "a=ice-ufrag:ufra\r\na=ice-pwd:apasswordof22characters\r\n"
                    "a=candidate:2 1 UDP 1 192.0.2.2 9 typ host\r\na=end-of-candidates\r\n");
    g_autofree char *all = sdp_fragment_write(description, NULL, false), *read = sdp_fragment_describe(all);
    struct sdp *sdp = sdp_parse(read, &error);
    g_assert_cmpstr(sdp_transport(sdp)->ufrag, ==, "ufra");
    g_assert_cmpint(sdp->n_candidates, ==, 1);
    g_assert_cmpstr(sdp->candidates[0], ==, "candidate:1 1 UDP 1 192.0.2.1 9 typ host");
    sdp_free(sdp);
    g_autofree char *bare = sdp_fragment_describe("a=ice-ufrag:abcd\r\na=ice-pwd:apasswordof22characters\r\n");
    sdp = sdp_parse(bare, &error);
    g_assert_cmpstr(sdp_transport(sdp)->ufrag, ==, "abcd");
    sdp_free(sdp);
}

static void assert_origin(const char *line, const char *expected)
{
    g_autofree char *text = g_strconcat("v=0\r\n", line, "\r\ns=-\r\n", NULL), *origin = sdp_origin(text);
    g_assert_cmpstr(origin, ==, expected);
}

static void tells_descriptions_apart(void)
{
    assert_origin("o=- 4611731400430051336 2 IN IP4 127.0.0.1", "4611731400430051336 2");
    assert_origin("o=mozilla...THIS_IS_SDPARTA-99.0 5128906139262468553 0 IN IP4 0.0.0.0", "5128906139262468553 0");
    assert_origin("o=- 18446744073709551615 18446744073709551615 IN IP4 0.0.0.0",
                  "18446744073709551615 18446744073709551615");
    assert_origin("o=- 1 two IN IP4 127.0.0.1", NULL);
    assert_origin("o=- 1", NULL);
    assert_origin("o=", NULL);
    assert_origin("o=- 123456789012345678901 2 IN IP4 127.0.0.1", NULL);
    assert_origin("o=- 1 123456789012345678901 IN IP4 127.0.0.1", NULL);
    assert_origin("a=o=- 1 2 IN IP4 127.0.0.1", NULL);
    struct sdp *sdp = sdp_offer(AV_CODEC_ID_H264);
    sdp->session = 17;
    sdp->version = 4;
    g_autofree char *ours = sdp_write(sdp), *origin = sdp_origin(ours);
    g_assert_cmpstr(origin, ==, "17 4");
    sdp_free(sdp);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdp/browser/read", reads_a_browsers_offer);
    g_test_add_func("/sdp/browser/answer", answers_a_browsers_offer);
    g_test_add_func("/sdp/round-trip", reads_what_it_writes);
    g_test_add_func("/sdp/origin", tells_descriptions_apart);
    g_test_add_func("/sdp/indispensable", refuses_what_lacks_the_indispensable);
    g_test_add_func("/sdp/rejected", rejects_single_m_lines);
    g_test_add_func("/sdp/malformed", refuses_malformed_lines);
    g_test_add_func("/sdp/bundle/none-offered", without_bundle);
    g_test_add_func("/sdp/bundle/none-answered", an_answer_without_bundle_has_sound_alone);
    g_test_add_func("/sdp/h264-default", h264_without_a_profile_is_baseline);
    g_test_add_func("/sdp/many-m-lines", rejects_what_is_too_many_by_port_0);
    g_test_add_func("/sdp/fingerprints", any_of_several_fingerprints_may_match);
    g_test_add_func("/sdp/others", takes_what_others_write);
    g_test_add_func("/sdp/bounds", bounds_what_it_keeps);
    g_test_add_func("/sdp/retransmissions", negotiates_retransmissions);
    g_test_add_func("/sdp/redundancy", negotiates_redundancy);
    g_test_add_func("/sdp/redundancy-sound", negotiates_redundant_sound);
    g_test_add_func("/sdp/packetization/offered", negotiates_packetization);
    g_test_add_func("/sdp/packetization/answered", an_answer_in_mode_0);
    g_test_add_func("/sdp/orientation", negotiates_orientation);
    g_test_add_func("/sdp/damage", survives_damage);
    g_test_add_func("/sdp/answer", refuses_answers_that_answer_something_else);
    g_test_add_func("/sdp/fragments", fragments);
    return g_test_run();
}

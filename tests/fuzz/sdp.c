/* A session description from the other side: read, answered, written again, compared with what was agreed before. The
 * first byte says which codec we prefer and what is done with it; the text follows. */
#include "net/sdp/sdp.h"
#include "fuzz.h"
#include "net/sdp/fragment.h"

enum { PREFER_VP8 = 1, AS_ANSWER = 2, AS_FRAGMENT = 4, RESTRICT = 8 };

/* What we write can be read, and says the same. */
static void check_written(const struct sdp *sdp)
{
    g_autofree char *text = sdp_write(sdp), *error = NULL;
    struct sdp *again = sdp_parse(text, &error);
    if (!again)
        g_error("what was written cannot be read: %s\n%s", error, text);
    g_assert_cmpint(again->n_media, ==, sdp->n_media);
    for (int i = 0; i < sdp->n_media; i++)
        g_assert_true(again->media[i].rejected == sdp->media[i].rejected);
    sdp_free(again);
}

/* As whoever answers does: one transport of our own for all m-lines. */
static void fill_in_transport(struct sdp *sdp)
{
    static const struct sdp_transport own = {
        .ufrag = "abcd",
        .pwd = "0123456789012345678901",
        .fingerprints = { { FINGERPRINT_SHA_256, { 1, 2, 3 } } },
        .n_fingerprints = 1,
        .setup = SDP_ACTIVE,
    };
    for (int i = 0; i < sdp->n_media; i++) {
        sdp->media[i].transport = own;
        sdp->media[i].ssrc = 1;
        sdp->media[i].rtx_ssrc = 2;
        sdp->media[i].fec_ssrc = 3;
    }
}

static void answer_it(const struct sdp *offer, enum AVCodecID preferred, unsigned flags)
{
    g_autofree char *error = NULL;
    struct sdp *answer = sdp_answer(offer, preferred, &error);
    g_assert_true((answer == NULL) == (error != NULL));
    if (!answer)
        return;
    g_assert_cmpint(answer->n_media, ==, offer->n_media);
    fill_in_transport(answer);
    check_written(answer);
    if (flags & RESTRICT)
        sdp_restrict(answer, (enum sdp_direction)(flags >> 6));
    sdp_keep_agreed(answer, offer);
    struct sdp *next = sdp_offer_again(answer);
    sdp_free(next);
    sdp_free(answer);
}

static void take_as_answer(struct sdp *sdp, enum AVCodecID preferred)
{
    g_autofree char *error = NULL;
    struct sdp *offer = sdp_offer(preferred);
    bool good = sdp_check_answer(offer, sdp, &error);
    g_assert_true(good == (error == NULL));
    if (good)
        sdp_keep_agreed(offer, sdp);
    sdp_free(offer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    unsigned flags = fuzz_byte(&input);
    enum AVCodecID preferred = flags & PREFER_VP8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264;
    g_autofree char *text = fuzz_text(&input), *error = NULL;
    if (flags & AS_FRAGMENT) {
        char *described = sdp_fragment_describe(text);
        g_free(text);
        text = described;
    }
    struct sdp *sdp = sdp_parse(text, &error);
    g_assert_true((sdp == NULL) == (error != NULL));
    if (!sdp)
        return 0;
    g_autofree char *origin G_GNUC_UNUSED = sdp_origin(text);
    sdp_find(sdp, SDP_VIDEO);
    sdp_transport(sdp);
    if (flags & AS_ANSWER)
        take_as_answer(sdp, preferred);
    else
        answer_it(sdp, preferred, flags);
    sdp_add_candidate(sdp, "candidate:1 1 UDP 1 192.0.2.1 9 typ host");
    sdp_free(sdp);
    return 0;
}

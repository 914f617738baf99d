/* Codecs that misbehave while they are proved: they do not pass, it is said why, and the proof ends. */
#include <glib.h>
#include <libavutil/log.h>
#include <string.h>

#include "engine/video/codec_thread.h"
#include "engine/video/hardware.h"
#include "fake_codecs.h"

static const struct {
    struct fake_codecs settings;
    const char *decoder, *encoder; /* part of the reason; "": it passes; NULL: not for it */
} cases[] = {
    { { .behaviour = FAKE_WELL }, "", "" },
    { { .behaviour = FAKE_ASYNCHRONOUS }, "", "" },
    { { .behaviour = FAKE_PADDED }, "", NULL },
    { { .behaviour = FAKE_IN_DEVICE, .device = AV_PIX_FMT_DRM_PRIME }, "", NULL },
    { { .behaviour = FAKE_HEADERS_ONCE }, NULL, "" },
    { { .behaviour = FAKE_HEADERS_BESIDE }, NULL, "" },
    { { .behaviour = FAKE_MISSING }, "does not open", "does not open" },
    { { .behaviour = FAKE_OPEN_FAILS }, "does not open", "does not open" },
    { { .behaviour = FAKE_TAKES_SIXTEEN }, "gives nothing", "gives nothing" },
    { { .behaviour = FAKE_SWALLOWS }, "gives nothing", "gives nothing" },
    { { .behaviour = FAKE_HOLDS, .held = 1 }, "holds pictures back", NULL },
    { { .behaviour = FAKE_HOLDS, .held = 3 }, "holds pictures back", NULL },
    { { .behaviour = FAKE_HOLDS_ALL }, "holds pictures back", NULL },
    { { .behaviour = FAKE_FAILS }, "reports an error", "reports an error" },
    { { .behaviour = FAKE_FAILS, .after = 1 }, "reports an error", "reports an error" },
    { { .behaviour = FAKE_DOWNLOAD_FAILS, .device = AV_PIX_FMT_VAAPI }, "reports an error", NULL },
    { { .behaviour = FAKE_WRONG_STRIDE }, "wrong pictures", NULL },
    { { .behaviour = FAKE_WILD_STRIDE }, "wrong pictures", NULL },
    { { .behaviour = FAKE_GREEN }, "wrong pictures", NULL },
    { { .behaviour = FAKE_SIZE }, "wrong pictures", NULL },
    { { .behaviour = FAKE_HEADERS_NEVER }, NULL, "wrong pictures" },
    { { .behaviour = FAKE_OPEN_HANGS }, "does not answer", "does not answer" },
    { { .behaviour = FAKE_SEND_HANGS }, "does not answer", NULL },
    { { .behaviour = FAKE_RECEIVE_HANGS, .after = 1 }, NULL, "does not answer" },
};

static void assert_judged(const char *expected, bool works, const char *why)
{
    g_assert_cmpint(works, ==, *expected == '\0');
    g_assert_cmpint(works, ==, why == NULL);
    g_assert_true(works || strstr(why, expected));
}

static void each_is_judged(void)
{
    static const struct hardware_decoder decoder = { .name = "fake", .h264 = "h264_v4l2m2m" };
    static const struct hardware_encoder encoder = { .name = "h264_v4l2m2m", .codec = AV_CODEC_ID_H264 };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *of_decoder = NULL, *of_encoder = NULL;
        fake_codecs_set(cases[i].settings);
        bool decodes = cases[i].decoder && hardware_prove_decoder(&decoder, AV_CODEC_ID_H264, &of_decoder);
        bool encodes = cases[i].encoder && hardware_prove_encoder(&encoder, &of_encoder);
        g_test_message("case %d: it decodes: %s; it encodes: %s", (int)i, of_decoder, of_encoder);
        if (cases[i].decoder)
            assert_judged(cases[i].decoder, decodes, of_decoder);
        if (cases[i].encoder)
            assert_judged(cases[i].encoder, encodes, of_encoder);
    }
    g_assert_cmpint(codec_threads_left_behind(), ==, 4);
}

/* Rather software than one thread more. */
static void too_many_have_hung(void)
{
    static const struct hardware_decoder decoder = { .name = "fake", .h264 = "h264_v4l2m2m" };
    fake_codecs_set((struct fake_codecs){ .behaviour = FAKE_WELL });
    g_assert_false(hardware_prove_decoder(&decoder, AV_CODEC_ID_H264, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_QUIET);
    g_test_add_func("/proofs/each", each_is_judged);
    g_test_add_func("/proofs/too-many", too_many_have_hung);
    return g_test_run();
}

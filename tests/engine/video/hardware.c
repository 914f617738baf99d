/* The tables of hardware codecs. Most machines that run this have none of them: then there must be a reason. */
#include <glib.h>
#include <libavutil/log.h>
#include <string.h>

#include "engine/video/decoder.h"
#include "engine/video/encoder.h"
#include "engine/video/hardware.h"

static void the_tables_are_well_formed(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (const struct hardware_decoder *row = hardware_decoders(); row->name; row++) {
        g_assert_true(g_hash_table_add(names, (char *)row->name));
        g_assert_true(row->h264 || row->vp8);
        if (row->device == AV_HWDEVICE_TYPE_NONE)
            continue; /* such a row names FFmpeg's own decoders below */
        g_assert_true(!row->h264 || !strcmp(row->h264, "h264"));
        g_assert_true(!row->vp8 || !strcmp(row->vp8, "vp8"));
    }
    for (const struct hardware_encoder *row = hardware_encoders(); row->name; row++) {
        g_assert_true(g_hash_table_add(names, (char *)row->name));
        const char *prefix = row->codec == AV_CODEC_ID_H264 ? "h264_" : "vp8_";
        g_assert_true(g_str_has_prefix(row->name, prefix));
    }
}

static void each_proof_works_or_says_why(void)
{
    for (const struct hardware_decoder *row = hardware_decoders(); row->name; row++) {
        g_autofree char *why = NULL;
        if (row->h264)
            g_assert_true(hardware_prove_decoder(row, AV_CODEC_ID_H264, &why) == (why == NULL));
    }
    for (const struct hardware_encoder *row = hardware_encoders(); row->name; row++) {
        g_autofree char *why = NULL;
        g_assert_true(hardware_prove_encoder(row, &why) == (why == NULL));
    }
}

/* A plain decoder passes the proof as a codec of its own, so the proof can succeed at all; and one that is not there
 * fails. */
static void the_proof_tells_right_from_missing(void)
{
    const struct hardware_decoder good = { .name = "plain", .h264 = "h264", .vp8 = "vp8" };
    const struct hardware_decoder wrong = { .name = "wrong codec", .h264 = "vp8" };
    const struct hardware_decoder missing = { .name = "missing", .h264 = "h264_of_nobody" };
    const struct hardware_encoder encoder = { .name = "libx264", .codec = AV_CODEC_ID_H264 };
    g_autofree char *why = NULL, *why_missing = NULL;
    g_assert_true(hardware_prove_decoder(&good, AV_CODEC_ID_H264, NULL));
    g_assert_true(hardware_prove_decoder(&good, AV_CODEC_ID_VP8, NULL));
    g_assert_true(hardware_prove_encoder(&encoder, NULL));
    g_assert_false(hardware_prove_decoder(&wrong, AV_CODEC_ID_H264, &why));
    g_assert_nonnull(why);
    g_assert_false(hardware_prove_decoder(&missing, AV_CODEC_ID_H264, &why_missing));
    g_assert_nonnull(why_missing);
}

static void the_best_is_a_proved_row_and_stays(void)
{
    static const enum AVCodecID ids[] = { AV_CODEC_ID_H264, AV_CODEC_ID_VP8 };
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        const struct hardware_decoder *decoder = hardware_best_decoder(ids[i]);
        const struct hardware_encoder *encoder = hardware_best_encoder(ids[i]);
        g_assert_true(!decoder || (ids[i] == AV_CODEC_ID_VP8 ? decoder->vp8 : decoder->h264));
        g_assert_true(!encoder || encoder->codec == ids[i]);
        g_assert_true(hardware_best_decoder(ids[i]) == decoder);
        g_assert_true(hardware_best_encoder(ids[i]) == encoder);
    }
    g_assert_null(hardware_best_decoder(AV_CODEC_ID_OPUS));
    g_assert_null(hardware_best_encoder(AV_CODEC_ID_OPUS));
}

static void ignore_frame(struct frame_sink *sink, const AVFrame *frame)
{
    (void)sink;
    (void)frame;
}

static void ignore_request(void *user_data)
{
    (void)user_data;
}

static void software_is_the_fallback(void)
{
    static const struct frame_sink_ops ops = { .push = ignore_frame };
    struct frame_sink sink = { &ops };
    const struct video_decoder_listener listener = { ignore_request, NULL };
    GMainContext *loop = g_main_context_new();
    struct video_decoder *decoder = video_decoder_create(loop, &sink, &listener);
    g_assert_nonnull(decoder);
    const struct hardware_decoder *best = hardware_best_decoder(AV_CODEC_ID_H264);
    g_autofree char *name = g_strdup_printf("h264 (%s)", best ? best->name : "software");
    g_assert_cmpstr(video_decoder_name(decoder), ==, name);
    video_decoder_destroy(decoder);
    g_main_context_unref(loop);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_QUIET);
    g_test_add_func("/hardware/tables", the_tables_are_well_formed);
    g_test_add_func("/hardware/reasons", each_proof_works_or_says_why);
    g_test_add_func("/hardware/proof", the_proof_tells_right_from_missing);
    g_test_add_func("/hardware/best", the_best_is_a_proved_row_and_stays);
    g_test_add_func("/hardware/fallback", software_is_the_fallback);
    return g_test_run();
}

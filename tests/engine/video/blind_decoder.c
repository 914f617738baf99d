/* What stands in a decoder's place where nobody looks: it waits and asks for key frames as a decoder does. */
#include "engine/video/blind_decoder.h"

#include <glib.h>

struct seen {
    struct frame_sink sink; /* first: the interface */
    int pictures, asked;
    int64_t pts;
    AVRational time_base;
};

static void see(struct frame_sink *sink, const AVFrame *frame)
{
    struct seen *seen = (struct seen *)sink;
    seen->pictures++;
    seen->pts = frame->pts;
    seen->time_base = frame->time_base;
    g_assert_cmpint(frame->data[0][0], ==, 16); /* black, of the limited range */
    g_assert_cmpint(frame->data[1][0], ==, 128);
}

static void ask(void *user_data)
{
    ((struct seen *)user_data)->asked++;
}

static const struct frame_sink_ops ops = { .push = see };

static struct blind_decoder *begin(struct seen *seen)
{
    struct video_decoder_listener listener = { .key_frame_needed = ask, .user_data = seen };
    *seen = (struct seen){ .sink.ops = &ops };
    return blind_decoder_create(&seen->sink, &listener);
}

static void push(struct blind_decoder *decoder, int64_t pts, int flags)
{
    AVPacket packet = { .pts = pts, .flags = flags, .time_base = { 1, 90000 } };
    struct packet_sink *sink = blind_decoder_sink(decoder);
    sink->ops->push(sink, &packet);
}

static void from_a_key_frame_on(void)
{
    struct seen seen;
    struct blind_decoder *decoder = begin(&seen);
    push(decoder, 1, 0);
    g_assert_cmpint(seen.pictures, ==, 0);
    g_assert_cmpint(seen.asked, ==, 1);
    push(decoder, 2, AV_PKT_FLAG_KEY);
    push(decoder, 3, 0);
    g_assert_cmpint(seen.pictures, ==, 2);
    g_assert_cmpint(seen.asked, ==, 1);
    g_assert_cmpint(seen.pts, ==, 3);
    g_assert_cmpint(seen.time_base.den, ==, 90000);
    struct video_decoder_stats stats = blind_decoder_stats(decoder);
    g_assert_cmpint(stats.decoded, ==, 2);
    g_assert_cmpint(stats.key_frames, ==, 1);
    g_assert_cmpint(stats.dropped, ==, 1);
    blind_decoder_destroy(decoder);
}

/* What was decoded for the ones behind it alone is counted, and not shown. */
static void what_is_not_to_be_seen(void)
{
    struct seen seen;
    struct blind_decoder *decoder = begin(&seen);
    push(decoder, 1, AV_PKT_FLAG_KEY | AV_PKT_FLAG_DISCARD);
    push(decoder, 2, 0);
    g_assert_cmpint(seen.pictures, ==, 1);
    g_assert_cmpint(blind_decoder_stats(decoder).decoded, ==, 2);
    blind_decoder_destroy(decoder);
}

static void after_a_loss(void)
{
    struct seen seen;
    struct blind_decoder *decoder = begin(&seen);
    struct packet_sink *sink = blind_decoder_sink(decoder);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    push(decoder, 1, AV_PKT_FLAG_KEY);
    sink->ops->lose(sink);
    push(decoder, 2, 0);
    g_assert_cmpint(seen.asked, ==, 1);
    push(decoder, 3, AV_PKT_FLAG_KEY);
    blind_decoder_flush(decoder);
    push(decoder, 4, 0);
    g_assert_cmpint(seen.asked, ==, 2);
    push(decoder, 5, AV_PKT_FLAG_KEY);
    sink->ops->open(sink, parameters);
    push(decoder, 6, 0);
    g_assert_cmpint(seen.asked, ==, 3);
    g_assert_cmpint(seen.pictures, ==, 3);
    avcodec_parameters_free(&parameters);
    blind_decoder_destroy(decoder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/blind-decoder/key-frame", from_a_key_frame_on);
    g_test_add_func("/blind-decoder/discarded", what_is_not_to_be_seen);
    g_test_add_func("/blind-decoder/loss", after_a_loss);
    return g_test_run();
}

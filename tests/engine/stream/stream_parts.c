/* What a live stream is made of, without any: addresses, times, the clock of what comes in pieces, what is kept. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "engine/stream/address.h"
#include "engine/stream/backlog.h"
#include "engine/stream/clock.h"
#include "engine/stream/kept_source.h"
#include "engine/stream/pieces.h"
#include "engine/stream/timeline.h"

enum { SECOND = 1000000, FRAME = 33333 };

/* ---- addresses ---- */

static void addresses(void)
{
    static const struct {
        const char *text, *url, *shown, *name;
        enum stream_pace pace;
    } rows[] = {
        { "rtmp://host/live/shop", "rtmp://host/live/shop", "rtmp://host/live/shop", "shop", STREAM_PACE_LIVE },
        { "RTSP://u:p@cam:554/a?x=secret", "RTSP://u:p@cam:554/a?x=secret", "RTSP://cam:554/a", "a", STREAM_PACE_LIVE },
        { "rtsp://u:p/w@cam.lan/a", "rtsp://u:p%2Fw@cam.lan/a", "rtsp://cam.lan/a", "a", STREAM_PACE_LIVE },
        { "rtsp://u:p@ss?#%@cam:554/a", "rtsp://u:p%40ss%3F%23%25@cam:554/a", "rtsp://cam:554/a", "a",
          STREAM_PACE_LIVE },
        { "rtsp://u:p@cam/a@b", "rtsp://u:p@cam/a@b", "rtsp://cam/a@b", "a@b", STREAM_PACE_LIVE },
        { "http://u:p@host/@name.x/a", "http://u:p@host/@name.x/a", "http://host/@name.x/a", "a", STREAM_PACE_LIVE },
        { "rtsp://u:a@b@cam/a", "rtsp://u:a%40b@cam/a", "rtsp://cam/a", "a", STREAM_PACE_LIVE },
        { "rtsp://u:p%40w@cam/a", "rtsp://u:p%40w@cam/a", "rtsp://cam/a", "a", STREAM_PACE_LIVE },
        { "rtsp://[fe80::1]:554/a", "rtsp://[fe80::1]:554/a", "rtsp://[fe80::1]:554/a", "a", STREAM_PACE_LIVE },
        { "http://host:8080/@name/x.m3u8?t=1", "http://host:8080/@name/x.m3u8?t=1", "http://host:8080/@name/x.m3u8",
          "x.m3u8", STREAM_PACE_SEGMENTS },
        { "https://host/a%20b.flv", "https://host/a%20b.flv", "https://host/a%20b.flv", "a b.flv", STREAM_PACE_LIVE },
        { "srt://host:9000?passphrase=geheim", "srt://host:9000?passphrase=geheim", "srt://host:9000", "host:9000",
          STREAM_PACE_LIVE },
        { "udp://127.0.0.1:1234", "udp://127.0.0.1:1234", "udp://127.0.0.1:1234", "127.0.0.1:1234", STREAM_PACE_LIVE },
        { "film.mp4", "file:film.mp4", "film.mp4", "film.mp4", STREAM_PACE_FILE },
        { "cam/a.SDP", "file:cam/a.SDP", "cam/a.SDP", "a.SDP", STREAM_PACE_LIVE },
        { "-", "pipe:0", "standard input", "standard input", STREAM_PACE_FILE },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct stream_address address;
        g_autofree char *error = NULL;
        g_assert_true(stream_address_parse(&address, rows[i].text, &error));
        g_assert_cmpstr(address.url, ==, rows[i].url);
        g_assert_cmpstr(address.shown, ==, rows[i].shown);
        g_assert_cmpstr(address.name, ==, rows[i].name);
        g_assert_cmpint(address.pace, ==, rows[i].pace);
        stream_address_clear(&address);
    }
}

static void bad_addresses(void)
{
    static const char *const texts[] = { "", "gopher://host/", "@/nowhere/at/all" };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct stream_address address;
        g_autofree char *error = NULL;
        g_assert_false(stream_address_parse(&address, texts[i], &error));
        g_assert_nonnull(error);
        stream_address_clear(&address);
    }
}

static void address_from_a_file(void)
{
    g_autofree char *path = NULL, *text = NULL, *error = NULL;
    int file = g_file_open_tmp("stream-XXXXXX", &path, NULL);
    struct stream_address address;
    g_assert_cmpint(file, >=, 0);
    g_close(file, NULL);
    g_assert_true(g_file_set_contents(path, " rtsp://u:geheim@cam/a\n", -1, NULL));
    text = g_strconcat("@", path, NULL);
    g_assert_true(stream_address_parse(&address, text, &error));
    g_assert_cmpstr(address.url, ==, "rtsp://u:geheim@cam/a");
    g_assert_null(strstr(address.shown, "geheim"));
    stream_address_clear(&address);
    g_remove(path);
}

/* ---- times ---- */

struct sender {
    struct stream_timeline timeline;
    int64_t now_us, media_us[STREAM_TRACKS], last_us[STREAM_TRACKS];
};

/* One packet of each track; how far apart they are on our clock. They have to grow, and to stay together. */
static void send_both(struct sender *sender, int64_t step_us)
{
    sender->now_us += step_us;
    for (enum stream_track i = STREAM_VIDEO; i < STREAM_TRACKS; i++) {
        sender->media_us[i] += step_us;
        int64_t at_us = sender->media_us[i] +
                        stream_timeline_shift(&sender->timeline, i, sender->media_us[i], sender->now_us);
        g_assert_cmpint(at_us, >, sender->last_us[i]);
        sender->last_us[i] = at_us;
    }
    g_assert_cmpint(ABS(sender->last_us[0] - sender->last_us[1] - (sender->media_us[0] - sender->media_us[1])), <=, 1);
}

static struct sender begin(void)
{
    struct sender sender = { .now_us = 1000 * (int64_t)SECOND, .media_us = { 7 * SECOND, 7 * SECOND - 20000 } };
    for (int i = 0; i < 30; i++)
        send_both(&sender, FRAME);
    g_assert_cmpint(ABS(sender.last_us[0] - sender.now_us), <, 2 * FRAME);
    return sender;
}

static void times_go_on(void)
{
    static const int64_t jumps_us[] = { 40 * (int64_t)SECOND, -40 * (int64_t)SECOND, -((int64_t)1 << 33) * 100 / 9,
                                        100000 * (int64_t)SECOND, -6 * (int64_t)SECOND };
    for (size_t i = 0; i < G_N_ELEMENTS(jumps_us); i++) {
        struct sender sender = begin();
        int64_t before_us = sender.last_us[0];
        sender.media_us[0] += jumps_us[i];
        sender.media_us[1] += jumps_us[i];
        send_both(&sender, FRAME);
        g_assert_cmpint(sender.last_us[0] - before_us, <, 3 * FRAME);
        for (int n = 0; n < 30; n++)
            send_both(&sender, FRAME);
    }
}

/* The network stood, and what was missed never comes: no jump of the sender's. */
static void a_gap_is_a_gap(void)
{
    struct sender sender = begin();
    int64_t before_us = sender.last_us[0];
    send_both(&sender, 8 * (int64_t)SECOND);
    g_assert_cmpint(sender.last_us[0] - before_us, ==, 8 * (int64_t)SECOND);
}

/* It stood, and all that was missed comes at once. */
static void a_burst_is_none(void)
{
    struct sender sender = begin();
    int64_t before_us = sender.last_us[0];
    sender.now_us += 20 * (int64_t)SECOND;
    for (int i = 0; i < 600; i++) {
        send_both(&sender, FRAME);
        sender.now_us -= FRAME;
    }
    g_assert_cmpint(sender.last_us[0] - before_us, ==, 600 * FRAME);
}

static void a_start_anew(void)
{
    struct sender sender = begin();
    stream_timeline_restart(&sender.timeline);
    sender.now_us += 5 * SECOND;
    sender.media_us[0] = 100;
    sender.media_us[1] = 40000;
    send_both(&sender, FRAME);
    g_assert_cmpint(ABS(sender.last_us[0] - sender.now_us), <, 2 * FRAME);
}

/* ---- whether it comes in pieces ---- */

/* Each comes at once when it is whole, within a hundredth of what it lasts. How many were told. */
static int told_pieces(struct stream_pieces *pieces, int64_t *at_us, int64_t piece_us, int n)
{
    int told = 0;
    for (int i = 0; i < n; i++) {
        int64_t whole_us = *at_us + piece_us;
        for (; *at_us < whole_us; *at_us += FRAME) {
            int64_t now_us = whole_us - (whole_us - *at_us) / 100;
            told += stream_pieces_arrive(pieces, now_us - *at_us, now_us);
        }
    }
    return told;
}

static void pieces_are_told(void)
{
    struct stream_pieces pieces = { 0 };
    int64_t at_us = SECOND;
    g_assert_cmpint(told_pieces(&pieces, &at_us, 2 * SECOND, 5), ==, 4);
}

/* Picture by picture, late now and then, behind what a server had kept for whoever joins. */
static void no_pieces_are_told(void)
{
    struct stream_pieces pieces = { 0 };
    int64_t at_us = SECOND, held_us = 0;
    g_assert_cmpint(told_pieces(&pieces, &at_us, 2 * SECOND, 1), ==, 0);
    for (int i = 0; i < 300; i++, at_us += FRAME) {
        if (i % 100 == 99)
            held_us = at_us + SECOND / 2;
        int64_t now_us = MAX(at_us, held_us);
        g_assert_false(stream_pieces_arrive(&pieces, now_us - at_us, now_us));
    }
}

/* ---- the clock of what comes in pieces ---- */

enum { PIECE = 4 * SECOND };

/* A piece whose first frame was captured at `at_us` comes whole at `now_us`. */
static void arrive(struct stream_clock *clock, int64_t at_us, int64_t now_us)
{
    for (int64_t frame_us = 0; frame_us < PIECE; frame_us += FRAME)
        stream_clock_arrive(clock, at_us + frame_us, now_us);
}

static void pieces_are_played_evenly(void)
{
    struct stream_clock clock = { .adapts = true };
    for (int i = 0; i < 20; i++) {
        int64_t at_us = i * (int64_t)PIECE + SECOND, now_us = at_us + PIECE + SECOND / 2;
        arrive(&clock, at_us, now_us);
        /* The first one of a piece is just in time, with a little to spare. */
        g_assert_cmpint(stream_clock_due(&clock, at_us) - now_us, >=, 0);
        g_assert_cmpint(stream_clock_due(&clock, at_us) - now_us, <=, SECOND / 10);
        for (int n = 0; n < 40; n++)
            g_assert_false(stream_clock_poll(&clock, now_us + n * PIECE / 40));
    }
}

/* Begun with a piece that was old already: in time the delay is what the pieces need. */
static void what_is_too_late_becomes_less(void)
{
    struct stream_clock clock = { .adapts = true };
    int64_t delay_us = INT64_MAX;
    for (int i = 0; i < 60; i++) {
        int64_t at_us = i * (int64_t)PIECE + SECOND, now_us = at_us + PIECE + (i ? 0 : 2 * SECOND);
        arrive(&clock, at_us, now_us);
        for (int n = 0; n < 400; n++)
            g_assert_false(stream_clock_poll(&clock, now_us + n * PIECE / 400));
        g_assert_cmpint(clock.delay_us, <=, delay_us);
        g_assert_cmpint(delay_us == INT64_MAX ? 0 : delay_us - clock.delay_us, <=, PIECE / 20 + FRAME);
        delay_us = clock.delay_us;
    }
    g_assert_cmpint(delay_us, <, PIECE + SECOND / 5);
}

/* A piece is late: from now on all of them have that time, and nothing stands a second time. */
static void what_comes_late_is_waited_for(void)
{
    struct stream_clock clock = { .adapts = true };
    for (int i = 0; i < 4; i++) {
        int64_t at_us = i * (int64_t)PIECE + SECOND, now_us = at_us + PIECE + (i == 2 ? SECOND : 0);
        arrive(&clock, at_us, now_us);
        g_assert_cmpint(stream_clock_due(&clock, at_us), ==, at_us + PIECE + (i < 2 ? 0 : SECOND));
    }
}

static void far_too_late_is_a_jump(void)
{
    struct stream_clock clock = { .adapts = true };
    int jumps = 0;
    for (int i = 0; i < 30; i++) {
        int64_t at_us = i * (int64_t)PIECE + SECOND, now_us = at_us + PIECE + (i ? 0 : 20 * (int64_t)SECOND);
        arrive(&clock, at_us, now_us);
        for (int n = 0; n < 40; n++)
            jumps += stream_clock_poll(&clock, now_us + n * PIECE / 40);
    }
    g_assert_cmpint(jumps, ==, 1);
}

/* ---- what is kept ---- */

static void add(struct backlog *backlog, int64_t number, bool key, int bytes)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, bytes), ==, 0);
    packet->pts = packet->dts = number;
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    backlog_add(backlog, packet);
}

static int64_t advance(struct backlog *backlog)
{
    const struct backlog_item *item = backlog_advance(backlog);
    return item ? item->packet->dts : -1;
}

static void kept_from_the_last_key_frame(void)
{
    struct backlog backlog;
    backlog_init(&backlog, true);
    for (int i = 0; i < 25; i++)
        add(&backlog, i, i % 10 == 0, 100);
    for (int i = 0; i < 25; i++)
        g_assert_cmpint(advance(&backlog), ==, i);
    g_assert_cmpint(advance(&backlog), ==, -1);
    g_assert_cmpuint(backlog.items.length, ==, 5);
    g_assert_true(backlog_rewind(&backlog));
    g_assert_cmpuint(backlog.waiting, ==, 5);
    g_assert_cmpint(advance(&backlog), ==, 20);
    add(&backlog, 30, true, 100);
    g_assert_cmpuint(backlog_skip(&backlog), ==, 4);
    g_assert_cmpuint(backlog_skip(&backlog), ==, 0);
    g_assert_cmpint(advance(&backlog), ==, 30);
    backlog_clear(&backlog);
}

static void bounded(void)
{
    struct backlog backlog;
    backlog_init(&backlog, true);
    add(&backlog, 0, true, 1 << 20);
    for (int i = 1; i < 40; i++) {
        add(&backlog, i, false, 1 << 20);
        while (backlog_advance(&backlog))
            ;
        g_assert_cmpuint(backlog.bytes, <=, BACKLOG_MOST_BYTES + (1 << 20));
    }
    g_assert_false(backlog_rewind(&backlog)); /* its key frame is gone */
    add(&backlog, 40, true, 1000);
    while (backlog_advance(&backlog))
        ;
    g_assert_true(backlog_rewind(&backlog));
    backlog_clear(&backlog);
}

/* Who begins in the middle is told what it is, whichever packet was told it first. */
static void parameters_stay(void)
{
    struct backlog backlog;
    backlog_init(&backlog, true);
    for (int i = 0; i < 30; i++) {
        if (i == 0 || i == 15) {
            AVCodecParameters *parameters = avcodec_parameters_alloc();
            parameters->width = i + 1;
            backlog_announce(&backlog, parameters);
        }
        add(&backlog, i, i % 10 == 0, 10);
        backlog_advance(&backlog);
        int known = backlog.parameters ? backlog.parameters->width : 0;
        g_assert_cmpint(known, ==, i < 10 ? 0 : i < 20 ? 1 : 16);
    }
    backlog_clear(&backlog);
}

/* ---- a source that is kept ---- */

struct kept_rig {
    struct source source;
    struct packet_sink *pictures; /* where that delivers; NULL: nowhere */
    struct packet_sink screen;
    GArray *seen; /* int64_t: the pts of what came to the screen */
    int asked, lost;
};

static void rig_start(struct source *source, struct packet_sink *video, struct packet_sink *audio)
{
    (void)audio;
    container_of(source, struct kept_rig, source)->pictures = video;
}

static void rig_stop(struct source *source)
{
    container_of(source, struct kept_rig, source)->pictures = NULL;
}

static void rig_request(struct source *source)
{
    container_of(source, struct kept_rig, source)->asked++;
}

static void screen_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    g_assert_cmpint(parameters->codec_id, ==, AV_CODEC_ID_H264);
}

static void screen_push(struct packet_sink *sink, const AVPacket *packet)
{
    g_array_append_val(container_of(sink, struct kept_rig, screen)->seen, packet->pts);
}

static void screen_lose(struct packet_sink *sink)
{
    container_of(sink, struct kept_rig, screen)->lost++;
}

static void send_picture(struct kept_rig *rig, int64_t number, bool key)
{
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, 10), ==, 0);
    packet->pts = packet->dts = number;
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    rig->pictures->ops->push(rig->pictures, packet);
    av_packet_free(&packet);
}

static void expect_seen(struct kept_rig *rig, int64_t first, int64_t last)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_cmpuint(rig->seen->len, ==, last - first + 1);
    for (guint i = 0; i < rig->seen->len; i++)
        g_assert_cmpint(g_array_index(rig->seen, int64_t, i), ==, first + i);
    g_array_set_size(rig->seen, 0);
}

/* Who comes back from a call has all since the last key frame, and then what comes; a gap stays where it is; and what
 * is too long ago is not kept: a key frame is asked for. */
static void source_is_kept(void)
{
    static const struct source_ops source_ops = { rig_start, rig_stop, rig_request, NULL };
    static const struct packet_sink_ops screen_ops = { screen_open, screen_push, screen_lose };
    struct kept_rig rig = { .source.ops = &source_ops, .screen.ops = &screen_ops };
    rig.seen = g_array_new(FALSE, FALSE, sizeof(int64_t));
    struct kept_source *kept = kept_source_create(NULL, &rig.source);
    struct source *source = kept_source_source(kept);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_id = AV_CODEC_ID_H264;
    rig.pictures->ops->open(rig.pictures, parameters);
    avcodec_parameters_free(&parameters);
    for (int64_t i = 0; i < 25; i++)
        send_picture(&rig, i, i % 10 == 0);
    source->ops->start(source, &rig.screen, NULL);
    source->ops->request_key_frame(source);
    send_picture(&rig, 25, false); /* waits for those before it */
    expect_seen(&rig, 20, 25);
    g_assert_cmpint(rig.asked, ==, 0);
    send_picture(&rig, 26, false);
    expect_seen(&rig, 26, 26);
    source->ops->stop(source);
    rig.pictures->ops->lose(rig.pictures);
    send_picture(&rig, 27, false);
    expect_seen(&rig, 0, -1);
    source->ops->start(source, &rig.screen, NULL);
    expect_seen(&rig, 20, 27);
    g_assert_cmpint(rig.lost, ==, 1);
    source->ops->stop(source);
    for (int64_t i = 28; i < 200; i++)
        send_picture(&rig, i, false);
    source->ops->start(source, &rig.screen, NULL);
    source->ops->request_key_frame(source);
    send_picture(&rig, 200, true);
    expect_seen(&rig, 200, 200);
    g_assert_cmpint(rig.asked, ==, 1);
    kept_source_destroy(kept);
    g_assert_null(rig.pictures);
    g_array_unref(rig.seen);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stream/address/known", addresses);
    g_test_add_func("/stream/address/bad", bad_addresses);
    g_test_add_func("/stream/address/file", address_from_a_file);
    g_test_add_func("/stream/times/jumps", times_go_on);
    g_test_add_func("/stream/times/gap", a_gap_is_a_gap);
    g_test_add_func("/stream/times/burst", a_burst_is_none);
    g_test_add_func("/stream/times/anew", a_start_anew);
    g_test_add_func("/stream/pieces/told", pieces_are_told);
    g_test_add_func("/stream/pieces/none", no_pieces_are_told);
    g_test_add_func("/stream/clock/pieces", pieces_are_played_evenly);
    g_test_add_func("/stream/clock/less", what_is_too_late_becomes_less);
    g_test_add_func("/stream/clock/late", what_comes_late_is_waited_for);
    g_test_add_func("/stream/clock/jump", far_too_late_is_a_jump);
    g_test_add_func("/stream/backlog/key-frame", kept_from_the_last_key_frame);
    g_test_add_func("/stream/kept-source", source_is_kept);
    g_test_add_func("/stream/backlog/bounded", bounded);
    g_test_add_func("/stream/backlog/parameters", parameters_stay);
    return g_test_run();
}

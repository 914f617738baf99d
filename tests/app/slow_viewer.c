/* One viewer of a room says that next to nothing gets through to it, or that all of it is lost: the
 * others see what they saw before. */
#include <libavutil/log.h>

#include "app/outgoing/parts.h"
#include "app/session/session.h"
#include "net/peer/parts.h"
#include "net/peer/streams.h"
#include "stranger.h"

enum { WIDTH = 640, HEIGHT = 360, OTHERS = 2 };
enum { LIE = 1000, ENOUGH = 5000000 }; /* bit/s */
enum { AT_LEAST = 45, AT_MOST = 900 }; /* pictures; the least: more than it takes the others' to shrink */
enum { FLOOD = 120 };                  /* pictures: many times what makes a key frame */

/* Its REMB is heeded then. */
static char *without_transport_cc(const char *offer)
{
    g_auto(GStrv) lines = g_strsplit(offer, "\r\n", -1);
    GString *rest = g_string_new(NULL);
    for (char **line = lines; **line; line++)
        if (!strstr(*line, "transport-"))
            g_string_append_printf(rest, "%s\r\n", *line);
    return g_string_free(rest, FALSE);
}

static void say_bit_rate(struct stranger *stranger, uint64_t bit_rate)
{
    struct peer_media *media = stranger->peer->media;
    struct stream *video = &media->streams[VIDEO];
    uint32_t ssrc = rtp_receiver_ssrc(video->receiver);
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    rtcp_add_receiver_report(&writer, video->ssrc, NULL, 0);
    rtcp_add_remb(&writer, video->ssrc, bit_rate, &ssrc, 1);
    peer_rtcp_send(media, &writer);
}

static int width_at(const struct party *party)
{
    struct playback_statistics playback;
    player_statistics(agent_player(agent_of(party)), &playback);
    return playback.width;
}

static bool all_see_it_full(struct party *const *others)
{
    bool full = true;
    for (int i = 0; i < OTHERS; i++)
        full &= width_at(others[i]) == WIDTH;
    return full;
}

/* Says so for as long as it takes until it gets pictures so wide; the others' are as they were meanwhile. (A machine
 * that is busy for a moment looks like a narrow path to them, too.) */
static void say_until(struct world *world, struct stranger *stranger, uint64_t bit_rate, bool (*enough)(int width),
                      struct party *const *others)
{
    for (unsigned seen = 0; !enough(stranger->width) || seen < AT_LEAST || !all_see_it_full(others);) {
        unsigned before = stranger->pictures;
        say_bit_rate(stranger, bit_rate);
        WAIT_FOR(world, stranger->pictures > before);
        seen += stranger->pictures - before;
        g_assert_cmpuint(seen, <, AT_MOST);
    }
}

static bool is_small(int width)
{
    return width < WIDTH;
}

static bool is_full(int width)
{
    return width == WIDTH;
}

static int small_encoders(const struct party *host)
{
    const struct encoding *small = &agent_outgoing(agent_of(host))->encodings[OUTGOING_SMALL];
    int n = 0;
    for (int i = 0; i < OUTGOING_CODECS; i++)
        n += small->branches[i].encoder != NULL;
    return n;
}

static void one_viewer_ruins_nothing(struct world *world, gconstpointer data)
{
    (void)data;
    world->options.width = WIDTH;
    world->options.height = HEIGHT;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0), *others[OTHERS];
    others[0] = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    others[1] = join(world, "cleo", "studio", CALL_PARTY_AUDIENCE, -1);
    for (int i = 0; i < OTHERS; i++)
        play_pictures(world, others[i], 10);
    struct stranger *stranger = come(world, without_transport_cc);
    say_until(world, stranger, ENOUGH, is_full, others);
    WAIT_FOR(world, small_encoders(anna) == 0);

    say_until(world, stranger, LIE, is_small, others);
    g_assert_cmpint(small_encoders(anna), ==, 1);
    say_until(world, stranger, ENOUGH, is_full, others); /* it has recovered */
    WAIT_FOR(world, small_encoders(anna) == 0);

    say_until(world, stranger, LIE, is_small, others);
    agent_call(agent_of(others[0]), NULL); /* a call has what its two manage */
    WAIT_FOR(world, both_are(anna, others[0], CALL_CONNECTED));
    g_assert_cmpint(small_encoders(anna), ==, 0);
    play_pictures(world, others[0], 20);
    WAIT_FOR(world, width_at(others[0]) == WIDTH);
    agent_hang_up(agent_of(others[0]));
    play_pictures(world, others[1], 3);

    say_until(world, stranger, LIE, is_small, others);
    go(stranger);
    WAIT_FOR(world, small_encoders(anna) == 0);
    play_pictures(world, others[1], 3);
}

/* Who is left alone with it is no outlier. */
static void the_last_one_is_the_measure(struct world *world, gconstpointer data)
{
    (void)data;
    world->options.width = WIDTH;
    world->options.height = HEIGHT;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0), *others[OTHERS];
    others[0] = others[1] = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, others[0], 10);
    struct stranger *stranger = come(world, without_transport_cc);
    say_until(world, stranger, LIE, is_small, others);
    leave(others[0]);
    WAIT_FOR(world, small_encoders(anna) == 0);
    unsigned before = stranger->pictures;
    WAIT_FOR(world, stranger->pictures > before + 10);
    go(stranger);
}

/* ---- one viewer asks for key frames without end ---- */

static char *as_it_is(const char *offer)
{
    return g_strdup(offer);
}

static void say_picture_loss(struct stranger *stranger)
{
    struct peer_media *media = stranger->peer->media;
    struct stream *video = &media->streams[VIDEO];
    struct rtcp_writer writer;
    rtcp_begin(&writer);
    rtcp_add_receiver_report(&writer, video->ssrc, NULL, 0);
    rtcp_add_pli(&writer, video->ssrc, rtp_receiver_ssrc(video->receiver));
    peer_rtcp_send(media, &writer);
}

/* A viewer that comes back from a pause gets one as well. */
static void pause_for_a_moment(struct stranger *stranger)
{
    peer_set_paused(stranger->peer, true);
    peer_set_paused(stranger->peer, false);
}

static unsigned key_frames(const struct party *host)
{
    const struct encoding *usual = &agent_outgoing(agent_of(host))->encodings[OUTGOING_USUAL];
    return (unsigned)usual->meter.statistics.key_frames_encoded;
}

typedef void (*stranger_request)(struct stranger *stranger);

/* `flood` at each picture that the other viewer sees. Each key frame costs him: there are about as many as a viewer may
 * have for himself. */
static void a_flood_of_requests_is_bounded(struct world *world, gconstpointer data)
{
    stranger_request flood = data == NULL ? say_picture_loss : pause_for_a_moment;
    struct party *anna = join(world, "anna", "studio", CALL_PARTY_BROADCASTER, 0);
    struct party *bert = join(world, "bert", "studio", CALL_PARTY_AUDIENCE, -1);
    play_pictures(world, bert, 10);
    struct stranger *stranger = come(world, as_it_is);
    unsigned before = key_frames(anna);
    int64_t began_us = g_get_monotonic_time();
    for (int i = 0; i < FLOOD; i++) {
        flood(stranger);
        play_pictures(world, bert, 1);
    }
    double seconds = (double)(g_get_monotonic_time() - began_us) / G_USEC_PER_SEC;
    g_test_message("%u key frames in %.1f s", key_frames(anna) - before, seconds);
    g_assert_cmpfloat(key_frames(anna) - before, <=, 7 + seconds / 2);
    unsigned seen = stranger->pictures; /* it is still served: a key frame comes when its turn is there */
    WAIT_FOR(world, (say_picture_loss(stranger), stranger->pictures > seen + 3));
    go(stranger);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/slow-viewer/others", struct world, NULL, set_up, one_viewer_ruins_nothing, tear_down);
    g_test_add("/slow-viewer/alone", struct world, NULL, set_up, the_last_one_is_the_measure, tear_down);
    g_test_add("/slow-viewer/picture-loss", struct world, NULL, set_up, a_flood_of_requests_is_bounded, tear_down);
    g_test_add("/slow-viewer/pauses", struct world, "pauses", set_up, a_flood_of_requests_is_bounded, tear_down);
    return g_test_run();
}

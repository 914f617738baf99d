/* One viewer of a room says that next to nothing gets through to it: the others see what they saw before. */
#include <libavutil/log.h>

#include "agent_rig.h"
#include "app/outgoing_parts.h"
#include "app/session.h"
#include "engine/video_decoder.h"
#include "net/peer_parts.h"
#include "net/peer_streams.h"

enum { WIDTH = 640, HEIGHT = 360, OTHERS = 2 };
enum { LIE = 1000, ENOUGH = 5000000 };  /* bit/s */
enum { AT_LEAST = 45 };                 /* pictures: more than it takes the others' to shrink */

/* A viewer without agent: a stack without transport-wide feedback, whose REMB is what the test wants. */
struct stranger {
    struct signal_client *signal;
    struct peer *peer;
    struct video_decoder *decoder;
    struct frame_sink screen;
    unsigned pictures;
    int width;                  /* of the last one */
    int64_t pts;
    char *session, *host;
};

static void send_answer(struct stranger *stranger, const char *sdp)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "media");
    cJSON_AddStringToObject(body, "kind", "answer");
    cJSON_AddStringToObject(body, "session", stranger->session);
    cJSON_AddStringToObject(body, "sdp", sdp);
    signal_send(stranger->signal, stranger->host, body, NULL, NULL);
    cJSON_Delete(body);
}

static char *without_transport_cc(const char *offer)
{
    g_auto(GStrv) lines = g_strsplit(offer, "\r\n", -1);
    GString *rest = g_string_new(NULL);
    for (char **line = lines; **line; line++)
        if (!strstr(*line, "transport-"))
            g_string_append_printf(rest, "%s\r\n", *line);
    return g_string_free(rest, FALSE);
}

static void on_media(void *user_data, const char *from, const cJSON *body)
{
    struct stranger *stranger = user_data;
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItem(body, "kind"));
    const char *sdp = cJSON_GetStringValue(cJSON_GetObjectItem(body, "sdp"));
    if (!g_strcmp0(kind, "candidate"))
        peer_add_candidate(stranger->peer, cJSON_GetStringValue(cJSON_GetObjectItem(body, "candidate")));
    if (g_strcmp0(kind, "offer"))
        return;
    g_autofree char *error = NULL, *offer = without_transport_cc(sdp);
    stranger->session = g_strdup(cJSON_GetStringValue(cJSON_GetObjectItem(body, "session")));
    stranger->host = g_strdup(from);
    g_autofree char *answer = peer_answer(stranger->peer, offer, &error);
    g_assert_cmpstr(error, ==, NULL);
    send_answer(stranger, answer);
}

/* Whichever encoder a picture comes from, it follows the one before. */
static void show(struct frame_sink *sink, const AVFrame *frame)
{
    struct stranger *stranger = container_of(sink, struct stranger, screen);
    g_assert_true(!stranger->pictures || frame->pts > stranger->pts);
    stranger->pictures++;
    stranger->width = frame->width;
    stranger->pts = frame->pts;
}

static void on_key_frame_needed(void *user_data)
{
    struct stranger *stranger = user_data;
    struct source *source = peer_source(stranger->peer);
    source->ops->request_key_frame(source);
}

static struct stranger *come(struct world *world)
{
    static const struct signal_listener signals = { .message = on_media };
    static const struct peer_listener deaf = { 0 };
    static const struct frame_sink_ops screen = { .push = show };
    struct stranger *stranger = g_new0(struct stranger, 1);
    struct video_decoder_listener decoding = { .key_frame_needed = on_key_frame_needed, .user_data = stranger };
    stranger->screen.ops = &screen;
    stranger->decoder = video_decoder_create(false, &stranger->screen, &decoding);
    stranger->peer = peer_create(world->reactor, &(struct peer_config){
        .identity = world->identity, .video_codec = AV_CODEC_ID_H264, .listener = &deaf });
    struct source *source = peer_source(stranger->peer);
    source->ops->start(source, video_decoder_sink(stranger->decoder), NULL);
    stranger->signal = signal_client_create(world->reactor, &(struct signal_config){
        .url = world->url, .user = "mallory", .listener = &signals, .user_data = stranger });
    WAIT_FOR(world, signal_client_is_online(stranger->signal));
    signal_room_join(stranger->signal, "studio", NULL, NULL);
    WAIT_FOR(world, stranger->pictures > 0);
    return stranger;
}

static void go(struct stranger *stranger)
{
    peer_destroy(stranger->peer);
    video_decoder_destroy(stranger->decoder);
    signal_client_destroy(stranger->signal);
    g_free(stranger->session);
    g_free(stranger->host);
    g_free(stranger);
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

/* Says so for as long as it takes until it gets pictures so wide; the others' stay as they are. */
static void say_until(struct world *world, struct stranger *stranger, uint64_t bit_rate, bool (*enough)(int width),
                      struct party *const *others)
{
    for (unsigned seen = 0; !enough(stranger->width) || seen < AT_LEAST;) {
        unsigned before = stranger->pictures;
        say_bit_rate(stranger, bit_rate);
        WAIT_FOR(world, stranger->pictures > before);
        seen += stranger->pictures - before;
        for (int i = 0; i < OTHERS; i++)
            g_assert_cmpint(width_at(others[i]), ==, WIDTH);
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
    struct stranger *stranger = come(world);
    say_until(world, stranger, ENOUGH, is_full, others);
    g_assert_cmpint(small_encoders(anna), ==, 0);

    say_until(world, stranger, LIE, is_small, others);
    g_assert_cmpint(small_encoders(anna), ==, 1);
    say_until(world, stranger, ENOUGH, is_full, others);        /* it has recovered */
    g_assert_cmpint(small_encoders(anna), ==, 0);

    say_until(world, stranger, LIE, is_small, others);
    agent_call(agent_of(others[0]), NULL);              /* a call has what its two manage */
    WAIT_FOR(world, both_are(anna, others[0], CALL_CONNECTED));
    g_assert_cmpint(small_encoders(anna), ==, 0);
    play_pictures(world, others[0], 20);
    g_assert_cmpint(width_at(others[0]), ==, WIDTH);
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
    struct stranger *stranger = come(world);
    say_until(world, stranger, LIE, is_small, others);
    leave(others[0]);
    WAIT_FOR(world, small_encoders(anna) == 0);
    unsigned before = stranger->pictures;
    WAIT_FOR(world, stranger->pictures > before + 10);
    go(stranger);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    av_log_set_level(AV_LOG_FATAL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    g_test_add("/slow-viewer/others", struct world, NULL, set_up, one_viewer_ruins_nothing, tear_down);
    g_test_add("/slow-viewer/alone", struct world, NULL, set_up, the_last_one_is_the_measure, tear_down);
    return g_test_run();
}

/* Two peers in one process, while sockets, OpenSSL and its memory, libnice and libsrtp fail, each call once: they are
 * connected and see each other all the same, or one of them is told that they are not, and nothing is left behind. */
#include "peer_pair.h"

#include "each_fault.h"

enum {
    SECONDS = 2,
    SETTLING_US = 40 * G_USEC_PER_SEC, /* OpenSSL gives up 15 s after a lost handshake, libnice later */
    AGAIN_US = 100000,
    SILENT_US = 2 * G_USEC_PER_SEC,
    LEAVING_US = 5 * G_USEC_PER_SEC,
};

struct end {
    struct peer *peer;
    struct end *other;
    struct packet_sink video, audio;
    enum peer_state state;
    int pictures;
};

struct line {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct end caller, callee;
};

static void on_end_event(void *user_data, const struct peer_event *event)
{
    struct end *end = user_data;
    if (event->type == PEER_EVENT_CANDIDATE && end->other->peer)
        peer_add_candidate(end->other->peer, event->candidate);
    if (event->type != PEER_EVENT_STATE)
        return;
    end->state = event->state;
    if (event->state == PEER_FAILED) {
        g_assert_nonnull(event->why);
        fault_told();
    }
}

static void on_opened(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    (void)sink;
    (void)parameters;
}

static void on_picture(struct packet_sink *sink, const AVPacket *packet)
{
    (void)packet;
    container_of(sink, struct end, video)->pictures++;
}

static void on_sound(struct packet_sink *sink, const AVPacket *packet)
{
    (void)sink;
    (void)packet;
}

static const struct packet_sink_ops video_ops = { .open = on_opened, .push = on_picture, .lose = record_lose };
static const struct packet_sink_ops audio_ops = { .open = on_opened, .push = on_sound, .lose = record_lose };

static bool open_end(struct line *line, struct end *end, struct end *other, bool offerer)
{
    *end = (struct end){ .other = other, .video.ops = &video_ops, .audio.ops = &audio_ops };
    end->peer = peer_create(line->reactor, &(struct peer_config){ .identity = line->identity,
                                                                  .offerer = offerer,
                                                                  .video_codec = AV_CODEC_ID_H264,
                                                                  .on_event = on_end_event,
                                                                  .user_data = end });
    if (!end->peer)
        return false;
    struct source *source = peer_source(end->peer);
    source->ops->start(source, &end->video, &end->audio);
    return true;
}

/* What is refused is told in words. */
static bool describe(struct line *line)
{
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(line->caller.peer);
    g_autofree char *answer = offer ? peer_answer(line->callee.peer, offer, &error) : NULL;
    bool good = answer && peer_set_answer(line->caller.peer, answer, &error);
    g_assert_true(good || !offer || error);
    if (error)
        fault_told();
    return good;
}

static bool is_over(const struct end *end)
{
    return end->state == PEER_FAILED || end->state == PEER_CLOSED;
}

/* Both are connected, or one of them knows that it is not. */
static bool settle(struct line *line)
{
    const struct end *caller = &line->caller, *callee = &line->callee;
    int64_t limit = g_get_monotonic_time() + SETTLING_US;
    while ((caller->state != PEER_CONNECTED || callee->state != PEER_CONNECTED) && !is_over(caller) &&
           !is_over(callee) && g_get_monotonic_time() < limit)
        reactor_wait(line->reactor, g_get_monotonic_time() + 10000);
    g_assert_cmpint(g_get_monotonic_time(), <, limit);
    return !is_over(caller) && !is_over(callee);
}

static void show(struct end *end)
{
    GBytes *frame = make_h264(true);
    push(peer_video_sink(end->peer), frame, true);
    g_bytes_unref(frame);
}

/* As whoever hears nothing more does it (app/session/path.h). */
static void restart(struct line *line)
{
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_restart(line->caller.peer);
    g_autofree char *answer = offer ? peer_answer(line->callee.peer, offer, &error) : NULL;
    if (answer)
        peer_set_answer(line->caller.peer, answer, &error);
}

/* A key frame from time to time, as an encoder makes them, each way. */
static bool see_each_other(struct line *line)
{
    struct end *caller = &line->caller, *callee = &line->callee;
    int64_t begin_us = g_get_monotonic_time(), limit = begin_us + SETTLING_US, next_us = 0,
            restart_us = begin_us + SILENT_US;
    open_sink(peer_video_sink(caller->peer), AV_CODEC_ID_H264);
    open_sink(peer_video_sink(callee->peer), AV_CODEC_ID_H264);
    while ((!caller->pictures || !callee->pictures) && !is_over(caller) && !is_over(callee)) {
        g_assert_cmpint(g_get_monotonic_time(), <, limit);
        if (g_get_monotonic_time() > next_us) {
            show(caller);
            show(callee);
            next_us = g_get_monotonic_time() + AGAIN_US;
        }
        if (g_get_monotonic_time() > restart_us) {
            restart(line);
            restart_us = g_get_monotonic_time() + SILENT_US;
        }
        reactor_wait(line->reactor, g_get_monotonic_time() + 10000);
    }
    return caller->pictures && callee->pictures;
}

static void await_leaving(struct reactor *reactor, int descriptors)
{
    int64_t limit = g_get_monotonic_time() + LEAVING_US;
    while (count_entries("/proc/self/fd", NULL) > descriptors && g_get_monotonic_time() < limit)
        reactor_wait(reactor, g_get_monotonic_time() + 10000);
}

static bool run(void *user_data)
{
    struct line line = { .reactor = user_data, .identity = dtls_identity_create() };
    int descriptors = count_entries("/proc/self/fd", NULL);
    if (!line.identity)
        return false;
    bool good = open_end(&line, &line.caller, &line.callee, true) &&
                open_end(&line, &line.callee, &line.caller, false) && describe(&line) && settle(&line) &&
                see_each_other(&line);
    peer_destroy(line.caller.peer);
    line.caller.peer = NULL;
    peer_destroy(line.callee.peer);
    dtls_identity_destroy(line.identity);
    await_leaving(line.reactor, descriptors);
    return good;
}

static void each_call_fails(gconstpointer data)
{
    const struct fault_kind *kind = data;
    struct reactor *reactor = reactor_create();
    fault_each(&(struct fault_scenario){ run, reactor }, kind, SECONDS);
    reactor_destroy(reactor);
}

int main(int argc, char **argv)
{
    static const struct fault_kind kinds[] = {
        { "/faults/connection/socket", FAIL_SOCKET, FAIL_ERROR, false },
        { "/faults/connection/send", FAIL_SEND, FAIL_ERROR, false },
        { "/faults/connection/send/interrupted", FAIL_SEND, FAIL_INTERRUPTED, false },
        { "/faults/connection/send/again", FAIL_SEND, FAIL_AGAIN, false },
        /* Not FAIL_ERROR: of a datagram socket that is not connected Linux knows none, and libnice gives that socket
         * up, or ends the program (0.1.21, agent_signal_component_state_change). */
        { "/faults/connection/receive/interrupted", FAIL_RECEIVE, FAIL_INTERRUPTED, false },
        { "/faults/connection/receive/again", FAIL_RECEIVE, FAIL_AGAIN, false },
        { "/faults/connection/tls", FAIL_TLS, FAIL_ERROR, false },
        { "/faults/connection/tls-memory", FAIL_TLS_MEMORY, FAIL_ERROR, false },
        { "/faults/connection/ice", FAIL_ICE, FAIL_ERROR, false },
        { "/faults/connection/srtp", FAIL_SRTP, FAIL_ERROR, false },
    };
    fail_tls_prepare();
    return fault_main(argc, argv, kinds, G_N_ELEMENTS(kinds), each_call_fails);
}

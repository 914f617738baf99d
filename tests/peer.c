/* Two whole peers in one process, over real sockets. */
#include "net/peer.h"

#include <string.h>

#include <gio/gio.h>

#include "net/dtls.h"

enum { PATIENCE_US = 60 * 1000000 };    /* no test waits that long: a limit against hanging for ever */

struct agent;

/* Records what a source delivers. */
struct recorder {
    struct packet_sink sink;
    struct agent *agent;
    enum AVCodecID codec;
    GPtrArray *packets;         /* GBytes */
    bool first_was_key;
    bool destroys_peer;
};

struct agent {
    struct peer *peer;
    struct agent *other;
    struct recorder video, audio;
    GString *states;            /* of 'c'onnecting, con'n'ected, 'f'ailed, 'x' closed */
    char *why;
    int key_frame_requests;
    int candidates;
    bool gathered;
    bool holds_candidates, destroys_when_connected;
};

struct pair {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct agent caller, callee;
};

/* ---- listeners and sinks ---- */

static void on_candidate(void *user_data, const char *candidate)
{
    struct agent *agent = user_data;
    agent->candidates += candidate != NULL;
    agent->gathered = agent->gathered || !candidate;
    if (!agent->holds_candidates && agent->other->peer)
        peer_add_candidate(agent->other->peer, candidate);
}

static void on_state(void *user_data, enum peer_state state, const char *why)
{
    struct agent *agent = user_data;
    g_assert_cmpint(peer_current_state(agent->peer), ==, state);
    g_string_append_c(agent->states, "?cnfx"[state]);
    g_free(agent->why);
    agent->why = g_strdup(why);
    if (state == PEER_CONNECTED && agent->destroys_when_connected) {
        peer_destroy(agent->peer);
        agent->peer = NULL;
    }
}

static void on_key_frame_requested(void *user_data)
{
    struct agent *agent = user_data;
    g_assert_nonnull(agent->peer);
    agent->key_frame_requests++;
}

static const struct peer_listener listener = {
    .candidate = on_candidate,
    .state = on_state,
    .key_frame_requested = on_key_frame_requested,
};

static void record_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    container_of(sink, struct recorder, sink)->codec = parameters->codec_id;
}

static void record_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct recorder *recorder = container_of(sink, struct recorder, sink);
    if (!recorder->packets->len)
        recorder->first_was_key = packet->flags & AV_PKT_FLAG_KEY;
    g_ptr_array_add(recorder->packets, g_bytes_new(packet->data, (gsize)packet->size));
    if (recorder->destroys_peer) {
        peer_destroy(recorder->agent->peer);
        recorder->agent->peer = NULL;
    }
}

static void record_lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops record_ops = { .open = record_open, .push = record_push, .lose = record_lose };

/* ---- set-up ---- */

static void open_recorder(struct recorder *recorder, struct agent *agent)
{
    *recorder = (struct recorder){ .sink.ops = &record_ops, .agent = agent };
    recorder->packets = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

static void open_agent(struct pair *pair, struct agent *agent, struct agent *other, bool offerer, enum AVCodecID codec)
{
    agent->other = other;
    agent->states = g_string_new(NULL);
    open_recorder(&agent->video, agent);
    open_recorder(&agent->audio, agent);
    agent->peer = peer_create(pair->reactor, &(struct peer_config){
        .identity = pair->identity,
        .offerer = offerer,
        .video_codec = codec,
        .listener = &listener,
        .user_data = agent,
    });
    g_assert_nonnull(agent->peer);
    struct source *source = peer_source(agent->peer);
    source->ops->start(source, &agent->video.sink, &agent->audio.sink);
}

static void open_pair(struct pair *pair, enum AVCodecID callers, enum AVCodecID callees)
{
    *pair = (struct pair){ .reactor = reactor_create(), .identity = dtls_identity_create() };
    open_agent(pair, &pair->caller, &pair->callee, true, callers);
    open_agent(pair, &pair->callee, &pair->caller, false, callees);
}

static void close_agent(struct agent *agent)
{
    peer_destroy(agent->peer);
    g_string_free(agent->states, TRUE);
    g_ptr_array_unref(agent->video.packets);
    g_ptr_array_unref(agent->audio.packets);
    g_free(agent->why);
}

static void close_pair(struct pair *pair)
{
    close_agent(&pair->caller);
    close_agent(&pair->callee);
    dtls_identity_destroy(pair->identity);
    reactor_destroy(pair->reactor);
}

#define wait_until(pair, condition) \
    do { \
        gint64 limit = g_get_monotonic_time() + PATIENCE_US; \
        while (!(condition)) { \
            g_assert_cmpint(g_get_monotonic_time(), <, limit); \
            reactor_wait((pair)->reactor, g_get_monotonic_time() + 10000); \
        } \
    } while (0)

static void run_for(struct pair *pair, gint64 us)
{
    gint64 until = g_get_monotonic_time() + us;
    while (g_get_monotonic_time() < until)
        reactor_wait(pair->reactor, until);
}

static void negotiate(struct pair *pair)
{
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair->caller.peer);
    g_autofree char *answer = peer_answer(pair->callee.peer, offer, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(peer_set_answer(pair->caller.peer, answer, &error));
}

static bool connected(const struct agent *agent)
{
    return g_str_has_suffix(agent->states->str, "n");
}

static void connect_pair(struct pair *pair)
{
    negotiate(pair);
    wait_until(pair, connected(&pair->caller) && connected(&pair->callee));
}

/* ---- media ---- */

static void append_nal(GByteArray *unit, uint8_t header, guint size)
{
    const uint8_t start[] = { 0, 0, 0, 1, header };
    g_byte_array_append(unit, start, sizeof start);
    for (guint i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)g_test_rand_int_range(1, 256);      /* no zeros: nothing that looks like a start code */
        g_byte_array_append(unit, &byte, 1);
    }
}

/* The shape of what an encoder makes: SPS and PPS before an IDR slice of many packets. */
static GBytes *make_h264(bool key)
{
    static const uint8_t sps[] = {
        0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0x06, 0xd0, 0xa1, 0x35,
    };
    GByteArray *unit = g_byte_array_new();
    if (key) {
        g_byte_array_append(unit, sps, sizeof sps);
        append_nal(unit, 0x68, 4);
    }
    append_nal(unit, key ? 0x65 : 0x41, key ? 9000 : 700);
    return g_byte_array_free_to_bytes(unit);
}

static GBytes *make_opus(void)
{
    GByteArray *unit = g_byte_array_new();
    append_nal(unit, 0x78, 80);
    return g_byte_array_free_to_bytes(unit);
}

static void open_sink(struct packet_sink *sink, enum AVCodecID codec)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_id = codec;
    sink->ops->open(sink, parameters);
    avcodec_parameters_free(&parameters);
}

static void push(struct packet_sink *sink, GBytes *bytes, bool key)
{
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    AVPacket *packet = av_packet_alloc();
    g_assert_cmpint(av_new_packet(packet, (int)size), ==, 0);
    memcpy(packet->data, data, size);
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    packet->pts = g_get_monotonic_time();
    packet->time_base = (AVRational){ 1, 1000000 };
    sink->ops->push(sink, packet);
    av_packet_free(&packet);
}

/* Sends a few frames each way and expects them unchanged. */
static void exchange(struct pair *pair, struct agent *from, struct agent *to)
{
    struct packet_sink *video = peer_video_sink(from->peer), *audio = peer_audio_sink(from->peer);
    open_sink(video, AV_CODEC_ID_H264);
    open_sink(audio, AV_CODEC_ID_OPUS);
    GPtrArray *sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    GBytes *early = make_h264(false);
    push(video, early, false);          /* before the first key frame: dropped */
    g_bytes_unref(early);
    for (guint i = 0; i < 10; i++) {
        GBytes *frame = make_h264(i == 0), *sound = make_opus();
        push(video, frame, i == 0);
        push(audio, sound, false);
        g_ptr_array_add(sent, frame);
        g_ptr_array_add(sent, sound);
        wait_until(pair, to->video.packets->len > i && to->audio.packets->len > i);
    }
    g_assert_cmpint(to->video.codec, ==, AV_CODEC_ID_H264);
    g_assert_cmpint(to->audio.codec, ==, AV_CODEC_ID_OPUS);
    g_assert_true(to->video.first_was_key);
    for (guint i = 0; i < 10; i++) {
        g_assert_true(g_bytes_equal(sent->pdata[2 * i], to->video.packets->pdata[i]));
        g_assert_true(g_bytes_equal(sent->pdata[2 * i + 1], to->audio.packets->pdata[i]));
    }
    g_ptr_array_unref(sent);
}

/* ---- tests ---- */

static void check_milestones(const struct agent *agent)
{
    struct peer_milestones m = peer_milestones(agent->peer);
    g_assert_cmpint(m.created_us, >, 0);
    g_assert_cmpint(m.gathered_us, >=, m.created_us);
    g_assert_cmpint(m.remote_description_us, >=, m.created_us);
    g_assert_cmpint(m.ice_connected_us, >=, m.remote_description_us);
    g_assert_cmpint(m.dtls_done_us, >=, m.remote_description_us);
    g_assert_cmpint(m.first_packet_sent_us, >=, m.dtls_done_us);
    g_assert_cmpint(m.first_packet_received_us, >=, m.dtls_done_us);
    g_assert_cmpint(m.first_frame_received_us, >=, m.first_packet_received_us);
    g_test_message("descriptions to ICE %.1f ms, to DTLS %.1f ms",
                   (double)(m.ice_connected_us - m.remote_description_us) / 1000,
                   (double)(m.dtls_done_us - m.remote_description_us) / 1000);
}

static void check_stats(const struct agent *agent)
{
    struct peer_stats stats = peer_stats(agent->peer);
    g_assert_cmpuint(stats.packets_sent, >=, 20);
    g_assert_cmpuint(stats.packets_received, >=, 20);
    g_assert_cmpuint(stats.frames_received, ==, 10);
    g_assert_cmpuint(stats.packets_lost, ==, 0);
    g_assert_cmpfloat(stats.round_trip_ms, >, 0);
    g_assert_cmpint(stats.available_bit_rate, >, 0);
}

static bool knows_the_path(const struct agent *agent)
{
    struct peer_stats stats = peer_stats(agent->peer);
    return stats.round_trip_ms > 0 && stats.available_bit_rate > 0;
}

static void carries_media_both_ways(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_assert_cmpint(peer_video_codec(pair.caller.peer), ==, AV_CODEC_ID_NONE);
    connect_pair(&pair);
    g_assert_cmpstr(pair.caller.states->str, ==, "cn");
    g_assert_cmpstr(pair.callee.states->str, ==, "cn");
    g_assert_cmpint(peer_video_codec(pair.caller.peer), ==, AV_CODEC_ID_H264);
    exchange(&pair, &pair.caller, &pair.callee);
    exchange(&pair, &pair.callee, &pair.caller);
    check_milestones(&pair.caller);
    check_milestones(&pair.callee);
    /* Two rounds of reports give the round trip and the REMB. */
    wait_until(&pair, knows_the_path(&pair.caller) && knows_the_path(&pair.callee));
    check_stats(&pair.caller);
    check_stats(&pair.callee);
    struct source *source = peer_source(pair.caller.peer);
    int64_t video_us, audio_us;
    g_assert_true(source->ops->capture_time(source, AVMEDIA_TYPE_VIDEO, 0, &video_us));
    g_assert_true(source->ops->capture_time(source, AVMEDIA_TYPE_AUDIO, 0, &audio_us));
    close_pair(&pair);
}

static void asks_for_key_frames(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    g_assert_cmpint(pair.caller.key_frame_requests, ==, 1);         /* because it has connected */
    exchange(&pair, &pair.caller, &pair.callee);
    int before = pair.caller.key_frame_requests;
    struct source *source = peer_source(pair.callee.peer);
    source->ops->request_key_frame(source);
    wait_until(&pair, pair.caller.key_frame_requests > before);
    g_assert_cmpuint(peer_stats(pair.callee.peer).plis_sent, >, 0);
    g_assert_cmpuint(peer_stats(pair.caller.peer).plis_received, >, 0);
    close_pair(&pair);
}

static void the_answerers_codec_counts(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_VP8);
    negotiate(&pair);
    g_assert_cmpint(peer_video_codec(pair.caller.peer), ==, AV_CODEC_ID_VP8);
    g_assert_cmpint(peer_video_codec(pair.callee.peer), ==, AV_CODEC_ID_VP8);
    close_pair(&pair);
}

static void refuses_a_wrong_fingerprint(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_autofree char *answer = peer_answer(pair.callee.peer, offer, &error);
    for (char *at = answer; (at = strstr(at, "sha-256 ")); at++)
        at[8] = at[8] == '0' ? '1' : '0';
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    wait_until(&pair, peer_current_state(pair.caller.peer) == PEER_FAILED && pair.caller.why &&
                          peer_current_state(pair.callee.peer) == PEER_FAILED);
    g_assert_nonnull(strstr(pair.caller.why, "certificate"));
    g_assert_cmpstr(pair.caller.states->str, ==, "cf");
    g_assert_cmpint(peer_milestones(pair.caller.peer).dtls_done_us, ==, 0);
    g_assert_cmpuint(peer_stats(pair.caller.peer).packets_received, ==, 0);
    close_pair(&pair);
}

static void closing_is_seen_at_once(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    exchange(&pair, &pair.callee, &pair.caller);
    peer_destroy(pair.callee.peer);
    pair.callee.peer = NULL;
    wait_until(&pair, g_str_equal(pair.caller.states->str, "cnx"));
    run_for(&pair, 5000);
    g_assert_cmpstr(pair.callee.states->str, ==, "cn");             /* who destroys hears nothing more */
    close_pair(&pair);
}

static void may_be_destroyed_in_a_listener(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    pair.callee.destroys_when_connected = true;
    negotiate(&pair);
    wait_until(&pair, !pair.callee.peer && g_str_has_suffix(pair.caller.states->str, "x"));
    g_assert_cmpint(pair.callee.key_frame_requests, ==, 0);
    close_pair(&pair);
}

static void may_be_destroyed_in_a_sink(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    connect_pair(&pair);
    pair.callee.video.destroys_peer = true;
    open_sink(peer_video_sink(pair.caller.peer), AV_CODEC_ID_H264);
    GBytes *frame = make_h264(true);
    push(peer_video_sink(pair.caller.peer), frame, true);
    g_bytes_unref(frame);
    wait_until(&pair, !pair.callee.peer && g_str_has_suffix(pair.caller.states->str, "x"));
    close_pair(&pair);
}

/* ICE candidates in the descriptions are taken out and given before these. */
static char *without_candidates(const char *sdp, GPtrArray *candidates)
{
    g_auto(GStrv) lines = g_strsplit(sdp, "\r\n", -1);
    GString *rest = g_string_new(NULL);
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "a=candidate:"))
            g_ptr_array_add(candidates, g_strdup(*line + 2));
        else if (**line)
            g_string_append_printf(rest, "%s\r\n", *line);
    }
    return g_string_free(rest, FALSE);
}

static void takes_candidates_before_descriptions(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    pair.caller.holds_candidates = pair.callee.holds_candidates = true;
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_autofree char *bare_offer = without_candidates(offer, candidates);
    g_assert_cmpuint(candidates->len, >, 0);
    for (guint i = 0; i < candidates->len; i++)
        peer_add_candidate(pair.callee.peer, g_ptr_array_index(candidates, i));
    peer_add_candidate(pair.callee.peer, NULL);
    g_autofree char *answer = peer_answer(pair.callee.peer, bare_offer, &error);
    g_autofree char *bare_answer = without_candidates(answer, candidates);
    g_assert_true(peer_set_answer(pair.caller.peer, bare_answer, &error));
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    close_pair(&pair);
}

static void skips_useless_candidates(void)
{
    static const char *const useless[] = {
        "", "candidate:", "nonsense",
        "candidate:1 1 udp 2113937151 0d4a2b8c-cafe-4b1c-9c6e-000000000000.local 5000 typ host",
        "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
        "candidate:1 2 udp 1 192.0.2.1 5001 typ host",
        "candidate:1 1 udp 1 192.0.2.1 0 typ host", "candidate:1 1 udp 1 999.0.2.1 1 typ host",
        "candidate:1 1 udp 1 192.0.2.1",
    };
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    for (size_t i = 0; i < G_N_ELEMENTS(useless); i++)
        peer_add_candidate(pair.caller.peer, useless[i]);
    negotiate(&pair);
    for (size_t i = 0; i < G_N_ELEMENTS(useless); i++)
        peer_add_candidate(pair.callee.peer, useless[i]);
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    for (int i = 0; i < 1000; i++)
        peer_add_candidate(pair.caller.peer, "candidate:1 1 udp 1 192.0.2.1 5000 typ host");
    close_pair(&pair);
}

/* Datagrams from a stranger, of every protocol's first byte, to the port that the candidates name. */
static void send_garbage(const char *candidate)
{
    g_auto(GStrv) words = g_strsplit(candidate, " ", -1);
    g_assert_cmpuint(g_strv_length(words), >, 5);
    guint port = (guint)g_ascii_strtoull(words[5], NULL, 10);
    g_autoptr(GSocketAddress) to = g_inet_socket_address_new_from_string(words[4], port);
    g_autoptr(GSocket) socket = g_socket_new(g_socket_address_get_family(to), G_SOCKET_TYPE_DATAGRAM,
                                             G_SOCKET_PROTOCOL_UDP, NULL);
    for (int i = 0; i < 256; i++) {
        char garbage[300];
        for (size_t b = 0; b < sizeof garbage; b++)
            garbage[b] = (char)g_test_rand_int();
        garbage[0] = (char)i;
        g_socket_send_to(socket, to, garbage, (gsize)g_test_rand_int_range(0, sizeof garbage), NULL, NULL);
    }
}

static void strangers_do_no_harm(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_free(without_candidates(offer, candidates));
    g_assert_cmpuint(candidates->len, >, 0);
    send_garbage(g_ptr_array_index(candidates, 0));
    run_for(&pair, 5000);
    g_autofree char *answer = peer_answer(pair.callee.peer, offer, &error);
    g_assert_true(peer_set_answer(pair.caller.peer, answer, &error));
    send_garbage(g_ptr_array_index(candidates, 0));
    wait_until(&pair, connected(&pair.caller) && connected(&pair.callee));
    send_garbage(g_ptr_array_index(candidates, 0));
    exchange(&pair, &pair.callee, &pair.caller);
    close_pair(&pair);
}

static void unusable_descriptions_change_nothing(void)
{
    struct pair pair;
    open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
    char *error = NULL;
    g_assert_null(peer_answer(pair.callee.peer, "hello", &error));
    g_assert_nonnull(error);
    g_clear_pointer(&error, g_free);
    g_assert_false(peer_set_answer(pair.caller.peer, "v=0\r\n", &error));       /* no offer yet */
    g_clear_pointer(&error, g_free);
    g_autofree char *offer = peer_offer(pair.caller.peer);
    g_assert_false(peer_set_answer(pair.caller.peer, offer, &error));           /* an offer is no answer */
    g_clear_pointer(&error, g_free);
    connect_pair(&pair);
    g_assert_null(peer_answer(pair.callee.peer, offer, &error));                /* one is enough */
    g_clear_pointer(&error, g_free);
    close_pair(&pair);
}

static void may_be_destroyed_at_any_time(void)
{
    for (int steps = 0; steps < 12; steps++) {
        struct pair pair;
        open_pair(&pair, AV_CODEC_ID_H264, AV_CODEC_ID_H264);
        if (steps > 1)
            negotiate(&pair);
        for (int i = 0; i < steps; i++)
            reactor_wait(pair.reactor, g_get_monotonic_time() + 2000);
        close_pair(&pair);
    }
    peer_destroy(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/peer/media", carries_media_both_ways);
    g_test_add_func("/peer/key-frame", asks_for_key_frames);
    g_test_add_func("/peer/codec", the_answerers_codec_counts);
    g_test_add_func("/peer/fingerprint", refuses_a_wrong_fingerprint);
    g_test_add_func("/peer/close", closing_is_seen_at_once);
    g_test_add_func("/peer/destroy/listener", may_be_destroyed_in_a_listener);
    g_test_add_func("/peer/destroy/sink", may_be_destroyed_in_a_sink);
    g_test_add_func("/peer/destroy/any-time", may_be_destroyed_at_any_time);
    g_test_add_func("/peer/candidates/early", takes_candidates_before_descriptions);
    g_test_add_func("/peer/candidates/useless", skips_useless_candidates);
    g_test_add_func("/peer/garbage", strangers_do_no_harm);
    g_test_add_func("/peer/descriptions", unusable_descriptions_change_nothing);
    return g_test_run();
}

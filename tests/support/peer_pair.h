/* Two whole peers in one process, over real sockets, and media between them: what the tests of peers share. */
#ifndef CALLAPI_TESTS_PEER_PAIR_H
#define CALLAPI_TESTS_PEER_PAIR_H

#include "net/peer/peer.h"

#include <stdint.h>
#include <string.h>

#include <gio/gio.h>

#include "left_behind.h"
#include "net/transport/dtls.h"

enum { PATIENCE_US = 60 * 1000000 }; /* no test waits that long: a limit against hanging for ever */

struct agent;

/* Records what a source delivers. */
struct recorder {
    struct packet_sink sink;
    struct agent *agent;
    enum AVCodecID codec;
    GPtrArray *packets; /* GBytes */
    bool first_was_key;
    bool destroys_peer;
};

struct agent {
    struct peer *peer;
    struct agent *other;
    struct recorder video, audio;
    GString *states; /* of 'c'onnecting, con'n'ected, 'f'ailed, 'x' closed */
    char *why;
    int key_frame_requests;
    int candidates, restarts;
    GString *messages; /* one after the other */
    bool gathered;
    bool holds_candidates, destroys_when_connected;
};

struct pair {
    struct reactor *reactor;
    struct dtls_identity *identity;
    struct ice_servers *ice_servers; /* NULL: none */
    struct belongings before;
    struct agent caller, callee;
};

/* ---- events and sinks ---- */

static inline void take_candidate(struct agent *agent, const char *candidate)
{
    agent->candidates += candidate != NULL;
    agent->gathered = agent->gathered || !candidate;
    if (!agent->holds_candidates && agent->other->peer)
        peer_add_candidate(agent->other->peer, candidate);
}

static inline void take_state(struct agent *agent, enum peer_state state, const char *why)
{
    g_assert_cmpint(peer_current_state(agent->peer), ==, state);
    g_string_append_c(agent->states, "?cnfx"[state]);
    g_free(agent->why);
    agent->why = g_strdup(why);
    if (state == PEER_CONNECTED && agent->destroys_when_connected) {
        peer_destroy(agent->peer);
        agent->peer = NULL;
    }
}

static inline void on_event(void *user_data, const struct peer_event *event)
{
    struct agent *agent = user_data;
    g_assert_nonnull(agent->peer);
    if (event->type == PEER_EVENT_CANDIDATE)
        take_candidate(agent, event->candidate);
    else if (event->type == PEER_EVENT_STATE)
        take_state(agent, event->state, event->why);
    else if (event->type == PEER_EVENT_MESSAGE)
        g_string_append(agent->messages, event->message);
    agent->key_frame_requests += event->type == PEER_EVENT_KEY_FRAME;
    agent->restarts += event->type == PEER_EVENT_RESTARTED;
}

static inline void record_open(struct packet_sink *sink, const AVCodecParameters *parameters)
{
    container_of(sink, struct recorder, sink)->codec = parameters->codec_id;
}

static inline void record_push(struct packet_sink *sink, const AVPacket *packet)
{
    struct recorder *recorder = container_of(sink, struct recorder, sink);
    if (!recorder->packets->len)
        recorder->first_was_key = packet->flags & AV_PKT_FLAG_KEY;
    g_ptr_array_add(recorder->packets, g_bytes_new(packet->data, (size_t)packet->size));
    if (recorder->destroys_peer) {
        peer_destroy(recorder->agent->peer);
        recorder->agent->peer = NULL;
    }
}

static inline void record_lose(struct packet_sink *sink)
{
    (void)sink;
}

static const struct packet_sink_ops record_ops = { .open = record_open, .push = record_push, .lose = record_lose };

/* ---- set-up ---- */

static inline void open_recorder(struct recorder *recorder, struct agent *agent)
{
    *recorder = (struct recorder){ .sink.ops = &record_ops, .agent = agent };
    recorder->packets = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
}

static inline void open_agent(struct pair *pair, struct agent *agent, struct agent *other, bool offerer,
                              enum AVCodecID codec)
{
    agent->other = other;
    agent->states = g_string_new(NULL);
    agent->messages = g_string_new(NULL);
    open_recorder(&agent->video, agent);
    open_recorder(&agent->audio, agent);
    agent->peer = peer_create(pair->reactor, &(struct peer_config){
                                                 .identity = pair->identity,
                                                 .offerer = offerer,
                                                 .video_codec = codec,
                                                 .ice_servers = pair->ice_servers,
                                                 .on_event = on_event,
                                                 .user_data = agent,
                                             });
    g_assert_nonnull(agent->peer);
    struct source *source = peer_source(agent->peer);
    source->ops->start(source, &agent->video.sink, &agent->audio.sink);
}

static inline void open_pair(struct pair *pair, enum AVCodecID callers, enum AVCodecID callees)
{
    *pair = (struct pair){ .reactor = reactor_create(),
                           .identity = dtls_identity_create(),
                           .before = belongings_now() };
    open_agent(pair, &pair->caller, &pair->callee, true, callers);
    open_agent(pair, &pair->callee, &pair->caller, false, callees);
}

static inline void close_agent(struct agent *agent)
{
    peer_destroy(agent->peer);
    g_string_free(agent->states, TRUE);
    g_string_free(agent->messages, TRUE);
    g_ptr_array_unref(agent->video.packets);
    g_ptr_array_unref(agent->audio.packets);
    g_free(agent->why);
}

static inline void close_pair(struct pair *pair)
{
    close_agent(&pair->caller);
    close_agent(&pair->callee);
    dtls_identity_destroy(pair->identity);
    ice_servers_destroy(pair->ice_servers);
    assert_nothing_left_behind(pair->reactor, &pair->before);
    reactor_destroy(pair->reactor);
}

#define wait_until(pair, condition)                                                                                    \
    do {                                                                                                               \
        int64_t limit = g_get_monotonic_time() + PATIENCE_US;                                                          \
        while (!(condition)) {                                                                                         \
            g_assert_cmpint(g_get_monotonic_time(), <, limit);                                                         \
            reactor_wait((pair)->reactor, g_get_monotonic_time() + 10000);                                             \
        }                                                                                                              \
    } while (0)

static inline void run_for(struct pair *pair, int64_t us)
{
    int64_t until = g_get_monotonic_time() + us;
    while (g_get_monotonic_time() < until)
        reactor_wait(pair->reactor, until);
}

static inline void negotiate(struct pair *pair)
{
    g_autofree char *error = NULL;
    g_autofree char *offer = peer_offer(pair->caller.peer);
    g_autofree char *answer = peer_answer(pair->callee.peer, offer, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(peer_set_answer(pair->caller.peer, answer, &error));
}

static inline bool connected(const struct agent *agent)
{
    return g_str_has_suffix(agent->states->str, "n");
}

static inline void connect_pair(struct pair *pair)
{
    negotiate(pair);
    wait_until(pair, connected(&pair->caller) && connected(&pair->callee));
}

/* ---- media ---- */

static inline void append_nal(GByteArray *unit, uint8_t header, guint size)
{
    const uint8_t start[] = { 0, 0, 0, 1, header };
    g_byte_array_append(unit, start, sizeof start);
    for (guint i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)g_test_rand_int_range(1, 256); /* no zeros: nothing that looks like a start code */
        g_byte_array_append(unit, &byte, 1);
    }
}

/* The shape of what an encoder makes: SPS and PPS before an IDR slice of many packets. */
static inline GBytes *make_h264(bool key)
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

static inline GBytes *make_opus(void)
{
    GByteArray *unit = g_byte_array_new();
    append_nal(unit, 0x78, 80);
    return g_byte_array_free_to_bytes(unit);
}

static inline void open_sink(struct packet_sink *sink, enum AVCodecID codec)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    parameters->codec_id = codec;
    sink->ops->open(sink, parameters);
    avcodec_parameters_free(&parameters);
}

static inline void push(struct packet_sink *sink, GBytes *bytes, bool key)
{
    size_t size;
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
static inline void exchange(struct pair *pair, struct agent *from, struct agent *to)
{
    struct packet_sink *video = peer_video_sink(from->peer), *audio = peer_audio_sink(from->peer);
    open_sink(video, AV_CODEC_ID_H264);
    open_sink(audio, AV_CODEC_ID_OPUS);
    GPtrArray *sent = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    GBytes *early = make_h264(false);
    push(video, early, false); /* before the first key frame: dropped */
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

#endif

/* A viewer of a room that is no agent of ours, for tests with whole agents: signalling, a
 * connection and a decoder. */
#ifndef CALLAPI_TESTS_STRANGER_H
#define CALLAPI_TESTS_STRANGER_H

#include "agent_rig.h"
#include "engine/text/json.h"
#include "engine/video/decoder.h"
#include "net/peer/peer.h"

/* A viewer without agent: another stack, which reads its own things out of the offer. */
struct stranger {
    struct signal_client *signal;
    struct peer *peer;
    struct video_decoder *decoder;
    struct frame_sink screen;
    unsigned pictures;
    int width; /* of the last one */
    int64_t pts;
    char *(*understand)(const char *offer); /* what it makes of an offer */
    char *session, *host;
};

static inline void send_answer(struct stranger *stranger, const char *sdp)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "media");
    cJSON_AddStringToObject(body, "kind", "answer");
    cJSON_AddStringToObject(body, "session", stranger->session);
    cJSON_AddStringToObject(body, "sdp", sdp);
    signal_send(stranger->signal, stranger->host, body, NULL, NULL);
    cJSON_Delete(body);
}

static inline void on_media(void *user_data, const char *from, const cJSON *body)
{
    struct stranger *stranger = user_data;
    const char *kind = json_string(body, "kind");
    const char *sdp = json_string(body, "sdp");
    if (!g_strcmp0(kind, "candidate"))
        peer_add_candidate(stranger->peer, json_string(body, "candidate"));
    if (g_strcmp0(kind, "offer"))
        return;
    g_autofree char *error = NULL, *offer = stranger->understand(sdp);
    stranger->session = g_strdup(json_string(body, "session"));
    stranger->host = g_strdup(from);
    g_autofree char *answer = peer_answer(stranger->peer, offer, &error);
    g_assert_cmpstr(error, ==, NULL);
    send_answer(stranger, answer);
}

/* Whichever encoder a picture comes from, it follows the one before. */
static inline void show(struct frame_sink *sink, const AVFrame *frame)
{
    struct stranger *stranger = container_of(sink, struct stranger, screen);
    g_assert_true(!stranger->pictures || frame->pts > stranger->pts);
    stranger->pictures++;
    stranger->width = frame->width;
    stranger->pts = frame->pts;
}

static inline void on_key_frame_needed(void *user_data)
{
    struct stranger *stranger = user_data;
    struct source *source = peer_source(stranger->peer);
    source->ops->request_key_frame(source);
}

static inline struct stranger *come(struct world *world, char *(*understand)(const char *offer))
{
    static const struct signal_listener signals = { .message = on_media };
    static const struct frame_sink_ops screen = { .push = show };
    struct stranger *stranger = g_new0(struct stranger, 1);
    struct video_decoder_listener decoding = { .key_frame_needed = on_key_frame_needed, .user_data = stranger };
    stranger->understand = understand;
    stranger->screen.ops = &screen;
    stranger->decoder = video_decoder_create(NULL, &stranger->screen, &decoding);
    stranger->peer = peer_create(world->reactor,
                                 &(struct peer_config){ .identity = world->identity, .video_codec = AV_CODEC_ID_H264 });
    struct source *source = peer_source(stranger->peer);
    source->ops->start(source, video_decoder_sink(stranger->decoder), NULL);
    stranger->signal = signal_client_create(
        world->reactor,
        &(struct signal_config){ .url = world->url, .user = "mallory", .listener = &signals, .user_data = stranger });
    WAIT_FOR(world, signal_client_is_online(stranger->signal));
    signal_room_join(stranger->signal, "studio", NULL, NULL);
    WAIT_FOR(world, stranger->pictures > 0);
    return stranger;
}

static inline void go(struct stranger *stranger)
{
    peer_destroy(stranger->peer);
    video_decoder_destroy(stranger->decoder);
    signal_client_destroy(stranger->signal);
    g_free(stranger->session);
    g_free(stranger->host);
    g_free(stranger);
}

#endif

#include "app/session.h"

#include <string.h>

struct session {
    struct peer *peer;
    struct signal_client *signal;
    char *id, *remote;
    const struct session_listener *listener;
    void *user_data;
};

/* ---- addresses ---- */

static size_t user_length(const char *address)
{
    return strcspn(address, "/");
}

bool address_same_user(const char *a, const char *b)
{
    return user_length(a) == user_length(b) && !strncmp(a, b, user_length(a));
}

char *address_user(const char *address)
{
    return g_strndup(address, user_length(address));
}

/* ---- sending ---- */

static void send_media(struct session *session, const char *kind, const char *key, const char *value)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "media");
    cJSON_AddStringToObject(body, "kind", kind);
    cJSON_AddStringToObject(body, "session", session->id);
    if (value)
        cJSON_AddStringToObject(body, key, value);
    else
        cJSON_AddNullToObject(body, key);
    signal_send(session->signal, session->remote, body, NULL, NULL);
    cJSON_Delete(body);
}

static void on_candidate(void *user_data, const char *candidate)
{
    send_media(user_data, "candidate", "candidate", candidate);
}

static void on_state(void *user_data, enum peer_state state, const char *why)
{
    struct session *session = user_data;
    session->listener->state(session->user_data, session, state, why);
}

static void on_key_frame_requested(void *user_data)
{
    struct session *session = user_data;
    session->listener->key_frame_requested(session->user_data, session);
}

static void on_remote_bit_rate(void *user_data, gint64 bit_rate)
{
    struct session *session = user_data;
    session->listener->remote_bit_rate(session->user_data, session, bit_rate);
}

static const struct peer_listener peer_events = {
    .candidate = on_candidate,
    .state = on_state,
    .key_frame_requested = on_key_frame_requested,
    .remote_bit_rate = on_remote_bit_rate,
};

/* ---- life ---- */

struct session *session_create(const struct session_config *config)
{
    struct session *session = g_new0(struct session, 1);
    struct peer_config peer = {
        .identity = config->identity, .offerer = config->offerer, .video_codec = config->video_codec,
        .stun_server = config->stun_server, .listener = &peer_events, .user_data = session,
    };
    session->signal = config->signal;
    session->id = config->id ? g_strdup(config->id) : g_uuid_string_random();
    session->remote = g_strdup(config->remote);
    session->listener = config->listener;
    session->user_data = config->user_data;
    session->peer = peer_create(config->reactor, &peer);
    if (!session->peer) {
        session_destroy(session);
        return NULL;
    }
    return session;
}

void session_destroy(struct session *session)
{
    if (!session)
        return;
    peer_destroy(session->peer);
    g_free(session->id);
    g_free(session->remote);
    g_free(session);
}

const char *session_id(const struct session *session)
{
    return session->id;
}

const char *session_remote(const struct session *session)
{
    return session->remote;
}

struct peer *session_peer(struct session *session)
{
    return session->peer;
}

/* ---- offer and answer ---- */

char *session_offer(struct session *session)
{
    return peer_offer(session->peer);
}

bool session_send_offer(struct session *session)
{
    g_autofree char *offer = peer_offer(session->peer);
    if (offer)
        send_media(session, "offer", "sdp", offer);
    return offer != NULL;
}

bool session_answer(struct session *session, const char *offer, char **error)
{
    g_autofree char *answer = peer_answer(session->peer, offer, error);
    if (answer)
        send_media(session, "answer", "sdp", answer);
    return answer != NULL;
}

static void receive_answer(struct session *session, const char *from, const char *sdp)
{
    g_autofree char *error = NULL;
    if (!peer_set_answer(session->peer, sdp, &error)) {
        g_warning("the answer of %s cannot be used: %s", from, error);
        return;
    }
    g_free(session->remote);            /* an invite to a user is answered by one of her devices */
    session->remote = g_strdup(from);
}

void session_receive(struct session *session, const char *from, const cJSON *body)
{
    const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "kind"));
    const char *sdp = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "sdp"));
    if (!address_same_user(from, session->remote)) {
        g_warning("a media message from %s for the connection to %s was ignored", from, session->remote);
        return;
    }
    if (!g_strcmp0(kind, "candidate"))
        peer_add_candidate(session->peer,
                           cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(body, "candidate")));
    else if (!g_strcmp0(kind, "answer") && sdp)
        receive_answer(session, from, sdp);
    else
        g_info("a media message from %s was not understood", from);
}

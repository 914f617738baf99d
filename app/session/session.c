#include "app/session/session.h"

#include <string.h>

#include "engine/text/address.h"
#include "engine/text/json.h"
#include "net/sdp/sdp.h"

struct session {
    struct peer *peer;
    bool offerer; /* of the first offer, or of the last connection that was made anew */
    struct session_path path;
    bool made_anew;               /* the peer is not the first */
    struct session_config config; /* to make the connection anew; its strings are not kept */
    struct signal_client *signal;
    char *id, *remote;
    char *offered;  /* which offer is the last of ours (sdp_origin), NULL: there is none */
    char *answered; /* likewise, the last of theirs that we answered */
    struct session_media told, remote_media;
    struct hub_bucket key_frames;
    bool offer_waits; /* for the signalling, without which nobody hears of it */
    bool telling;     /* what was told may not have arrived */
    const struct session_listener *listener;
    void *user_data;
};

/* ---- sending ---- */

static cJSON *new_message(struct session *session, const char *kind, const char *key, const char *value)
{
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "media");
    cJSON_AddStringToObject(body, "kind", kind);
    cJSON_AddStringToObject(body, "session", session->id);
    if (value)
        cJSON_AddStringToObject(body, key, value);
    else if (key)
        cJSON_AddNullToObject(body, key);
    return body;
}

/* ---- muted, camera off ---- */

static bool is_same_media(struct session_media a, struct session_media b)
{
    return a.muted == b.muted && a.camera_off == b.camera_off;
}

void session_media_to_json(struct session_media media, cJSON *object)
{
    cJSON_AddBoolToObject(object, "muted", media.muted);
    cJSON_AddBoolToObject(object, "camera", !media.camera_off);
}

/* Said on the connection's own channel of messages, so that it cannot be taken for another one's. */
void session_tell_media(struct session *session, struct session_media media)
{
    if (!session->telling && is_same_media(media, session->told))
        return;
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "type", "media");
    cJSON_AddStringToObject(body, "kind", "state");
    cJSON_AddStringToObject(body, "session", session->id);
    session_media_to_json(media, body);
    signal_send(session->signal, session->remote, body, NULL, NULL);
    cJSON_Delete(body);
    session->told = media;
    session->telling = false;
}

void session_forget_told(struct session *session)
{
    session->telling = true;
}

bool session_take_media(struct session *session, const cJSON *body)
{
    struct session_media before = session->remote_media;
    session->remote_media.muted = json_is_true(body, "muted");
    session->remote_media.camera_off = cJSON_IsFalse(json_member(body, "camera"));
    return !is_same_media(before, session->remote_media);
}

struct session_media session_remote_media(const struct session *session)
{
    return session->remote_media;
}

static void send_and_delete(struct session *session, cJSON *body)
{
    signal_send(session->signal, session->remote, body, NULL, NULL);
    cJSON_Delete(body);
}

static void send_media(struct session *session, const char *kind, const char *key, const char *value)
{
    send_and_delete(session, new_message(session, kind, key, value));
}

/* What was lost on the way there is worth no retransmission. */
static void follow_restart(struct session *session)
{
    struct source *source = peer_source(session->peer);
    session_path_found(&session->path);
    g_info("the connection to %s goes another way now", session->remote);
    source->ops->request_key_frame(source);
}

static void on_peer_event(void *user_data, const struct peer_event *event)
{
    struct session *session = user_data;
    if (event->type == PEER_EVENT_CANDIDATE) {
        send_media(session, "candidate", "candidate", event->candidate);
        return;
    }
    if (event->type == PEER_EVENT_RESTARTED) {
        follow_restart(session);
        return;
    }
    if (event->type == PEER_EVENT_STATE && event->state == PEER_CONNECTED)
        session_path_init(&session->path, g_get_monotonic_time());
    session->listener->event(session->user_data, session, event);
}

/* ---- life ---- */

static struct peer *new_peer(struct session *session, bool offerer)
{
    session->offerer = offerer;
    session_path_init(&session->path, g_get_monotonic_time());
    return peer_create(session->config.reactor, &(struct peer_config){
                                                    .identity = session->config.identity,
                                                    .offerer = offerer,
                                                    .video_codec = session->config.video_codec,
                                                    .ice_servers = session->config.ice_servers,
                                                    .on_event = on_peer_event,
                                                    .user_data = session,
                                                });
}

struct session *session_create(const struct session_config *config)
{
    struct session *session = g_new0(struct session, 1);
    session->config = *config;
    session->signal = config->signal;
    session->id = config->id ? g_strdup(config->id) : g_uuid_string_random();
    session->remote = g_strdup(config->remote);
    session->listener = config->listener;
    session->user_data = config->user_data;
    session->peer = new_peer(session, config->offerer);
    if (!session->peer) {
        session_destroy(session);
        return NULL;
    }
    return session;
}

bool session_was_offered(const struct session *session)
{
    return session->config.offerer;
}

void session_destroy(struct session *session)
{
    if (!session)
        return;
    peer_destroy(session->peer);
    g_free(session->id);
    g_free(session->offered);
    g_free(session->answered);
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

struct hub_bucket *session_key_frames(struct session *session)
{
    return &session->key_frames;
}

void session_send_beside(struct session *session, const cJSON *body)
{
    char *text = cJSON_PrintUnformatted(body);
    peer_send_message(session->peer, text);
    cJSON_free(text);
}

/* ---- offer and answer ---- */

/* It takes the place of the one before. */
static char *note_offer(struct session *session, char *offer)
{
    g_free(session->offered);
    session->offered = offer ? sdp_origin(offer) : NULL;
    g_clear_pointer(&session->answered, g_free);
    return offer;
}

char *session_offer(struct session *session)
{
    return note_offer(session, peer_offer(session->peer));
}

bool session_send_offer(struct session *session, const char *room)
{
    g_autofree char *offer = session_offer(session);
    if (!offer)
        return false;
    cJSON *body = new_message(session, "offer", "sdp", offer);
    if (room)
        cJSON_AddStringToObject(body, "room", room);
    send_and_delete(session, body);
    return true;
}

void session_ask_offer(struct session *session)
{
    cJSON *body = new_message(session, "ready", NULL, NULL);
    send_and_delete(session, body);
}

static void send_answer(struct session *session, const char *answer)
{
    cJSON *body = new_message(session, "answer", "sdp", answer);
    if (session->answered)
        cJSON_AddStringToObject(body, "offer", session->answered);
    send_and_delete(session, body);
}

static void repeat_answer(struct session *session)
{
    g_autofree char *answer = peer_describe_again(session->peer);
    send_answer(session, answer);
}

static bool was_answered(const struct session *session, const char *offer)
{
    g_autofree char *origin = sdp_origin(offer);
    return origin && !g_strcmp0(origin, session->answered);
}

bool session_answer(struct session *session, const char *offer, char **error)
{
    if (was_answered(session, offer)) {
        repeat_answer(session);
        return true;
    }
    g_autofree char *answer = peer_answer(session->peer, offer, error);
    if (!answer)
        return false;
    g_free(session->answered);
    session->answered = sdp_origin(offer);
    send_answer(session, answer);
    return true;
}

static bool answer_may_be_lost(const struct session *session)
{
    return session->answered && peer_current_state(session->peer) == PEER_CONNECTING;
}

void session_answer_again(struct session *session, const char *offer)
{
    if (answer_may_be_lost(session) && was_answered(session, offer))
        repeat_answer(session);
}

/* False where there is no new one: the old one stays. */
static bool replace_peer(struct session *session, bool offerer)
{
    struct peer *old = session->peer, *fresh = new_peer(session, offerer);
    if (!fresh)
        return false;
    session->peer = fresh;
    g_clear_pointer(&session->answered, g_free);
    session->listener->replaced(session->user_data, session, old);
    peer_destroy(old);
    return true;
}

/* `offer`: which one it answers, NULL: it does not say. Who stood still for a while answers all that came meanwhile,
 * and takes the last one's connection. */
static void receive_answer(struct session *session, const char *from, const char *sdp, const char *offer)
{
    g_autofree char *error = NULL;
    if (offer && session->offered && !g_str_equal(offer, session->offered)) {
        g_debug("%s answered an earlier offer", from);
        return;
    }
    if (peer_current_state(session->peer) == PEER_CONNECTING)
        return; /* said once more (session_answer_again) */
    if (!peer_set_answer(session->peer, sdp, &error)) {
        complain(session->config.complaints, "the answer of %s cannot be used: %s", from, error);
        return;
    }
    g_free(session->remote); /* an invite to a user is answered by one of her devices */
    session->remote = g_strdup(from);
}

void session_offer_anew(struct session *session)
{
    session->made_anew = true;
    g_autofree char *offer = session_offer(session);
    cJSON *body = new_message(session, "offer", "sdp", offer);
    cJSON_AddTrueToObject(body, "anew");
    send_and_delete(session, body);
}

static void make_anew(struct session *session)
{
    g_info("the connection to %s is made anew", session->remote);
    if (replace_peer(session, true))
        session_offer_anew(session);
}

/* A restart, or a connection made anew. Where both sides make it anew at once, the one whose id is the smaller stays.
 */
static void receive_offer(struct session *session, const char *from, const char *sdp, bool anew)
{
    g_autofree char *error = NULL;
    bool waiting = session->offerer && peer_current_state(session->peer) == PEER_NEW;
    if (waiting && !anew) { /* a restart of what we do not have: the answer to our offer was lost on its way */
        if (!session->made_anew)
            make_anew(session);
        return;
    }
    bool ours_stands = anew && waiting && strcmp(signal_client_address(session->signal), from) < 0;
    if (ours_stands || (anew && !replace_peer(session, false)))
        return;
    if (!session_answer(session, sdp, &error))
        g_info("the offer of %s is not answered: %s", from, error);
}

void session_receive(struct session *session, const char *from, const cJSON *body)
{
    const char *kind = json_string(body, "kind");
    const char *sdp = json_string(body, "sdp");
    if (!address_same_user(from, session->remote)) {
        complain(session->config.complaints, "a media message from %s for the connection to %s was ignored", from,
                 session->remote);
        return;
    }
    if (!g_strcmp0(kind, "candidate"))
        peer_add_candidate(session->peer, json_string(body, "candidate"));
    else if (!g_strcmp0(kind, "answer") && sdp)
        receive_answer(session, from, sdp, json_string(body, "offer"));
    else if (!g_strcmp0(kind, "offer") && sdp)
        receive_offer(session, from, sdp, json_is_true(body, "anew"));
    else if (!g_strcmp0(kind, "restart"))
        session_path_asked(&session->path, g_get_monotonic_time());
    else
        g_info("a media message from %s was not understood", from);
}

/* ---- the path ---- */

static void restart(struct session *session)
{
    g_autofree char *offer = note_offer(session, peer_restart(session->peer));
    if (!offer)
        return;
    g_info("a way to %s is looked for (ICE restart)", session->remote);
    send_media(session, "offer", "sdp", offer);
}

static bool is_offer(enum session_path_news news)
{
    return news == SESSION_PATH_RESTART || news == SESSION_PATH_ANEW;
}

/* False where that was all for now, or the session may be gone. */
static bool act(struct session *session, enum session_path_news news)
{
    if (is_offer(news) && !signal_client_is_online(session->signal)) {
        session->offer_waits = true;
        return false;
    }
    switch (news) {
    case SESSION_PATH_NOTHING:
        return false;
    case SESSION_PATH_SILENT:
    case SESSION_PATH_BACK:
        session->listener->silence(session->user_data, session, news == SESSION_PATH_SILENT);
        return true;
    case SESSION_PATH_RESTART:
        restart(session);
        return true;
    case SESSION_PATH_ANEW:
        make_anew(session);
        return false;
    case SESSION_PATH_LOST:
        session->listener->event(session->user_data, session,
                                 &(struct peer_event){ PEER_EVENT_STATE, .state = PEER_FAILED,
                                                       .why = "nothing came from the other side for 30 s" });
        return false;
    }
    return false;
}

void session_poll(struct session *session, int64_t now_us)
{
    enum peer_state state = peer_current_state(session->peer);
    if (state == PEER_CONNECTING)
        act(session, session_path_check_connecting(&session->path, now_us));
    if (state != PEER_CONNECTED)
        return;
    enum session_path_news news;
    do {
        struct peer_stats stats = peer_stats(session->peer);
        news = session_path_check(&session->path, stats.packets_received, stats.reports_received, session->offerer,
                                  now_us);
    } while (act(session, news));
}

bool session_is_silent(const struct session *session)
{
    return session->path.silent;
}

int64_t session_silence_us(const struct session *session, int64_t now_us)
{
    return now_us - session->path.heard_us;
}

bool session_has_flowed(const struct session *session)
{
    return session->path.flowing_us;
}

void session_network_changed(struct session *session)
{
    session_path_changed(&session->path, g_get_monotonic_time());
}

void session_signalling_restored(struct session *session)
{
    if (answer_may_be_lost(session))
        repeat_answer(session);
    if (session->offer_waits)
        session_path_changed(&session->path, g_get_monotonic_time());
    else
        session_path_retry(&session->path, g_get_monotonic_time());
    session->offer_waits = false;
}

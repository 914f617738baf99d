/* A connection of an agent to one other device: a WebRTC peer and the signalling that belongs to it ("media" messages,
 * see net/protocol/PROTOCOL.md). Private to app/agent. */
#ifndef CALLAPI_APP_SESSION_SESSION_H
#define CALLAPI_APP_SESSION_SESSION_H

#include "app/session/complaints.h"
#include "app/session/path.h"
#include "engine/text/address.h"
#include "net/peer/peer.h"
#include "net/protocol/hub_protocol.h"
#include "net/signal/signal.h"

struct session;

struct session_listener {
    /* What happened to its connection, candidates and restarts excepted; a message is what the other side sent by
     * session_send_beside. */
    void (*event)(void *user_data, struct session *session, const struct peer_event *event);
    /* Nothing comes any more, or it does again. */
    void (*silence)(void *user_data, struct session *session, bool silent);
    /* The connection was made anew: `old` is about to be destroyed, session_peer is the one that takes its place. */
    void (*replaced)(void *user_data, struct session *session, struct peer *old);
};

struct session_config {
    struct reactor *reactor;
    struct signal_client *signal;         /* borrowed, outlives the session */
    const struct dtls_identity *identity; /* likewise */
    const char *id;                       /* copied; NULL: a new random one */
    const char *remote;                   /* address; copied */
    bool offerer;
    enum AVCodecID video_codec;
    struct ice_servers *ice_servers; /* likewise */
    struct complaints *complaints;   /* likewise */
    const struct session_listener *listener;
    void *user_data;
};

/* NULL, logged, where the peer cannot be made. */
struct session *session_create(const struct session_config *config);
/* Takes NULL. The other side sees it closed. */
void session_destroy(struct session *session);

const char *session_id(const struct session *session);
const char *session_remote(const struct session *session);
struct peer *session_peer(struct session *session);
/* What the other side may still ask for: outgoing_set_recipient. */
struct hub_bucket *session_key_frames(struct session *session);

/* What a side sends of sound and pictures; zero: both, which the other takes for granted. */
struct session_media {
    bool muted, camera_off;
};
/* As members of a JSON object ("muted", "camera"). */
void session_media_to_json(struct session_media media, cJSON *object);
/* Where it is another than the other side was told last; after session_forget_told, in any case. */
void session_tell_media(struct session *session, struct session_media media);
void session_forget_told(struct session *session);
/* A "state" message, or the media of an invite or accept: whether it has news; what the other side said last. */
bool session_take_media(struct session *session, const cJSON *body);
struct session_media session_remote_media(const struct session *session);

/* Whether its first offer was ours: a broadcaster's to a viewer, a caller's. */
bool session_was_offered(const struct session *session);
/* Over the connection itself, unreliably: for what goes over the signalling as well. */
void session_send_beside(struct session *session, const cJSON *body);
/* Our offer as text (g_free it), for an invite; or sent as a media message. */
char *session_offer(struct session *session);
/* `room`: the one that it is for, or NULL. */
bool session_send_offer(struct session *session, const char *room);
/* The same for the first connection in a session that the other side has already: its own is replaced. */
void session_offer_anew(struct session *session);
/* As answerer without an offer: asks for one, which the other side makes anew. */
void session_ask_offer(struct session *session);
/* Answers an offer with a media message, one that came before as before. False with words in `error` (g_free it). */
bool session_answer(struct session *session, const char *offer, char **error);
/* An offer that we answered was sent again, so that the answer did not arrive. What is answered differently, or not at
 * all, is left alone. */
void session_answer_again(struct session *session, const char *offer);
/* Looks after the path: where nothing comes any more it is restarted, again and again (ICE restart), and where that
 * does not help the connection is made anew; after 30 s it counts as failed. To be called every SESSION_PATH_CHECK_US;
 * the session may be destroyed in a listener. */
void session_poll(struct session *session, int64_t now_us);
bool session_is_silent(const struct session *session);
int64_t session_silence_us(const struct session *session, int64_t now_us); /* since something last came */
bool session_has_flowed(const struct session *session);                    /* as often as media do */
/* The network is another one than before, or the signalling is back: what is to be tried is tried now. */
void session_network_changed(struct session *session);
void session_signalling_restored(struct session *session);
/* A media message of this session, from `from`. Messages of another user change nothing (logged). */
void session_receive(struct session *session, const char *from, const cJSON *body);

#endif

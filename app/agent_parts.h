/* What the files of the agent share: agent.c (life, operations, signalling, the tick), agent_sessions.c (connections, and who gets
 * our media), agent_room.c (the live room), agent_call.c (what the call state machine wants). Private to them. */
#ifndef CALLAPI_APP_AGENT_PARTS_H
#define CALLAPI_APP_AGENT_PARTS_H

#include "app/agent.h"
#include "app/session.h"

enum {
    RETRY_US = 1000000,         /* between attempts to get (back) into the room */
    GONE_SILENT_US = 2000000,   /* left by the hub's word and silent for so long: gone */
    GOODBYE_US = 1000000,       /* a connection closed by the other side: its hang-up may still be on the longer way through the hub */
};

struct agent {
    struct reactor *reactor;
    const struct dtls_identity *identity;
    struct outgoing *outgoing;
    struct player *player;
    char *user, *room, *stun_server, *call_to;
    enum call_party party;
    enum AVCodecID video_codec;
    int auto_accept_ms;
    const struct agent_listener *listener;
    void *user_data;

    struct signal_client *signal;
    struct call *call;
    GHashTable *sessions;               /* id → struct session, owned */
    struct session *live;               /* audience: the room's connection; in sessions */
    struct session *call_session;       /* connection of the current call; in sessions; may be `live` */
    char *call_session_id;              /* of the current or last call */
    bool released;                      /* both accepted: the call gets our media */
    int64_t call_from_us;               /* sender's wall clock of its first picture for the call; 0: any picture */

    char *room_state, *room_host;
    int room_viewers;
    int64_t live_connected_us;
    int64_t join_at_us;                 /* when to ask for the room again; INT64_MAX: not needed */
    char *match_call;                   /* caller: the match whose invite is being sent, or NULL */
    char *match_id, *match_with;        /* callee: the match whose invite is accepted, and the device it comes from; or NULL */
    int64_t accept_at_us;               /* auto-accept; INT64_MAX: none due */
    int64_t lost_at_us;                 /* when the call's closed connection counts as lost; INT64_MAX: it does not */
    int64_t gone_since_us;              /* the hub said that the call's other side left; 0: it did not */
    guint64 gone_packets;               /* what had been received then */
    int64_t milestones[AGENT_MILESTONES];
};

int64_t agent_now_ms(const struct agent *agent);
/* What the user should know; NULL: all is well again. */
void agent_say(struct agent *agent, const char *text);
/* The milestone was reached now, if it was not before. */
void agent_pass(struct agent *agent, enum agent_milestone milestone);

/* ---- agent_sessions.c ---- */

/* NULL, logged, where it cannot be made. In agent->sessions, owned. `id` NULL: a new one. */
struct session *agent_add_session(struct agent *agent, const char *id, const char *remote, bool offerer);
struct session *agent_find_session(const struct agent *agent, const char *id);        /* `id` may be NULL */
struct session *agent_find_session_to(const struct agent *agent, const char *address);
/* Detaches it from player, camera, room and call, and closes it. */
void agent_drop_session(struct agent *agent, struct session *session);
/* A connection changed its state: a session_listener's state, also called for what the signalling says of it. */
void agent_session_state(void *user_data, struct session *session, enum peer_state state, const char *why);
/* Makes it so that those get our media who are to have them. */
void agent_update_recipients(struct agent *agent);
/* On the screen and in the speaker from now on; NULL: nobody. */
void agent_play(struct agent *agent, struct session *session);

/* ---- agent_room.c ---- */

/* Joins, or opens, the room that the agent was made for. */
void agent_enter_room(struct agent *agent);
void agent_set_room_state(struct agent *agent, const char *state);
void agent_accept_live_offer(struct agent *agent, const char *from, const char *id, const char *offer);
void agent_on_room(void *user_data, const struct signal_room *room);
void agent_on_viewer(void *user_data, const char *room, const char *viewer, bool joined);

/* ---- agent_match.c: calls that the application's server begins and ends ---- */

void agent_on_match(void *user_data, const char *match, const char *with, bool caller, const char *room);
void agent_on_hang_up(void *user_data);
/* An invite came: accepts it where it is the match's. */
void agent_accept_match(struct agent *agent, const char *from, const cJSON *body);

/* ---- agent_call.c ---- */

extern const struct call_ops agent_call_events;

#endif

/* What the files of the agent share: agent.c (life, operations, signalling, the tick), agent_sessions.c (connections,
 * and who gets our media), agent_room.c (the live room), agent_zap.c (the rooms beside it, in the order of
 * room_ring.h), agent_call.c (what the call state machine wants), agent_devices.c (a callee's several devices),
 * agent_timing.c (when), agent_link.c (how the connection does, who is muted), agent_directory.c (who is online),
 * agent_statistics.c (its figures, second by second). Private to them. */
#ifndef CALLAPI_APP_AGENT_PARTS_H
#define CALLAPI_APP_AGENT_PARTS_H

#include "app/agent/agent.h"
#include "app/agent/complaints.h"
#include "app/agent/session.h"
#include "engine/call/attempts.h"
#include "platform/network_watch.h"

enum {
    RETRY_US = 1000000,       /* between attempts to get (back) into the room */
    GONE_SILENT_US = 2000000, /* left by the hub's word and silent for so long: gone */
    GOODBYE_US =
        1000000, /* a connection closed by the other side: its hang-up may still be on the longer way through the hub */
};

struct agent_link_watch { /* the connections, looked at some times a second, and how good the call's is */
    int64_t checked_us, judged_us;
    guint64 judged_received, judged_lost;
    uint64_t sounds_before; /* frames of sound that were played when the call began to be */
    int level;              /* the last judgement, 0: none yet */
};

struct agent {
    struct reactor *reactor;
    const struct dtls_identity *identity;
    struct outgoing *outgoing;
    struct player *player;
    struct ice_servers *ice_servers;    /* borrowed */
    char *user, *name, *room, *call_to; /* name: as we give it; or NULL */
    enum call_party party;
    enum AVCodecID video_codec;
    int auto_accept_ms;
    const struct agent_listener *listener;
    void *user_data;

    struct signal_client *signal;
    struct call *call;
    struct complaints complaints;
    struct attempts joins;        /* broadcaster: of viewers */
    GHashTable *sessions;         /* set of struct session, owned */
    struct session *live;         /* audience: the room's connection; in sessions */
    struct session *call_session; /* connection of the current call; in sessions; may be `live` */
    char *call_session_id;        /* of the current or last call */
    char *shared_offer;           /* callee: of the last invite, that other devices of ours have, too; or NULL */
    /* Caller: it rings at several devices, each with a session of this id; `call_session` is NULL meanwhile */
    bool several;
    bool presends;        /* the policy lets the call have our media while it rings */
    bool released;        /* both accepted: the call gets our media */
    int64_t call_from_us; /* sender's wall clock of its first picture for the call; 0: any picture */

    bool directory, call_audio_only;
    GHashTable *persons; /* user id -> struct agent_person, owned */
    GPtrArray *people;   /* the same, sorted */
    char *remote_name;   /* lent by agent_remote_name */
    int64_t timeout_ms;
    char *room_state, *room_host, *room_host_name; /* the last: or NULL */
    int room_viewers;
    enum { ROOM_CAMERA_UNKNOWN, ROOM_CAMERA_ON, ROOM_CAMERA_OFF } room_camera; /* broadcaster: as the room was told */
    bool room_open; /* broadcaster: the signalling has granted it, on this connection */
    int64_t live_connected_us;
    struct agent_zap *zap;
    int64_t join_at_us;          /* when to ask for the room again; INT64_MAX: not needed */
    char *match_call;            /* caller: the match whose invite is being sent, or NULL */
    char *match_id, *match_with; /* callee: the match whose invite is accepted, and the device it comes from; or NULL */
    int64_t accept_at_us;        /* auto-accept; INT64_MAX: none due */
    int64_t lost_at_us;          /* when the call's closed connection counts as lost; INT64_MAX: it does not */
    int64_t gone_since_us;       /* the hub said that the call's other side left; 0: it did not */
    guint64 gone_packets;        /* what had been received then */
    struct agent_link_watch link;
    struct statistics *statistics;
    int64_t statistics_at_us;         /* of the next second */
    struct network_watch *network;    /* or NULL */
    struct call_timing timing;        /* of the current or last call */
    struct call_timing remote_timing; /* the other end's, no call id: not known */
    char *timed_with;                 /* the other end's address */
};

/* As in agent_listener. */
void agent_say(struct agent *agent, enum agent_status status, const char *why);

/* ---- agent_directory.c ---- */

/* `data`: struct agent_person. */
void agent_person_free(gpointer data);
/* What `user` is called, as far as the directory or the room tells; NULL: not known. Borrowed. */
const char *agent_known_name(const struct agent *agent, const char *user);

void agent_watch_directory(struct agent *agent); /* after each login */
void agent_forget_directory(struct agent *agent);
/* A signal_listener's. */
void agent_on_user(void *user_data, const char *user, const char *name, bool online);

/* ---- agent_link.c ---- */

/* The call has our media from now on. */
void agent_link_begin(struct agent *agent);
void agent_link_poll(struct agent *agent, int64_t now_us);
int64_t agent_link_deadline(const struct agent *agent);
/* A session_listener's silence. */
void agent_link_silence(void *user_data, struct session *session, bool silent);
/* A network_watch's changed. */
void agent_network_changed(void *user_data);
void agent_signalling_restored(struct agent *agent);
/* A signal_listener's gone. */
void agent_on_gone(void *user_data, const char *device);
/* The call's other side is gone from the signalling: its call ends where it is silent, too. */
void agent_watch_gone(struct agent *agent);
void agent_tell_link(struct agent *agent, enum agent_link link, const char *why);
/* Whoever gets our media is told what there is of them. */
void agent_tell_media(struct agent *agent);
/* Our own. */
struct session_media agent_own_media(const struct agent *agent);
/* Once a tick: connected where the first thing to wait for is a sound, and it is there. */
void agent_hear_first(struct agent *agent);
/* "media" message of kind "state", from the session's other side. */
void agent_receive_media_state(struct agent *agent, struct session *session, const cJSON *body);

/* ---- agent_statistics.c ---- */

void agent_statistics_poll(struct agent *agent, int64_t now_us);

/* ---- agent_timing.c ---- */

void agent_time_notice(struct agent *agent, const struct call_notice *notice);
/* The call's accept was pressed at the other side at `sent_at_ms`. */
void agent_time_remote_accept(struct agent *agent, const struct call_message *accept);
/* The call's connection is being made, or was there; our media go to it from now on; it is about to be left. */
void agent_time_connect(struct agent *agent, const char *call_id);
void agent_time_send(struct agent *agent);
void agent_time_leave(struct agent *agent, const char *call_id);
/* The other end's map of the last call. */
void agent_time_receive(struct agent *agent, const char *from, const cJSON *body);
/* A picture of the call was presented. */
void agent_time_presented(struct agent *agent, int64_t pts, int64_t now_us);
/* Once a tick. */
void agent_time_poll(struct agent *agent, int64_t now_us);

/* ---- agent_sessions.c ---- */

/* NULL, logged, where it cannot be made. In agent->sessions, owned. `id` NULL: a new one. */
struct session *agent_add_session(struct agent *agent, const char *id, const char *remote, bool offerer);
/* `from`: the device at its other end, or another one of its user that stands for it; NULL: any. `id` may be NULL. */
struct session *agent_find_session(const struct agent *agent, const char *id, const char *from);
/* A copy of the set, in which to go on while sessions go; g_ptr_array_unref it. */
GPtrArray *agent_all_sessions(const struct agent *agent);
struct session *agent_find_session_to(const struct agent *agent, const char *address);
/* Detaches it from player, camera, room and call, and closes it. */
void agent_drop_session(struct agent *agent, struct session *session);
/* A connection changed its state: a session_listener's state, also called for what the signalling says of it. */
/* A call message, however it came. */
void agent_receive_call(struct agent *agent, const char *from, const cJSON *body);
void agent_session_state(struct agent *agent, struct session *session, enum peer_state state, const char *why);
/* Makes it so that those get our media who are to have them. */
void agent_update_recipients(struct agent *agent);
/* On the screen and in the speaker from now on; NULL: nobody. */
void agent_play(struct agent *agent, struct session *session);

/* ---- agent_room.c ---- */

/* Joins, or opens, the room that the agent was made for. */
void agent_enter_room(struct agent *agent);
void agent_set_room_state(struct agent *agent, const char *state);
/* Once a tick. */
void agent_room_poll(struct agent *agent);
void agent_leave_private(struct agent *agent); /* the call in the room is over */
/* `room`: which one it is for, or NULL: whichever `from` broadcasts. */
void agent_accept_live_offer(struct agent *agent, const char *from, const char *id, const char *offer,
                             const char *room);
void agent_on_room(void *user_data, const struct signal_room *room);
void agent_on_viewer(void *user_data, const char *room, const char *viewer, bool joined);

/* ---- agent_zap.c ---- */

struct agent_zap *agent_zap_create(int warm);
void agent_zap_free(struct agent_zap *zap); /* takes NULL; the signal client is gone */
/* Whether an offer of `from` for `room` (NULL: any) is a neighbour's; its answered connection; that was made; lost;
 * about to be dropped. */
bool agent_zap_expects(const struct agent *agent, const char *from, const char *room);
void agent_zap_answered(struct agent *agent, struct session *session, const char *from, const char *room);
void agent_zap_connected(struct agent *agent, struct session *session);
void agent_zap_lost(struct agent *agent, const struct session *session);
void agent_zap_forget(struct agent *agent, const struct session *session);
/* News of another room than the one that is watched. */
void agent_zap_room(struct agent *agent, const struct signal_room *room);
void agent_zap_presented(struct agent *agent, int64_t pts, int64_t now_us);
void agent_zap_poll(struct agent *agent, int64_t now_us);
int64_t agent_zap_deadline(const struct agent *agent);

/* ---- agent_match.c: calls that the application's server begins and ends ---- */

void agent_on_match(void *user_data, const char *match, const char *with, bool caller, const char *room);
void agent_on_hang_up(void *user_data);
/* An invite came: accepts it where it is the match's. */
void agent_accept_match(struct agent *agent, const char *from, const cJSON *body);

/* ---- agent_devices.c: an invite to a user is answered by each of her devices ---- */

/* The invite was delivered to so many. */
void agent_devices_ring(struct agent *agent, const char *call_id, unsigned devices);
bool agent_rings_at_several(const struct agent *agent, const char *session_id);
/* The call's own connection, or while it rings one of those to the callee's devices. */
bool agent_is_of_call(const struct agent *agent, struct session *session);
/* An invite says that it rings at several devices: its offer is not to be answered. */
void agent_note_shared_offer(struct agent *agent, const cJSON *invite);
/* `device` asks for an offer, or answers the invite's, which was withdrawn or is another's: it is offered a connection
 * of its own. False: it is no such answer. `session`: what agent_find_session found for it. */
bool agent_takes_answer(struct agent *agent, const char *device, bool asks, struct session *session,
                        const char *session_id);
/* The call's remote accepted: its connection is the call's, as soon as there is one; those to the others go. */
void agent_devices_accepted(struct agent *agent);
/* The call is over. */
void agent_forget_devices(struct agent *agent);

/* ---- agent_call.c ---- */

extern const struct call_ops agent_call_events;
/* Accepted, and `call_session` is there: the call's pictures go over it, and come on the screen. */
void agent_show_call(struct agent *agent);

#endif

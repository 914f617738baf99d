/* What the files of the agent share that put its parts together: agent.c (life, operations), tick.c (what is due),
 * describe.c (what is so), signalling.c (what it brings), session_events.c (what connections bring, and who gets our
 * media), relays.c (the ICE servers that the hub names), call.c (what the call state machine wants), link.c (how the
 * connections do, who is muted), statistics.c (its figures, second by second). Private to them. */
#ifndef CALLAPI_APP_AGENT_PARTS_H
#define CALLAPI_APP_AGENT_PARTS_H

#include "app/agent/agent.h"
#include "app/agent/audience.h"
#include "app/agent/directory.h"
#include "app/agent/leg.h"
#include "app/agent/match.h"
#include "app/agent/quality.h"
#include "app/agent/rooms.h"
#include "app/agent/timing.h"
#include "app/session/complaints.h"
#include "app/session/sessions.h"
#include "engine/call/attempts.h"
#include "platform/deadline.h"
#include "platform/network/network_watch.h"

struct agent_link_watch { /* the connections, looked at some times a second */
    int64_t checked_us;
    int64_t asleep_us;      /* how long the machine has slept, as far as it was seen to */
    uint64_t sounds_before; /* frames of sound that were played when the call began to be */
    struct quality quality; /* of the call's, else of the live room's */
};

struct agent {
    struct reactor *reactor;
    struct outgoing *outgoing;
    struct player *player;
    struct ice_servers *ice_servers; /* or NULL */
    char *user, *name, *call_to;     /* name: as we give it; or NULL */
    enum call_party party;
    int auto_accept_ms;
    const struct agent_listener *listener;
    void *user_data;

    struct signal_client *signal;
    struct call *call;
    struct complaints complaints;
    struct hub_bucket goodbyes; /* to whom we have no connection */
    struct attempts joins;      /* broadcaster: of viewers */
    struct sessions *sessions;
    struct rooms *rooms;
    struct audience *audience; /* broadcaster: of that room */
    struct leg *leg;

    bool watches_people, call_audio_only;
    struct directory *directory; /* empty unless people are watched */
    int64_t timeout_ms;
    struct match match;
    int64_t accept_at_us; /* auto-accept */
    struct agent_link_watch link;
    int64_t decoded_us; /* that the player has spent on decoding in the loop, as far as outgoing was told */
    struct statistics *statistics;
    int64_t statistics_at_us;      /* of the next second */
    struct network_watch *network; /* or NULL */
    struct timing *timing;
    char safety_code[SAFETY_CODE_SIZE]; /* of the current or last call */
};

/* As in agent_listener. */
void agent_say(struct agent *agent, enum agent_status status, const char *why);

/* What `user` is called, as far as the directory or the room tells; NULL: not known. Borrowed. */
const char *agent_known_name(const struct agent *agent, const char *user);

/* ---- signalling.c ---- */

extern const struct signal_listener agent_signal_events;

/* A call message, however it came. */
void agent_receive_call(struct agent *agent, const char *from, const cJSON *body);

/* ---- relays.c ---- */

/* As in signal_listener. */
void agent_take_ice_servers(void *agent, const cJSON *servers);

/* ---- link.c ---- */

/* The call has our media from now on. */
void agent_link_begin(struct agent *agent);
int64_t agent_link_due(const struct agent *agent);
int64_t agent_sleep_due(const struct agent *agent);
void agent_poll_sleep(struct agent *agent, int64_t now_us);
void agent_poll_link(struct agent *agent, int64_t now_us);
/* A session_listener's silence. */
void agent_link_silence(void *user_data, struct session *session, bool silent);
/* A network_watch's changed. */
void agent_network_changed(void *user_data);
void agent_signalling_restored(struct agent *agent);
void agent_tell_link(struct agent *agent, enum agent_link link, const char *why);
/* Whoever gets our media is told what there is of them. */
void agent_tell_media(struct agent *agent);
/* Our own. */
struct session_media agent_own_media(const struct agent *agent);
/* Whether the call's other side sends that, by what it says and what was negotiated. There is a session. */
bool agent_expects(const struct agent *agent, enum AVMediaType type);
/* Once a tick: connected where the first thing to wait for is a sound, and it is there. */
void agent_hear_first(struct agent *agent);
/* "media" message of kind "state", from the session's other side. */
void agent_receive_media_state(struct agent *agent, struct session *session, const cJSON *body);

/* ---- describe.c ---- */

/* Keeps the running call's safety code beyond its end, once it is known. */
void agent_note_safety_code(struct agent *agent);

/* ---- statistics.c ---- */

int64_t agent_statistics_due(const struct agent *agent);
void agent_poll_statistics(struct agent *agent, int64_t now_us);

/* ---- session_events.c ---- */

extern const struct rooms_ops agent_rooms_events;
extern const struct session_listener agent_session_events;
/* About to be destroyed: detached from player, camera, room and call. */
void agent_session_leaves(void *user_data, struct session *session);
/* A connection changed its state; also called for what the signalling says of it. */
void agent_session_state(struct agent *agent, struct session *session, enum peer_state state, const char *why);
/* Whether that is a viewer of our room, whom we offered a connection; else it is a call's alone. */
bool agent_is_viewer(const struct agent *agent, const struct session *session);
/* Makes it so that those get our media who are to have them. */
void agent_update_recipients(struct agent *agent);
/* On the screen and in the speaker from now on: the call's, once both accepted, else the watched room's. */
void agent_play(struct agent *agent);

/* ---- call.c ---- */

extern const struct call_ops agent_call_events;
/* The accepted call's pictures go over its connection, and come on the screen. */
void agent_show_call(void *user_data);

#endif

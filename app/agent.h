/* One user of this program: signal client, call state machine, the WebRTC connections to others, the camera and the player,
 * wired together. Draws nothing; a window (app/client.h), a script or a test drives it.
 *
 * Live room: the broadcaster offers a connection to each viewer who joins; all media of the room and of a call between the two
 * go over that one connection, so a call needs no negotiation. Pure 1v1: the invite carries the offer, the callee answers while
 * it rings, and accept only opens the taps. */
#ifndef CALLAPI_APP_AGENT_H
#define CALLAPI_APP_AGENT_H

#include "app/outgoing.h"
#include "engine/call.h"
#include "engine/player.h"
#include "net/peer.h"
#include "net/signal.h"

struct agent;

struct agent_listener {
    /* The call changed or something happened in it. */
    void (*call)(void *user_data, const struct call_notice *notice);
    /* What the user should know about connection and room, in words; NULL: all is well again. */
    void (*status)(void *user_data, const char *text);
};

struct agent_config {
    struct reactor *reactor;
    const struct dtls_identity *identity;       /* these are borrowed and outlive the agent */
    struct outgoing *outgoing;
    struct player *player;
    const char *hub_url, *user;                 /* copied, as all texts here */
    const char *token, *ca_file;                /* as in signal_config; NULL: none */
    const char *room;                           /* NULL: pure 1v1 */
    enum call_party party;                      /* AUDIENCE and BROADCASTER need a room */
    const char *stun_server;                    /* NULL: none */
    enum AVCodecID video_codec;                 /* preferred for what we offer */
    int64_t timeout_ms;                         /* of a call; 0: none */
    const char *call_to;                        /* whom to call as soon as the hub knows us, once; NULL: nobody */
    int auto_accept_ms;                         /* accept by itself after this time of ringing; -1: never */
    const struct agent_listener *listener;      /* borrowed; entries may be NULL */
    void *user_data;
};

/* When the milestones of the current or last call were passed, g_get_monotonic_time; 0: not (yet). */
enum agent_milestone {
    AGENT_CALL_STARTED,         /* the invite was sent, or came */
    AGENT_DELIVERED,            /* the callee's device has the invite (caller) */
    AGENT_ACCEPTED,             /* the callee pressed accept, as well as the hub's clock tells it */
    AGENT_ACCEPT_SEEN,          /* the caller has the accept message */
    AGENT_ICE_CONNECTED, AGENT_DTLS_DONE,
    AGENT_FIRST_PACKET_SENT, AGENT_FIRST_PACKET_RECEIVED, AGENT_FIRST_FRAME_RECEIVED,
    AGENT_FIRST_FRAME_PRESENTED,
    AGENT_CONNECTED,
    AGENT_ENDED,
    AGENT_MILESTONES,
};
const char *agent_milestone_name(enum agent_milestone milestone);

/* NULL, logged, on a bad URL or id. Connects and prepares by itself; goes on by itself after the hub or a peer were lost. */
struct agent *agent_create(const struct agent_config *config);
void agent_destroy(struct agent *agent);

/* The five operations. `to`: NULL for the broadcaster of the room one watches. Results and refusals: engine/call.h; a call to
 * the broadcaster is CALL_ERROR_STATE until the room is on the screen. */
enum call_error agent_call(struct agent *agent, const char *to);
enum call_error agent_cancel(struct agent *agent);
enum call_error agent_accept(struct agent *agent);
enum call_error agent_reject(struct agent *agent);
enum call_error agent_hang_up(struct agent *agent);

/* The picture with `pts` (of player_source) was presented at `now_us`. */
void agent_presented(struct agent *agent, int64_t pts, int64_t now_us);

/* One tick: camera, player, call. */
void agent_poll(struct agent *agent, int64_t now_us);
int64_t agent_deadline(const struct agent *agent);

enum call_state agent_call_state(const struct agent *agent);
enum call_role agent_call_role(const struct agent *agent);
char *agent_remote_user(const struct agent *agent);     /* user id of the other side of the call, "" where none; g_free it */
int64_t agent_milestone_us(const struct agent *agent, enum agent_milestone milestone);
/* The room: "live", "private", "away", or "" before it was seen; its broadcaster; how many watch. */
const char *agent_room_state(const struct agent *agent);
const char *agent_room_host(const struct agent *agent);
int agent_room_viewers(const struct agent *agent);
bool agent_is_online(const struct agent *agent);
struct player *agent_player(const struct agent *agent);
struct outgoing *agent_outgoing(const struct agent *agent);
const char *agent_user(const struct agent *agent);
enum call_party agent_party(const struct agent *agent);
const char *agent_room(const struct agent *agent);              /* NULL: pure 1v1 */
/* When the live room's connection was made (g_get_monotonic_time), 0: not connected. */
int64_t agent_live_connected_us(const struct agent *agent);

#endif

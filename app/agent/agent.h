/* One user of this program: signal client, call state machine, the WebRTC connections to others, the camera and the
 * player, wired together. Draws nothing; a window (app/client/client.h), a script or a test drives it.
 *
 * Live room: the broadcaster offers a connection to each viewer who joins; all media of the room and of a call between
 * the two go over that one connection, so a call needs no negotiation. Pure 1v1: the invite carries the offer, the
 * callee answers while it rings, and accept only opens the taps. So it is with the broadcaster of a room that is
 * watched by a stream. */
#ifndef CALLAPI_APP_AGENT_AGENT_H
#define CALLAPI_APP_AGENT_AGENT_H

#include "app/agent/facts.h"
#include "app/outgoing/outgoing.h"
#include "engine/call/safety_code.h"
#include "engine/call/timing.h"
#include "engine/player/player.h"
#include "engine/stream/trouble.h"
#include "net/peer/peer.h"
#include "net/signal/signal.h"

struct agent;

/* Each entry may be NULL. */
struct agent_listener {
    /* The call changed or something happened in it. */
    void (*call)(void *user_data, const struct call_notice *notice);
    /* What the user should know about connection and room; `why`: more about it, or NULL. */
    void (*status)(void *user_data, enum agent_status status, const char *why);
    /* As in call_ops. */
    enum call_policy (*policy)(void *user_data, enum call_role role, const char *remote, const cJSON *extension);
    void (*completed)(void *user_data, const struct call_completion *completion);
    void (*link)(void *user_data, enum agent_link link, const char *why);
    void (*quality)(void *user_data, const struct agent_quality *quality); /* in a call, every 2 s */
    /* The other side muted itself, or switched its camera off. */
    void (*remote_media)(void *user_data, bool muted, bool camera_on);
    void (*room)(void *user_data, const struct signal_room *room); /* the own room changed */
    void (*token_expires)(void *user_data, int seconds);
    /* A message of type "manage" (app/kiosk/manage.h). NULL: it is ignored. */
    void (*manage)(void *user_data, const char *from, const cJSON *body);
    void (*directory)(void *user_data); /* agent_people changed */
    void (*continued)(void *user_data); /* the call is about to end here, and goes on where its pass was used */
};

struct agent_config {
    struct reactor *reactor;
    const struct dtls_identity *identity; /* these are borrowed and outlive the agent */
    struct outgoing *outgoing;
    struct player *player;
    const char *hub_url, *user;               /* copied, as all texts here; no hub: only streams are watched */
    const char *name;                         /* as in signal_config; NULL: none */
    const char *token, *token_file, *ca_file; /* as in signal_config; NULL: none */
    const char *room;                         /* NULL: pure 1v1 */
    const struct agent_streams *streams;      /* audience: to watch instead of a room; NULL: none */
    const struct room_streams *carried;       /* broadcaster: by which the room may be watched as well; NULL: none */
    int warm;                        /* audience: so many rooms beside are kept connected, 0 to AGENT_MAX_WARM */
    enum call_party party;           /* AUDIENCE needs a room or streams, BROADCASTER a room */
    struct ice_servers *ice_servers; /* borrowed, outlives the agent; NULL: none */
    enum AVCodecID video_codec;      /* preferred for what we offer */
    int64_t timeout_ms;              /* of a call; 0: none */
    int64_t first_frame_timeout_ms;  /* from the accept to the first picture; 0: only the one above */
    bool skip_first_frame;           /* connected as soon as both accepted */
    bool do_not_disturb;
    bool directory;                        /* agent_people is wanted */
    bool call_audio_only;                  /* that call is without pictures */
    const char *call_to;                   /* whom to call as soon as the hub knows us, once; NULL: nobody */
    int auto_accept_ms;                    /* accept by itself after this time of ringing; -1: never */
    const struct agent_listener *listener; /* borrowed; entries may be NULL */
    void *user_data;
};

/* NULL, logged, on a bad URL or id. Connects and prepares by itself; goes on by itself after the hub or a peer were
 * lost. */
struct agent *agent_create(const struct agent_config *config);
void agent_destroy(struct agent *agent);

/* The five operations. `to`: NULL for the broadcaster of the room one watches, or whom its stream names. Results and
 * refusals: engine/call/call.h; a call to the broadcaster is CALL_ERROR_STATE until the room is on the screen. */
enum call_error agent_call(struct agent *agent, const char *to);
enum call_error agent_cancel(struct agent *agent);
enum call_error agent_accept(struct agent *agent);
enum call_error agent_reject(struct agent *agent);
enum call_error agent_hang_up(struct agent *agent);

/* The same with more to say. */
struct agent_target {
    const char *user; /* as `to` above */
    bool audio_only;
    const cJSON *extension; /* borrowed; or NULL */
};
enum call_error agent_call_with(struct agent *agent, const struct agent_target *target);
enum call_error agent_reject_because(struct agent *agent, enum call_reason reason);
enum call_error agent_hang_up_because(struct agent *agent, enum call_reason reason);

/* Silence, or no pictures, from now on; the other side is told. Kept from call to call. */
void agent_set_muted(struct agent *agent, bool muted);
void agent_set_camera(struct agent *agent, bool on);
void agent_set_do_not_disturb(struct agent *agent, bool on);
/* To a user or a device, as signal_send; `body` is copied, `done` may be NULL. */
void agent_send(struct agent *agent, const char *to, const cJSON *body, signal_done done, void *user_data);
/* As signal_ask_pass. */
void agent_ask_pass(struct agent *agent, signal_done done, void *user_data);
void agent_renew_token(struct agent *agent, const char *token, signal_done done, void *user_data);

/* Audience, in no call: to the next room (1), or the one before (-1), in the order of their names; around the end. What
 * is on the screen stays until the new room's first picture. False where that cannot be now. */
bool agent_go_to_room_beside(struct agent *agent, int steps);
/* The same to a room by its name. */
bool agent_go_to_room(struct agent *agent, const char *room);
/* The picture with `pts` (of player_source) was presented at `now_us`. */
void agent_presented(struct agent *agent, int64_t pts, int64_t now_us);

/* One tick: camera, player, call. */
void agent_poll(struct agent *agent, int64_t now_us);
int64_t agent_deadline(const struct agent *agent);

/* Another camera for what is sent, and for the preview; the one there is goes on until it is there. */
void agent_switch_camera(struct agent *agent, const struct capture_config *camera);

struct agent_call_description { /* the call there is */
    enum call_state state;
    enum call_role role;
    const char *id;            /* "" where none */
    char user[CALL_USER_SIZE]; /* of the other side, "" where none */
    const char *name;          /* what the other side is called; NULL: not known, show the id */
    bool audio_only;
    /* The call's safety code; "" before it is connected, and while its connection is made anew. */
    char safety_code[SAFETY_CODE_SIZE];
    bool remote_muted, remote_camera_on; /* as the other side says */
    int64_t ring_ms, ring_left_ms;       /* until it is given up, from its begin and from now on; left: -1: it is not */
};

struct agent_room_description {      /* the watched room, or a broadcaster's own */
    const char *name;                /* NULL: pure 1v1 */
    const char *state;               /* "live", "private", "away", or "" before it was seen */
    const char *host, *host_name;    /* the broadcaster; as others see her: the id where she has no name */
    const char *going_to;            /* the room that is not there yet, or NULL */
    int viewers, warm;               /* warm: rooms that are connected beside it */
    bool host_muted, host_camera_on; /* what the broadcaster sends */
    bool flows;              /* and it comes (to somebody, where we are the broadcaster), whatever the hub does */
    bool only;               /* as far as it was asked: there is no other room to go to */
    bool local;              /* a stream that no hub knows */
    bool pulled;             /* what is on the screen is a stream, not its broadcaster's connection */
    bool sound_only;         /* it has no pictures */
    enum stream_fault fault; /* of its stream */
    int64_t connected_us;    /* g_get_monotonic_time, 0: not connected */
    struct agent_zap_times zap;
};

/* What is so now. Texts are borrowed until the agent is polled, or does something. */
struct agent_description {
    enum call_party party;
    const char *user, *name; /* name: what others call us: the user id where we have none */
    bool online;
    bool reconnecting; /* nothing comes from the other side of the call, or from the live room's */
    int quality;       /* as agent_quality's, of the same connection; 0: not known yet */
    struct agent_call_description call;
    struct agent_room_description room;
};
struct agent_description agent_describe(const struct agent *agent);
/* What is also asked alone, at each turn, and what is no plain data. */
enum call_state agent_call_state(const struct agent *agent);
int64_t agent_now_ms(const struct agent *agent); /* the signalling's clock, milliseconds since 1970 */
/* Who else is online (struct agent_person), in the order of what they are called; empty while offline, or where
 * agent_config did not want it. */
const GPtrArray *agent_people(const struct agent *agent);
/* Of the current or last call. */
const struct call_timing *agent_timing(const struct agent *agent);
/* The other end's, on our clock; it comes soon after the end of a call. NULL: not (yet). */
const struct call_timing *agent_remote_timing(const struct agent *agent);
/* Of the current or last call; "": it was not connected. Borrowed. */
const char *agent_safety_code(const struct agent *agent);
/* The last minute of the connection that matters: the call's, else the live room's, else the slowest viewer's. */
const struct statistics *agent_statistics(const struct agent *agent);
struct player *agent_player(const struct agent *agent);
struct outgoing *agent_outgoing(const struct agent *agent);

#endif

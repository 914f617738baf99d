/* CallAPI for C: one-on-one video calls (RFC 8825, WebRTC) that a program of your own makes from its own loop.
 *
 *     struct callapi *api = callapi_create(&(struct callapi_config){ .url = "ws://hub:8080", .user = "anna" }, &error);
 *     callapi_add_listener(api, &my_listener, my_data);
 *     callapi_prepare(api, &(struct callapi_prepare){ .party = CALL_PARTY_ANYONE }, NULL, NULL);
 *     callapi_call(api, &(struct callapi_target){ .user = "bert" }, NULL, NULL);
 *     for (;;) { poll(...callapi_descriptors, callapi_deadline...); callapi_poll(api); }
 *
 * One instance is one user on one device; a process may have many. All functions of an instance belong to the thread
 * that created it. There is no thread and no global behind it, with one exception: files and cameras are read by a
 * thread of their own, because FFmpeg's reads block; it never calls you. Nothing here blocks, but for callapi_create
 * (devices and codecs are opened: some 100 ms).
 *
 * Callbacks come from callapi_poll, never from within an operation, with one exception that is named there. Every
 * operation may be called from within a callback, callapi_destroy as well: it then takes effect when the callback
 * returns, and no other one follows.
 *
 * Texts are UTF-8 and copied; pointers in what a callback is given are valid until it returns. Times are milliseconds
 * since 1970 by the signalling's clock, which both sides share, where not said otherwise. Names of states, reasons and
 * events: call_types.h; what they are called in Agora's CallAPI: CALLAPI_NAMES.md. */
#ifndef CALLAPI_H
#define CALLAPI_H

#ifdef _WIN32
#include <winsock2.h> /* struct pollfd */
#else
#include <poll.h>
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call_types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct callapi;

/* ---- errors ---- */

enum callapi_domain {
    CALLAPI_DOMAIN_CALL,       /* an operation was not legal, or came to nothing */
    CALLAPI_DOMAIN_MEDIA,      /* connection, codec */
    CALLAPI_DOMAIN_SIGNALLING, /* hub or broker */
    CALLAPI_DOMAIN_DEVICE,     /* camera, microphone, speaker */
};

struct callapi_error {
    enum callapi_domain domain;
    enum call_error code; /* CALL_OK never comes here */
    const char *text;     /* what is wrong and what to do, in a sentence */
};

/* How an operation ended: `error` NULL: the other side (or the hub) has it. Called once, from callapi_poll; not at all
 * where the operation was refused at once, and with CALL_ERROR_DESTROYED from within callapi_destroy. */
typedef void (*callapi_done)(void *user_data, const struct callapi_error *error);

/* ---- life ---- */

/* As the W3C's RTCIceServer. */
struct callapi_ice_server {
    const char *url; /* "stun:HOST[:PORT]", "turn:HOST[:PORT][?transport=udp|tcp]", "turns:HOST[:PORT]" (TLS) */
    const char *username, *credential; /* for TURN */
};

struct callapi_config {
    const char *url;     /* of the signalling: ws://, wss://, mqtt://, mqtts:// */
    const char *user;    /* own id: 1 to 64 bytes without '/' and control characters */
    const char *token;   /* JSON Web Token (hub) or password (broker); NULL: none */
    const char *ca_file; /* PEM with the authorities to trust for wss:// and mqtts://; NULL: the system's */
    /* What is sent. Each camera: a device ("/dev/video0"), "file:PATH" (looped), or "synthetic" (somebody in a room,
     * with a frame number). The first one is used until callapi_switch_camera. NULL: none, calls are sound only. */
    const char *const *cameras; /* ended by NULL */
    const char *microphone; /* "": the default one; a name; "tone"; "none"; NULL: the file's sound, else the default */
    const char *speaker;    /* "": the default one; a name; NULL: none, remote sound is thrown away */
    int width, height;      /* wished of a camera; 0: 1280 x 720 */
    int bit_rate;           /* of our video at most, bit/s; 0: 2,000,000 */
    const struct callapi_ice_server *ice_servers; /* STUN and TURN, for calls across networks; NULL: none */
    int n_ice_servers;
    bool relay_only;          /* media go through a TURN server only (RTCIceTransportPolicy "relay") */
    bool software;            /* no hardware codecs */
    bool no_audio_processing; /* the microphone is sent as it is: no echo cancellation, noise suppression, gain control
                               */
};

/* Opens devices and codecs; nobody is told yet, see callapi_prepare. NULL with words for the user in `error` (free it
 * with callapi_free_text; may be NULL) where a camera or codec does not work. A missing microphone or speaker is
 * reported to the listeners. */
CALLAPI_EXPORT struct callapi *callapi_create(const struct callapi_config *config, char **error);
/* Takes NULL. A running call is hung up. */
CALLAPI_EXPORT void callapi_destroy(struct callapi *api);
CALLAPI_EXPORT void callapi_free_text(char *text);

/* ---- your loop ---- */

/* What to wait for: fills up to `size` entries with descriptors and events and returns how many there are (call again
 * with more room where that is more than `size`). To be asked anew before each wait. */
CALLAPI_EXPORT size_t callapi_descriptors(struct callapi *api, struct pollfd *descriptors, size_t size);
/* When callapi_poll is due at the latest, in microseconds of CLOCK_MONOTONIC. */
CALLAPI_EXPORT int64_t callapi_deadline(struct callapi *api);
/* Does all that is due and returns; the callbacks come from here. */
CALLAPI_EXPORT void callapi_poll(struct callapi *api);

/* ---- what comes back ---- */

/* A picture in YUV 4:2:0, 8 bit, upright: three planes (I420), or two (NV12: planes[2] is NULL). */
struct callapi_picture {
    int width, height;
    const uint8_t *planes[3];
    int strides[3];         /* bytes */
    bool bt709, full_range; /* else BT.601, limited range */
    int64_t id;             /* for callapi_presented */
};

struct callapi_change {
    enum call_state state, previous;
    enum call_role role;
    enum call_event event;
    enum call_reason reason;
    const char *call_id, *remote; /* remote: user id; "" where there is none */
    bool video;                   /* a video call, else sound only */
    const char *extension;        /* JSON text of the message that caused it, or NULL */
    const char *remote_name;      /* what it is called: a display name where one is known, else the user id */
};

enum callapi_link {
    CALLAPI_LINK_SIGNALLING_LOST,
    CALLAPI_LINK_SIGNALLING_BACK,
    CALLAPI_LINK_RECONNECTING, /* nothing comes from the other side in a call */
    CALLAPI_LINK_RECONNECTED,
};

/* 0: unknown; 1: excellent (round trip under 150 ms, loss under 1 %), 2: good (300 ms, 3 %), 3: fair (500 ms, 8 %), 4:
 * poor, 5: nothing comes. */
struct callapi_quality {
    int level;
    double round_trip_ms; /* 0: unknown */
    double loss;          /* of packets received in the last 2 s, 0 to 1 */
};

struct callapi_room {
    const char *room, *host; /* host: the broadcaster's user id, "" while away */
    const char *state;       /* "live", "private", "away"; "closed": gone */
    int viewers;
    const char *host_name; /* what she is called: a display name where she has one, else the user id */
    bool camera_off;       /* she sends no picture */
};

/* Each entry may be NULL. */
struct callapi_listener {
    /* The call's state changed; the new one is stored already. */
    void (*state)(void *user_data, const struct callapi_change *change);
    /* Anything that happened in the call, those of `state` included (CALL_EVENT_...). */
    void (*event)(void *user_data, const struct callapi_change *change);
    void (*error)(void *user_data, const struct callapi_error *error);
    /* Both accepted, and the first remote picture is on the screen (or was waived). */
    void (*connected)(void *user_data, const char *call_id, const char *remote, int64_t start_ms);
    void (*disconnected)(void *user_data, const char *call_id, const char *remote, int64_t start_ms,
                         int64_t duration_ms);
    /* The token ends soon: callapi_renew_token. */
    void (*token_expires)(void *user_data, int seconds);
    /* The call's other side, or the broadcaster of the room that is watched, muted itself or switched its camera off;
     * or no longer. */
    void (*remote_media)(void *user_data, bool muted, bool camera_on);
    void (*quality)(void *user_data, const struct callapi_quality *quality); /* in a call, every 2 s */
    void (*link)(void *user_data, enum callapi_link link);
    /* The own room changed. */
    void (*room)(void *user_data, const struct callapi_room *room);
    /* A picture of the other side: of the live room, or of the call. True: it is on the screen when this returns; else
     * say so with callapi_presented. The own one never needs it. */
    bool (*remote_picture)(void *user_data, const struct callapi_picture *picture);
    void (*local_picture)(void *user_data, const struct callapi_picture *picture);
};

/* Several may listen, each is called in the order of adding. `listener` is borrowed until it is removed. */
CALLAPI_EXPORT void callapi_add_listener(struct callapi *api, const struct callapi_listener *listener, void *user_data);
CALLAPI_EXPORT void callapi_remove_listener(struct callapi *api, const struct callapi_listener *listener,
                                            void *user_data);
/* The picture with this id is on the screen: the first one of a call makes it connected. */
CALLAPI_EXPORT void callapi_presented(struct callapi *api, int64_t id);

/* ---- operations ----
 *
 * Each returns CALL_OK, or why it is refused: CALL_ERROR_STATE where the call's table does not allow it,
 * CALL_ERROR_PARTY where the scenario does not, CALL_ERROR_ARGUMENT. Repeating one that has been done is CALL_OK and
 * does nothing. `done` may be NULL. */

struct callapi_prepare {
    enum call_party party;          /* ANYONE: pure 1v1; BROADCASTER, AUDIENCE: of `room`, live to 1v1 */
    const char *room;               /* NULL with CALL_PARTY_ANYONE */
    int64_t timeout_ms;             /* from call to connected; 0: 15 s; negative: none */
    int64_t first_frame_timeout_ms; /* from accept to the first picture; 0: none of its own */
    bool skip_first_frame;          /* connected already when both accepted */
    bool do_not_disturb;            /* whoever calls is told "busy" */
    const char
        *extension; /* JSON object, goes with each own call message that has none of its own; 4 KiB at most; or NULL */
    /* What to do with the media while it rings, asked once for each call; comes from within callapi_call for own calls,
     * and may call nothing of this header. NULL: CALL_POLICY_CONNECT_ONLY, the transport is connected and nothing of
     * camera and microphone is sent. */
    enum call_policy (*policy)(void *user_data, enum call_role role, const char *remote, const char *extension);
    void *user_data;
};

/* Idle, failed or prepared → prepared: connects to the signalling (again by itself where that is lost) and joins or
 * opens the room. `done` comes when it is connected, or could not be at the first attempt. In a call: CALL_ERROR_STATE.
 */
CALLAPI_EXPORT enum call_error callapi_prepare(struct callapi *api, const struct callapi_prepare *prepare,
                                               callapi_done done, void *user_data);

struct callapi_target {
    const char *user; /* user id; NULL: the broadcaster of the own room (audience only) */
    bool audio_only;
    const char *extension; /* JSON object, 4 KiB at most; NULL: the prepared one */
};

/* Prepared → calling. In a pure 1v1 straight after callapi_prepare, it waits for the login: the state stays prepared
 * until then, `done` tells how it ended, an error of CALLAPI_DOMAIN_CALL that it did not begin, and callapi_cancel
 * takes it back. */
CALLAPI_EXPORT enum call_error callapi_call(struct callapi *api, const struct callapi_target *target, callapi_done done,
                                            void *user_data);
/* Calling (caller) → prepared. */
CALLAPI_EXPORT enum call_error callapi_cancel(struct callapi *api, callapi_done done, void *user_data);
/* Calling (callee) → connecting. */
CALLAPI_EXPORT enum call_error callapi_accept(struct callapi *api, callapi_done done, void *user_data);
/* Calling (callee) → prepared. `reason`: what the other side is told; CALL_REASON_NONE: CALL_REASON_LOCAL_REJECTED. */
CALLAPI_EXPORT enum call_error callapi_reject(struct callapi *api, enum call_reason reason, callapi_done done,
                                              void *user_data);
/* Connecting, connected → prepared (what still rings is cancelled or rejected). Likewise; CALL_REASON_NONE:
 * CALL_REASON_LOCAL_HANGUP. */
CALLAPI_EXPORT enum call_error callapi_hang_up(struct callapi *api, enum call_reason reason, callapi_done done,
                                               void *user_data);

/* In every state. */
CALLAPI_EXPORT enum call_error callapi_renew_token(struct callapi *api, const char *token, callapi_done done,
                                                   void *user_data);
/* What others are to call us from the next callapi_prepare on: 1 to 64 characters that are seen; NULL, as at first: our
 * user id. A name in the token goes before it. */
CALLAPI_EXPORT enum call_error callapi_set_name(struct callapi *api, const char *name);
/* Silence, or no pictures, are sent from now on; the other side is told. Kept from call to call. */
CALLAPI_EXPORT void callapi_set_muted(struct callapi *api, bool muted);
CALLAPI_EXPORT void callapi_set_camera(struct callapi *api, bool on);
/* The next of config.cameras. It is opened behind the running one; that one goes on where it cannot be opened (an error
 * of CALLAPI_DOMAIN_DEVICE). */
CALLAPI_EXPORT enum call_error callapi_switch_camera(struct callapi *api);
CALLAPI_EXPORT void callapi_set_do_not_disturb(struct callapi *api, bool on);

/* ---- what is so ---- */

CALLAPI_EXPORT enum call_state callapi_state(const struct callapi *api);
CALLAPI_EXPORT enum call_role callapi_role(const struct callapi *api);
/* Of the running call, "" where there is none; valid until the next callapi_poll. */
CALLAPI_EXPORT const char *callapi_call_id(const struct callapi *api);
CALLAPI_EXPORT const char *callapi_remote(const struct callapi *api);
/* What that is called, as callapi_change has it; valid until the next callapi_poll. */
CALLAPI_EXPORT const char *callapi_remote_name(const struct callapi *api);
CALLAPI_EXPORT bool callapi_is_online(const struct callapi *api);
/* The timing map of the running or last call, ours and, as soon as it was told, the other side's, as JSON text (free it
 * with callapi_free_text): CALLAPI_NAMES.md lists its milestones. "{}" before the first call. */
CALLAPI_EXPORT char *callapi_timing(const struct callapi *api);
/* The last second's figures of the connection that matters (the call's, else the live room's, else the slowest
 * viewer's) as JSON text (free it with callapi_free_text): {"timestamp", "remote", "safety_code" (in a
 * connected call), "stats": [...], "second": {...}, "loop": {...}}, where "stats" has the objects and names of the
 * W3C's webrtc-stats, "second" what passed in this second, "loop" how long callapi_poll kept the sockets waiting, and
 * what pictures took of its time. What is not known is left out. "{}" before the first second. */
CALLAPI_EXPORT char *callapi_statistics(const struct callapi *api);
/* The connected call's safety code, "" where there is none: four words to be shown as they are, in no language but
 * theirs. Where the two who talk read the same words to each other, nobody is in between; whoever plays the other side
 * to each of them (a signalling server could) makes two codes. It may change when the connection is made anew, on both
 * sides. Valid until it is asked for again. */
CALLAPI_EXPORT const char *callapi_safety_code(const struct callapi *api);

#ifdef __cplusplus
}
#endif

#endif

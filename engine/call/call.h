/* The call: a pure state machine over one const table. Operations, messages, deliveries, media events and time go in;
 * messages to send, media commands and notices come out through call_ops. No sockets, no SDL, no clock of its own.
 *
 * States and names are CallAPI's. A pair (state, event) that is not in the table is reported as
 * CALL_EVENT_STATE_MISMATCH and moves nothing. The new state is stored before anyone is told; what a callback does to
 * the call meanwhile is queued and runs after it. */
#ifndef CALLAPI_ENGINE_CALL_CALL_H
#define CALLAPI_ENGINE_CALL_CALL_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/call_types.h"

enum call_action { CALL_INVITE, CALL_CANCEL, CALL_ACCEPT, CALL_REJECT, CALL_HANG_UP };

enum { CALL_ID_SIZE = 37, CALL_USER_SIZE = 128, CALL_NAME_SIZE = 4 * 64 + 1 }; /* bytes, the closing NUL included */

/* One call message. As JSON: {"type":"call","action":"invite|cancel|accept|reject|hangup","call":"<uuid>","seq":1,
 * "sent_at":<ms since 1970>,"lifetime":<ms>,"reason":"busy" (reject, cancel, hangup),"video":true (invite),
 * "media":{...} (invite, accept: the application's, e.g. an SDP offer or the session to re-use),"extension":{...}} */
struct call_message {
    enum call_action action;
    char call_id[CALL_ID_SIZE];
    uint32_t sequence; /* grows by one with each message of this call from this sender, from 1 */
    int64_t sent_at_ms, lifetime_ms;
    enum call_reason reason; /* as the sender names it: CALL_REASON_LOCAL_BUSY, _LOCAL_REJECTED, _CALLING_TIMEOUT ... */
    bool video;
    const cJSON *media;     /* borrowed; may be NULL */
    const cJSON *extension; /* borrowed; at most 4 KiB as text; may be NULL */
    /* JSON "accepted_by". The callee's accept and hangup: the name that the accepting device gave itself (it outlives a
     * new login under a new address). A cancel for CALL_REASON_ACCEPTED_ELSEWHERE: the name of the device that has the
     * call, or its address where it gave none. "" elsewhere. */
    char accepted_by[CALL_USER_SIZE];
    /* JSON "name", of an invite and accept that come: what their sender is called, by the signalling's word. "" where
     * it is not known, or too long. */
    char name[CALL_NAME_SIZE];
};

/* New JSON object, owned by the caller (cJSON_Delete). */
cJSON *call_message_to_json(const struct call_message *message);
/* False, with a reason in `error` (static text), where anything is missing, of the wrong type, over-long or unknown.
 * media and extension in `message` point into `json`. */
bool call_message_from_json(const cJSON *json, struct call_message *message, const char **error);

enum call_media_command {
    CALL_MEDIA_CONNECT, /* connect the transport, send nothing of camera and microphone yet (rings) */
    CALL_MEDIA_PRESEND, /* send already while it rings, as the policy wants; it is not shown or heard there */
    CALL_MEDIA_RELEASE, /* both accepted: send, with a key frame */
    CALL_MEDIA_PRESENT, /* connected: remote sound may be heard */
    CALL_MEDIA_STOP,    /* the call is over: stop sending, back to what was before */
};

struct call_notice {
    enum call_state state, previous;
    enum call_role role;
    enum call_event event;
    enum call_reason reason;
    const char *call_id, *remote; /* remote: the address of the other side; "" where none */
    const char *name;             /* what it is called; "" where that is not known */
    bool video;
    const cJSON *extension;  /* of the message that caused it, or NULL */
    int64_t connected_at_ms; /* when this call became connected; 0: it was not */
    int64_t duration_ms;     /* since then, now or at the end; 0: not connected */
};

/* What became of a message that an operation sent. */
struct call_completion {
    const char *call_id;
    enum call_action action; /* which tells the operation: invite, cancel, accept, reject, hang up */
    enum call_error error;   /* CALL_OK: on the other side's device */
};

struct call;

struct call_ops {
    /* Sends to `to` (a signal address). Copy what you keep. */
    void (*send)(void *user_data, const char *to, const struct call_message *message);
    /* `media` is of the invite for CONNECT as callee, of the accept for RELEASE as caller, else NULL. */
    void (*media)(void *user_data, enum call_media_command command, enum call_role role, const char *call_id,
                  const char *remote, const cJSON *media);
    /* The state is already stored when this is called. */
    void (*notify)(void *user_data, const struct call_notice *notice);
    /* NULL: CALL_POLICY_CONNECT_ONLY. Asked once per call, before it rings; `extension` is the invite's, may be NULL.
     */
    enum call_policy (*policy)(void *user_data, enum call_role role, const char *remote, const cJSON *extension);
    /* NULL: nobody wants to know. After CALL_ERROR_SIGNALLING_LOST another one comes if the message was sent again. */
    void (*completed)(void *user_data, const struct call_completion *completion);
};

struct call_config {
    const char *user; /* own user id, without device; copied. Decides glare. */
    enum call_party party;
    int64_t timeout_ms;             /* from invite to connected; 0: none; 15000 is the custom */
    bool wait_first_frame;          /* connected only with call_first_frame; false: at accept */
    int64_t first_frame_timeout_ms; /* from accept to the first remote picture, where it is waited for; 0: none */
    bool do_not_disturb;            /* refuse every invite with busy */
    const struct call_ops *ops;
    void *user_data;
};

struct call_counters {
    uint64_t expired, duplicate, reordered, foreign, mismatch; /* messages that changed nothing, by why */
};

struct call *call_create(const struct call_config *config);
/* Takes NULL; from within a callback: not allowed. Calls nobody back: hang up first (CALL_REASON_DESTROYED), or the
 * other side learns it from its media connection only. */
void call_destroy(struct call *call);

/* Operations; `now_ms` is the signalling wall clock (milliseconds since 1970) shared by both sides as well as it can
 * be. Idempotent: repeating one that has been done returns CALL_OK and does nothing. From within a callback they are
 * queued and return CALL_OK; where the state does not allow one then, a CALL_EVENT_STATE_MISMATCH says so. `reason` of
 * reject and hang up: CALL_REASON_NONE stands for _LOCAL_REJECTED and _LOCAL_HANGUP. */
enum call_error call_prepare(struct call *call, int64_t now_ms);
enum call_error call_start(struct call *call, const char *to, bool video, const cJSON *media, const cJSON *extension,
                           int64_t now_ms);
enum call_error call_cancel(struct call *call, int64_t now_ms);
enum call_error call_accept(struct call *call, const cJSON *media, int64_t now_ms);
enum call_error call_reject(struct call *call, enum call_reason reason, int64_t now_ms);
enum call_error call_hang_up(struct call *call, enum call_reason reason, int64_t now_ms);
/* The application can no longer call (signalling refused for good): ends a running call with `reason`, then
 * CALL_FAILED. Legal in every state; call_prepare leads out. */
enum call_error call_fail(struct call *call, enum call_reason reason, int64_t now_ms);

/* A message from `from`, the address the signalling vouches for. */
void call_receive(struct call *call, const char *from, const struct call_message *message, int64_t now_ms);
/* What became of a message that `send` was given: CALL_OK, CALL_ERROR_OFFLINE, _SIGNALLING_LOST (nobody knows) or
 * _REFUSED. `devices`: of an invite, the addresses that it was delivered to; NULL: not known. Of several that ring, one
 * that is busy or cannot be connected does not speak for the others (RFC 3261, 16.7); one whose user says no does. */
void call_delivered(struct call *call, const char *call_id, uint32_t sequence, enum call_error result,
                    const char *const *devices, int64_t now_ms);
/* What the callee of this call is called, as far as it is known before her accept says it; one that is too long is not
 * taken. */
void call_name_callee(struct call *call, const char *call_id, const char *name);
/* The signalling knows that this device is gone: it does not ring there, or from there, any more. A call that was
 * accepted goes on as long as its media do. */
void call_device_gone(struct call *call, const char *device, int64_t now_ms);
/* The signalling's connection is gone, or back. A call goes on without it. What could not be sent meanwhile is sent
 * again under its old sequence as long as it is of use: a duplicate, if it had arrived. A new call is refused while it
 * is lost. */
void call_signalling_lost(struct call *call, int64_t now_ms);
void call_signalling_restored(struct call *call, int64_t now_ms);
/* The first remote picture of the call is on the screen, or where none will come the first sound is there; the media
 * connection failed for good. A hangup that is lost on the way leaves the other side connected: nothing but
 * call_media_lost tells it, so always report that one. */
void call_first_frame(struct call *call, int64_t now_ms);
void call_media_lost(struct call *call, int64_t now_ms);
/* CALL_EVENT_LOCAL_JOINING and all after it: told as a notice and no more. `call_id` is the running call, or for
 * _LOCAL_LEFT and _REMOTE_LEFT the last one; what comes for another call is ignored. */
void call_media_event(struct call *call, const char *call_id, enum call_event event, int64_t now_ms);

/* From the next invite on. */
void call_set_do_not_disturb(struct call *call, bool on);

/* Time-outs; call at call_deadline (same clock; INT64_MAX: none). */
void call_poll(struct call *call, int64_t now_ms);
int64_t call_deadline(const struct call *call);

enum call_state call_current_state(const struct call *call);
enum call_role call_current_role(const struct call *call);
const char *call_current_id(const struct call *call);     /* "" where there is none */
const char *call_current_remote(const struct call *call); /* "" where there is none */
const char *call_current_name(const struct call *call);   /* what it is called; "" where that is not known */
bool call_current_video(const struct call *call);         /* false: sound only, or no call */
/* When the running call became connected, same clock; 0: it is not. */
struct call_counters call_message_counters(const struct call *call);

#endif

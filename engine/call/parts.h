/* What the files of the call share; nobody else includes this.
 *   call.c     the public operations and the queue of what callbacks do
 *   receive.c  which messages count, and what they mean to us
 *   step.c     one step: look up, store, act
 *   notice.c   what is told
 *   send.c     what goes out, and what has to go out again
 *   history.c  calls that are over */
#ifndef CALLAPI_ENGINE_CALL_PARTS_H
#define CALLAPI_ENGINE_CALL_PARTS_H

#include <glib.h>

#include "engine/call/attempts.h"
#include "engine/call/call.h"
#include "engine/call/table.h"
#include "engine/text/address.h"

enum {
    CALL_EXTENSION_MAX = 4096,
    CALL_LIFETIME_MAX_MS = 24 * 3600 * 1000,
    CALL_HISTORY_SIZE = 64,
    CALL_OUTBOX_SIZE = 16
};

/* One thing that happens to the call. Operations use the message's media, extension, reason and video as their
 * arguments. */
struct call_incoming {
    enum call_input input;
    int64_t now_ms;
    char address[CALL_USER_SIZE]; /* of the message's sender, or whom to call */
    struct call_message message;
    enum call_event event;      /* CALL_INPUT_MEDIA_EVENT */
    enum call_error result;     /* what became of a message: CALL_INPUT_DELIVERED, _OFFLINE, _REFUSED */
    const char *const *devices; /* borrowed: those that the invite was delivered to; NULL: not known */
};

/* The running call. All zero where there is none. */
struct call_session {
    char id[CALL_ID_SIZE];
    char remote[CALL_USER_SIZE];      /* caller before the accept: as dialled, maybe all devices of a user */
    char name[CALL_NAME_SIZE];        /* what the remote is called, "" where it is not known */
    char dialled[CALL_USER_SIZE];     /* caller */
    char accepted_by[CALL_USER_SIZE]; /* caller: the name of the device that accepted; callee: ours, once accepted */
    enum call_role role;
    bool video, answered, early_frame;
    bool media_connected; /* CALL_MEDIA_CONNECT was given: CALL_MEDIA_STOP is due at the end */
    uint32_t told;        /* mask of the media events that were: CALL_EVENT_LOCAL_JOINING is bit 0 */
    uint32_t sent, seen;  /* sequence numbers: our last one, the remote's highest */
    uint32_t invite_sequence, accept_sequence; /* of the newest invite, the accept we sent; 0: none */
    uint32_t delivered_sequence;               /* of the invite that is known to have arrived; 0: none */
    int64_t invited_at_ms, accepted_at_ms;     /* when those were */
    int64_t connected_at_ms;                   /* 0: not connected */
    int64_t remote_sent_at_ms;                 /* when the remote sent its newest message of this call */
    int64_t deadline_ms;                       /* INT64_MAX: none */
    int64_t frame_deadline_ms;                 /* for the first picture after the accept; INT64_MAX: none */
    /* Owned; caller: addresses of the callee's devices at which it rings; NULL: not known */
    GPtrArray *ringing;
    /* Owned. Of the invite, which may have to be sent again (caller) or connects only at the accept (callee); once a
     * callee has accepted: of its accept, which may have to be sent again. */
    cJSON *media, *extension;
};

/* A call that is over, or that must never ring. */
struct call_past {
    char id[CALL_ID_SIZE];
    char user[CALL_USER_SIZE]; /* the other side, without device */
    enum call_role role;
    enum call_reason reason; /* what to tell a callee who accepts it still */
    uint32_t sent, seen;
    bool invited; /* its invite is known; else a cancel overtook it */
};

struct call_history {
    struct call_past calls[CALL_HISTORY_SIZE]; /* a ring */
    unsigned next;
};

/* The call before, for what is told of it late. */
struct call_ended {
    char id[CALL_ID_SIZE], remote[CALL_USER_SIZE], name[CALL_NAME_SIZE];
    enum call_role role;
    bool video;
    uint32_t told;
};

struct call {
    struct call_config config;
    char user[CALL_USER_SIZE]; /* own, without device */
    char device[CALL_ID_SIZE]; /* the name this device gives itself when it accepts */
    enum call_state state;
    struct call_session session;
    struct call_ended ended;
    bool signalling_lost;
    GQueue outbox;            /* sent, and not known to have arrived; owned by send.c */
    enum call_input ended_by; /* the operation that ended the last call: repeating it is no mistake */
    struct call_history history;
    struct attempts invites;
    struct call_counters counters;
    GQueue later; /* struct call_incoming, owned: what callbacks did */
    bool busy;    /* something is being handled: what comes now is queued */
};

/* --- step.c */
/* False: the table has no such row; reported as a mismatch, nothing moved. */
bool call_step(struct call *call, const struct call_incoming *incoming, enum call_input input, enum call_reason reason);
void call_session_clear(struct call_session *session);

/* --- notice.c */
/* `old`: the call that the step ended, if it did; what a step is about is the call that ended, a stranger's call that
 * was refused, or the running one. */
void call_notify(struct call *call, const struct call_rule *rule, const struct call_incoming *incoming,
                 enum call_reason reason, enum call_state previous, const struct call_session *old);
void call_report_mismatch(struct call *call, const struct call_incoming *incoming);
/* An audio call has other names for what it is. */
enum call_reason call_reason_of_kind(enum call_reason reason, bool video);
/* False: it was told already, or is of no call that it could be about. */
bool call_note_media_event(struct call *call, const struct call_incoming *incoming);

/* --- send.c */
void call_send(struct call *call, struct call_session *session, enum call_action action, enum call_reason reason,
               const cJSON *media, const cJSON *extension, int64_t now_ms);
/* A message of a call that is not the running one, or to somebody who is not its remote; is not sent again. */
void call_send_aside(struct call *call, const char *to, const char *call_id, uint32_t sequence, enum call_action action,
                     enum call_reason reason, const char *accepted_by, int64_t now_ms);
/* "Accepted elsewhere", of the running call. */
void call_send_elsewhere(struct call *call, const char *to, int64_t now_ms);
void call_repeat_accept(struct call *call);
/* After the signalling was away. */
void call_send_again(struct call *call, int64_t now_ms);
/* Invite and accept of this call are of no use any more. */
void call_outbox_retire(struct call *call, const char *call_id);
void call_outbox_answered(struct call *call, const char *call_id, uint32_t sequence, enum call_error result);
void call_outbox_clear(struct call *call);

/* --- call.c */
/* Handles a copy after everything that callbacks have queued so far. */
void call_push_later(struct call *call, const struct call_incoming *incoming);

/* --- receive.c */
void call_handle_message(struct call *call, const struct call_incoming *incoming);
/* The invite reached these devices, beside those that it had reached; NULL: not known. */
void call_rings_at(struct call *call, const char *const *devices);
/* This device of the other side does not ring any more, or ring us: does it go on ringing, or is it no matter of this
 * call? */
bool call_rings_on(struct call *call, const char *device);
/* Is the first picture (an audio call's first sound) what makes it connected? */
bool call_waits_for_frame(const struct call *call);
/* Accepted: where no picture is waited for, or it was there before, this is all it takes. */
void call_connect_if_ready(struct call *call, const struct call_incoming *incoming, enum call_reason reason);

/* --- history.c */
/* NULL: not known. */
struct call_past *call_history_find(struct call_history *history, const char *call_id, const char *address);
void call_history_add(struct call_history *history, const struct call_past *past);

/* --- address.c: "user" or "user/device" */
bool call_address_is_valid(const char *address);
void call_address_user(const char *address, char user[CALL_USER_SIZE]);

/* --- call_message.c */
bool call_extension_fits(const cJSON *extension);

#endif

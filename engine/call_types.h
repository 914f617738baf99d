/* The words of a call: states, roles, reasons, events, errors. Shared by the call engine (engine/call/call.h) and the
 * library's interface (engine/callapi.h), with which it is installed: plain C, no other header. CALLAPI_NAMES.md maps
 * them to the original's. */
#ifndef CALLAPI_ENGINE_CALL_TYPES_H
#define CALLAPI_ENGINE_CALL_TYPES_H

#if defined(__GNUC__)
#define CALLAPI_EXPORT __attribute__((visibility("default")))
#else
#define CALLAPI_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum call_state {
    CALL_IDLE,       /* created, not prepared: neither calls nor is called */
    CALL_PREPARED,   /* ready to call and be called */
    CALL_CALLING,    /* caller: it rings there; callee: it rings here */
    CALL_CONNECTING, /* accepted, the first remote picture is not yet on the screen */
    CALL_CONNECTED,  /* both accepted and the first remote picture is on the screen */
    CALL_FAILED,     /* not usable until prepared again */
};

enum call_role { CALL_ROLE_NONE, CALL_ROLE_CALLER, CALL_ROLE_CALLEE };

/* Pure 1v1: every role calls and is called. Live to 1v1: the audience only calls, the broadcaster is only called. */
enum call_party { CALL_PARTY_ANYONE, CALL_PARTY_AUDIENCE, CALL_PARTY_BROADCASTER };

/* Why a state was entered (CallAPI's stateReason). engine/call/CALLAPI_NAMES.md maps all names to the original's. */
enum call_reason {
    CALL_REASON_NONE,
    CALL_REASON_LOCAL_ACCEPTED,
    CALL_REASON_REMOTE_ACCEPTED,
    CALL_REASON_LOCAL_REJECTED,
    CALL_REASON_REMOTE_REJECTED,
    CALL_REASON_LOCAL_CANCELLED,
    CALL_REASON_REMOTE_CANCELLED,
    CALL_REASON_LOCAL_HANGUP,
    CALL_REASON_REMOTE_HANGUP,
    CALL_REASON_LOCAL_BUSY, /* we refused a second caller */
    CALL_REASON_REMOTE_BUSY,
    CALL_REASON_CALLING_TIMEOUT,            /* not connected in time (our clock) */
    CALL_REASON_REMOTE_TIMEOUT,             /* the other side's clock said so */
    CALL_REASON_FIRST_FRAME_TIMEOUT,        /* accepted, but no picture of the other side in time */
    CALL_REASON_REMOTE_FIRST_FRAME_TIMEOUT, /* the other side saw no picture of ours in time */
    CALL_REASON_LOCAL_VIDEO_CALL,
    CALL_REASON_LOCAL_AUDIO_CALL,
    CALL_REASON_REMOTE_VIDEO_CALL,
    CALL_REASON_REMOTE_AUDIO_CALL,
    CALL_REASON_FIRST_FRAME,        /* connected: the first remote picture is on the screen */
    CALL_REASON_OFFLINE,            /* the callee is not reachable */
    CALL_REASON_ACCEPTED_ELSEWHERE, /* another device of this user took the call */
    CALL_REASON_RECALL,             /* the same peer called anew: the new call replaces this one */
    CALL_REASON_MEDIA_LOST,         /* the connection could not be made, or failed for good */
    CALL_REASON_NOT_ALLOWED,        /* the scenario does not allow it: audience called, broadcaster calls */
    CALL_REASON_SIGNALLING_LOST,    /* no connection to the signalling now; ends no call by itself */
    CALL_REASON_SIGNALLING_FAILED,  /* and none to be had: for call_fail */
    CALL_REASON_MESSAGE_FAILED,     /* the signalling refused our invite */
    CALL_REASON_PREPARED,
    CALL_REASON_DESTROYED,
    CALL_REASON_REMOTE_GONE, /* it rang, and the other side's device is not there any more */
};

/* What happened, beside the state (CallAPI's onCallEventChanged). */
enum call_event {
    CALL_EVENT_NONE,
    CALL_EVENT_LOCAL_VIDEO_CALL,
    CALL_EVENT_LOCAL_AUDIO_CALL,
    CALL_EVENT_REMOTE_VIDEO_CALL,
    CALL_EVENT_REMOTE_AUDIO_CALL,
    CALL_EVENT_DELIVERED, /* the other side's device has the invite */
    CALL_EVENT_LOCAL_ACCEPTED,
    CALL_EVENT_REMOTE_ACCEPTED,
    CALL_EVENT_LOCAL_REJECTED,
    CALL_EVENT_REMOTE_REJECTED,
    CALL_EVENT_LOCAL_CANCELLED,
    CALL_EVENT_REMOTE_CANCELLED,
    CALL_EVENT_LOCAL_HANGUP,
    CALL_EVENT_REMOTE_HANGUP,
    CALL_EVENT_REMOTE_BUSY,       /* the other side refused us as busy */
    CALL_EVENT_CALL_REFUSED_BUSY, /* a second caller was told "busy"; notice.remote names him */
    CALL_EVENT_CALLING_TIMEOUT,
    CALL_EVENT_REMOTE_TIMEOUT,
    CALL_EVENT_FIRST_FRAME_TIMEOUT,
    CALL_EVENT_FIRST_FRAME,
    CALL_EVENT_RECALL,
    /* Both called each other: one call came of it. The loser of the two becomes the callee (state calling) and the call
     * is accepted for him right after this notice; an application that has media to send along calls call_accept from
     * within the notice. */
    CALL_EVENT_GLARE,
    CALL_EVENT_OFFLINE,
    CALL_EVENT_ACCEPTED_ELSEWHERE,
    CALL_EVENT_MEDIA_LOST,
    CALL_EVENT_MESSAGE_FAILED, /* the signalling refused our invite */
    CALL_EVENT_SIGNALLING_LOST,
    CALL_EVENT_SIGNALLING_RESTORED,
    CALL_EVENT_STATE_MISMATCH, /* an operation or message that this state does not allow */

    /* What call_media_event reports. Each is told once per call; no state changes. */
    CALL_EVENT_LOCAL_JOINING, /* our end of the media connection is being made */
    CALL_EVENT_LOCAL_JOINED,  /* it stands: ICE and DTLS are done */
    CALL_EVENT_LOCAL_LEFT,    /* we left it; comes after the call's end */
    CALL_EVENT_REMOTE_JOINED,
    CALL_EVENT_REMOTE_LEFT,
    CALL_EVENT_FIRST_FRAME_CAPTURED,
    CALL_EVENT_FIRST_FRAME_SENT,
    CALL_EVENT_FIRST_AUDIO_SENT,
    CALL_EVENT_FIRST_FRAME_RECEIVED,
    CALL_EVENT_FIRST_AUDIO_HEARD,
};

/* Results of the operations, and what became of their messages (call_ops.completed). */
enum call_error {
    CALL_OK,
    CALL_ERROR_STATE,           /* not legal in this state (the table) */
    CALL_ERROR_PARTY,           /* this scenario does not allow it */
    CALL_ERROR_ARGUMENT,        /* an empty or over-long user id, or one's own */
    CALL_ERROR_SIGNALLING_LOST, /* no connection to the signalling; a message is sent again when it is back */
    CALL_ERROR_OFFLINE,         /* the other side is not logged in */
    CALL_ERROR_REFUSED,         /* the signalling refused the message */
    CALL_ERROR_MEDIA,           /* the connection was lost, or could not be made */
    CALL_ERROR_DEVICE,          /* a camera, microphone or speaker does not work */
    CALL_ERROR_DESTROYED,       /* the call engine was destroyed, or prepared anew, meanwhile */
};

/* What media may do while it rings (the original's canJoinRtcOnCalling). */
enum call_policy {
    CALL_POLICY_CONNECT_ONLY,     /* the transport connects; camera and microphone wait for the accept */
    CALL_POLICY_CONNECT_AND_SEND, /* also our media flow, so that the first picture is there at the accept */
    CALL_POLICY_NOTHING,          /* CALL_MEDIA_CONNECT comes with the accept: nobody learns our address before */
};

/* Names for logs and reports: "connecting", "remote busy", "state mismatch". */
CALLAPI_EXPORT const char *call_state_name(enum call_state state);
CALLAPI_EXPORT const char *call_reason_name(enum call_reason reason);
CALLAPI_EXPORT const char *call_event_name(enum call_event event);
CALLAPI_EXPORT const char *call_error_text(enum call_error error); /* what to do, in a sentence */

#ifdef __cplusplus
}
#endif

#endif

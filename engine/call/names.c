#include "engine/call/call.h"

#include <stddef.h>

#define NAME_OF(names, value) ((size_t)(value) < sizeof(names) / sizeof(names)[0] ? (names)[value] : "unknown")

const char *call_state_name(enum call_state state)
{
    static const char *const names[] = {
        [CALL_IDLE] = "idle",           [CALL_PREPARED] = "prepared",
        [CALL_CALLING] = "calling",     [CALL_CONNECTING] = "connecting",
        [CALL_CONNECTED] = "connected", [CALL_FAILED] = "failed",
    };
    return NAME_OF(names, state);
}

const char *call_reason_name(enum call_reason reason)
{
    static const char *const names[] = {
        [CALL_REASON_NONE] = "none",
        [CALL_REASON_LOCAL_ACCEPTED] = "local accepted",
        [CALL_REASON_REMOTE_ACCEPTED] = "remote accepted",
        [CALL_REASON_LOCAL_REJECTED] = "local rejected",
        [CALL_REASON_REMOTE_REJECTED] = "remote rejected",
        [CALL_REASON_LOCAL_CANCELLED] = "local cancelled",
        [CALL_REASON_REMOTE_CANCELLED] = "remote cancelled",
        [CALL_REASON_LOCAL_HANGUP] = "local hangup",
        [CALL_REASON_REMOTE_HANGUP] = "remote hangup",
        [CALL_REASON_LOCAL_BUSY] = "local busy",
        [CALL_REASON_REMOTE_BUSY] = "remote busy",
        [CALL_REASON_CALLING_TIMEOUT] = "calling timeout",
        [CALL_REASON_REMOTE_TIMEOUT] = "remote timeout",
        [CALL_REASON_FIRST_FRAME_TIMEOUT] = "first frame timeout",
        [CALL_REASON_REMOTE_FIRST_FRAME_TIMEOUT] = "remote first frame timeout",
        [CALL_REASON_LOCAL_VIDEO_CALL] = "local video call",
        [CALL_REASON_LOCAL_AUDIO_CALL] = "local audio call",
        [CALL_REASON_REMOTE_VIDEO_CALL] = "remote video call",
        [CALL_REASON_REMOTE_AUDIO_CALL] = "remote audio call",
        [CALL_REASON_FIRST_FRAME] = "first frame",
        [CALL_REASON_OFFLINE] = "offline",
        [CALL_REASON_ACCEPTED_ELSEWHERE] = "accepted elsewhere",
        [CALL_REASON_RECALL] = "recall",
        [CALL_REASON_MEDIA_LOST] = "media lost",
        [CALL_REASON_NOT_ALLOWED] = "not allowed",
        [CALL_REASON_SIGNALLING_LOST] = "signalling lost",
        [CALL_REASON_SIGNALLING_FAILED] = "signalling failed",
        [CALL_REASON_MESSAGE_FAILED] = "message failed",
        [CALL_REASON_PREPARED] = "prepared",
        [CALL_REASON_DESTROYED] = "destroyed",
        [CALL_REASON_REMOTE_GONE] = "remote gone",
    };
    return NAME_OF(names, reason);
}

const char *call_event_name(enum call_event event)
{
    static const char *const names[] = {
        [CALL_EVENT_NONE] = "none",
        [CALL_EVENT_LOCAL_VIDEO_CALL] = "local video call",
        [CALL_EVENT_LOCAL_AUDIO_CALL] = "local audio call",
        [CALL_EVENT_REMOTE_VIDEO_CALL] = "remote video call",
        [CALL_EVENT_REMOTE_AUDIO_CALL] = "remote audio call",
        [CALL_EVENT_DELIVERED] = "delivered",
        [CALL_EVENT_LOCAL_ACCEPTED] = "local accepted",
        [CALL_EVENT_REMOTE_ACCEPTED] = "remote accepted",
        [CALL_EVENT_LOCAL_REJECTED] = "local rejected",
        [CALL_EVENT_REMOTE_REJECTED] = "remote rejected",
        [CALL_EVENT_LOCAL_CANCELLED] = "local cancelled",
        [CALL_EVENT_REMOTE_CANCELLED] = "remote cancelled",
        [CALL_EVENT_LOCAL_HANGUP] = "local hangup",
        [CALL_EVENT_REMOTE_HANGUP] = "remote hangup",
        [CALL_EVENT_REMOTE_BUSY] = "remote busy",
        [CALL_EVENT_CALL_REFUSED_BUSY] = "call refused busy",
        [CALL_EVENT_CALLING_TIMEOUT] = "calling timeout",
        [CALL_EVENT_REMOTE_TIMEOUT] = "remote timeout",
        [CALL_EVENT_FIRST_FRAME_TIMEOUT] = "first frame timeout",
        [CALL_EVENT_FIRST_FRAME] = "first frame",
        [CALL_EVENT_RECALL] = "recall",
        [CALL_EVENT_GLARE] = "glare",
        [CALL_EVENT_OFFLINE] = "offline",
        [CALL_EVENT_ACCEPTED_ELSEWHERE] = "accepted elsewhere",
        [CALL_EVENT_MEDIA_LOST] = "media lost",
        [CALL_EVENT_MESSAGE_FAILED] = "message failed",
        [CALL_EVENT_SIGNALLING_LOST] = "signalling lost",
        [CALL_EVENT_SIGNALLING_RESTORED] = "signalling restored",
        [CALL_EVENT_STATE_MISMATCH] = "state mismatch",
        [CALL_EVENT_LOCAL_JOINING] = "local joining",
        [CALL_EVENT_LOCAL_JOINED] = "local joined",
        [CALL_EVENT_LOCAL_LEFT] = "local left",
        [CALL_EVENT_REMOTE_JOINED] = "remote joined",
        [CALL_EVENT_REMOTE_LEFT] = "remote left",
        [CALL_EVENT_FIRST_FRAME_CAPTURED] = "first frame captured",
        [CALL_EVENT_FIRST_FRAME_SENT] = "first frame sent",
        [CALL_EVENT_FIRST_AUDIO_SENT] = "first audio sent",
        [CALL_EVENT_FIRST_FRAME_RECEIVED] = "first frame received",
        [CALL_EVENT_FIRST_AUDIO_HEARD] = "first audio heard",
    };
    return NAME_OF(names, event);
}

const char *call_error_text(enum call_error error)
{
    static const char *const texts[] = {
        [CALL_OK] = "Done.",
        [CALL_ERROR_STATE] = "Not possible now: prepare first, and finish the running call before another one.",
        [CALL_ERROR_PARTY] = "Not allowed in live to 1v1: the audience calls, the broadcaster is called.",
        [CALL_ERROR_ARGUMENT] = "Give the id of another user (1 to 64 bytes, no control characters) and at "
                                "most 4 KiB of extension.",
        [CALL_ERROR_SIGNALLING_LOST] = "No connection to the signalling server: try again when it is back; a message "
                                       "of a running call is sent again by itself.",
        [CALL_ERROR_OFFLINE] = "The other side is not logged in: try again later.",
        [CALL_ERROR_REFUSED] = "The signalling server refused the message: check the token, the role and the rate of "
                               "messages; the log has its words.",
        [CALL_ERROR_MEDIA] = "The connection to the other side was lost: check the network, and call again.",
        [CALL_ERROR_DEVICE] = "A device does not work: check that it is plugged in and that no other program uses it.",
        [CALL_ERROR_DESTROYED] = "The call engine was ended or prepared anew before this was done.",
    };
    return NAME_OF(texts, error);
}

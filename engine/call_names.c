#include "engine/call.h"

#include <stddef.h>

#define NAME_OF(names, value) ((size_t)(value) < sizeof(names) / sizeof(names)[0] ? (names)[value] : "unknown")

const char *call_state_name(enum call_state state)
{
    static const char *const names[] = {
        [CALL_IDLE] = "idle", [CALL_PREPARED] = "prepared", [CALL_CALLING] = "calling",
        [CALL_CONNECTING] = "connecting", [CALL_CONNECTED] = "connected", [CALL_FAILED] = "failed",
    };
    return NAME_OF(names, state);
}

const char *call_reason_name(enum call_reason reason)
{
    static const char *const names[] = {
        [CALL_REASON_NONE] = "none",
        [CALL_REASON_LOCAL_ACCEPTED] = "local accepted", [CALL_REASON_REMOTE_ACCEPTED] = "remote accepted",
        [CALL_REASON_LOCAL_REJECTED] = "local rejected", [CALL_REASON_REMOTE_REJECTED] = "remote rejected",
        [CALL_REASON_LOCAL_CANCELLED] = "local cancelled", [CALL_REASON_REMOTE_CANCELLED] = "remote cancelled",
        [CALL_REASON_LOCAL_HANGUP] = "local hangup", [CALL_REASON_REMOTE_HANGUP] = "remote hangup",
        [CALL_REASON_LOCAL_BUSY] = "local busy", [CALL_REASON_REMOTE_BUSY] = "remote busy",
        [CALL_REASON_CALLING_TIMEOUT] = "calling timeout", [CALL_REASON_REMOTE_TIMEOUT] = "remote timeout",
        [CALL_REASON_LOCAL_CALLING] = "local calling", [CALL_REASON_REMOTE_CALLING] = "remote calling",
        [CALL_REASON_FIRST_FRAME] = "first frame", [CALL_REASON_OFFLINE] = "offline",
        [CALL_REASON_ACCEPTED_ELSEWHERE] = "accepted elsewhere", [CALL_REASON_RECALL] = "recall",
        [CALL_REASON_MEDIA_LOST] = "media lost", [CALL_REASON_NOT_ALLOWED] = "not allowed",
        [CALL_REASON_PREPARED] = "prepared", [CALL_REASON_DESTROYED] = "destroyed",
    };
    return NAME_OF(names, reason);
}

const char *call_event_name(enum call_event event)
{
    static const char *const names[] = {
        [CALL_EVENT_NONE] = "none",
        [CALL_EVENT_LOCAL_CALLING] = "local calling", [CALL_EVENT_REMOTE_CALLING] = "remote calling",
        [CALL_EVENT_DELIVERED] = "delivered",
        [CALL_EVENT_LOCAL_ACCEPTED] = "local accepted", [CALL_EVENT_REMOTE_ACCEPTED] = "remote accepted",
        [CALL_EVENT_LOCAL_REJECTED] = "local rejected", [CALL_EVENT_REMOTE_REJECTED] = "remote rejected",
        [CALL_EVENT_LOCAL_CANCELLED] = "local cancelled", [CALL_EVENT_REMOTE_CANCELLED] = "remote cancelled",
        [CALL_EVENT_LOCAL_HANGUP] = "local hangup", [CALL_EVENT_REMOTE_HANGUP] = "remote hangup",
        [CALL_EVENT_CALL_REFUSED_BUSY] = "call refused busy",
        [CALL_EVENT_CALLING_TIMEOUT] = "calling timeout", [CALL_EVENT_REMOTE_TIMEOUT] = "remote timeout",
        [CALL_EVENT_FIRST_FRAME] = "first frame", [CALL_EVENT_RECALL] = "recall", [CALL_EVENT_GLARE] = "glare",
        [CALL_EVENT_OFFLINE] = "offline", [CALL_EVENT_ACCEPTED_ELSEWHERE] = "accepted elsewhere",
        [CALL_EVENT_MEDIA_LOST] = "media lost", [CALL_EVENT_STATE_MISMATCH] = "state mismatch",
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
    };
    return NAME_OF(texts, error);
}

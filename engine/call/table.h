/* The call's transitions: one const table, and nothing about calls is decided by state anywhere else. Its rows are in
 * assets/web/call/rules.inc, which the page reads too; assets/web/call/names.js has the words of this file. */
#ifndef CALLAPI_ENGINE_CALL_TABLE_H
#define CALLAPI_ENGINE_CALL_TABLE_H

#include "engine/call/call.h"

/* What goes into the table: operations, then what became of the invite, messages of the other side (an invite sorted by
 * what it means to us), media and time. */
enum call_input {
    CALL_INPUT_PREPARE,
    CALL_INPUT_START,
    CALL_INPUT_CANCEL,
    CALL_INPUT_ACCEPT,
    CALL_INPUT_REJECT,
    CALL_INPUT_HANG_UP,
    CALL_INPUT_FAIL,
    CALL_INPUT_ABANDON, /* abandon: the running call ends because the application fails */
    CALL_INPUT_DELIVERED,
    CALL_INPUT_OFFLINE,
    CALL_INPUT_REFUSED, /* the invite */
    CALL_INPUT_SIGNALLING_LOST,
    CALL_INPUT_SIGNALLING_RESTORED,
    CALL_INPUT_MESSAGE,          /* not sorted yet: never in the table */
    CALL_INPUT_REMOTE_INVITE,    /* may ring */
    CALL_INPUT_REMOTE_BUSY,      /* an invite that finds us busy or not to be disturbed */
    CALL_INPUT_REMOTE_FORBIDDEN, /* an invite that the party rules do not allow */
    CALL_INPUT_REMOTE_RECALL,    /* an invite of the very peer that we are in a call with */
    CALL_INPUT_GLARE_WON,
    CALL_INPUT_GLARE_LOST, /* an invite of the very peer that we are inviting */
    CALL_INPUT_REMOTE_ACCEPT,
    CALL_INPUT_REMOTE_REJECT,
    CALL_INPUT_REMOTE_CANCEL,
    CALL_INPUT_REMOTE_HANG_UP,
    CALL_INPUT_REMOTE_TIMEOUT,
    CALL_INPUT_ELSEWHERE,
    CALL_INPUT_REMOTE_GONE, /* the signalling lost the last device that it rings at, or from */
    CALL_INPUT_FIRST_FRAME,
    CALL_INPUT_WAIVE_FRAME,
    CALL_INPUT_MEDIA_LOST,
    CALL_INPUT_MEDIA_EVENT,
    CALL_INPUT_TIMEOUT,
    CALL_INPUT_FRAME_TIMEOUT,
};

/* Carried out in this order, after the new state is stored. */
enum call_do {
    CALL_DO_END = 1 << 0, /* the call that was is over; what follows up to STOP is about it */
    CALL_DO_SEND_CANCEL = 1 << 1,
    CALL_DO_SEND_REJECT = 1 << 2,
    CALL_DO_SEND_HANG_UP = 1 << 3,
    CALL_DO_WITHDRAW = 1 << 4, /* one device answered no: the callee's others stop ringing */
    CALL_DO_STOP = 1 << 5,
    CALL_DO_BEGIN = 1 << 6, /* a new call; what follows is about it */
    CALL_DO_ADOPT = 1 << 7, /* the accepting device becomes the remote */
    CALL_DO_SEND_INVITE = 1 << 8,
    CALL_DO_SEND_ACCEPT = 1 << 9,
    CALL_DO_SEND_ELSEWHERE = 1 << 10, /* the callee's other devices stop ringing */
    CALL_DO_REFUSE = 1 << 11,         /* reject the call of the message, which is not ours */
    CALL_DO_CONNECT = 1 << 12,
    CALL_DO_RELEASE = 1 << 13,
    CALL_DO_PRESENT = 1 << 14,
    CALL_DO_NOTE_FRAME = 1 << 15, /* the first picture came before the accept */
    CALL_DO_SEND_AGAIN = 1 << 16, /* what the other side may not have */
    CALL_DO_QUIETLY = 1 << 17,    /* no notice */
};

enum { CALL_STATE_SAME = -1 };

struct call_rule {
    unsigned states; /* mask of 1 << enum call_state */
    unsigned roles;  /* mask of 1 << enum call_role */
    enum call_input input;
    int next;                /* enum call_state or CALL_STATE_SAME */
    unsigned actions;        /* enum call_do */
    enum call_reason reason; /* CALL_REASON_NONE: the input brings it */
    enum call_event event;   /* CALL_EVENT_NONE: none, or the input brings it */
};

/* NULL: not legal. */
const struct call_rule *call_table_find(enum call_state state, enum call_role role, enum call_input input);

#endif

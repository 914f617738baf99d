// The words of a call, in the order of the C engine's enumerations and spelled as its logs spell them
// (engine/call_types.h, engine/call/names.c, engine/call/table.h): a test compares. So page, log and table have one
// vocabulary.

export const states = Object.freeze(/** @type {const} */ ([
    "idle",       // created, not prepared: neither calls nor is called
    "prepared",   // ready to call and be called
    "calling",    // caller: it rings there; callee: it rings here
    "connecting", // accepted, the first remote picture is not yet on the screen
    "connected",  // both accepted and the first remote picture is on the screen
    "failed",     // not usable until prepared again
]));
/** @typedef {typeof states[number]} CallState */

export const roles = Object.freeze(/** @type {const} */ (["none", "caller", "callee"]));
/** @typedef {typeof roles[number]} CallRole */

// Pure 1v1: every role calls and is called. Live to 1v1: the audience only calls, the broadcaster is only called.
export const parties = Object.freeze(/** @type {const} */ (["anyone", "audience", "broadcaster"]));
/** @typedef {typeof parties[number]} CallParty */

// Why a state was entered.
export const reasons = Object.freeze(/** @type {const} */ ([
    "none", "local accepted", "remote accepted", "local rejected", "remote rejected", "local cancelled",
    "remote cancelled", "local hangup", "remote hangup", "local busy", "remote busy", "calling timeout",
    "remote timeout", "first frame timeout", "remote first frame timeout", "local video call", "local audio call",
    "remote video call", "remote audio call", "first frame", "offline", "accepted elsewhere", "recall", "media lost",
    "not allowed", "signalling lost", "signalling failed", "message failed", "prepared", "destroyed", "remote gone",
]));
/** @typedef {typeof reasons[number]} CallReason */

// What `mediaEvent` reports. Each is told once per call; no state changes.
export const mediaEvents = Object.freeze(/** @type {const} */ ([
    "local joining", "local joined", "local left", "remote joined", "remote left", "first frame captured",
    "first frame sent", "first audio sent", "first frame received", "first audio heard",
]));
/** @typedef {typeof mediaEvents[number]} CallMediaEvent */

// What happened, beside the state.
export const events = Object.freeze(/** @type {const} */ ([
    "none", "local video call", "local audio call", "remote video call", "remote audio call", "delivered",
    "local accepted", "remote accepted", "local rejected", "remote rejected", "local cancelled", "remote cancelled",
    "local hangup", "remote hangup", "remote busy", "call refused busy", "calling timeout", "remote timeout",
    "first frame timeout", "first frame", "recall", "glare", "offline", "accepted elsewhere", "media lost",
    "message failed", "signalling lost", "signalling restored", "state mismatch", ...mediaEvents,
]));
/** @typedef {typeof events[number]} CallEvent */

// Results of the operations, and what became of their messages.
export const errors = Object.freeze(/** @type {const} */ ([
    "ok",
    "state",           // not legal in this state (the table)
    "party",           // this scenario does not allow it
    "argument",        // an empty or over-long user id, or one's own; too long an extension
    "signalling lost", // no connection to the signalling; a message is sent again when it is back
    "offline",         // the other side is not logged in
    "refused",         // the signalling refused the message
    "media",           // the connection was lost, or could not be made
    "device",          // a camera, microphone or speaker does not work
    "destroyed",       // the call engine was ended, or prepared anew, meanwhile
]));
/** @typedef {typeof errors[number]} CallError */

export const actions = Object.freeze(/** @type {const} */ (["invite", "cancel", "accept", "reject", "hangup"]));
/** @typedef {typeof actions[number]} CallAction */

export const mediaCommands = Object.freeze(/** @type {const} */ ([
    "connect", // connect the transport, send nothing of camera and microphone yet (rings)
    "presend", // send already while it rings, as the policy wants; it is not shown or heard there
    "release", // both accepted: send, with a key frame
    "present", // connected: remote sound may be heard
    "stop",    // the call is over: stop sending, back to what was before
]));
/** @typedef {typeof mediaCommands[number]} CallMediaCommand */

// What media may do while it rings.
export const policies = Object.freeze(/** @type {const} */ ([
    "connect only",     // the transport connects; camera and microphone wait for the accept
    "connect and send", // also our media flow, so that the first picture is there at the accept
    "nothing",          // "connect" comes with the accept: nobody learns our address before
]));
/** @typedef {typeof policies[number]} CallPolicy */

// What goes into the table: engine/call/table.h says when.
export const inputs = Object.freeze(/** @type {const} */ ([
    "prepare", "start", "cancel", "accept", "reject", "hang up", "fail", "abandon", "delivered", "offline", "refused",
    "signalling lost", "signalling restored", "message", "remote invite", "remote busy", "remote forbidden",
    "remote recall", "glare won", "glare lost", "remote accept", "remote reject", "remote cancel", "remote hang up",
    "remote timeout", "elsewhere", "remote gone", "first frame", "waive frame", "media lost", "media event", "timeout",
    "frame timeout",
]));
/** @typedef {typeof inputs[number]} CallInput */

// What a rule has done, in this order, after the new state is stored.
export const doings = Object.freeze(/** @type {const} */ ([
    "end", "send cancel", "send reject", "send hang up", "withdraw", "stop", "begin", "adopt", "send invite",
    "send accept", "send elsewhere", "refuse", "connect", "release", "present", "note frame", "send again", "quietly",
]));
/** @typedef {typeof doings[number]} CallDoing */

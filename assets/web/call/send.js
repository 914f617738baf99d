// What goes out, and what has to go out again (engine/call/send.c says why).
//
// Each message of a call of ours is kept until the signalling says what became of it, or until it has expired. When
// the signalling was lost and is back, those that are left are sent again, as they were. A caller to whom it still
// rings asks again, by its invite under the old sequence; a callee who has accepted repeats its accept.
import { LIFETIME_MAX_MS, messageToJson, noMessage } from "./message.js";
import { guarded } from "./session.js";

/** @typedef {import("./session.js").Call} Call */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./names.js").CallReason} CallReason */

// A message is of use as long as the call can still be ringing, a hang-up as long as the other side may wait for our
// media to come back; without a time-out all are for a minute. The call id, not this, keeps a late answer from another
// call.
const LIFETIME_WITHOUT_TIMEOUT_MS = 60000, OUTBOX_SIZE = 16;

/** @param {Call} call @param {Message["action"]} action */
function lifetime(call, action) {
    const least = action === "hangup" ? LIFETIME_WITHOUT_TIMEOUT_MS : 0, { timeout } = call.config;
    return timeout ? Math.min(Math.max(timeout, least), LIFETIME_MAX_MS) : LIFETIME_WITHOUT_TIMEOUT_MS;
}

/** @param {Call} call @param {string} to @param {Message} message */
function post(call, to, message) {
    guarded(() => call.config.send(to, messageToJson(message)));
}

// --- What waits for its acknowledgement

/** @param {Call} call @param {string} callId @param {number} sequence */
function find(call, callId, sequence) {
    return call.outbox.find(({ message }) => message.sequence === sequence && message.callId === callId) ?? null;
}

/** @param {Call} call @param {import("./session.js").Unanswered} entry */
function forget(call, entry) {
    call.outbox = call.outbox.filter(other => other !== entry);
}

/** @param {Call} call @param {string} to @param {Message} message */
function keep(call, to, message) {
    if (call.outbox.length === OUTBOX_SIZE)
        call.outbox.shift();
    call.outbox.push({ to, message, obsolete: false });
}

/**
 * Invite and accept of this call are of no use any more.
 * @param {Call} call
 * @param {string} callId
 */
export function retire(call, callId) {
    for (const entry of call.outbox)
        if (entry.message.callId === callId && (entry.message.action === "invite" || entry.message.action === "accept"))
            entry.obsolete = true;
}

/**
 * @param {Call} call
 * @param {string} callId
 * @param {number} sequence
 * @param {import("./names.js").CallError} error
 */
export function answered(call, callId, sequence, error) {
    const entry = find(call, callId, sequence);
    if (!entry)
        return;
    if (error !== "signalling lost")
        forget(call, entry);
    guarded(() => call.config.completed({ callId, action: entry.message.action, error }));
}

// --- Sending

/** @param {Call} call @param {string} to @param {Message} message @param {number} now @returns {Message} */
function transmit(call, to, message, now) {
    const dated = { ...message, sentAt: now, lifetime: lifetime(call, message.action) };
    post(call, to, dated);
    return dated;
}

/**
 * @param {Session} session
 * @param {Message["action"]} action
 * @param {number} sequence
 * @param {Partial<Message>} more
 * @returns {Message}
 */
function prepared(session, action, sequence, more) {
    const acceptedBy = session.role === "callee" && session.answered ? session.acceptedBy : "";
    return { ...noMessage(), action, callId: session.id, sequence, video: session.video, acceptedBy, ...more };
}

/**
 * A message of a call that is not the running one, or to somebody who is not its remote; is not sent again.
 * @param {Call} call
 * @param {string} to
 * @param {Pick<Message, "callId" | "sequence" | "action" | "reason"> & Partial<Message>} message
 * @param {number} now
 */
export function sendAside(call, to, message, now) {
    transmit(call, to, { ...noMessage(), ...message }, now);
}

/**
 * To the remote of `session`.
 * @param {Call} call
 * @param {Session} session
 * @param {Message["action"]} action
 * @param {Partial<Message>} more
 * @param {number} now
 */
export function send(call, session, action, more, now) {
    const message = transmit(call, session.remote, prepared(session, action, ++session.sent, more), now);
    keep(call, session.remote, message);
}

/**
 * "Accepted elsewhere", of the running call.
 * @param {Call} call
 * @param {string} to
 * @param {number} now
 */
export function sendElsewhere(call, to, now) {
    const { session } = call;
    /** @type {Partial<Message>} */
    const more = { reason: "accepted elsewhere", acceptedBy: session.acceptedBy };
    keep(call, to, transmit(call, to, prepared(session, "cancel", ++session.sent, more), now));
}

// --- Sending again

/** @param {Call} call */
export function repeatAccept(call) {
    const { media, extension, acceptSequence, acceptedAt: sentAt, remote } = call.session;
    post(call, remote, prepared(call.session, "accept", acceptSequence,
                                { media, extension, sentAt, lifetime: lifetime(call, "accept") }));
}

/** @param {Call} call */
function repeatInvite(call) {
    const { media, extension, inviteSequence, invitedAt: sentAt, remote } = call.session;
    post(call, remote, prepared(call.session, "invite", inviteSequence,
                                { media, extension, sentAt, lifetime: lifetime(call, "invite") }));
}

/**
 * After the signalling was away.
 * @param {Call} call
 * @param {number} now
 */
export function sendAgain(call, now) {
    const { session } = call;
    if (call.state === "calling" && session.role === "caller" && !find(call, session.id, session.inviteSequence))
        repeatInvite(call);
    call.outbox = call.outbox.filter(({ message }) => now - message.sentAt <= message.lifetime);
    for (const { to, message, obsolete } of call.outbox)
        if (!obsolete)
            post(call, to, message);
}

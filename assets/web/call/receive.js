// Which messages count, and what they mean to us. The rules, and what happens when both call each other, are told at
// length in engine/call/receive.c, of which this is the twin.
import { deviceOf, isBefore, isSameUser, userOf } from "./address.js";
import { ringsOn, speaksForItselfOnly } from "./devices.js";
import { repeatAccept, sendAside } from "./send.js";
import { newIncoming } from "./session.js";
import { step } from "./step.js";

/** @typedef {import("./session.js").Call} Call */
/** @typedef {import("./session.js").Incoming} Incoming */
/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./names.js").CallInput} CallInput */
/** @typedef {import("./names.js").CallReason} CallReason */

/** @param {Message} message @param {number} now */
function isExpired(message, now) {
    const age = now - message.sentAt;
    return age > 0 && age > message.lifetime;
}

/**
 * What the sender says of why, seen from here.
 * @param {Message} message
 * @returns {CallReason}
 */
function mirrored({ reason, action }) {
    switch (reason) {
    case "local busy":
        return "remote busy";
    case "first frame timeout":
        return "remote first frame timeout";
    case "not allowed":
    case "media lost":
    case "recall":
        return reason;
    default:
        return action === "reject" ? "remote rejected" : action === "cancel" ? "remote cancelled" : "remote hangup";
    }
}

// --- Invites

/** @param {string} dialled @param {string} device */
function reaches(dialled, device) {
    return deviceOf(dialled) === null || dialled === device;
}

/** @param {Call} call @param {string} from @returns {CallInput} */
function judgeFromPeer(call, from) {
    if (call.state !== "calling" || call.session.role !== "caller")
        return call.config.doNotDisturb ? "remote busy" : "remote recall";
    if (!reaches(call.session.dialled, from))
        return "remote busy";
    return isBefore(call.config.user, userOf(from)) ? "glare won" : "glare lost";
}

/** @param {Call} call @param {string} from @returns {CallInput} */
function judgeInvite(call, from) {
    if (call.config.party === "audience")
        return "remote forbidden";
    if (call.session.role === "none")
        return call.config.doNotDisturb ? "remote busy" : "remote invite";
    if (isSameUser(call.session.remote, from))
        return judgeFromPeer(call, from);
    return "remote busy";
}

/** @param {Call} call @param {Incoming} incoming */
function isOver(call, { message, address }) {
    const past = call.history.find(message.callId, address);
    if (!past)
        return false;
    call.counters[past.invited ? "duplicate" : "reordered"]++;
    past.invited = true;
    return true;
}

/** @param {Call} call @param {Incoming} incoming */
function isStale({ session }, { message, address }) {
    return session.remoteSentAt !== 0 && isSameUser(session.remote, address) && message.sentAt <= session.remoteSentAt;
}

/**
 * One that tries too often finds a busy line.
 * @param {Call} call
 * @param {Incoming} incoming
 * @returns {CallInput}
 */
function judgeAttempt(call, { address, now }) {
    const input = judgeInvite(call, address);
    const rings = input === "remote invite" || input === "remote recall";
    return rings && !call.invites.take(address, now) ? "remote busy" : input;
}

/** @param {Call} call @param {Incoming} incoming */
function receiveInvite(call, incoming) {
    if (isOver(call, incoming))
        return;
    if (isStale(call, incoming)) {
        call.counters.reordered++;
        return;
    }
    const input = judgeAttempt(call, incoming);
    if (!step(call, incoming, input, "none"))
        return;
    if (input === "remote forbidden")
        call.counters.mismatch++;
    if (input === "remote recall")
        step(call, incoming, "remote invite", "none");
    if (input === "glare lost") // after the application's own accept, if it gives one
        call.later.push(newIncoming("accept", incoming.now, { callId: incoming.message.callId }));
}

// --- Messages of other calls

/**
 * A device that accepts what is over has missed our cancel: it is told again, or it would wait for its time-out.
 * @param {Call} call
 * @param {Incoming} incoming
 * @param {import("./history.js").Past} past
 */
function answerLateAccept(call, { address, now }, past) {
    const { id: callId, role, reason } = past;
    if (role === "caller")
        sendAside(call, address, { callId, sequence: ++past.sent, action: "cancel", reason }, now);
}

/** @param {Call} call @param {Incoming} incoming */
function receiveOfOtherCall(call, incoming) {
    const { message, address } = incoming;
    const past = call.history.find(message.callId, address);
    call.counters[past && message.sequence <= past.seen ? "duplicate" : "foreign"]++;
    if (past && message.action === "accept")
        answerLateAccept(call, incoming, past);
    else if (past)
        past.seen = Math.max(past.seen, message.sequence);
    else if (message.action === "cancel" || message.action === "hangup")
        call.history.add({ id: message.callId, user: userOf(address), role: "callee", reason: "none", sent: 0,
            seen: message.sequence, invited: false });
}

// --- Messages of the running call

/**
 * Of the remote's devices.
 * @param {Call} call
 * @param {Incoming} incoming
 */
function speaksForRemote({ session }, { message, address }) {
    return session.role === "callee" || !session.answered || session.remote === address ||
        session.acceptedBy === message.acceptedBy;
}

/** @param {Call} call @param {Message} message */
function isInSequence({ session, counters }, { sequence }) {
    if (sequence > session.seen)
        return true;
    counters[sequence === session.seen ? "duplicate" : "reordered"]++;
    return false;
}

/** @param {Message} message @returns {CallInput} */
function judgeAnswer({ action, reason }) {
    if (action === "accept")
        return "remote accept";
    if (reason === "calling timeout")
        return "remote timeout";
    if (action === "cancel")
        return reason === "accepted elsewhere" ? "elsewhere" : "remote cancel";
    return action === "reject" ? "remote reject" : "remote hang up";
}

/**
 * Accepted: where no picture is waited for, or it was there before, this is all it takes.
 * @param {Call} call
 * @param {Incoming} incoming
 * @param {CallReason} reason
 */
export function connectIfReady(call, incoming, reason) {
    if (call.state !== "connecting")
        return;
    if (call.session.earlyFrame)
        step(call, incoming, "first frame", "none");
    else if (!call.config.waitFirstFrame)
        step(call, incoming, "waive frame", reason);
}

/** @param {Call} call @param {Incoming} incoming */
function receiveAnswer(call, incoming) {
    const { session } = call;
    const { message, address } = incoming;
    const input = judgeAnswer(message);
    if (speaksForItselfOnly(message) && session.role === "caller" && !session.answered && ringsOn(call, address))
        return; // each device counts its messages for itself
    if (session.role === "callee" || session.answered) // it may have logged in anew
        session.remote = address;
    session.seen = message.sequence;
    session.remoteSentAt = Math.max(session.remoteSentAt, message.sentAt);
    if (input === "elsewhere" && session.answered && message.acceptedBy === session.acceptedBy)
        return; // it is for our user's other devices: we are the one that accepted
    if (step(call, incoming, input, mirrored(message)) && input === "remote accept")
        connectIfReady(call, incoming, "remote accepted");
}

/** @param {Call} call @param {Incoming} incoming */
function refuseSecondAccept(call, { address, now }) {
    const { session } = call;
    sendAside(call, address, { callId: session.id, sequence: ++session.sent, action: "cancel",
        reason: "accepted elsewhere", acceptedBy: session.acceptedBy }, now);
}

/** @param {Call} call @param {Incoming} incoming */
function receiveOfThisCall(call, incoming) {
    const { session, counters } = call;
    const { message, address } = incoming;
    if (!isSameUser(session.remote, address)) {
        counters.foreign++;
    } else if (message.action === "invite") {
        counters.duplicate++; // sent again by the winner of a glare, or for want of our accept
        if (session.role === "callee" && session.answered)
            repeatAccept(call);
    } else if (!speaksForRemote(call, incoming)) {
        counters.foreign++;
        if (message.action === "accept")
            refuseSecondAccept(call, incoming);
    } else if (isInSequence(call, message)) {
        receiveAnswer(call, incoming);
    }
}

/** @param {Call} call @param {Incoming} incoming */
export function handleMessage(call, incoming) {
    const { message, address, now } = incoming;
    if (isSameUser(address, call.config.user))
        call.counters.foreign++;
    else if (isExpired(message, now))
        call.counters.expired++;
    else if (call.session.role !== "none" && message.callId === call.session.id)
        receiveOfThisCall(call, incoming);
    else if (message.action === "invite")
        receiveInvite(call, incoming);
    else
        receiveOfOtherCall(call, incoming);
}

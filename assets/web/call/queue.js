// The queue: everything that happens to a call is an Incoming, is handled at once or, while another one is being
// handled, after it. So no callback sees the machine between two states.
import { ringsAt, ringsOn } from "./devices.js";
import { noteMediaEvent } from "./notice.js";
import { connectIfReady, handleMessage } from "./receive.js";
import { answered } from "./send.js";
import { step } from "./step.js";

/** @typedef {import("./session.js").Call} Call */
/** @typedef {import("./session.js").Incoming} Incoming */
/** @typedef {import("./names.js").CallError} CallError */
/** @typedef {import("./names.js").CallInput} CallInput */

// --- Which inputs change nothing

/**
 * An operation that was done already.
 * @param {Call} call
 * @param {Incoming} incoming
 */
function isRepeated(call, { input, address }) {
    switch (input) {
    case "start":
        return call.session.role === "caller" && call.session.dialled === address;
    case "cancel":
    case "reject":
    case "hang up":
        return call.state === "prepared" && call.endedBy === input;
    case "signalling lost":
        return call.signallingLost;
    case "signalling restored":
        return !call.signallingLost;
    default:
        return false;
    }
}

/**
 * What comes for a certain call (the accept after a glare, what became of an invite) and finds another one.
 * @param {Call} call
 * @param {Incoming} incoming
 */
function isOfAnotherCall({ session }, { input, message }) {
    return input !== "media event" && message.callId !== "" && message.callId !== session.id;
}

/** @param {Call} call */
export function deadlineOf({ session }) {
    return Math.min(session.deadline, session.frameDeadline);
}

/** @param {Incoming} incoming */
function isOutcome({ input }) {
    return input === "delivered" || input === "offline" || input === "refused";
}

/** @param {Call} call @param {Incoming} incoming */
function isOfAnotherInvite({ session }, { message }) {
    return session.role !== "caller" || message.sequence !== session.inviteSequence;
}

/**
 * The invite has arrived, and was only asked again: a hub that begins anew may not know yet whom it named, and refuse
 * it.
 * @param {Call} call @param {Incoming} incoming
 */
function isAskedTooSoon({ session }, { message, result }) {
    return result !== "ok" && session.deliveredSequence === message.sequence;
}

/** @param {Call} call @param {Incoming} incoming */
function changesNothing(call, incoming) {
    const { input, now, result, address } = incoming;
    return isRepeated(call, incoming) || isOfAnotherCall(call, incoming) ||
        (input === "timeout" && now < deadlineOf(call)) ||
        // "signalling lost": it may have arrived, and will be sent again
        (isOutcome(incoming) && (isOfAnotherInvite(call, incoming) || result === "signalling lost" ||
            isAskedTooSoon(call, incoming))) ||
        (input === "media event" && !noteMediaEvent(call, incoming)) ||
        (input === "remote gone" && ringsOn(call, address));
}

// --- The queue

/**
 * The earlier of two time-outs.
 * @param {Call} call
 * @param {CallInput} input
 * @returns {CallInput}
 */
function whichTimeout({ session }, input) {
    return input === "timeout" && session.frameDeadline < session.deadline ? "frame timeout" : input;
}

/** @param {Call} call @param {Incoming} incoming @returns {CallError} */
function handleOne(call, incoming) {
    const { input, message, devices } = incoming;
    if (input === "message") {
        handleMessage(call, incoming);
        return "ok";
    }
    if (changesNothing(call, incoming))
        return "ok";
    if (input === "delivered")
        call.session.deliveredSequence = message.sequence;
    if (input === "delivered" && devices)
        ringsAt(call, devices);
    if (input === "signalling lost" || input === "signalling restored")
        call.signallingLost = input === "signalling lost";
    if (input === "fail" && call.session.role !== "none")
        step(call, incoming, "abandon", message.reason);
    const previous = call.state;
    if (!step(call, incoming, whichTimeout(call, input), message.reason))
        return "state";
    if (input === "accept" && previous === "calling")
        connectIfReady(call, incoming, "local accepted");
    return "ok";
}

/** @param {Call} call @param {Incoming} incoming @returns {CallError} */
function handle(call, incoming) {
    const error = handleOne(call, incoming);
    if (isOutcome(incoming))
        answered(call, incoming.message.callId, incoming.message.sequence, incoming.result);
    return error;
}

/** @param {Call} call @param {Incoming} incoming @returns {CallError} */
export function submit(call, incoming) {
    if (call.busy) {
        call.later.push(incoming);
        return "ok";
    }
    call.busy = true;
    const error = handle(call, incoming);
    for (let later = call.later.shift(); later; later = call.later.shift())
        handle(call, later);
    call.busy = false;
    return error;
}

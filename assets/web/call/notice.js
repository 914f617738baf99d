// What the application is told.
import { guarded } from "./session.js";

/** @typedef {import("./session.js").Call} Call */
/** @typedef {import("./session.js").Incoming} Incoming */
/** @typedef {import("./session.js").Notice} Notice */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./rules.js").Rule} Rule */
/** @typedef {import("./names.js").CallReason} CallReason */

/**
 * An audio call has other names for what it is.
 * @param {CallReason} reason
 * @param {boolean} video
 */
export function reasonOfKind(reason, video) {
    if (reason === "local video call" && !video)
        return "local audio call";
    if (reason === "remote video call" && !video)
        return "remote audio call";
    return reason;
}

/** @param {Rule} rule @param {Incoming} incoming @param {CallReason} reason @returns {Notice["event"]} */
function eventOf(rule, incoming, reason) {
    switch (rule.event) {
    case "local video call":
        return incoming.message.video ? rule.event : "local audio call";
    case "remote video call":
        return incoming.message.video ? rule.event : "remote audio call";
    case "remote rejected":
        return reason === "remote busy" ? "remote busy" : rule.event;
    case "none":
        return incoming.event;
    default:
        return rule.event;
    }
}

/** @param {Call} call @param {Incoming} incoming */
function isOfEndedCall(call, incoming) {
    return incoming.input === "media event" && incoming.message.callId !== call.session.id;
}

/**
 * @param {Call} call
 * @param {Incoming} incoming
 * @returns {boolean} false: it was told already, or is of no call that it could be about
 */
export function noteMediaEvent(call, incoming) {
    const { event, message } = incoming;
    const late = isOfEndedCall(call, incoming);
    const mayBeLate = event === "local left" || event === "remote left";
    if (!message.callId || (late && (!mayBeLate || message.callId !== call.ended.id)))
        return false;
    const { told } = late ? call.ended : call.session;
    if (told.has(event))
        return false;
    told.add(event);
    return true;
}

/**
 * What a notice is about.
 * @param {Call} call
 * @param {Rule} rule
 * @param {Incoming} incoming
 * @param {Session} session the running call, or the one that the step ended
 * @returns {Pick<Notice, "callId" | "remote" | "name" | "role" | "video" | "connectedAt" | "duration">}
 */
function subject(call, rule, incoming, session) {
    const { message, address, now } = incoming;
    if (rule.actions.includes("refuse")) // a stranger's call
        return { callId: message.callId, remote: address, name: message.name, role: session.role, video: message.video,
            connectedAt: 0, duration: 0 };
    if (isOfEndedCall(call, incoming)) {
        const { id: callId, remote, name, role, video } = call.ended;
        return { callId, remote, name, role, video, connectedAt: 0, duration: 0 };
    }
    const { id: callId, remote, name, role, video, connectedAt } = session;
    return { callId, remote, name, role, video, connectedAt,
        duration: connectedAt ? Math.max(now - connectedAt, 0) : 0 };
}

/**
 * @param {Call} call
 * @param {Rule} rule
 * @param {Incoming} incoming
 * @param {CallReason} reason
 * @param {Notice["previous"]} previous
 * @param {Session} old the call that the step ended, if it did
 */
export function notify(call, rule, incoming, reason, previous, old) {
    const ended = rule.actions.includes("end") && !rule.actions.includes("begin");
    guarded(() => call.config.notify({
        state: call.state,
        previous,
        event: eventOf(rule, incoming, reason),
        reason,
        extension: incoming.input === "message" ? incoming.message.extension : null,
        ...subject(call, rule, incoming, ended ? old : call.session),
    }));
}

/** @param {Call} call @param {Incoming} incoming */
export function reportMismatch(call, incoming) {
    const { state, session } = call;
    const { message, address } = incoming;
    const isMessage = incoming.input === "message";
    if (isMessage)
        call.counters.mismatch++;
    guarded(() => call.config.notify({
        state,
        previous: state,
        event: "state mismatch",
        reason: "none",
        extension: isMessage ? message.extension : null,
        callId: isMessage ? message.callId : session.id,
        remote: isMessage ? address : session.remote,
        name: isMessage ? message.name : session.name,
        role: session.role,
        video: session.video,
        connectedAt: 0,
        duration: 0,
    }));
}

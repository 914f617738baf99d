// One step: look up, store, act; then it is told.
import { deviceOf, userOf } from "./address.js";
import { notify, reasonOfKind, reportMismatch } from "./notice.js";
import { retire, send, sendAgain, sendAside, sendElsewhere } from "./send.js";
import { guarded, newSession } from "./session.js";

/** @typedef {import("./session.js").Call} Call */
/** @typedef {import("./session.js").Incoming} Incoming */
/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./session.js").Json} Json */
/** @typedef {import("./message.js").Message} Message */
/** @typedef {import("./rules.js").Rule} Rule */
/** @typedef {import("./names.js").CallReason} CallReason */

/**
 * @param {Call} call
 * @param {Session} session
 * @param {import("./names.js").CallMediaCommand} what
 * @param {Json | null} media
 */
function command(call, session, what, media) {
    guarded(() => call.config.media(what, session.role, session.id, session.remote, media));
}

// --- What is stored

/** @param {Call} call @param {Incoming} incoming @param {Rule} rule @returns {Session} */
function begin(call, { address, message, now }, rule) {
    const session = Object.assign(newSession(), { remote: address, name: message.name, video: message.video,
        media: message.media, deadline: call.config.timeout ? now + call.config.timeout : Infinity });
    if (rule.input === "start")
        return Object.assign(session, { role: "caller", id: call.config.newId(), dialled: address,
            extension: message.extension });
    return Object.assign(session, { role: "callee", id: message.callId, seen: message.sequence,
        remoteSentAt: message.sentAt });
}

/** @param {Session} session @param {Incoming} incoming */
function adopt(session, { address, message }) {
    session.remote = address;
    session.name = message.name || session.name;
    session.acceptedBy = message.acceptedBy || address;
    session.answered = true;
}

/** @param {Call} call @param {Session} session @param {CallReason} reason */
function remember(call, { id, remote, role, sent, seen }, reason) {
    call.history.add({ id, user: userOf(remote), role, reason, sent, seen, invited: true });
}

/** @param {Call} call @param {Incoming} incoming @param {CallReason} reason */
function rememberRefused(call, { address, message }, reason) {
    call.history.add({ id: message.callId, user: userOf(address), role: "callee", reason, sent: 1,
        seen: message.sequence, invited: true });
}

/** @param {Call} call @param {Rule} rule @returns {Session} what was the running call */
function end(call, rule) {
    const old = call.session;
    const { id, remote, name, role, video, told } = old;
    call.ended = { id, remote, name, role, video, told };
    call.endedBy = rule.input;
    call.session = newSession();
    retire(call, id);
    return old;
}

/** @param {Call} call @param {Incoming} incoming */
function enterConnected(call, { now }) {
    const { session } = call;
    session.deadline = session.frameDeadline = Infinity;
    session.connectedAt = now;
    call.invites.forgive(session.remote);
}

/** @param {Call} call @param {Rule} rule @param {Incoming} incoming */
function storeAnswer(call, rule, incoming) {
    const { session, config } = call;
    if (rule.actions.includes("adopt")) {
        adopt(session, incoming);
        retire(call, session.id);
    }
    if (rule.actions.includes("send accept")) {
        session.answered = true;
        session.acceptedBy = call.device;
    }
    if (rule.next === "connecting" && config.waitFirstFrame && config.firstFrameTimeout)
        session.frameDeadline = incoming.now + config.firstFrameTimeout;
}

/**
 * Everything the step changes, before anyone is told.
 * @param {Call} call
 * @param {Rule} rule
 * @param {Incoming} incoming
 * @param {CallReason} reason
 * @returns {Session} what was the running call, where it ends
 */
function store(call, rule, incoming, reason) {
    if (rule.next !== "same")
        call.state = rule.next;
    const old = rule.actions.includes("end") ? end(call, rule) : newSession();
    if (rule.actions.includes("begin"))
        call.session = begin(call, incoming, rule);
    storeAnswer(call, rule, incoming);
    if (rule.actions.includes("note frame"))
        call.session.earlyFrame = true;
    if (rule.next === "connected")
        enterConnected(call, incoming);
    if (rule.actions.includes("refuse") || rule.input === "glare won")
        rememberRefused(call, incoming, reason);
    return old;
}

// --- What is done

/** @param {Call} call @param {Rule} rule @param {CallReason} reason @param {Session} old @param {number} now */
function actOnOld(call, { actions }, reason, old, now) {
    if (actions.includes("send cancel"))
        send(call, old, "cancel", { reason }, now);
    if (actions.includes("send reject"))
        send(call, old, "reject", { reason }, now);
    if (actions.includes("send hang up"))
        send(call, old, "hangup", { reason }, now);
    if (actions.includes("withdraw") && deviceOf(old.remote) === null)
        send(call, old, "cancel", { reason: "local cancelled" }, now);
    if (actions.includes("stop") && old.mediaConnected)
        command(call, old, "stop", null);
    if (actions.includes("end"))
        remember(call, old, reason);
}

/** @param {Call} call @param {number} now */
function sendInvite(call, now) {
    const { session } = call;
    session.inviteSequence = session.sent + 1;
    session.invitedAt = now;
    send(call, session, "invite", { media: session.media, extension: session.extension }, now);
}

/** @param {Call} call @param {Message} accept @param {number} now */
function sendAccept(call, { media, extension }, now) {
    const { session } = call;
    session.acceptSequence = session.sent + 1;
    session.acceptedAt = now;
    send(call, session, "accept", { media, extension }, now);
}

/** @param {Call} call @param {Rule} rule @param {Incoming} incoming @param {CallReason} reason */
function actByMessages(call, { actions }, { address, message, now }, reason) {
    if (actions.includes("send invite"))
        sendInvite(call, now);
    if (actions.includes("send accept"))
        sendAccept(call, message, now);
    if (actions.includes("send elsewhere") && deviceOf(call.session.dialled) === null)
        sendElsewhere(call, call.session.dialled, now);
    if (actions.includes("refuse"))
        sendAside(call, address, { callId: message.callId, sequence: 1, action: "reject", reason }, now);
    if (actions.includes("send again"))
        sendAgain(call, now);
}

/** @param {Call} call */
function connectMedia(call) {
    const { session } = call;
    if (session.mediaConnected)
        return;
    session.mediaConnected = true;
    command(call, session, "connect", session.role === "callee" ? session.media : null);
}

/**
 * As much of the media as may be while it rings.
 * @param {Call} call
 * @param {Json | null} extension
 */
function connectAsAllowed(call, extension) {
    const { session, config } = call;
    const policy = guarded(() => config.policy(session.role, session.remote, extension)) ?? "connect only";
    if (policy !== "nothing")
        connectMedia(call);
    if (policy === "connect and send")
        command(call, session, "presend", null);
}

/** @param {Call} call @param {Rule} rule @param {Message} message */
function actByMedia(call, { actions, input }, message) {
    if (actions.includes("connect"))
        connectAsAllowed(call, message.extension);
    if (actions.includes("release")) {
        connectMedia(call);
        command(call, call.session, "release", input === "remote accept" ? message.media : null);
    }
    if (actions.includes("present"))
        command(call, call.session, "present", null);
}

/**
 * @param {Call} call
 * @param {Incoming} incoming
 * @param {import("./names.js").CallInput} input
 * @param {CallReason} reason
 * @returns {boolean} false: the table has no such row; reported as a mismatch, nothing moved
 */
export function step(call, incoming, input, reason) {
    const { message, now } = incoming;
    const rule = call.config.rules.find(call.state, call.session.role, input);
    if (!rule) {
        reportMismatch(call, incoming);
        return false;
    }
    const previous = call.state;
    const why = rule.reason === "none" ? reason : reasonOfKind(rule.reason, message.video);
    const old = store(call, rule, incoming, why);
    actOnOld(call, rule, why, old, now);
    actByMessages(call, rule, incoming, why);
    actByMedia(call, rule, message);
    if (rule.actions.includes("send accept")) // which may have to be sent again
        Object.assign(call.session, { media: message.media, extension: message.extension });
    if (!rule.actions.includes("quietly"))
        notify(call, rule, incoming, why, previous, old);
    return true;
}

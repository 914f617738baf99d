// The call: a pure state machine over one table, the twin of the C engine (engine/call/call.h). Operations, messages,
// deliveries, media events and time go in; messages to send, media commands and notices come out. No sockets, no DOM,
// no clock of its own: `now` is the signalling's wall clock in ms since 1970, shared by both sides as well as it can
// be. media and extension are borrowed both ways: nobody changes such an object once it was given.
//
// A pair (state, event) that is not in the table is reported as "state mismatch" and moves nothing. The new state is
// stored before anyone is told; what a callback does to the call meanwhile is queued and runs after it.
import { byteLength, deviceOf, isSameUser, isValidAddress } from "./address.js";
import { Attempts } from "./attempts.js";
import { History } from "./history.js";
import { newId as randomId } from "./id.js";
import { extensionFits, messageFromJson } from "./message.js";
import { mediaEvents } from "./names.js";
import { deadlineOf, submit } from "./queue.js";
import { newIncoming, newSession } from "./session.js";

/** @typedef {import("./session.js").Call} Call */
/** @typedef {import("./session.js").Config} Config */
/** @typedef {import("./message.js").Json} Json */
/** @typedef {import("./names.js").CallError} CallError */
/** @typedef {import("./names.js").CallReason} CallReason */

/**
 * What has to be given to a new engine; the rest has a default.
 * @typedef {Pick<Config, "rules" | "user" | "send" | "media" | "notify"> & Partial<Config>} EngineOptions
 */

const NAME_MAX = 256; // bytes

/** @param {EngineOptions} options @returns {Config} */
function complete(options) {
    const { rules, user, party = "anyone", timeout = 15000, waitFirstFrame = true, firstFrameTimeout = 0,
        doNotDisturb = false, newId = randomId, send, media, notify, policy = () => "connect only",
        completed = () => {} } = options;
    if (!isValidAddress(user) || deviceOf(user) !== null)
        throw new TypeError("user is to be a user id without a device");
    if (!(timeout >= 0 && firstFrameTimeout >= 0))
        throw new TypeError("a time-out is a number of ms, 0 or more");
    return { rules, user, party, timeout, waitFirstFrame, firstFrameTimeout, doNotDisturb, newId, send, media, notify,
        policy, completed };
}

/** @param {Config} config @returns {Call} */
function newCall(config) {
    const session = newSession();
    return {
        config, session, ended: session, device: config.newId(), state: "idle", signallingLost: false, outbox: [],
        endedBy: "", history: new History(), invites: new Attempts(), later: [], busy: false,
        counters: { expired: 0, duplicate: 0, reordered: 0, foreign: 0, mismatch: 0 },
    };
}

export class CallEngine {
    /** @type {Call} */
    #call;

    /** @param {EngineOptions} options */
    constructor(options) {
        this.#call = newCall(complete(options));
    }

    // --- Operations. Idempotent: repeating one that has been done returns "ok" and does nothing. From within a
    // callback they are queued and return "ok"; where the state does not allow one then, a "state mismatch" says so.

    /** @param {number} now */
    prepare(now) {
        return submit(this.#call, newIncoming("prepare", now));
    }

    /**
     * @param {string} to
     * @param {boolean} video
     * @param {Json | null} media
     * @param {Json | null} extension
     * @param {number} now
     * @returns {CallError}
     */
    start(to, video, media, extension, now) {
        const { config, signallingLost, state } = this.#call;
        if (config.party === "broadcaster")
            return "party";
        if (!isValidAddress(to) || isSameUser(to, config.user) || (extension && !extensionFits(extension)))
            return "argument";
        if (signallingLost && state === "prepared")
            return "signalling lost";
        return submit(this.#call, newIncoming("start", now, { video, media, extension }, { address: to }));
    }

    /**
     * The scenario's, where no call is running.
     * @param {import("./names.js").CallParty} party
     */
    setParty(party) {
        this.#call.config.party = party;
    }

    /** @param {number} now */
    cancel(now) {
        return submit(this.#call, newIncoming("cancel", now));
    }

    /** @param {Json | null} media @param {number} now */
    accept(media, now) {
        return submit(this.#call, newIncoming("accept", now, { media }));
    }

    /** @param {CallReason} reason "none" stands for "local rejected" @param {number} now */
    reject(reason, now) {
        const why = reason === "none" ? "local rejected" : reason;
        return submit(this.#call, newIncoming("reject", now, { reason: why }));
    }

    /** @param {CallReason} reason "none" stands for "local hangup" @param {number} now */
    hangUp(reason, now) {
        const why = reason === "none" ? "local hangup" : reason;
        return submit(this.#call, newIncoming("hang up", now, { reason: why }));
    }

    /**
     * The application can no longer call (signalling refused for good): ends a running call with `reason`, then
     * "failed". Legal in every state; prepare() leads out.
     * @param {CallReason} reason
     * @param {number} now
     */
    fail(reason, now) {
        return submit(this.#call, newIncoming("fail", now, { reason }));
    }

    // --- What happens to the call

    /**
     * A message from `from`, the address the signalling vouches for.
     * @param {string} from
     * @param {unknown} json
     * @param {number} now
     * @returns {string} what is wrong with the message, which then changed nothing; "": nothing
     */
    receive(from, json, now) {
        const { message, error } = messageFromJson(json);
        if (!error && isValidAddress(from))
            submit(this.#call, newIncoming("message", now, message, { address: from }));
        else if (!error)
            this.#call.counters.foreign++;
        return error;
    }

    /**
     * What became of a message that `send` was given: "ok", "offline", "signalling lost" (nobody knows) or "refused".
     * @param {string} callId
     * @param {number} sequence
     * @param {CallError} result
     * @param {readonly string[] | null} devices of an invite, the addresses that it was delivered to; null: not known
     * @param {number} now
     */
    delivered(callId, sequence, result, devices, now) {
        const input = result === "ok" ? "delivered" : result === "refused" ? "refused" : "offline";
        submit(this.#call, newIncoming(input, now, { callId, sequence }, { result, devices }));
    }

    /**
     * What the callee of this call is called, as far as it is known before her accept says it.
     * @param {string} callId
     * @param {string} name
     */
    nameCallee(callId, name) {
        const { session } = this.#call;
        if (session.role === "caller" && session.id === callId && byteLength(name) <= NAME_MAX)
            session.name = name;
    }

    /**
     * The signalling knows that this device is gone: it does not ring there, or from there, any more. A call that was
     * accepted goes on as long as its media do.
     * @param {string} device
     * @param {number} now
     */
    deviceGone(device, now) {
        submit(this.#call, newIncoming("remote gone", now, {}, { address: device }));
    }

    /**
     * The signalling's connection is gone. A call goes on without it; what could not be sent meanwhile is sent again
     * under its old sequence as long as it is of use. A new call is refused while it is lost.
     * @param {number} now
     */
    signallingLost(now) {
        submit(this.#call, newIncoming("signalling lost", now));
    }

    /**
     * It is back.
     * @param {number} now
     */
    signallingRestored(now) {
        submit(this.#call, newIncoming("signalling restored", now));
    }

    /**
     * The first remote picture of the call is on the screen, or where none will come the first sound.
     * @param {number} now
     */
    firstFrame(now) {
        submit(this.#call, newIncoming("first frame", now));
    }

    /**
     * The media connection failed for good.
     * @param {number} now
     */
    mediaLost(now) {
        submit(this.#call, newIncoming("media lost", now));
    }

    /**
     * Told as a notice and no more.
     * @param {string} callId the running call, or for "local left" and "remote left" the last one; what comes for
     *     another call is ignored
     * @param {import("./names.js").CallMediaEvent} event
     * @param {number} now
     */
    mediaEvent(callId, event, now) {
        if (!mediaEvents.includes(event))
            throw new TypeError(`${event} is no media event`);
        submit(this.#call, newIncoming("media event", now, { callId }, { event }));
    }

    /**
     * From the next invite on.
     * @param {boolean} on
     */
    setDoNotDisturb(on) {
        this.#call.config.doNotDisturb = on;
    }

    // --- Time

    /**
     * Time-outs; to be called at deadline().
     * @param {number} now
     */
    poll(now) {
        submit(this.#call, newIncoming("timeout", now));
    }

    /** @returns {number} same clock; Infinity: none */
    deadline() {
        return deadlineOf(this.#call);
    }

    // --- Questions

    get state() {
        return this.#call.state;
    }

    get role() {
        return this.#call.session.role;
    }

    /** "" where there is no call. */
    get id() {
        return this.#call.session.id;
    }

    get remote() {
        return this.#call.session.remote;
    }

    get name() {
        return this.#call.session.name;
    }

    get video() {
        return this.#call.session.video;
    }

    get counters() {
        return { ...this.#call.counters };
    }
}

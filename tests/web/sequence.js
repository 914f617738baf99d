// Random inputs for one engine: what a user, a network, other devices and a hostile stranger may do. Each is a line for
// the engine as a whole, so that a sequence can be played again, and shortened.
import { mediaEvents, policies, reasons } from "../../assets/web/call/names.js";
import { Driven } from "./driven.js";

const START = 1700000000000;
// The last two: in the order of UTF-8 they stand the other way round than in that of UTF-16.
const USERS = ["anna", "bob", "carol", "\uff5ewave", "\u{1f600}smile"];
const WIRE_REASONS = ["rejected", "cancelled", "hangup", "busy", "timeout", "no first frame", "signalling failed",
    "accepted elsewhere", "recall", "media lost", "not allowed", "offline", "destroyed"];
const NAMES = ["Bob", "\u{1f600}", "", "n".repeat(256), "n".repeat(257)];
const CALLBACKS = ["send", "media", "notice", "completed"];
const BAD_ADDRESSES = ["", "/", "bob/", "/1", "bob/1/2", "bo\u0007b", "bob/\u007f", "x".repeat(65), "\u00e9".repeat(33),
    `bob/${"y".repeat(124)}`];

function uuid(random) {
    return `${(0xa0000000 + random.between(0, 6)).toString(16)}-1111-4111-8111-111111111111`;
}

export class Sequence {
    constructor(random, engine = 1) {
        this.random = random;
        this.engine = engine;
        this.driven = new Driven(engine);
        this.now = START;
        this.inputs = [];
        this.answers = [];
        this.sent = [];    // {call, seq} of messages that went out
        this.calls = [];   // ids that were
        this.sequence = 0; // of the other side's messages
        this.user = random.of(USERS);
        const others = USERS.filter(user => user !== this.user);
        this.peers = [random.of(others), random.of(others)];
        this.config = this.create();
        this.play(this.config);
    }

    create() {
        const { random, user } = this;
        return { op: "create", user, party: random.weighed([[8, "anyone"], [1, "audience"], [1, "broadcaster"]]),
            timeout: random.weighed([[8, 15000], [1, 0], [1, 100 * 3600 * 1000]]), waitFirstFrame: random.chance(0.7),
            firstFrameTimeout: random.of([0, 6000, 15000, 20000]), doNotDisturb: random.chance(0.1) };
    }

    play(input) {
        const line = { engine: this.engine, ...input };
        const answer = this.driven.answer(line);
        this.inputs.push(line);
        this.answers.push(JSON.stringify(answer)); // now: what stands in it may change
        this.state = answer;
        for (const { send } of answer.out)
            if (send)
                this.sent.push({ call: send.message.call, seq: send.message.seq });
        if (answer.id && !this.calls.includes(answer.id))
            this.calls.push(answer.id);
    }

    // --- Parts of inputs

    peer() {
        return this.random.chance(0.8) ? this.peers[0] : this.peers[1];
    }

    device() {
        return this.random.weighed([[30, `${this.peer()}/${this.random.between(1, 4)}`], [3, this.peer()],
            [1, `${this.user}/9`], [1, this.random.of(BAD_ADDRESSES)]]);
    }

    /** Who is called, or calls us. */
    remote() {
        const { remote } = this.state;
        return this.random.chance(0.7) && remote.includes("/") ? remote : this.device();
    }

    callId() {
        const { random, state, calls } = this;
        return random.weighed([[state.id ? 12 : 0, state.id], [calls.length ? 3 : 0, random.of(calls)],
            [3, uuid(random)]]);
    }

    object() {
        return this.random.weighed([[3, null], [2, { session: "s1" }],
            [1, { sdp: "v=0\r\n\u00e9\u{1f600}", n: [1, 2.5] }]]);
    }

    // --- Messages

    message() {
        const { random, now } = this;
        const action = random.of(["invite", "accept", "reject", "cancel", "hangup"]);
        this.sequence += random.weighed([[6, 1], [1, 0], [1, 3]]);
        const lifetime = random.weighed([[6, 15000], [1, 0], [1, 1000]]);
        const age = random.weighed([[12, random.between(0, 900)], [2, random.between(0, 40000)], [2, -5000],
            [1, lifetime]]);
        const message = { type: "call", action, call: this.callId(),
            seq: random.chance(0.85) ? this.sequence + 1 : random.between(1, 4), sent_at: now - age, lifetime };
        if (action === "invite")
            return { ...message, call: random.chance(0.6) ? uuid(random) : message.call, video: random.chance(0.6),
                ...this.extras() };
        if (random.chance(action === "accept" ? 0.1 : 0.8))
            message.reason = random.of(WIRE_REASONS);
        return { ...message, ...this.extras() };
    }

    extras() {
        const { random } = this;
        const extras = {};
        if (random.chance(0.3))
            extras.accepted_by = random.weighed([[2, "tablet"], [2, "phone"], [1, this.remote() || "x"],
                [1, `${this.engine.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`]]);
        if (random.chance(0.3))
            extras.name = random.of([...NAMES, 7]);
        for (const key of ["media", "extension"])
            if (random.chance(0.4))
                extras[key] = this.object();
        return extras;
    }

    /** Of a message: one member is not as it should be. */
    spoilt(message) {
        const { random } = this;
        const key = random.of(["type", "action", "call", "seq", "sent_at", "lifetime", "reason", "video", "accepted_by",
            "media", "extension", "name"]);
        const value = random.of([undefined, null, true, 0, -1, 1.5, 4294967295, 4294967296, 86400000, 86400001,
            9007199254740991, 9007199254740992, 1e300, "", "invite", "constructor", "z".repeat(127), "z".repeat(128),
            "A0000000-1111-4111-8111-11111111111F", "a0000000-1111-4111-8111-11111111111", "\u00e9".repeat(64), [], {},
            { text: "e".repeat(4085) }, { text: "e".repeat(4086) }, { text: "\u00e9\n".repeat(1021) }]);
        return random.of([{ ...message, [key]: value }, { ...message, [key]: value }, [], "text", null]);
    }

    receive() {
        const message = this.message();
        const from = this.remote();
        return { op: "receive", from, message: this.random.chance(0.12) ? this.spoilt(message) : message };
    }

    // --- Inputs

    mediaEvent() {
        const call = this.random.chance(0.7) ? this.callId() : "";
        return { op: "media event", call, event: this.random.of(mediaEvents) };
    }

    start() {
        const { random } = this;
        const to = random.weighed([[8, this.peer()], [3, this.device()], [1, this.user],
            [1, random.of(BAD_ADDRESSES)]]);
        const extension = random.weighed([[9, this.object()], [1, { text: "e".repeat(random.of([4085, 4086])) }]]);
        return { op: "start", to, video: random.chance(0.7), media: this.object(), extension };
    }

    delivered() {
        const { random, sent } = this;
        const { call, seq: sequence } = sent.length ? random.of(sent.slice(-4)) : { call: uuid(random), seq: 1 };
        const devices = random.chance(0.3) ? null
            : Array.from({ length: random.between(0, 4) }, () => this.device()).filter(device => device.includes("/"));
        const result = random.weighed([[6, "ok"], [1, "offline"], [2, "signalling lost"], [1, "refused"]]);
        return { op: "delivered", call, sequence, result, devices };
    }

    /** What fits the state, so that sequences go far. */
    fitting() {
        const { random, state: { state, role, id } } = this;
        if (state === "idle" || state === "failed")
            return { op: "prepare" };
        if (state === "prepared")
            return random.chance(0.5) ? this.start() : this.receive();
        if (state === "calling" && role === "callee" && random.chance(0.6))
            return { op: "accept", media: this.object() };
        if (state === "calling" && random.chance(0.6)) {
            const answer = random.chance(0.5) ? { action: "accept" }
                : { action: "reject", reason: random.of(WIRE_REASONS) };
            return { op: "receive", from: this.device(),
                message: { ...this.message(), video: undefined, reason: undefined, call: id, ...answer } };
        }
        return state === "connecting" ? { op: "first frame" } : this.delivered();
    }

    anything() {
        const { random } = this;
        const reason = random.of(reasons);
        return random.weighed([
            [8, () => this.receive()],
            [4, () => this.delivered()],
            [2, () => this.start()],
            [1, () => ({ op: "prepare" })],
            [1, () => ({ op: "cancel" })],
            [1, () => ({ op: "accept", media: this.object() })],
            [1, () => ({ op: "reject", reason })],
            [1, () => ({ op: "hang up", reason })],
            [0.3, () => ({ op: "fail", reason })],
            [1, () => ({ op: "signalling lost" })],
            [2, () => ({ op: "signalling restored" })],
            [1, () => ({ op: "first frame" })],
            [0.5, () => ({ op: "media lost" })],
            [1, () => ({ op: "device gone", device: this.remote() })],
            [1, () => this.mediaEvent()],
            [0.5, () => ({ op: "name callee", call: this.callId(), name: random.of(NAMES) })],
            [0.3, () => ({ op: "do not disturb", on: random.chance(0.3) })],
            [1, () => ({ op: "policy", policy: random.of(policies) })],
            [2, () => ({ op: "poll" })],
        ])();
    }

    pass() {
        const { random, state } = this;
        this.now += random.weighed([[4, 0], [8, random.between(1, 400)], [2, random.between(400, 8000)],
            [0.5, 20000], [0.2, -random.between(1, 3000)]]);
        if (state.deadline !== null && random.chance(0.06))
            this.now = state.deadline - random.between(0, 2);
    }

    next() {
        this.pass();
        const { random, now } = this;
        const isDue = this.state.deadline !== null && now >= this.state.deadline && random.chance(0.7);
        const input = { ...isDue ? { op: "poll" } : random.chance(0.4) ? this.fitting() : this.anything(), now };
        if (random.chance(0.15))
            input.within = { on: random.of(CALLBACKS),
                inputs: Array.from({ length: random.between(1, 3) }, () => ({ ...this.anything(), now })) };
        this.play(input);
    }

    /** Of the flood's calls. */
    say(from, i, action, seq) {
        const call = `b0000000-1111-4111-8111-${i.toString(16).padStart(12, "0")}`;
        this.play({ op: "receive", from, now: this.now,
            message: { type: "call", action, call, seq, sent_at: this.now, lifetime: 15000, video: true } });
    }

    /** Somebody calls and cancels, calls and cancels: more than the history holds, and than he may. */
    flood() {
        const { random } = this, from = this.device(), acceptance = random.of([0, 0.1]);
        for (let i = 0; i < 90; i++) {
            this.now += random.weighed([[4, random.between(0, 120)], [1, 1000], [0.2, 6000], [0.2, -2000]]);
            this.say(from, i, "invite", 1);
            if (random.chance(acceptance)) // and succeeds
                this.play({ op: "accept", now: this.now }), this.play({ op: "first frame", now: this.now });
            this.say(from, i, "cancel", 2);
            if (random.chance(0.2)) // about what the history still holds, or does not any more
                this.say(from, Math.max(i - random.between(62, 66), 0), "invite", 1);
        }
    }

    /** More is answered than can be kept until the signalling is back. */
    outage() {
        const from = this.device(), calls = this.random.between(14, 20);
        this.play({ op: "signalling lost", now: this.now });
        for (let i = 0; i < calls; i++) {
            this.say(from, i, "invite", 1);
            this.play({ op: "reject", reason: "none", now: this.now++ });
        }
        this.play({ op: "signalling restored", now: this.now });
    }
}

/** A whole one. */
export function randomSequence(random) {
    const sequence = new Sequence(random);
    if (random.chance(0.95))
        sequence.play({ op: "prepare", now: sequence.now });
    if (random.chance(0.015))
        sequence.flood();
    if (random.chance(0.01))
        sequence.outage();
    for (let length = random.between(5, 70); length > 0; length--)
        sequence.next();
    sequence.play({ op: "destroy" });
    return sequence;
}

// A simulated network in virtual time, with machines of both kinds on it: tests/engine/call/call_random.c says what it
// does and what is checked all the time. Each machine is a C engine or a JavaScript engine, as chance has it; they are
// told the same lines and answer alike.
import assert from "node:assert/strict";

import { policies } from "../../assets/web/call/names.js";
import { Driven } from "./driven.js";

export const START = 1700000000000;
const TIMEOUT = 15000, DELAY_MAX = 3000, MEDIA_LOSS = 10000, FRAME_MAX = 2000, FRAME_TIMEOUT = 6000, OUTAGE_MAX = 6000;

function isAddressed(to, device) {
    return to.includes("/") ? to === device.address : to === device.user;
}

function isInCall({ state }) {
    return state === "calling" || state === "connecting" || state === "connected";
}

class Device {
    constructor(network, number, user, at, twin) {
        const { random } = network;
        this.network = network;
        this.number = number;
        this.user = user;
        this.address = `${user}/${at}`;
        this.kind = random.chance(0.5) ? "C" : "JavaScript";
        this.engine = this.kind === "C" ? twin : new Driven(number);
        this.alive = true;
        this.waitsForFrame = random.chance(0.8);
        this.hasFrameTimeout = random.chance(0.5);
        this.frameAt = this.lonelySince = this.callingSince = this.connectingSince = 0;
        this.backAt = 0; // no signalling until then; 0: there is
        this.isBlind = false; // sees no picture in this call
        this.media = null; // {id, released}
        this.calls = 0; // that became connected
        this.last = { state: "idle", role: "none", id: "", remote: "", deadline: null };
    }

    async open(doNotDisturb) {
        await this.tell({ op: "create", user: this.user, party: "anyone", timeout: TIMEOUT,
            waitFirstFrame: this.waitsForFrame, firstFrameTimeout: this.hasFrameTimeout ? FRAME_TIMEOUT : 0,
            doNotDisturb });
        await this.tell({ op: "prepare" });
    }

    async close() {
        this.alive = false;
        await this.engine.answer({ engine: this.number, op: "destroy" });
    }

    /** The application sometimes acts from within the notice. */
    async tell(input) {
        const { random, isRestless, now } = this.network;
        if (random.chance(0.1) && input.op !== "create")
            await this.engine.answer({ engine: this.number, op: "policy", policy: random.of(policies) });
        const within = isRestless && random.chance(0.1) ? { on: "notice", inputs: this.operations() } : undefined;
        const answer = await this.engine.answer({ engine: this.number, now, ...input, within });
        let told = this.last.state;
        for (const { send, media, notice, completed } of answer.out) {
            if (notice) {
                assert.equal(notice.previous, told);
                told = notice.state;
                this.noticed(notice);
            }
            if (send)
                this.network.send(this, send);
            if (media)
                this.command(media);
            assert.notEqual(completed?.error, "state");
        }
        assert.equal(answer.state, told);
        this.last = answer;
        return answer.result;
    }

    command({ command, role, callId }) {
        assert.notEqual(role, "none");
        if (command === "connect") {
            assert.equal(this.media, null);
            this.media = { id: callId, released: false };
            return;
        }
        assert.equal(this.media?.id, callId, `${command} without connect`);
        assert.equal(this.media.released, command === "present" || (command === "stop" && this.media.released));
        this.media = command === "stop" ? null : { id: callId, released: command !== "presend" };
    }

    noticed({ state, previous, event, role }) {
        const { now, blindness, random } = this.network;
        if (state === previous && !(event === "glare" && role === "callee"))
            return;
        this.frameAt = this.lonelySince = 0;
        if (state === "calling")
            this.callingSince = now;
        if (state === "connecting") {
            this.connectingSince = now;
            this.isBlind = random.chance(blindness);
        }
        if (state === "connected")
            this.calls++;
    }

    operations() {
        const { random, devices, now } = this.network;
        const other = random.of(devices);
        return random.weighed([
            [4, () => [{ op: "start", to: random.chance(0.8) ? other.user : other.address, video: true, now }]],
            [3, () => [{ op: "accept", now }]],
            [1, () => [{ op: "reject", reason: "none", now }]],
            [1, () => [{ op: "cancel", now }]],
            [1, () => [{ op: "hang up", reason: "none", now }]],
            [1, () => [{ op: "first frame", now }]],
            [1, () => [...random.chance(0.2) ? [{ op: "fail", reason: "none", now }] : [], { op: "prepare", now }]],
        ])();
    }

    async operate() {
        for (const operation of this.operations())
            await this.tell(operation);
    }

    /** Mutual: a second device that accepted too has no media with a caller who is in the call with the first one. */
    partner() {
        return this.network.devices.find(other => other !== this && other.alive &&
            isAddressed(this.last.remote, other) && isAddressed(other.last.remote, this) &&
            other.last.id === this.last.id) ?? null;
    }

    hasAnswered() {
        return this.last.state === "connecting" || this.last.state === "connected";
    }

    /** A picture some time after both are in the call, loss some time after only one is. */
    async runMedia() {
        const { now, random } = this.network;
        if (!this.hasAnswered())
            return;
        if (this.partner()?.hasAnswered()) {
            this.lonelySince = 0;
            this.frameAt ||= now + random.between(1, FRAME_MAX);
            if (!this.isBlind && now >= this.frameAt && this.last.state === "connecting")
                await this.tell({ op: "first frame" });
        } else if (!this.lonelySince) {
            this.lonelySince = now;
        } else if (now - this.lonelySince > MEDIA_LOSS) {
            await this.tell({ op: "media lost" });
        }
    }

    async loseSignalling(duration) {
        this.backAt = this.network.now + duration;
        await this.tell({ op: "signalling lost" });
    }

    async runSignalling() {
        const { now, random, isRestless, outage } = this.network;
        if (this.backAt && now >= this.backAt) {
            this.backAt = 0;
            await this.tell({ op: "signalling restored" });
        } else if (!this.backAt && isRestless && random.chance(outage)) {
            await this.loseSignalling(random.between(1, OUTAGE_MAX));
        }
    }

    check() {
        const { state, role, id } = this.last, { now } = this.network;
        const inCall = isInCall(this.last);
        assert.equal(inCall, role !== "none");
        assert.equal(inCall, id !== "");
        assert.ok(this.media ? inCall : !this.hasAnswered());
        if (state === "calling" || state === "connecting")
            assert.ok(now - this.callingSince <= TIMEOUT, "past its time-out");
        if (state === "connecting" && this.hasFrameTimeout && this.waitsForFrame)
            assert.ok(now - this.connectingSince <= FRAME_TIMEOUT, "past its time-out for a picture");
    }

    checkPeace() {
        const { state, role } = this.last;
        assert.ok(state === "prepared" || state === "connected" || state === "failed", `${this.address} is ${state}`);
        if (state !== "connected")
            return;
        const other = this.partner();
        assert.ok(other, `${this.address} is alone in its call`);
        assert.equal(other.partner(), this);
        assert.equal(other.last.state, "connected");
        assert.notEqual(other.last.role, role);
    }
}

export class Network {
    drop = 0;      // of a packet
    duplicate = 0;
    outage = 0;    // each tick
    blindness = 0; // no picture in a call
    isRestless = false; // random operations; else peace
    now = START;
    packets = [];  // in order of arrival

    constructor(random, users, firstNumber, twin) {
        this.random = random;
        this.delayMax = random.chance(0.5) ? DELAY_MAX : 200;
        this.devices = users.map((user, at) => new Device(this, firstNumber + at, user, at, twin));
    }

    get living() {
        return this.devices.filter(device => device.alive);
    }

    async open(doNotDisturb) {
        for (const device of this.devices)
            await device.open(this.random.chance(doNotDisturb));
    }

    async close() {
        for (const device of this.living)
            await device.close();
    }

    post(packet) {
        const at = this.now + this.random.between(1, this.delayMax + 1);
        const before = this.packets.findIndex(other => other.at > at);
        this.packets.splice(before < 0 ? this.packets.length : before, 0, { ...packet, at });
    }

    send(from, { to, message }) {
        const outcome = { op: "delivered", call: message.call, sequence: message.seq };
        if (from.backAt) {
            this.post({ to: from, input: { ...outcome, result: "signalling lost", devices: [] } });
            return;
        }
        const reached = this.living.filter(device => isAddressed(to, device) && !device.backAt);
        for (const device of reached) {
            const packet = { to: device, isMessage: true, input: { op: "receive", from: from.address, message } };
            if (!this.random.chance(this.drop))
                this.post(packet);
            if (this.random.chance(this.duplicate))
                this.post(packet);
        }
        const devices = reached.map(device => device.address), result = reached.length ? "ok" : "offline";
        if (!this.random.chance(this.drop))
            this.post({ to: from, input: { ...outcome, result, devices } });
    }

    /** What was on its way to him is lost with his connection. */
    async deliver() {
        while (this.packets.length && this.packets[0].at <= this.now) {
            const { to, isMessage, input } = this.packets.shift();
            if (to.alive && !(isMessage && to.backAt))
                assert.equal(await to.tell(input), isMessage ? "" : "ok");
        }
    }

    async tick() {
        await this.deliver();
        for (const device of this.living) {
            await device.runSignalling();
            if (this.isRestless && this.random.chance(0.06))
                await device.operate();
            if (device.last.deadline !== null && device.last.deadline <= this.now)
                await device.tell({ op: "poll" });
            await device.runMedia();
            device.check();
        }
    }

    async advance(until, isRestless) {
        this.isRestless = isRestless;
        for (; this.now < until; this.now += isRestless ? 100 : 250)
            await this.tick();
        this.isRestless = false;
    }

    /** The hub tells the others. */
    async kill(device) {
        if (device.alive)
            await device.close();
        for (const other of this.living)
            await other.tell({ op: "device gone", device: device.address });
    }

    checkPeace() {
        for (const device of this.living)
            device.checkPeace();
    }
}

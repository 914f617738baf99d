// What a browser has and Node has not, as far as the page's modules ask for it: a WebSocket that the test speaks for,
// connections that come to nothing, timers of virtual time.
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18

/** @type {FakeSocket[]} */
export const sockets = [];

class FakeSocket {
    static OPEN = 1;
    static CLOSED = 3;
    readyState = 0;
    /** @type {Record<string, any>[]} */
    sent = [];

    constructor() {
        sockets.push(this);
    }

    send(text) {
        this.sent.push(JSON.parse(text));
    }

    close() {
        this.readyState = 3;
    }
}

/** Takes any description that is a text, and refuses some. */
class FakeConnection {
    signalingState = "stable";
    connectionState = "new";
    localDescription = null;
    remoteDescription = null;
    transceivers = [];

    getTransceivers() {
        return this.transceivers;
    }

    addTransceiver(kind) {
        const track = { kind, muted: true, addEventListener() {} };
        this.transceivers.push({ currentDirection: "sendrecv", receiver: { track },
            sender: { track: null, async replaceTrack() {} } });
    }

    async createOffer() {
        return { type: "offer", sdp: "v=0" };
    }

    async setLocalDescription() {
        const answers = this.signalingState === "have-remote-offer";
        this.localDescription = { type: answers ? "answer" : "offer", sdp: "v=0" };
        this.signalingState = answers ? "stable" : "have-local-offer";
    }

    async setRemoteDescription(description) {
        if (typeof description.sdp !== "string" || !description.sdp.startsWith("v=0"))
            throw new TypeError("no description");
        this.remoteDescription = description;
        this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    }

    async addIceCandidate({ candidate }) {
        if (!candidate.startsWith("candidate:"))
            throw new TypeError("no candidate");
    }

    async getStats() {
        return new Map([["a", { type: "inbound-rtp", packetsReceived: 0 }]]);
    }

    close() {
        this.connectionState = "closed";
    }
}

/** @type {Map<number, {run: () => void, at: number}>} */
const timers = new Map();
let now = 1700000000000, lastTimer = 0;

/** Lets the timers of so many ms run. */
export function passTime(ms) {
    const until = now + ms;
    for (let turn = 0; turn < 10000; turn++) {
        const [id, timer] = [...timers].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
        if (!timer || timer.at > until) {
            now = until;
            return;
        }
        timers.delete(id);
        now = Math.max(now, timer.at);
        timer.run();
    }
    throw new Error("a timer that never rests");
}

/** For a run of its own. */
export function beginAnew() {
    timers.clear();
    sockets.length = 0;
}

Object.assign(globalThis, {
    WebSocket: FakeSocket,
    RTCPeerConnection: FakeConnection,
    setTimeout: (run, ms = 0) => (timers.set(++lastTimer, { run, at: now + ms }), lastTimer),
    clearTimeout: id => void timers.delete(id),
    setInterval: () => 0,
    clearInterval: () => {},
    fetch: async () => {
        throw new TypeError("there is no network");
    },
    document: { createElement: () => ({ canPlayType: () => "" }) },
});
Date.now = () => now;
globalThis.performance.now = () => now - 1600000000000;

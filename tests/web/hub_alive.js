// A connection to the hub whose other end is away, as after a laptop's sleep, looks like one on which nothing is said:
// the page asks, and connects anew where nobody answers. The browser's WebSocket, timers and clock are stood in for.
import assert from "node:assert/strict";

import { Hub } from "../../assets/web/signal/hub.js";

class FakeSocket {
    static OPEN = 1;
    static CLOSED = 3;
    readyState = 1;
    /** @type {{id: number, op: string}[]} */
    sent = [];
    constructor() {
        sockets.push(this);
    }
    send(text) {
        this.sent.push(JSON.parse(text));
    }
    close() {
        this.readyState = 2; // and so it stays: nobody closes it from the other side
    }
    answer(members) {
        const { id } = /** @type {any} */ (this.sent.at(-1));
        /** @type {any} */ (this).onmessage({ data: JSON.stringify({ ack: id, ok: true, ...members }) });
    }
    get asked() {
        return this.sent.filter(({ op }) => op === "ping").length;
    }
}
/** @type {any[]} */
const sockets = [];
/** @type {{at: number, run: () => void}[]} */
let timers = [];
let now = 1e12,
    look = () => {};
globalThis.WebSocket = /** @type {any} */ (FakeSocket);
globalThis.setInterval = /** @type {any} */ (run => ((look = run), 1));
globalThis.clearInterval = () => {};
globalThis.setTimeout = /** @type {any} */ (
    (run, ms) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return timer;
    }
);
globalThis.clearTimeout = /** @type {any} */ (timer => (timers = timers.filter(one => one !== timer)));
Date.now = () => now;
Math.random = () => 0;

const settled = () => new Promise(done => setImmediate(done));

/** Second by second: what is due is done, and the page looks. */
async function pass(ms) {
    for (const end = now + ms; now < end;) {
        now += Math.min(1000, end - now);
        for (const timer of timers.filter(({ at }) => at <= now)) {
            clearTimeout(/** @type {any} */ (timer));
            timer.run();
        }
        look();
        await settled();
    }
}

async function logIn() {
    const hub = new Hub({ url: "ws://hub", user: "anna" });
    /** @type {string[]} */
    const lost = [];
    hub.on("offline", ({ why }) => lost.push(why));
    hub.connect();
    await answerLogin();
    look();
    return { hub, lost, socket: sockets.at(-1) };
}

async function answerLogin() {
    sockets.at(-1).onopen();
    sockets.at(-1).answer({ address: "anna/1", time: now });
    await settled();
}

// Who is there is asked now and then, and nothing follows.
{
    const { hub, lost, socket } = await logIn();
    await pass(9000);
    assert.equal(socket.asked, 0);
    await pass(1000);
    assert.equal(socket.asked, 1);
    socket.answer({ time: now });
    await pass(5000);
    assert.equal(socket.asked, 1);
    socket.onmessage({ data: JSON.stringify({ notice: "user", user: "bert", online: true }) });
    await pass(9000);
    assert.equal(socket.asked, 1);
    assert.deepEqual(lost, []);
    hub.close();
}

// Nobody answers, and the connection does not close.
{
    const { hub, lost, socket } = await logIn();
    const before = sockets.length;
    await pass(10000);
    await pass(4000);
    assert.deepEqual(lost, []);
    await pass(2000);
    assert.deepEqual(lost, ["the hub does not answer"]);
    assert.equal(socket.onclose, null);
    assert.equal(sockets.length, before + 1);
    await answerLogin();
    assert.equal(hub.online, true);
    hub.close();
}

// After a sleep it has two seconds; the hub's clock is what the hub says, whatever the page's own did meanwhile.
{
    const { hub, lost, socket } = await logIn();
    now += 40000;
    look();
    assert.equal(socket.asked, 1);
    socket.answer({ time: now });
    await settled();
    assert.ok(Math.abs(hub.now() - now) < 1000);
    now += 40000;
    look();
    assert.equal(socket.asked, 2);
    await pass(3000);
    assert.deepEqual(lost, ["the hub does not answer"]);
    hub.close();
}

// Another network: at once, also where the next attempt was to come later.
{
    const { hub, lost, socket } = await logIn();
    hub.check();
    assert.equal(socket.asked, 1);
    await pass(3000);
    assert.deepEqual(lost, ["the hub does not answer"]);
    const attempt = sockets.at(-1);
    attempt.readyState = FakeSocket.CLOSED;
    attempt.onclose({ reason: "" });
    const before = sockets.length;
    hub.check();
    assert.equal(sockets.length, before + 1);
    assert.equal(timers.length, 0);
    hub.close();
    hub.check();
    assert.equal(sockets.length, before + 1);
}

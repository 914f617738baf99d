// A connection to the hub whose other end is away, as after a laptop's sleep, looks like one on which nothing is said:
// the page asks, and connects anew where nobody answers. The browser's WebSocket, timers and clock are stood in for.
import assert from "node:assert/strict";

import { passTime, sockets } from "./fake_browser.js";
import { Hub } from "../../assets/web/signal/hub.js";

let look = () => {};
globalThis.setInterval = /** @type {any} */ (run => ((look = run), 1));
Math.random = () => 0;

const settled = () => new Promise(done => setImmediate(done));

function last() {
    return /** @type {any} */ (sockets.at(-1));
}

/** The last request. */
function answer(socket, members) {
    const { id } = socket.sent.at(-1);
    socket.onmessage({ data: JSON.stringify({ ack: id, ok: true, ...members }) });
}

function asked(socket) {
    return socket.sent.filter(({ op }) => op === "ping").length;
}

/** Second by second: what is due is done, and the page looks. */
async function pass(ms) {
    for (let left = ms; left > 0; left -= 1000) {
        passTime(Math.min(1000, left));
        look();
        await settled();
    }
}

/** Nothing runs meanwhile. */
function sleep(ms) {
    passTime(ms);
    look();
}

async function logIn() {
    const hub = new Hub({ url: "ws://hub", user: "anna" });
    /** @type {string[]} */
    const lost = [];
    hub.on("offline", ({ why }) => lost.push(why));
    hub.connect();
    await answerLogin();
    look();
    return { hub, lost, socket: last() };
}

async function answerLogin() {
    last().readyState = 1;
    last().onopen();
    answer(last(), { address: "anna/1", time: Date.now() });
    await settled();
}

// Who is there is asked now and then, and nothing follows.
{
    const { hub, lost, socket } = await logIn();
    await pass(9000);
    assert.equal(asked(socket), 0);
    await pass(1000);
    assert.equal(asked(socket), 1);
    answer(socket, { time: Date.now() });
    await pass(5000);
    assert.equal(asked(socket), 1);
    socket.onmessage({ data: JSON.stringify({ notice: "user", user: "bert", online: true }) });
    await pass(9000);
    assert.equal(asked(socket), 1);
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
    sleep(40000);
    assert.equal(asked(socket), 1);
    answer(socket, { time: Date.now() });
    await settled();
    assert.ok(Math.abs(hub.now() - Date.now()) < 1000);
    sleep(40000);
    assert.equal(asked(socket), 2);
    await pass(3000);
    assert.deepEqual(lost, ["the hub does not answer"]);
    hub.close();
}

// Another network: at once, also where the next attempt was to come later.
{
    const { hub, lost, socket } = await logIn();
    hub.check();
    assert.equal(asked(socket), 1);
    await pass(3000);
    assert.deepEqual(lost, ["the hub does not answer"]);
    const attempt = last();
    attempt.close();
    attempt.onclose({ reason: "" });
    const before = sockets.length;
    hub.check();
    assert.equal(sockets.length, before + 1);
    passTime(10000); // and not once more when its time comes
    assert.equal(sockets.length, before + 1);
    hub.close();
    hub.check();
    assert.equal(sockets.length, before + 1);
}

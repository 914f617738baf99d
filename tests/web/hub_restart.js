// A hub that starts anew asks its clients to come back within some time: each does at another one, and the next loss is
// as any other. The browser's WebSocket and timers are stood in for.
import assert from "node:assert/strict";

import { Hub } from "../../assets/web/signal/hub.js";

/** @type {FakeSocket[]} */
const sockets = [];
class FakeSocket {
    static OPEN = 1;
    readyState = 1;
    constructor() {
        sockets.push(this);
    }
    send() {}
    close() {}
}
/** @type {number[]} */
let waits = [];
const realTimeout = globalThis.setTimeout;
globalThis.WebSocket = /** @type {any} */ (FakeSocket);
globalThis.setTimeout = /** @type {any} */ ((/** @type {() => void} */ run, /** @type {number} */ ms) => {
    waits.push(ms);
    return realTimeout(() => {}, 0);
});

/** How long a hub's client waits after each of two losses, the first of which was announced by this notice. */
function waitsAfter(/** @type {object | null} */ notice, /** @type {number} */ chance) {
    Math.random = () => chance;
    const hub = new Hub({ url: "ws://hub", user: "anna" });
    hub.connect();
    const socket = /** @type {any} */ (sockets.at(-1));
    if (notice) socket.onmessage({ data: JSON.stringify(notice) });
    waits = [];
    socket.onclose({ reason: "the hub starts anew" });
    socket.onclose({ reason: "" });
    hub.close();
    return waits;
}

assert.deepEqual(waitsAfter(null, 1), [250, 500]);
assert.deepEqual(waitsAfter({ notice: "restart", within_ms: 10000 }, 0), [125, 250]);
assert.deepEqual(waitsAfter({ notice: "restart", within_ms: 10000 }, 0.5), [5187.5, 375]);
assert.deepEqual(waitsAfter({ notice: "restart", within_ms: 10000 }, 1), [10250, 500]);
assert.deepEqual(waitsAfter({ notice: "restart", within_ms: 1e12 }, 1), [60250, 500]);
for (const nonsense of [-5, "soon", null, undefined])
    assert.deepEqual(waitsAfter({ notice: "restart", within_ms: nonsense }, 1), [250, 500]);

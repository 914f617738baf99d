// What the page has of the JavaScript call engine and the C engine knows nothing of: defaults, callbacks that throw,
// mistakes in a program.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";

import { CallEngine } from "../../assets/web/call/engine.js";
import { messageFromJson } from "../../assets/web/call/message.js";
import { rules } from "./driven.js";

globalThis.crypto ??= webcrypto; // a browser has it, Node 18 does not

function newEngine(options = {}) {
    const out = [];
    const engine = new CallEngine({
        rules, user: "anna",
        send: (to, message) => out.push(["send", to, message.action, message]),
        media: (command, role) => out.push(["media", command, role]),
        notify: ({ state, event }) => out.push(["notice", state, event]),
        ...options,
    });
    engine.prepare(1000);
    return { engine, out };
}

function defaults() {
    const { engine, out } = newEngine({ policy: undefined, completed: undefined, newId: undefined });
    assert.equal(engine.deadline(), Infinity);
    assert.equal(engine.start("bob", true, null, null, 2000), "ok");
    assert.deepEqual(out.map(([kind, what]) => `${kind} ${what}`),
                     ["notice prepared", "send bob", "media connect", "notice calling"]);
    assert.equal(engine.deadline(), 17000);
    const { message, error } = messageFromJson(out[1][3]); // a random id is one that everybody takes
    assert.equal(error, "");
    assert.deepEqual([message.callId, message.action, message.lifetime], [engine.id, "invite", 15000]);
    assert.notEqual(engine.id, newEngine().engine.id);
}

function callWithBadCallbacks() {
    const fail = what => () => {
        throw new Error(what);
    };
    const { engine } = newEngine({ send: fail("send"), media: fail("media"), notify: fail("notify"),
        policy: fail("policy"), completed: fail("completed") });
    assert.equal(engine.start("bob", true, null, null, 2000), "ok");
    engine.delivered(engine.id, 1, "ok", ["bob/1"], 2100);
    assert.deepEqual([engine.state, engine.role], ["calling", "caller"]);
    assert.equal(engine.cancel(2200), "ok");
    assert.equal(engine.state, "prepared");
}

/** The call goes on, and each error comes to light. */
async function throwing() {
    const errors = [];
    const note = error => errors.push(error.message);
    process.on("uncaughtException", note);
    try {
        callWithBadCallbacks();
        await new Promise(resolve => setImmediate(resolve));
    } finally {
        process.off("uncaughtException", note);
    }
    assert.deepEqual(errors, ["notify", "send", "policy", "media", "notify", "notify", "completed", "send", "media",
        "notify"]);
}

function mistakes() {
    const { engine } = newEngine();
    for (const user of ["", "anna/1", "x".repeat(65)])
        assert.throws(() => newEngine({ user }), TypeError);
    assert.throws(() => newEngine({ timeout: -1 }), TypeError);
    assert.throws(() => newEngine({ firstFrameTimeout: NaN }), TypeError);
    assert.throws(() => engine.mediaEvent("", "remote hangup", 2000), TypeError);
    engine.counters.foreign = 7;
    assert.equal(engine.counters.foreign, 0);
}

defaults();
mistakes();
await throwing();

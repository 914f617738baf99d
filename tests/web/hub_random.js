// The page's CallApi against a hub and users that say what they like: messages of a session, changed at random, in any
// order, with requests answered, refused and forgotten. Nothing throws, nothing is rejected unseen, and a call can be
// made afterwards.
// hub_random.js [RUNS]; WEB_CALL_SEED=n: the first run's seed.
import assert from "node:assert/strict";

import { CallApi } from "../../assets/web/callapi.js";
import { rules } from "./driven.js";
import { beginAnew, passTime, sockets } from "./fake_browser.js";
import { mutatedJson, mutatedText } from "./mutate.js";
import { firstSeed, Random } from "./random.js";

const RUNS = Number(process.argv[2] ?? 400), STEPS = 60;
const CALLS = ["01234567-89ab-4cde-8f01-23456789abcd", "11234567-89ab-4cde-8f01-23456789abcd"];
const ROOM = { room: "studio", host: "anna", host_name: "Anna", state: "live", camera: true, viewers: 2,
    streams: ["whep://m.example/w", "https://m.example/x.m3u8"] };
const REPLY = { ok: true, address: "bob/1", resume: "r", time: 1700000000000, name: "Bob", room: ROOM, rung: ["anna/1"],
    devices: 2, pass: "p", seconds: 60, ice_servers: [{ urls: ["stun:stun.example"] }] };
const REFUSAL = { ok: false, error: "not-allowed", message: "no" };

const head = { type: "call", call: CALLS[0], seq: 1, lifetime: 15000 };
const bodies = [
    { ...head, action: "invite", video: true, media: { session: "s", sdp: "v=0" }, devices: 1 },
    { ...head, action: "accept", seq: 2, media: { muted: true }, accepted_by: "x" },
    { ...head, action: "reject", seq: 2, reason: "busy" },
    { ...head, action: "cancel", seq: 3 },
    { ...head, action: "hangup", seq: 4 },
    { type: "media", kind: "offer", session: "s", sdp: "v=0", room: "studio", anew: false },
    { type: "media", kind: "answer", session: "s", sdp: "v=0" },
    { type: "media", kind: "candidate", session: "s", candidate: "candidate:1" },
    { type: "media", kind: "restart", session: "s" },
    { type: "media", kind: "ready", session: "s" },
    { type: "media", kind: "state", session: "s", muted: false, camera: true },
    { type: "media", kind: "offer-request", room: "own" },
    { type: "media", kind: "bye", session: "s" },
];
const notices = [
    { notice: "room", room: ROOM },
    { notice: "user", user: "anna", online: true, name: "Anna" },
    { notice: "viewer", room: "own", viewer: "anna/1", joined: true },
    { notice: "token-expires", seconds: 30 },
    { notice: "ice-servers", ice_servers: REPLY.ice_servers },
    { notice: "match", call: "m", with: "anna/1", role: "caller", room: "studio" },
    { notice: "gone", device: "anna/1" },
    { notice: "restart", within_ms: 1000 },
    { notice: "hangup", continued: "bob/2" },
];

/** The sessions that the page knows now, so that some of what comes is of one. */
function known(api) {
    return [api.leg.id, ...[...api.rooms.own?.viewers.values() ?? []].map(session => session.id)].filter(Boolean);
}

function messageFrom(api, random) {
    const body = { ...random.of(bodies), sent_at: Date.now() };
    if (body.type === "call")
        body.call = random.of([...CALLS, api.engine.id || CALLS[1]]);
    else if (random.chance(0.7))
        body.session = random.of([...known(api), "s"]);
    return { notice: "message", from: random.of(["anna/1", "anna/2", "carl/1"]), body };
}

function say(api, random) {
    const socket = sockets.at(-1), waiting = socket.sent.splice(0, 1)[0];
    const right = waiting && random.chance(0.7)
        ? { ack: waiting.id, ...random.weighed([[5, REPLY], [1, REFUSAL]]) }
        : random.chance(0.6) ? messageFrom(api, random) : random.of(notices);
    const json = random.chance(0.4) ? mutatedJson(right, random) : right;
    const text = JSON.stringify(json);
    socket.onmessage({ data: random.chance(0.05) ? mutatedText(text, random) : text });
}

const operations = [
    api => api.call("anna"),
    api => api.accept(),
    api => api.reject(),
    api => api.hangUp(),
    api => api.watch("studio"),
    api => api.unwatch(),
    api => api.openRoom("own"),
    api => api.closeRoom(),
    api => api.directory.follow(true),
    api => api.directory.people("an"),
    api => api.directory.rooms("st"),
    api => api.setMuted(true),
    api => api.setCamera(false),
    api => api.renewToken("t").catch(() => {}),
];

function connect() {
    const socket = sockets.at(-1);
    if (socket.readyState === 0) {
        socket.readyState = 1;
        socket.onopen();
    }
}

function lose(reason) {
    const socket = sockets.at(-1);
    socket.readyState = 3;
    socket.onclose({ reason });
}

async function settle() {
    for (let i = 0; i < 5; i++)
        await new Promise(resolve => setImmediate(resolve));
}

async function step(api, random) {
    const what = random.weighed([[10, say], [3, null], [1, passTime], [0.3, lose]]);
    connect();
    if (what === say)
        say(api, random);
    else if (what === passTime)
        passTime(random.between(0, 4000));
    else if (what === lose)
        lose(random.of(["", "over"]));
    else
        random.of(operations)(api);
    await settle();
}

/** With a hub that does as it should a call is accepted, whatever was before. */
async function callAfterAll(api) {
    api.hangUp();
    api.closeRoom();
    api.unwatch();
    lose("");
    passTime(100000);
    connect();
    const socket = sockets.at(-1), { id } = socket.sent.find(({ op }) => op === "login");
    socket.onmessage({ data: JSON.stringify({ ack: id, ...REPLY, time: Date.now() }) });
    await settle();
    assert.ok(api.hub.online);
    assert.equal(api.call("anna"), "ok");
    assert.equal(api.state, "calling");
}

async function run(random) {
    beginAnew();
    Math.random = () => random.next();
    const api = new CallApi({ hub: "ws://hub", user: "bob", rules });
    api.prepare();
    for (let i = 0; i < STEPS; i++)
        await step(api, random);
    await callAfterAll(api);
    api.destroy();
}

console.info = console.warn = () => {};
const seed = firstSeed();
let current = seed;
process.on("exit", code => code && console.error(`WEB_CALL_SEED=${current}`));
for (let i = 0; i < RUNS; i++)
    await run(new Random(current = seed + i));
console.log(`${RUNS} runs from seed ${seed}`);

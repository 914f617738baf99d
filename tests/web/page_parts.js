/** The page's parts that need no browser: scenes, words, theme, links, the judgement of a connection. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import "./fake_browser.js";
import { Broadcast } from "../../assets/web/agent/broadcast.js";
import { MediaMessages } from "../../assets/web/agent/media_messages.js";
import { Outgoing } from "../../assets/web/agent/outgoing.js";
import { MediaSession } from "../../assets/web/media/session.js";
import { Path } from "../../assets/web/media/path.js";
import { judge } from "../../assets/web/media/statistics.js";
import { iceServersOf, whepEndpoint } from "../../assets/web/media/whep.js";
import { History } from "../../assets/web/page/history.js";
import { readLink } from "../../assets/web/page/links.js";
import { readIceServers } from "../../assets/web/signal/hub.js";
import { describe } from "../../assets/web/page/scene.js";
import { readTheme } from "../../assets/web/page/theme.js";
import { chooseLanguage, readCatalogue, wordsOfEnd, wordsOfTime } from "../../assets/web/page/words.js";

const assets = new URL("../../assets/", import.meta.url);

const view = more => ({
    party: "anyone",
    state: "prepared",
    role: "none",
    visit: "",
    online: true,
    refused: false,
    self: "bob",
    name: "Bob Ray",
    word: "",
    room: null,
    remote: "Anna Berg",
    audioOnly: false,
    delivered: false,
    ringPartLeft: 0.5,
    callSeconds: 83,
    muted: false,
    cameraOn: true,
    remoteMuted: false,
    remoteCameraOn: true,
    reconnecting: false,
    cameraTrouble: "",
    microphoneMissing: false,
    canSwitchCamera: false,
    canShareScreen: true,
    sharesScreen: false,
    hasRemotePicture: true,
    needsTap: false,
    quality: 1,
    levels: [0, 0],
    code: "",
    people: [],
    rooms: [],
    calls: null,
    missed: 0,
    chosen: {
        volume: 100,
        swapped: false,
        previewHidden: false,
        filled: false,
        search: "",
        fullscreen: false,
        doNotDisturb: false,
    },
    ...more,
});
const room = more => ({
    name: "studio",
    host: "Anna Berg",
    state: "live",
    viewers: 27,
    cameraOn: true,
    muted: false,
    only: false,
    goingTo: "",
    refused: false,
    ...more,
});
const commands = scene =>
    scene.buttons.filter(button => !button.disabled && !button.away).map(button => button.command);
const seen = more => describe(view(more));

test("a directory lists rooms before people, each with what a press does", () => {
    const scene = seen({
        rooms: [{ room: "studio", host: "anna", host_name: "Anna Berg", state: "live", viewers: 1 }],
        people: [{ user: "desk", name: "Info Desk" }, { user: "carl" }],
    });
    assert.deepEqual(
        scene.rows.map(({ command, id, name }) => [command, id, name]),
        [
            ["watch", "studio", "studio"],
            ["call-person", "desk", "Info Desk"],
            ["call-person", "carl", "carl"],
        ],
    );
    assert.equal(scene.rows[0].detail, "Anna Berg · 1 watching");
    assert.ok(commands(scene).includes("go-live"));
});

test("who is alone, and who searches in vain, is told so", () => {
    assert.match(seen({}).detail, /Others call you as “bob”/);
    assert.equal(seen({ chosen: { ...view().chosen, search: "xaver" } }).notice, "Nobody called “xaver” is online");
});

test("what the hub says of us goes before everything else", () => {
    assert.equal(seen({ online: false }).notice, "No connection");
    assert.equal(seen({ online: false, refused: true }).notice, "This device is not admitted");
});

test("a room can be called only while somebody is there who may be", () => {
    const live = more => seen({ party: "audience", room: room(more) });
    assert.ok(commands(live()).includes("call"));
    assert.equal(live().badge, "LIVE");
    for (const state of ["away", "private"]) assert.ok(!commands(live({ state })).includes("call"), state);
    assert.ok(!commands(live({ refused: true })).includes("call"));
    assert.ok(commands(seen({ party: "audience", room: room(), reconnecting: true })).includes("call"));
    assert.ok(!commands(live({ only: true })).includes("next-room"));
    assert.equal(live({ cameraOn: false }).person, "Anna Berg");
    assert.equal(live({ goingTo: "lobby" }).subtitle, "Going to lobby");
});

test("it rings, there and here", () => {
    const out = seen({ state: "calling", role: "caller", delivered: true }),
        ring = seen({ state: "calling", role: "callee" });
    assert.deepEqual(
        [out.notice, out.detail, ...commands(out)],
        ["Calling Anna Berg", "Video call · It rings there", "cancel"],
    );
    assert.deepEqual([ring.notice, ...commands(ring)], ["Anna Berg is calling", "accept", "reject"]);
    assert.deepEqual([out.escape, ring.escape, ring.enter], ["cancel", "reject", "accept"]);
});

test("in a call every button keeps its place", () => {
    const call = more => seen({ state: "connected", role: "caller", ...more });
    const places = scene => scene.buttons.filter(button => !button.aside).map(button => button.command);
    const wanted = places(call());
    for (const more of [
        { muted: true },
        { cameraOn: false },
        { cameraTrouble: "busy" },
        { reconnecting: true },
        { remoteCameraOn: false },
        { state: "connecting" },
    ])
        assert.deepEqual(places(call(more)), wanted, JSON.stringify(more));
    assert.equal(call().subtitle, "1:23");
    assert.equal(call({ code: "a b c d" }).subtitle, "1:23 · a b c d");
    assert.equal(call({ muted: true, remoteMuted: true }).toast, "Both sides are muted");
    assert.deepEqual([call({ chosen: { ...view().chosen, swapped: true } }).main, call().main], ["own", "remote"]);
    assert.equal(call({ remoteCameraOn: false }).main, "none");
    assert.equal(call({ state: "connecting", hasRemotePicture: false }).main, "own");
});

test("how a call ended, in a visitor's words", () => {
    assert.equal(wordsOfEnd("remote busy", "caller", "Anna"), "Anna is in another call");
    assert.equal(wordsOfEnd("calling timeout", "caller", "Anna"), "No answer from Anna");
    assert.equal(wordsOfEnd("calling timeout", "callee", "Anna"), "Anna called");
    assert.equal(wordsOfEnd("local hangup", "caller", "Anna"), "");
    assert.equal(wordsOfTime(3723), "1:02:03");
});

test("the catalogues and the theme are those of the desktop client", () => {
    const catalogue = readCatalogue(readFileSync(new URL("i18n/zh_CN.po", assets), "utf8"));
    assert.equal(catalogue.get("Hang up")?.[0], "挂断");
    assert.equal(catalogue.get("%s watching")?.length, 1);
    assert.match(
        catalogue.get(
            "Browsers give camera and microphone to https pages only: you see and hear, " +
                "but are not seen or heard",
        )?.[0] ?? "",
        /https/,
    );
    const theme = readTheme(readFileSync(new URL("theme/theme.ini", assets), "utf8"));
    assert.equal(theme.colours["button-call"], "#0e7038");
    assert.equal(theme.keys.mute, "M");
    assert.equal(Number(theme.sizes.title), 24);
});

test("a language is chosen as the browser wants it", () => {
    assert.equal(chooseLanguage(["zh-TW", "en"]), "zh_CN");
    assert.equal(chooseLanguage(["de", "en-GB", "zh"]), "");
    assert.equal(chooseLanguage([]), "");
});

test("links", () => {
    assert.equal(readLink("#room=Anna%27s+studio").room, "Anna's studio");
    const { call, token, room } = readLink("#call=anna&token=x.y.z");
    assert.deepEqual([call, token, room], ["anna", "x.y.z", undefined]);
    assert.equal(readLink("#javascript:alert(1)").room, undefined);
    assert.equal(whepEndpoint("wheps://sfu.example/studio"), "https://sfu.example/studio");
});

test("the relays that a stream's server names", () => {
    const links =
        '<stun:a.example>; rel="ice-server", <https://b.example/>; rel="next", ' +
        '<turn:c.example?transport=udp>;rel=ice-server; username="1:viewer"; credential="a,b;c"; ' +
        'credential-type="password"';
    assert.deepEqual(iceServersOf(links), [
        { urls: "stun:a.example" },
        { urls: "turn:c.example?transport=udp", username: "1:viewer", credential: "a,b;c" },
    ]);
    assert.deepEqual(iceServersOf('<javascript:x>; rel="ice-server", <'), []);
    assert.deepEqual(iceServersOf(null), []);
});

test("a connection that is silent looks for a way, and is given up in the end", () => {
    const path = new Path(0),
        news = [];
    let media = 0;
    for (let now = 200; now <= 60000; now += 200) {
        media += now <= 4000 ? 10 : 0;
        const one = path.check(media, 0, true, now);
        if (one) news.push([now, one]);
    }
    assert.deepEqual(news[0], [4600, "silent"]);
    assert.deepEqual(news[1], [5600, "restart"]);
    assert.deepEqual(news[2], [7600, "restart"]);
    assert.equal(news.find(([, one]) => one === "lost")?.[0], 34000);
    assert.equal(new Path(0).check(1, 0, true, 100), "");
});

test("it is back, and waits for reports where no media came", () => {
    const path = new Path(0);
    assert.equal(path.check(0, 1, false, 1000), "");
    assert.equal(path.check(0, 1, false, 5800), "");
    assert.equal(path.check(0, 1, false, 6000), "silent");
    assert.equal(path.check(0, 2, false, 6200), "back");
    assert.equal(path.check(0, 2, false, 7000), "");
});

test("quality as the desktop client judges it", () => {
    const before = { packets: 100, lost: 0, roundTripMs: 0 };
    assert.equal(judge(before, { packets: 200, lost: 0, roundTripMs: 20 }, false), 1);
    assert.equal(judge(before, { packets: 200, lost: 0, roundTripMs: 200 }, false), 2);
    assert.equal(judge(before, { packets: 200, lost: 5, roundTripMs: 20 }, false), 3);
    assert.equal(judge(before, { packets: 200, lost: 50, roundTripMs: 20 }, false), 4);
    assert.equal(judge(before, before, true), 5);
});

test("calls are kept, and read again, whatever a storage says", () => {
    const kept = new Map(),
        storage = { getItem: key => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
    const history = new History("bob", storage),
        call = { user: "anna", name: "Anna", reason: "", seconds: 0, at: 1700000000000 };
    history.add({ ...call, role: "callee", reason: "remote timeout" });
    history.add({ ...call, role: "callee", reason: "local rejected" });
    history.add({ ...call, role: "caller", seconds: 83 });
    const again = new History("bob", storage);
    assert.deepEqual(
        again.entries.map(({ kind }) => kind),
        ["outgoing", "incoming", "missed"],
    );
    assert.equal(again.missed, 1);
    again.look();
    assert.equal(new History("bob", storage).missed, 0);
    assert.equal(new History("carl", storage).entries.length, 0);
    for (let i = 0; i < 100; i++) again.add({ ...call, role: "caller" });
    assert.equal(again.entries.length, 50);
    for (const wrong of ["", "null", "[]", '{"entries":[{"user":1}],"missed":"x"}', '{"entries":5}'])
        assert.equal(new History("eve", { getItem: () => wrong }).entries.length, 0, wrong);
    assert.equal(new History("bob", null).entries.length, 0);
});

test("the calls there were, on the screen", () => {
    globalThis.document = { documentElement: { lang: "en" } };
    const at = Date.now() - 60000;
    const missed = { user: "anna", name: "Anna Berg", at, kind: "missed", seconds: 0 };
    const scene = seen({ calls: [missed, { ...missed, kind: "outgoing", seconds: 83 }] });
    assert.match(scene.rows[0].detail, /^Missed · \d\d:\d\d$|^Missed · \w+ \d\d:\d\d$/);
    assert.match(scene.rows[1].detail, /^Outgoing · .* · 1:23$/);
    assert.notEqual(scene.rows[0].key, scene.rows[1].key);
    assert.equal(seen({ calls: [] }).notice, "No calls yet");
    const button = seen({ missed: 2 }).buttons.find(({ command }) => command === "calls");
    assert.deepEqual([button.tone, seen({ missed: 2 }).subtitle], ["off", "2 missed calls"]);
});

test("what is sent is what was given last, and told before it is there", async () => {
    const outgoing = new Outgoing(() => {}),
        stream = name => ({ getAudioTracks: () => [`${name} sound`], getVideoTracks: () => [`${name} picture`] });
    let open = () => {};
    const slow = outgoing.set(new Promise(done => (open = done)));
    assert.deepEqual(outgoing.state(true), { muted: false, camera: true });
    assert.deepEqual(outgoing.tracks(true), [null, null]);
    await outgoing.set(null);
    open(stream("late"));
    await slow;
    assert.deepEqual([outgoing.tracks(true), outgoing.state(true)], [[null, null], { muted: true, camera: false }]);
    await outgoing.set(stream("new"));
    assert.deepEqual(outgoing.tracks(true), ["new sound", "new picture"]);
    assert.deepEqual(outgoing.tracks(false), ["new sound", null]);
    outgoing.setMuted(true);
    outgoing.setCamera(false);
    assert.deepEqual([outgoing.tracks(true), outgoing.state(true)], [[null, null], { muted: true, camera: false }]);
});

test("ICE servers as the hub names them, and nothing that a browser throws at", () => {
    const turn = { urls: ["turns:turn.example"], username: "1700086400:bob", credential: "c" };
    assert.deepEqual(readIceServers([{ urls: ["stun:stun.example"] }, turn]), [
        { urls: ["stun:stun.example"] },
        turn,
    ]);
    assert.deepEqual(readIceServers([{ ...turn, credential: 5 }]), [{ urls: turn.urls }]);
    for (const wrong of [undefined, null, {}, "x", [null], [{}], [{ urls: "stun:a" }], [{ urls: ["http://a"] }]])
        assert.deepEqual(readIceServers(wrong), [], JSON.stringify(wrong));
});

test("an offer of what is over is answered by a goodbye, also from who broadcasts the room", async () => {
    const said = [];
    const taken = [];
    const room = { takeOffer: async (from, message) => taken.push(message.session) };
    const messages = new MediaMessages({
        leg: { session: null, own: false, find: () => null },
        rooms: { own: null, sessionTo: () => null, offered: () => room },
        lost: () => {},
        post: (to, { kind, session }) => said.push([to, kind, session]),
    });
    const offer = { type: "media", kind: "offer", sdp: "v=0" };
    await messages.receive("anna/1", { ...offer, session: "new", room: "studio" });
    await messages.receive("anna/1", { ...offer, session: "of-yesterday" });
    assert.deepEqual(taken, ["new"]);
    assert.deepEqual(said, [["anna/1", "bye", "of-yesterday"]]);
});

test("a viewer whose network changed makes her connection anew", async () => {
    const said = [];
    const made = [];
    const own = new Broadcast("studio", {
        hub: { user: "bob", online: true },
        iceServers: () => [],
        made: session => made.push(session),
        post: (to, { kind, session }) => said.push([to, kind, session]),
    });
    const messages = new MediaMessages({
        leg: { session: null, own: false, find: () => null },
        rooms: { own, sessionTo: device => own.viewers.get(device) ?? null, offered: () => null },
        lost: () => {},
        post: (to, { kind }) => said.push([to, kind]),
    });
    own.note("anna/1", true);
    while (!said.length) await null;
    const [{ id }] = made;
    assert.deepEqual(said, [["anna/1", "offer", id]]);
    await messages.receive("anna/1", { type: "media", kind: "offer", session: id, sdp: "v=0", anew: true });
    assert.deepEqual(said[1], ["anna/1", "answer", id]);
    assert.equal(made.length, 2);
    assert.equal(made[0].pc.connectionState, "closed");
    assert.equal(own.viewers.get("anna/1"), made[1]);
    assert.equal(made[1].id, id);
});

test("what may be lost with the hub's connection is said once more", async () => {
    /** @type {any[]} */
    const said = [];
    const session = new MediaSession("one", { remote: "anna/1", send: message => said.push(message) });
    let taken = 0;
    const take = session.pc.setRemoteDescription.bind(session.pc);
    session.pc.setRemoteDescription = description => (taken++, take(description));
    const offer = version => `v=0\r\no=- 7 ${version} IN IP4 127.0.0.1\r\n`;
    for (const version of [1, 1, 2]) await session.takeOffer(offer(version));
    assert.deepEqual(
        said.map(message => [message.kind, message.offer]),
        [
            ["answer", "7 1"],
            ["answer", "7 1"],
            ["answer", "7 2"],
        ],
    );
    assert.equal(taken, 2);
    session.close();

    said.length = 0;
    const caller = new MediaSession("two", { remote: "anna/1", send: message => said.push(message) });
    await caller.offer();
    await caller.takeAnswer("v=0", undefined);
    for (let times = 0; times < 2; times++) await caller.restart();
    assert.deepEqual(
        said.map(({ kind, sdp }) => [kind, sdp]),
        [
            ["offer", "v=0"],
            ["offer", "v=0"],
        ],
    );
    caller.close();
});

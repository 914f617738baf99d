/**
 * CallAPI in the browser: watch and broadcast live rooms, call and be called. The names are those of
 * engine/call/CALLAPI_NAMES.md; the rules are engine/call's, by the same table.
 *
 *     const api = new CallApi({ hub: "wss://hub.example/", user: "anna", rules: await loadRules() });
 *     api.on("call", notice => console.log(notice.state, notice.reason, notice.name));
 *     api.prepare();
 *     api.setTracks(await navigator.mediaDevices.getUserMedia({ audio: true, video: true }));
 *     api.call("bob");
 */
import { Emitter } from "./emitter.js";
import { CallMessages } from "./agent/call_messages.js";
import { Directory } from "./agent/directory.js";
import { Leg } from "./agent/leg.js";
import { MediaMessages } from "./agent/media_messages.js";
import { Outgoing } from "./agent/outgoing.js";
import { Rooms } from "./agent/rooms.js";
import { Safety } from "./agent/safety.js";
import { CallEngine } from "./call/engine.js";
import { Hub } from "./signal/hub.js";
import { isSameUser, userOf } from "./call/address.js";

export { loadRules } from "./call/load_rules.js";

const CALL_TIMEOUT_MS = 15000;
const FIRST_FRAME_MS = 15000;

/**
 * @typedef {import("./signal/hub.js").Room} Room
 * @typedef {import("./media/session.js").MediaSession} MediaSession
 * @typedef {import("./media/session.js").MediaState} MediaState
 * @typedef {import("./call/session.js").Notice} CallNotice
 * @typedef {import("./agent/live_room.js").Source} Source
 * @typedef {Record<string, any>} Json
 *
 * @typedef {object} Shown what is to be on the screen
 * @property {"live" | "call" | ""} kind
 * @property {MediaStreamTrack[]} tracks
 * @property {string} url of a stream that the browser plays by itself; else ""
 * @property {boolean} audible
 *
 * @typedef {object} Options
 * @property {string} hub "wss://HOST/": where the hub is
 * @property {any} rules of the calls: what loadRules() gives
 * @property {string} [user] the user id; a token's `sub` goes before it
 * @property {string} [name] what others see
 * @property {string} [token] where the hub wants one
 * @property {string} [pass] in place of user, name and token: for continueCall
 * @property {RTCIceServer[]} [iceServers] else those that the hub names
 * @property {number} [timeout] ms that it rings and connects at most; 0: without end; else 15000
 * @property {boolean} [autoAccept] every call, by itself
 * @property {boolean} [doNotDisturb] every caller is told "busy"
 */

/**
 * @typedef {object} CallApiEvents
 * @property {CallNotice} call of the call engine
 * @property {Shown} shown another source is to be on the screen
 * @property {MediaState} media what the other side sends
 * @property {string} safetyCode of the connected call: where both sides see the same, nobody is in between; "": none
 * @property {null} room the watched or own room, or the one that is gone to
 * @property {null} directory
 * @property {{address: string, name: string}} online
 * @property {{why: string, refused: boolean}} offline
 * @property {boolean} reconnecting
 * @property {string} refused a room that may not be entered or opened
 * @property {number} tokenExpires in so many seconds
 */

/** @extends {Emitter<CallApiEvents>} */
export class CallApi extends Emitter {
    /** @type {any} */
    #timer;
    #audible = true;
    #checkHub = () => this.hub.check();
    /** @type {CallMessages} */
    #messages;
    /** @type {MediaMessages} */
    #media;

    /** @param {Options} options */
    constructor(options) {
        super();
        this.options = options;
        const { user, name, token, pass } = options;
        this.hub = new Hub({ url: options.hub, user, name, token, pass });
        this.directory = new Directory(this.hub);
        const post = (/** @type {string} */ to, /** @type {Json} */ body) => this.#messages.post(to, body);
        const lost = () => this.#operate(now => (this.engine.mediaLost(now), "ok"));
        this.outgoing = new Outgoing(() => (this.#update(), this.#tellMedia()));
        const made = this.#listen.bind(this);
        this.safety = new Safety(() => this.emit("safetyCode", this.safety.code));
        this.rooms = new Rooms({ hub: this.hub, iceServers: () => this.iceServers, post, made });
        this.leg = new Leg({
            iceServers: () => this.iceServers,
            post,
            made,
            shown: () => (this.#update(), this.#tellMedia()),
            lost,
        });
        this.#messages = new CallMessages({
            hub: this.hub,
            leg: this.leg,
            rooms: this.rooms,
            engine: () => this.engine,
            call: to => void this.call(to),
            accept: () => void this.accept(),
            done: () => this.#schedule(),
        });
        this.#media = new MediaMessages({ leg: this.leg, rooms: this.rooms, lost, post });
        this.engine = this.#makeEngine();
        this.#listenToHub();
        this.rooms.on("changed", () => this.#roomsChanged());
        this.rooms.on("refused", why => this.emit("refused", why));
        this.rooms.on("reconnecting", on => this.emit("reconnecting", on));
        this.rooms.on("leaves", session => this.#roomLeaves(session));
    }

    /** ms that it rings at most; 0: without end */
    get timeout() {
        return this.options.timeout ?? CALL_TIMEOUT_MS;
    }

    #makeEngine() {
        return new CallEngine({
            rules: this.options.rules,
            user: this.options.user ?? "",
            party: "anyone",
            timeout: this.timeout,
            waitFirstFrame: true,
            firstFrameTimeout: FIRST_FRAME_MS,
            doNotDisturb: this.options.doNotDisturb ?? false,
            send: (to, message) => this.#messages.send(to, message),
            media: (command, role, _id, remote, media) => this.#mediaCommand(command, role, remote, media),
            notify: notice => this.#notify(notice),
            policy: role => (role === "caller" ? "connect and send" : "connect only"),
        });
    }

    #listenToHub() {
        const hub = this.hub;
        hub.on("online", news => this.#online(news));
        hub.on("offline", news => this.#offline(news));
        hub.on("message", ({ from, body }) => this.#receive(from, body));
        hub.on("room", room => this.rooms.note(room));
        hub.on(
            "viewer",
            ({ room, viewer, joined }) => this.rooms.own?.name === room && this.rooms.own.note(viewer, joined),
        );
        hub.on("hangup", () => this.hangUp());
        hub.on("tokenExpires", seconds => this.emit("tokenExpires", seconds));
        this.directory.on("changed", () => this.emit("directory", null));
        globalThis.addEventListener?.("online", this.#checkHub);
    }

    // --- Life

    /** Connects to the hub, and may be called from then on. */
    prepare() {
        this.engine.prepare(this.hub.now());
        this.hub.connect();
    }

    /** Ends a call, and leaves everything. */
    destroy() {
        this.hangUp();
        this.rooms.unwatch();
        this.rooms.close();
        clearTimeout(this.#timer);
        globalThis.removeEventListener?.("online", this.#checkHub);
        this.hub.close();
    }

    get user() {
        return this.hub.user ?? "";
    }

    get iceServers() {
        return this.options.iceServers ?? this.hub.iceServers;
    }

    /** @param {{address: string, name: string}} news */
    #online(news) {
        this.engine.signallingRestored(this.hub.now());
        this.rooms.online();
        this.emit("online", news);
        this.#schedule();
    }

    /** @param {{why: string, refused: boolean}} news */
    #offline(news) {
        this.engine.signallingLost(this.hub.now());
        this.emit("offline", news);
    }

    /** @param {string} token */
    renewToken(token) {
        return this.hub.renewToken(token);
    }

    // --- Calls: operations. Each returns "ok" or why not: "state", "party", "argument", "signalling lost".

    get state() {
        return this.engine.state;
    }

    /**
     * @param {string} to a user, or one device of hers
     * @param {{video?: boolean, extension?: Json}} options
     */
    call(to, { video = true, extension } = {}) {
        if (this.state !== "prepared") return this.engine.start(to, video, null, extension ?? null, this.hub.now());
        const room = this.rooms.watched?.session,
            live = room?.connected && isSameUser(room.remote, to) ? room : null;
        const media = this.leg.begin(live ? live.remote : to, live);
        const result = this.engine.start(
            live ? live.remote : to,
            video,
            { ...media, ...this.outgoing.state(video) },
            extension ?? null,
            this.hub.now(),
        );
        if (result !== "ok") this.leg.end();
        this.#schedule();
        return result;
    }

    /**
     * Goes on with the call of the device that gave the pass: as soon as it has hung up, we call its other side, who
     * takes the call by itself.
     * @param {string} [room] where that call is
     * @returns {Promise<void>} rejected with a HubError where there is no call any more
     */
    async continueCall(room) {
        if (!this.hub.online) await this.once("online");
        if (room) this.watch(room);
        while (room && !this.rooms.watched?.seen) await this.once("room");
        await this.hub.request("continue", { room });
    }

    cancel() {
        return this.#operate(now => this.engine.cancel(now));
    }

    accept() {
        const media = {
            ...(this.leg.session && { session: this.leg.session.id }),
            ...this.outgoing.state(this.engine.video),
        };
        return this.#operate(now => this.engine.accept(media, now));
    }

    /** @param {import("./call/names.js").CallReason} reason "none" is the user's word */
    reject(reason = "none") {
        return this.#operate(now => this.engine.reject(reason, now));
    }

    /** Ends the call, whatever its state. */
    hangUp() {
        if (this.state === "calling") return this.engine.role === "caller" ? this.cancel() : this.reject();
        return this.#operate(now => this.engine.hangUp("none", now));
    }

    /** @param {boolean} on */
    setDoNotDisturb(on) {
        this.engine.setDoNotDisturb(on);
    }

    /** @param {(now: number) => string} what */
    #operate(what) {
        const result = what(this.hub.now());
        this.#schedule();
        return result;
    }

    #schedule() {
        clearTimeout(this.#timer);
        const deadline = this.engine.deadline();
        if (deadline < Infinity)
            this.#timer = setTimeout(
                () => this.#operate(now => (this.engine.poll(now), "ok")),
                Math.max(deadline - this.hub.now(), 0) + 1,
            );
    }

    #lookForSafety() {
        this.safety.look(this.state === "connected" ? this.engine.id : "", this.leg.session?.pc);
    }

    // --- Calls: media

    /** @param {string} command @param {string} role @param {string} remote @param {Json | null} media */
    #mediaCommand(command, role, remote, media) {
        switch (command) {
            case "connect":
                this.#connect(role, remote, media);
                break;
            case "presend":
                this.leg.presends = true;
                break;
            case "release":
                this.#release(role, remote, media);
                break;
            case "present":
                this.#audible = true;
                break;
            case "stop":
                this.#stop();
                break;
        }
        this.#update();
    }

    /** @param {string} role @param {string} remote @param {Json | null} media */
    #connect(role, remote, media) {
        if (role === "callee" && !this.leg.connect(remote, media, this.#roomSession(remote, media?.session))) {
            console.warn("the call of", remote, "names no connection that can be used");
            this.engine.mediaLost(this.hub.now());
        }
    }

    /**
     * A viewer of ours calls over the room's connection.
     * @param {string} remote
     * @param {any} id
     */
    #roomSession(remote, id) {
        const session = this.rooms.sessionTo(remote);
        return session && session.id === id ? session : null;
    }

    /** @param {string} role @param {string} remote @param {Json | null} media */
    #release(role, remote, media) {
        if (role === "caller") {
            this.leg.accepted(remote);
            this.leg.session?.takeMedia(media);
        }
        this.leg.released = true;
        this.#audible = false;
        this.rooms.own?.setState("private");
        queueMicrotask(() => (this.#tellMedia(), this.#checkFrame()));
    }

    #stop() {
        const wasReleased = this.leg.released;
        this.leg.end();
        this.#audible = true;
        if (wasReleased) this.rooms.own?.setState("live");
        this.emit("reconnecting", false);
    }

    /** @param {MediaSession} session */
    #listen(session) {
        session.on("track", () => (this.#update(), this.#checkFrame()));
        session.on("connected", () => this.#update());
        session.on("media", () => (this.#tellShown(), this.#checkFrame()));
        session.on("reconnecting", on => this.leg.session === session && this.emit("reconnecting", on));
    }

    /** The first picture, or where none will come the first sound. */
    #checkFrame() {
        const { session, released } = this.leg;
        if (released && session?.hears(this.engine.video) && ["calling", "connecting"].includes(this.state))
            this.#operate(now => (this.engine.firstFrame(now), "ok"));
    }

    /** @param {CallNotice} notice */
    #notify(notice) {
        this.#tellShown();
        this.#lookForSafety();
        this.emit("call", { ...notice, name: notice.name || this.nameOf(userOf(notice.remote)) });
        const rings = notice.state === "calling" && notice.role === "callee" && notice.previous !== "calling";
        if (rings && this.options.autoAccept) this.accept();
        this.#schedule();
    }

    /** @param {string} from @param {Json} body */
    #receive(from, body) {
        if (body?.type === "call") this.#messages.receive(from, body);
        else if (body?.type === "media")
            this.#media.receive(from, body).catch(error => console.warn("a message of", from, "failed:", error));
    }

    // --- What we send

    /**
     * Camera and microphone, or the screen; may come late, and change at any time. The tracks stay the caller's.
     * @param {MediaStream | null | Promise<MediaStream | null>} stream
     */
    setTracks(stream) {
        return this.outgoing.set(stream);
    }

    /** @param {boolean} muted */
    setMuted(muted) {
        this.outgoing.setMuted(muted);
    }

    /** @param {boolean} on */
    setCamera(on) {
        this.outgoing.setCamera(on);
    }

    get muted() {
        return this.outgoing.muted;
    }

    get cameraOn() {
        return this.outgoing.cameraOn;
    }

    /** To the call's other side and, in a room of ours, to who watches. */
    #tellMedia() {
        const { session, released } = this.leg,
            { own } = this.rooms;
        if (session && released && session.pc.remoteDescription)
            session.tellMedia(this.outgoing.state(this.engine.video));
        for (const viewer of own?.viewers.values() ?? [])
            if (viewer.connected && viewer !== session) viewer.tellMedia(this.outgoing.state(true));
        own?.setCamera(this.outgoing.state(true).camera);
    }

    /** Who gets what (app/agent/session_events.c, share): during a call nobody but its other side gets anything. */
    #update() {
        const { leg, rooms } = this,
            call = this.outgoing.tracks(this.engine.video),
            sends = leg.released || leg.presends;
        for (const session of leg.all) this.#transmit(session, sends ? call : []);
        for (const session of rooms.own?.viewers.values() ?? [])
            if (!leg.has(session)) this.#transmit(session, leg.released ? [] : this.outgoing.tracks(true));
        if (rooms.watched?.session && !leg.has(rooms.watched.session)) this.#transmit(rooms.watched.session, []);
        this.#tellShown();
        this.#lookForSafety();
    }

    /** @param {MediaSession} session @param {(MediaStreamTrack | null)[]} tracks */
    #transmit(session, tracks) {
        session.transmit(tracks).catch(error => console.info("sending to", session.remote, ":", String(error)));
    }

    // --- What is shown

    /** @returns {Shown} */
    get shown() {
        const { session, released } = this.leg;
        if (session && (released || !this.rooms.watched) && session.tracks.length)
            return {
                kind: "call",
                tracks: session.tracks,
                url: "",
                audible: this.state === "connected" && this.#audible,
            };
        const source = this.rooms.watched?.source;
        return source
            ? { kind: "live", ...source, audible: true }
            : { kind: "", tracks: [], url: "", audible: false };
    }

    #tellShown() {
        const { session, released } = this.leg,
            room = this.rooms.watched;
        const shown = session && released ? session : room?.session;
        this.emit("shown", this.shown);
        this.emit("media", shown?.remoteMedia ?? { muted: false, camera: room?.description.camera !== false });
    }

    /**
     * What others see of a user.
     * @param {string} user
     */
    nameOf(user) {
        const room = this.rooms.watched?.description;
        return (room?.host === user && room.host_name) || this.directory.nameOf(user);
    }

    // --- Live rooms

    /**
     * Goes to a room; the one before goes on until the new one is there.
     * @param {string} name
     */
    watch(name) {
        this.rooms.watch(name);
    }

    unwatch() {
        this.rooms.unwatch();
    }

    /**
     * Opens a room of one's own, with what setTracks gave.
     * @param {string} name
     */
    openRoom(name) {
        this.rooms.open(name, () => (this.#update(), this.#tellMedia()));
    }

    closeRoom() {
        this.rooms.close();
    }

    #roomsChanged() {
        this.engine.setParty(this.rooms.party);
        this.#update();
        this.#checkFrame();
        this.emit("room", null);
    }

    /**
     * A call over it loses its media.
     * @param {MediaSession} session
     */
    #roomLeaves(session) {
        if (this.leg.session !== session) return;
        this.leg.forget(session);
        this.engine.mediaLost(this.hub.now());
    }
}

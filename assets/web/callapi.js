// CallAPI in the browser: watch a live room, call and be called. Speaks to callapi's hub; the call messages are those
// of engine/call/call.h. Use:
// const api = new CallApi({ user, hub, stream, autoAccept }); api.addEventListener("state", ...).
//
// Events: "online" {address}, "offline" {why}, "room" {room, host, host_name, state, camera, viewers, streams} or null,
// "media" {muted, camera}: what the call's other side, or the room's broadcaster, sends,
// "state" {state, reason, remote, name, role}: name is what the other side is called, its user id where it has no
// name; told anew where that becomes known, "stream" {stream, kind: "live" | "call"} (stream null: gone).
// States: "idle", "calling" (it rings there), "ringing" (it rings here), "connecting", "connected".
import { Hub } from "./hub.js";
import { MediaSession } from "./media.js";

const CALL_TIMEOUT_MS = 15000, PAST_CALLS_MAX = 64, OFFER_MS = 2500;

// crypto.randomUUID exists on secure pages only; a hub in the house is often plain http.
function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function userOf(address) {
    return address.split("/")[0];
}

export class CallApi extends EventTarget {
    constructor({ user, name, hub, token, stream = null, autoAccept = false, iceServers = [] }) {
        super();
        this.user = user;
        this.stream = stream;           // what we send in a call; may be set later
        this.autoAccept = autoAccept;
        this.iceServers = iceServers;
        this.room = null;               // as the hub last described it
        this.watched = "";
        this.live = null;               // {session, host}: the connection to the broadcaster
        this.waiting = 0;               // a timer: for her offer
        this.current = null;            // the call, see begin()
        this.past = new Set();          // ids of calls that are over
        this.hub = new Hub(hub, user, token, name);
        for (const type of ["online", "offline"])
            this.hub.addEventListener(type, event => this.emit(type, event.detail));
        this.hub.addEventListener("room", event => this.roomChanged(event.detail.room));
        this.hub.addEventListener("gone", event => this.deviceGone(event.detail.device));
        this.hub.addEventListener("message", event => this.receive(event.detail.from, event.detail.body));
    }

    emit(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    get state() {
        return this.current ? this.current.state : "idle";
    }

    close() {
        this.hangUp();
        this.dropLive();
        this.hub.close();
    }

    // --- Live rooms

    async watch(room) {
        if (this.watched)
            await this.unwatch();
        this.watched = room;
        try {
            await this.hub.join(room);
        } catch (error) {
            if (error.code !== "not-found") {
                this.watched = "";
                throw error;
            }
            this.roomMissing(room);
        }
    }

    // Nobody has opened it yet: it is away, and comes by itself.
    roomMissing(room) {
        this.roomChanged({ room, host: "", state: "away", viewers: 0 });
        this.hub.rooms.add(room);
        this.hub.joinAgain(room);
    }

    async unwatch() {
        const room = this.watched;
        this.watched = "";
        this.dropLive();
        this.room = null;
        this.emit("room", null);
        await this.hub.leave(room).catch(error => console.info("leaving the room:", error.message));
    }

    roomChanged(room) {
        if (room.room !== this.watched)
            return;
        this.room = room;
        this.emit("room", room);
        this.waitForOffer();
    }

    // Others watch such a room by a stream; its broadcaster has some connections to spare for who asks.
    waitForOffer() {
        this.waiting = this.waiting || setTimeout(() => {
            this.waiting = 0;
            const { room, host, streams } = this.room || {};
            if (!this.live && host && streams)
                this.post(host, { type: "media", kind: "offer-request", room });
        }, OFFER_MS);
    }

    dropLive() {
        if (!this.live)
            return;
        if (this.current && this.current.session === this.live.session)
            this.end("media lost", "hangup");
        this.live.session.close();
        this.live = null;
        this.emit("stream", { stream: null, kind: "live" });
    }

    // The broadcaster offers its live picture; only the one of the room we watch may.
    async liveOffer(from, message) {
        this.dropLive();
        const session = new MediaSession(message.session, this.iceServers, media => this.post(from, media));
        this.live = { session, host: from };
        this.showMedia();
        session.addEventListener("track", () => {
            this.emit("stream", { stream: session.stream, kind: "live" });
            this.checkConnected();
        });
        session.addEventListener("failed", () => this.liveFailed(session));
        await this.answerOffer(session, message.sdp);
    }

    // Joining anew makes the broadcaster offer anew.
    async liveFailed(session) {
        if (!this.live || this.live.session !== session)
            return;
        const room = this.watched;
        this.dropLive();
        await this.hub.leave(room).catch(() => {});
        if (this.watched === room)
            this.hub.rooms.add(room), this.hub.joinAgain(room);
    }

    // --- Messages

    post(to, body) {
        return this.hub.send(to, body).catch(error => console.info("to", to, ":", error.message));
    }

    receive(from, body) {
        const task = body.type === "call" ? this.receiveCall(from, body)
                   : body.type === "media" ? this.receiveMedia(from, body) : null;
        if (task)
            task.catch(error => console.warn("a message from", from, "failed:", error));
    }

    sessionOf(from, id) {
        if (this.live && this.live.session.id === id && this.live.host === from)
            return this.live.session;
        const call = this.current;
        if (call && call.several && !call.session)
            return call.media.session === id && call.devices.get(from) || null;
        const mine = call && call.session && call.session.id === id && userOf(call.remote) === userOf(from);
        return mine ? call.session : null;
    }

    async receiveMedia(from, message) {
        if (["ready", "answer"].includes(message.kind) && await this.takesAnswer(from, message))
            return;
        const session = this.sessionOf(from, message.session);
        if (message.kind === "offer")
            await this.receiveOffer(from, message, session);
        else if (!session)
            return;
        else if (message.kind === "answer")
            await this.receiveAnswer(from, message, session);
        else if (message.kind === "candidate")
            await this.receiveCandidate(from, message, session);
        else if (message.kind === "state")
            this.takeMedia(session, message);
        else if (message.kind === "bye" && this.live && session === this.live.session)
            this.dropLive();
    }

    // A "state", or the media of an invite or accept.
    takeMedia(session, media) {
        if (!session || !media)
            return;
        session.remoteMedia = { muted: media.muted === true, camera: media.camera !== false };
        this.showMedia();
        this.checkConnected();
    }

    showMedia() {
        const shown = this.current && this.current.session || this.live && this.live.session;
        this.emit("media", shown && shown.remoteMedia || { muted: false, camera: true });
    }

    async receiveOffer(from, message, session) {
        const call = this.current;
        if (session && !message.anew)           // an ICE restart
            await this.answerOffer(session, message.sdp);
        else if (session && call && session === call.session && !call.reused)
            await this.replaceMedia(call, message);
        else if (this.watched && this.room && this.room.host === userOf(from))
            await this.liveOffer(from, message);
    }

    async receiveAnswer(from, message, session) {
        const call = this.current;
        if (call && call.session === session && !call.answeredBy)
            call.answeredBy = from;
        await session.accept(message.sdp);
    }

    async receiveCandidate(from, message, session) {
        const call = this.current;
        const other = call && call.session === session && call.answeredBy && call.answeredBy !== from;
        if (!other)
            await session.addCandidate(message.candidate);
    }

    // An invite that rings at several devices has one offer, which none of them answers: each asks for its own
    // ("ready"). Who answers it all the same is helped likewise. True: that is done.
    async takesAnswer(from, message) {
        const call = this.current;
        const ours = call && call.role === "caller" && !call.reused &&
                     call.media && call.media.session === message.session &&
                     userOf(from) === userOf(call.remote);
        if (!ours || call.accepted && from !== call.remote)
            return message.kind === "ready";
        const taken = call.answeredBy && call.answeredBy !== from;
        if (message.kind === "answer" && (call.devices.has(from) || !call.several && !taken))
            return false;
        this.ringSeveral(call);
        if (!call.devices.has(from))
            await this.offerAnew(call, from);
        return true;
    }

    // The first that answered keeps what it has.
    ringSeveral(call) {
        if (call.several)
            return;
        call.several = true;
        if (call.answeredBy)
            call.devices.set(call.answeredBy, call.session);
        else
            call.session.close();
        call.session = null;
    }

    async answerOffer(session, sdp) {
        session.hold();
        const answer = await session.answer(sdp);
        session.send({ type: "media", kind: "answer", session: session.id, sdp: answer });
        session.release();
    }

    // --- Calls: operations

    begin(id, role, remote, video, name = "") {
        const call = { id, role, remote, name, dialled: remote, video, sequence: 0, session: null, reused: false,
                       answeredBy: "", several: false, devices: new Map(), rung: null, accepted: false,
                       state: role === "caller" ? "calling" : "ringing" };
        call.timer = setTimeout(() => this.current === call && this.timeOut(call), CALL_TIMEOUT_MS);
        this.current = call;
        this.emitState(role === "caller" ? "local calling" : "remote calling");
        return call;
    }

    emitState(reason, call = this.current) {
        const [remote, name, role] = call ? [call.remote, this.nameOf(call), call.role] : ["", "", ""];
        this.emit("state", { state: this.state, reason, remote, name, role });
    }

    // What the other side is called, by the hub's word.
    nameOf(call) {
        const user = userOf(call.remote), host = this.room && this.room.host === user ? this.room.host_name : "";
        return call.name || host || user;
    }

    // `to`: a user id, or a device's address. Whoever broadcasts what we watch is called over the live connection.
    async call(to, { video = true } = {}) {
        if (this.current)
            throw new Error("there is a call already");
        const overLive = this.live && userOf(this.live.host) === userOf(to);
        const call = this.begin(newId(), "caller", overLive ? this.live.host : to, video);
        if (overLive) {
            call.session = this.live.session;
            call.reused = true;
            call.media = { session: call.session.id };
        } else {
            call.session = this.newCallSession(call);
            call.session.hold();
            call.media = { session: call.session.id, sdp: await call.session.offer() };
        }
        if (this.current !== call)
            return;
        await this.sendInvite(call);
        if (!call.reused && call.session)
            call.session.release();
    }

    async sendInvite(call) {
        try {
            const { video } = call, media = { ...call.media, ...this.ownMedia(call) };
            const reply = await this.hub.send(call.remote, this.callMessage(call, "invite", { video, media }));
            call.rung = reply.rung ? new Set(reply.rung) : null;
            if (this.current === call && reply.name && reply.name !== this.nameOf(call)) {
                call.name = reply.name;
                this.emitState("remote named");
            }
            if (this.current === call && call.state === "calling" && !call.reused && reply.devices > 1)
                this.ringSeveral(call);
        } catch (error) {
            if (this.current === call)
                this.finish(error.code === "offline" ? "offline" : "not delivered: " + error.message);
        }
    }

    accept() {
        const call = this.current;
        if (!call || call.state !== "ringing")
            return;
        this.sendCall(call, "accept",
                      { media: { ...call.session && { session: call.session.id }, ...this.ownMedia(call) } });
        this.startMedia(call, "local accepted");
    }

    reject() {
        if (this.state === "ringing")
            this.end("local rejected", "rejected");
    }

    cancel() {
        if (this.state === "calling")
            this.end("local cancelled", "cancelled");
    }

    // Ends the call, whatever its state.
    hangUp() {
        if (this.state === "ringing")
            this.reject();
        else if (this.state === "calling")
            this.cancel();
        else if (this.current)
            this.end("local hangup", "hangup");
    }

    timeOut(call) {
        this.end("calling timeout", "timeout");
    }

    // Tells the other side, then is idle.
    end(reason, wire) {
        const call = this.current;
        if (!call)
            return;
        const action = call.state === "calling" ? "cancel" : call.state === "ringing" ? "reject" : "hangup";
        this.sendCall(call, action, { reason: wire });
        this.finish(reason);
    }

    callMessage(call, action, members) {
        return { type: "call", action, call: call.id, seq: ++call.sequence, sent_at: this.hub.now(),
                 lifetime: CALL_TIMEOUT_MS, ...members };
    }

    sendCall(call, action, members) {
        return this.post(call.remote, this.callMessage(call, action, members));
    }

    // --- Calls: media

    newCallSession(call, id = newId(), device = null) {
        const session = new MediaSession(id, this.iceServers, media => this.post(device || call.remote, media));
        session.addEventListener("track", () => this.checkConnected());
        session.addEventListener("failed", () => {
            if (this.current === call && call.session === session)
                this.end("media lost", "media lost");
            else if (device && call.devices.get(device) === session)
                call.devices.delete(device);        // the others ring on
        });
        return session;
    }

    // Both have accepted: send, and show what comes.
    async startMedia(call, reason) {
        call.state = "connecting";
        call.accepted = true;
        this.emitState(reason);
        if (call.role === "caller" && !call.reused)
            this.chooseDevice(call);
        await this.transmit(call);
        this.checkConnected();
    }

    async transmit(call) {
        const stream = !this.stream || call.video ? this.stream : new MediaStream(this.stream.getAudioTracks());
        if (this.current === call && call.session)
            await call.session.transmit(stream);
    }

    // The connection to the device that accepted is the call's, as soon as there is one.
    chooseDevice(call) {
        if (call.answeredBy && call.answeredBy !== call.remote)
            this.ringSeveral(call);
        if (!call.several)
            return;
        call.session = call.devices.get(call.remote) || null;
        for (const session of call.devices.values())
            if (session !== call.session)
                session.close();
    }

    async offerAnew(call, device) {
        const session = this.newCallSession(call, call.media.session, device);
        call.devices.set(device, session);
        session.hold();
        const sdp = await session.offer();
        this.post(device, { type: "media", kind: "offer", session: session.id, sdp, anew: true });
        session.release();
        if (this.current !== call || !call.accepted)
            return;
        call.session = session;
        await this.transmit(call);
    }

    // What we send: the other side does not wait for a picture that will not come.
    ownMedia(call) {
        const sends = kind => !!this.stream &&
            this.stream.getTracks().some(track => track.kind === kind && track.readyState === "live");
        return { muted: !sends("audio"), camera: call.video && sends("video") };
    }

    async replaceMedia(call, message) {
        call.session.close();
        call.session = this.newCallSession(call, message.session);
        await this.answerOffer(call.session, message.sdp);
        if (call.accepted)
            await this.transmit(call);
    }

    checkConnected() {
        const call = this.current;
        if (!call || !call.accepted || !call.session || !call.session.hears(call.video) || call.state === "connected")
            return;
        clearTimeout(call.timer);
        call.state = "connected";
        this.emit("stream", { stream: call.session.stream, kind: "call" });
        this.emitState("first frame");
    }

    finish(reason) {
        const call = this.current;
        if (!call)
            return;
        clearTimeout(call.timer);
        this.current = null;
        this.remember(call.id);
        if (call.reused && call.session)
            call.session.transmit(null).catch(() => {});
        else if (call.session)
            call.session.close();
        for (const session of call.devices.values())
            session.close();
        this.emit("stream", { stream: null, kind: "call" });
        this.showMedia();
        this.emitState(reason, call);
    }

    remember(id) {
        this.past.add(id);
        if (this.past.size > PAST_CALLS_MAX)
            this.past.delete(this.past.values().next().value);
    }

    // --- Calls: messages

    async receiveCall(from, message) {
        if (typeof message.call !== "string" || !(this.hub.now() - message.sent_at <= message.lifetime))
            return;             // malformed, or late: it changes nothing
        if (message.action === "invite") {
            await this.receiveInvite(from, message);
            return;
        }
        const call = this.current;
        if (!call || call.id !== message.call || userOf(call.remote) !== userOf(from))
            return;
        if (message.action === "accept")
            await this.receiveAccept(call, from, message);
        else if (message.action === "reject" && call.state === "calling")
            this.receiveReject(call, from, message);
        else if (message.action === "cancel" && call.role === "callee")
            this.receiveCancel(call, from, message);
        else if (message.action === "hangup" && from === call.remote)
            this.finish("remote hangup");
    }

    // One of several devices that cannot speaks for itself, a no is the user's (engine/call/receive.c).
    receiveReject(call, from, message) {
        const own = ["busy", "media lost", "destroyed", "signalling failed"].includes(message.reason);
        if (!own || !this.ringsOn(call, from))
            this.finish(message.reason === "busy" ? "remote busy" : "remote rejected");
    }

    ringsOn(call, device) {
        return !!call.rung && (call.rung.delete(device), call.rung.size > 0);
    }

    // The hub lost a device: what rings there, or from there, does no longer. A call goes on as long as its media do.
    deviceGone(device) {
        const call = this.current;
        const rings = call && ["calling", "ringing"].includes(call.state);
        const here = rings && call.state === "ringing" && call.remote === device;
        const there = rings && call.state === "calling" && call.rung && call.rung.has(device) &&
            !this.ringsOn(call, device);
        if (here || there)
            this.finish("remote gone");
    }

    receiveCancel(call, from, message) {
        const elsewhere = message.reason === "accepted elsewhere";
        if (from === call.remote && !(elsewhere && message.accepted_by === this.hub.address))
            this.finish(elsewhere ? "accepted elsewhere"
                        : message.reason === "timeout" ? "remote timeout" : "remote cancelled");
    }

    async receiveAccept(call, from, message) {
        if (call.role !== "caller" || call.state !== "calling")
            return;
        if (call.dialled !== from)
            this.post(call.dialled,
                      this.callMessage(call, "cancel",
                                       { reason: "accepted elsewhere", accepted_by: message.accepted_by ?? from }));
        call.remote = from;
        call.name = message.name || call.name;
        const chosen = call.devices.get(from) || call.session;
        await this.startMedia(call, "remote accepted");
        this.takeMedia(call.session || chosen, message.media);
    }

    // Busy with someone else: refused. The same user: she calls anew, or we called each other (glare), which the user
    // id that comes first wins: its call goes on, the other is withdrawn and the winning one accepted.
    async receiveInvite(from, message) {
        const call = this.current;
        if (this.past.has(message.call) || call && call.id === message.call)
            return;
        const same = call && userOf(call.remote) === userOf(from);
        if (call && !same) {
            this.remember(message.call);
            const aside = { id: message.call, sequence: 0 };
            this.post(from, this.callMessage(aside, "reject", { reason: "busy" }));
            return;
        }
        const glare = call && call.state === "calling";
        if (glare && this.user < userOf(from)) {
            await this.sendInvite(call);
            return;
        }
        if (glare)
            this.end("remote calling", "cancelled");
        else if (call)
            this.finish("recall");
        await this.ring(from, message);
        if (glare || this.autoAccept)
            this.accept();
    }

    // The connection is made while it rings; nothing is sent yet.
    async ring(from, message) {
        const call = this.begin(message.call, "callee", from, message.video !== false, message.name);
        const media = message.media || {};
        call.session = this.newCallSession(call, media.session);
        this.takeMedia(call.session, media);
        if (!media.sdp)
            throw new Error("an invite without an offer");
        if (message.devices > 1)
            this.post(from, { type: "media", kind: "ready", session: media.session });
        else
            await this.answerOffer(call.session, media.sdp);
        if (call.accepted)          // meanwhile
            await this.transmit(call);
    }
}

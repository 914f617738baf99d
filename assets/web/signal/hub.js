// The hub's JSON protocol over WebSocket (net/protocol/PROTOCOL.md): requests with acknowledgements, notices,
// reconnection. Events: "online", "offline" {why}, "message" {from, body}, "room" {room},
// "viewer" {room, viewer, joined}, "gone" {device}, "tokenexpires" {seconds}.

const ACK_TIMEOUT_MS = 5000;
const BACKOFF_FIRST_MS = 250, BACKOFF_LAST_MS = 8000, JOIN_AGAIN_MS = 1000;

function notify(target, type, detail) {
    target.dispatchEvent(new CustomEvent(type, { detail }));
}

export class HubError extends Error {
    constructor(code, message) {
        super(message);
        this.code = code;       // "offline", "not-found", "not-allowed", ... or "lost"
    }
}

export class Hub extends EventTarget {
    // `token`: JSON Web Token (RFC 7519) where the hub wants one.
    // `name`: what others are to call us; a token's name goes before it.
    constructor(url, user, token, name) {
        super();
        this.url = url;
        this.user = user;
        this.token = token;
        this.name = name;
        this.address = "";
        this.online = false;
        this.rooms = new Set();         // joined, to be joined again
        this.pending = new Map();       // id -> {resolve, reject, timer}
        this.lastId = 0;
        this.failures = 0;
        this.clockOffset = Date.now() - performance.now();
        this.connect();
    }

    // The hub's wall clock, which all its users share.
    now() {
        return Math.round(performance.now() + this.clockOffset);
    }

    connect() {
        this.socket = new WebSocket(this.url, "callapi");
        this.socket.onopen = () => this.logIn();
        this.socket.onmessage = event => this.receive(event.data);
        this.socket.onclose = event => this.lost(event.reason || "the hub cannot be reached");
    }

    close() {
        this.closed = true;
        clearTimeout(this.timer);
        this.socket.close();
        this.failAll();
    }

    async logIn() {
        try {
            const reply = await this.request("login", { user: this.user, device: this.address.split("/")[1],
                                                        resume: this.resume, token: this.token, name: this.name });
            this.address = reply.address;
            this.resume = reply.resume;
            this.clockOffset = reply.time - performance.now();
            this.online = true;
            this.failures = 0;
            notify(this, "online", { address: this.address });
            for (const room of this.rooms)
                this.joinAgain(room);
        } catch (error) {
            notify(this, "offline", { why: error.message });
            this.socket.close();
        }
    }

    lost(why) {
        this.online = false;
        this.failAll();
        if (this.closed)
            return;
        notify(this, "offline", { why });
        const wait = Math.min(BACKOFF_FIRST_MS * 2 ** this.failures++, BACKOFF_LAST_MS);
        this.timer = setTimeout(() => this.connect(), wait * (0.5 + Math.random() / 2));
    }

    failAll() {
        for (const [id] of this.pending)
            this.finish(id, { ok: false, error: "lost", message: "the connection to the hub is gone" });
    }

    finish(id, reply) {
        const request = this.pending.get(id);
        if (!request)
            return;
        this.pending.delete(id);
        clearTimeout(request.timer);
        if (reply.ok)
            request.resolve(reply);
        else
            request.reject(new HubError(reply.error, reply.message));
    }

    receive(text) {
        const json = JSON.parse(text);
        if ("ack" in json)
            this.finish(json.ack, json);
        else if (["message", "room", "viewer", "gone"].includes(json.notice))
            notify(this, json.notice, json);
        else if (json.notice === "token-expires")
            notify(this, "tokenexpires", { seconds: json.seconds });
    }

    // A new token on the open connection, and for later logins.
    renewToken(token) {
        this.token = token;
        return this.request("renew", { token });
    }

    request(op, members = {}) {
        return new Promise((resolve, reject) => {
            if (this.socket.readyState !== WebSocket.OPEN) {
                reject(new HubError("lost", "not connected to the hub"));
                return;
            }
            const id = ++this.lastId;
            const timer = setTimeout(() => this.finish(id, { error: "lost", message: "the hub does not answer" }),
                                     ACK_TIMEOUT_MS);
            this.pending.set(id, { resolve, reject, timer });
            this.socket.send(JSON.stringify({ id, op, ...members }));
        });
    }

    send(to, body) {
        return this.request("send", { to, body });
    }

    async join(room) {
        const reply = await this.request("room-join", { room });
        this.rooms.add(room);
        notify(this, "room", { room: reply.room });
    }

    async leave(room) {
        this.rooms.delete(room);
        await this.request("room-leave", { room });
    }

    // After a reconnection the broadcaster may come later than we do.
    async joinAgain(room) {
        try {
            await this.join(room);
        } catch (error) {
            setTimeout(() => this.online && this.rooms.has(room) && this.joinAgain(room), JOIN_AGAIN_MS);
        }
    }
}

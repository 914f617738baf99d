/**
 * The connection to the hub (net/protocol/PROTOCOL.md): JSON over WebSocket, requests with acknowledgements, notices,
 * reconnection with the same address.
 */
import { Emitter } from "../emitter.js";

const ACK_TIMEOUT_MS = 5000,
    // A dead connection looks like one on which nothing is said: as the hub does, who is silent is asked.
    LOOK_MS = 1000,
    QUIET_MS = 10000,
    LATE_MS = 3000, // a timer that comes so late: the machine was asleep, or the page
    SOON_MS = 2000, // an answer is given so long then
    BACKOFF_FIRST_MS = 250,
    BACKOFF_LAST_MS = 8000,
    SPREAD_MAX_MS = 60000;

/**
 * @typedef {{room: string, host: string, host_name?: string, state: "live" | "private" | "away" | "closed",
 *            viewers: number, camera?: boolean, streams?: string[], direct?: number}} Room
 * @typedef {{user: string, online: boolean, name?: string}} Person
 * @typedef {Record<string, any>} Json
 */

/**
 * What a browser would throw at is left out.
 * @param {any} servers
 * @returns {RTCIceServer[]}
 */
export function readIceServers(servers) {
    const isUrl = (/** @type {any} */ url) => typeof url === "string" && /^(stuns?|turns?):[^\s]+$/.test(url);
    const good = (Array.isArray(servers) ? servers : []).filter(
        one => Array.isArray(one?.urls) && one.urls.every(isUrl),
    );
    return good.map(({ urls, username, credential }) =>
        typeof username === "string" && typeof credential === "string" ? { urls, username, credential } : { urls },
    );
}

/** @param {...any} values */
const areTexts = (...values) => values.every(value => typeof value === "string");

/** `code`: "offline", "not-found", "not-allowed" ... as in PROTOCOL.md, or "lost": nobody knows. */
export class HubError extends Error {
    /** @param {string} code @param {string} message */
    constructor(code, message) {
        super(message);
        this.code = code;
    }
}

/**
 * @typedef {object} HubEvents
 * @property {{address: string, name: string}} online
 * @property {{why: string, refused: boolean}} offline
 * @property {{from: string, body: Json}} message
 * @property {Room} room
 * @property {Person} person
 * @property {{room: string, viewer: string, joined: boolean}} viewer
 * @property {string} gone a device
 * @property {string | null} hangup the device where the call goes on; null: it ends
 * @property {{call: string, with: string, role: string, room?: string}} match
 * @property {number} tokenExpires in so many seconds
 */

/** @extends {Emitter<HubEvents>} */
export class Hub extends Emitter {
    /** @type {WebSocket | null} */
    #socket = null;
    /** @type {Map<number, {resolve: (reply: Json) => void, reject: (error: HubError) => void, timer: any}>} */
    #pending = new Map();
    #lastId = 0;
    #failures = 0;
    #spreadMs = 0;
    #closed = false;
    #refused = false;
    /** @type {any} */
    #looking;
    #lookedAt = 0;
    #heardAt = 0;
    #asked = false;
    #clockOffset = Date.now() - performance.now();
    /** @type {string | undefined} */
    #resume;
    /** @type {any} */
    #timer;

    /**
     * @param {{url: string, user?: string, name?: string, token?: string, pass?: string}} options `token`: a JSON
     *     Web Token (RFC 7519) where the hub wants one, whose claims go before `user` and `name`. `pass`: in place of
     *     all of them, for one call.
     */
    constructor({ url, user, name, token, pass }) {
        super();
        this.url = url;
        this.user = user;
        this.name = name;
        this.token = token;
        this.pass = pass;
        this.address = "";
        /** @type {RTCIceServer[]} as the hub names them at the login */
        this.iceServers = [];
        this.online = false;
    }

    /** The hub's wall clock, which all its users share: milliseconds since 1970. */
    now() {
        return Math.round(performance.now() + this.#clockOffset);
    }

    connect() {
        const socket = (this.#socket = new WebSocket(this.url, "callapi"));
        socket.onopen = () => this.#logIn();
        socket.onmessage = event => this.#receive(event.data);
        socket.onclose = event => this.#lost(event.reason || "the hub cannot be reached");
        this.#looking ??= setInterval(() => this.#look(), LOOK_MS);
    }

    /** For good; what still waits is lost. */
    close() {
        this.#closed = true;
        clearTimeout(this.#timer);
        clearInterval(this.#looking);
        this.#socket?.close();
        this.#failAll();
    }

    // --- Whether it is there. The wall clock is asked: the page's own may stand still while the machine sleeps.

    #look() {
        const now = Date.now(),
            late = this.#lookedAt > 0 && now - this.#lookedAt > LATE_MS;
        this.#lookedAt = now;
        if (late) this.check();
        else if (now - this.#heardAt >= QUIET_MS) this.#ask(ACK_TIMEOUT_MS);
    }

    /** The network changed, or this machine slept: where the hub does not answer soon, the connection is made anew. */
    check() {
        if (this.online) {
            this.#ask(SOON_MS);
        } else if (this.#socket?.readyState === WebSocket.CLOSED && !this.#closed) {
            clearTimeout(this.#timer);
            this.connect();
        }
    }

    /** @param {number} patience ms */
    async #ask(patience) {
        if (!this.online || this.#asked) return;
        const socket = this.#socket;
        this.#asked = true;
        try {
            const { time } = await this.request("ping", {}, patience);
            if (Number.isFinite(time)) this.#clockOffset = time - performance.now();
        } catch {
            if (this.online && socket === this.#socket) this.#drop("the hub does not answer");
        } finally {
            this.#asked = false;
        }
    }

    /**
     * A connection whose other end is away takes its time to close.
     * @param {string} why
     */
    #drop(why) {
        const socket = this.#socket;
        if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
        socket?.close();
        this.#lost(why);
    }

    // --- Login, loss

    async #logIn() {
        try {
            const device = this.address.split("/")[1];
            const reply = await this.request("login", {
                user: this.user,
                device,
                resume: this.#resume,
                token: this.token,
                name: this.name,
                pass: this.pass,
            });
            if (!areTexts(reply.address) || !Number.isFinite(reply.time))
                throw new HubError("internal", "the hub's answer makes no sense");
            this.address = reply.address;
            this.user = reply.address.split("/")[0];
            this.#resume = reply.resume;
            this.#clockOffset = reply.time - performance.now();
            this.iceServers = readIceServers(reply.ice_servers);
            this.online = true;
            this.#failures = 0;
            this.emit("online", { address: this.address, name: reply.name ?? "" });
        } catch (error) {
            this.#refused = error instanceof HubError && error.code === "not-allowed";
            this.#socket?.close(1000, error instanceof Error ? error.message.slice(0, 40) : "");
        }
    }

    /** @param {string} why */
    #lost(why) {
        this.online = false;
        this.#failAll();
        if (this.#closed) return;
        this.#closed = !!this.pass && this.#refused; // it is over, and will not be good again
        if (this.#closed) clearInterval(this.#looking);
        this.emit("offline", { why, refused: this.#refused });
        if (this.#closed) return;
        this.#refused = false;
        const wait = Math.min(BACKOFF_FIRST_MS * 2 ** this.#failures++, BACKOFF_LAST_MS);
        const chance = Math.random();
        this.#timer = setTimeout(() => this.connect(), wait * (0.5 + chance / 2) + this.#spreadMs * chance);
        this.#spreadMs = 0;
    }

    #failAll() {
        for (const id of [...this.#pending.keys()])
            this.#finish(id, { ok: false, error: "lost", message: "the connection to the hub is gone" });
    }

    /** @param {number} id @param {Json} reply */
    #finish(id, reply) {
        const request = this.#pending.get(id);
        if (!request) return;
        this.#pending.delete(id);
        clearTimeout(request.timer);
        if (reply.ok) request.resolve(reply);
        else request.reject(new HubError(reply.error, reply.message));
    }

    /** @param {string} text */
    #receive(text) {
        this.#heardAt = Date.now();
        /** @type {Json} */
        let json;
        try {
            json = JSON.parse(text);
        } catch {
            console.warn("the hub sent what is not JSON");
            return;
        }
        if (json?.ack !== undefined) this.#finish(json.ack, json);
        else if (json) this.#notice(json);
    }

    /**
     * What lacks what it is about is none.
     * @param {Json} json
     */
    #notice(json) {
        const { room, user, viewer, device } = json;
        switch (json.notice) {
            case "message":
                if (areTexts(json.from)) this.emit("message", { from: json.from, body: json.body });
                break;
            case "room":
                if (areTexts(room?.room, room?.host, room?.state)) this.emit("room", room);
                break;
            case "user":
                if (areTexts(user, json.name ?? ""))
                    this.emit("person", { user, online: json.online, name: json.name });
                break;
            case "viewer":
                if (areTexts(room, viewer)) this.emit("viewer", { room, viewer, joined: json.joined });
                break;
            case "gone":
                if (areTexts(device)) this.emit("gone", device);
                break;
            case "hangup":
                this.emit("hangup", json.continued ?? null);
                break;
            case "restart": // all come back, and not all at once
                this.#spreadMs = Math.min(Math.max(Number(json.within_ms) || 0, 0), SPREAD_MAX_MS);
                break;
            case "match":
                if (areTexts(json.call, json.with))
                    this.emit("match", { call: json.call, with: json.with, role: json.role, room: json.room });
                break;
            case "ice-servers":
                this.iceServers = readIceServers(json.ice_servers);
                break;
            case "token-expires":
                this.emit("tokenExpires", json.seconds);
                break;
        }
    }

    /**
     * A new token on the open connection, and for later logins.
     * @param {string} token
     */
    renewToken(token) {
        this.token = token;
        return this.request("renew", { token });
    }

    /**
     * @param {string} op
     * @param {Json} members
     * @param {number} patience ms
     * @returns {Promise<Json>} its acknowledgement; rejected with a HubError
     */
    request(op, members = {}, patience = ACK_TIMEOUT_MS) {
        return new Promise((resolve, reject) => {
            const socket = this.#socket;
            if (!socket || socket.readyState !== WebSocket.OPEN) {
                reject(new HubError("lost", "not connected to the hub"));
                return;
            }
            const id = ++this.#lastId;
            const timer = setTimeout(
                () => this.#finish(id, { error: "lost", message: "the hub does not answer" }),
                patience,
            );
            this.#pending.set(id, { resolve, reject, timer });
            socket.send(JSON.stringify({ id, op, ...members }));
        });
    }

    /** @param {string} to an address @param {Json} body */
    send(to, body) {
        return this.request("send", { to, body });
    }
}

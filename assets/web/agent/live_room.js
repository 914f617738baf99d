/**
 * One live room that is watched: joined at the hub, shown by a connection that its broadcaster offers or by one of its
 * streams.
 */
import { Emitter } from "../emitter.js";
import { MediaSession } from "../media/session.js";
import { playWhep } from "../media/whep.js";
import { userOf } from "../call/address.js";

const AGAIN_MS = 1000,
    OFFER_MS = 2000,
    STREAM_AGAIN_MS = 3000;

/**
 * @typedef {import("../signal/hub.js").Room} Room
 * @typedef {{tracks: MediaStreamTrack[], url: string}} Source `url`: for what the browser plays by itself; else ""
 * @typedef {{hub: import("../signal/hub.js").Hub, iceServers: () => RTCIceServer[],
 *            post: (to: string, body: Record<string, any>) => void, made: (session: MediaSession) => void}} Means what
 *     all connections are made with; `made`: there is a new one
 */

/** Can this browser play HLS (RFC 8216) by itself? */
function playsHls() {
    return !!document.createElement("video").canPlayType("application/vnd.apple.mpegurl");
}

/** @param {string} url */
function isHls(url) {
    return /^https?:/.test(url) && /\.m3u8($|\?)/.test(url);
}

/** @extends {Emitter<{changed: null, source: null, refused: string, reconnecting: boolean, leaves: MediaSession}>} */
export class LiveRoom extends Emitter {
    /** @type {any} */
    #timer;
    #left = false;
    #stream = 0;
    /** @type {{tracks: MediaStreamTrack[], close: () => void} | null} */
    #pulled = null;
    #url = "";
    #joining = false;

    /** @param {string} name @param {Means} means */
    constructor(name, means) {
        super();
        this.name = name;
        this.means = means;
        /** @type {Room} as the hub described it last; away before that */
        this.description = { room: name, host: "", state: "away", viewers: 0 };
        this.seen = false;
        /** @type {MediaSession | null} the connection to its broadcaster */
        this.session = null;
    }

    /**
     * What shows it; null: nothing yet.
     * @returns {Source | null}
     */
    get source() {
        if (this.session?.tracks.length) return { tracks: this.session.tracks, url: "" };
        return this.#pulled
            ? { tracks: this.#pulled.tracks, url: "" }
            : this.#url
              ? { tracks: [], url: this.#url }
              : null;
    }

    get isPulled() {
        return !this.session && (!!this.#pulled || !!this.#url);
    }

    /** After the login, and whenever the connection to the hub is new. */
    async join() {
        if (this.#joining || this.#left) return;
        this.#joining = true;
        try {
            const { room } = await this.means.hub.request("room-join", { room: this.name });
            this.#joining = false;
            this.take(room);
        } catch (error) {
            this.#joining = false;
            this.#notJoined(/** @type {import("../signal/hub.js").HubError} */ (error));
        }
    }

    /**
     * Who has not opened it yet is away, and comes.
     * @param {import("../signal/hub.js").HubError} error
     */
    #notJoined({ code, message }) {
        if (this.#left || code === "lost") return;
        if (code === "not-allowed") this.emit("refused", message);
        else this.take({ room: this.name, host: "", state: "away", viewers: 0 });
        this.#later(AGAIN_MS, () => this.join());
    }

    /** @param {number} ms @param {() => void} what */
    #later(ms, what) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => !this.#left && this.means.hub.online && what(), ms);
    }

    /**
     * A notice about it.
     * @param {Room} description
     */
    take(description) {
        if (this.#left) return;
        this.seen = true;
        this.description = description;
        this.emit("changed", null);
        const { host, streams } = description;
        if (host && streams?.length && !this.session && !this.isPulled) this.#later(OFFER_MS, () => this.#pull());
    }

    /** Where no offer came: its streams, the best first; where none plays, the broadcaster is asked. */
    async #pull() {
        const urls = this.description.streams ?? [],
            url = urls[this.#stream % Math.max(urls.length, 1)];
        if (this.session || this.isPulled || !url) return;
        try {
            await this.#play(url);
        } catch (error) {
            console.info(String(error));
            this.#stream++;
            if (this.#stream % urls.length === 0 && this.description.host)
                this.means.post(this.description.host, { type: "media", kind: "offer-request", room: this.name });
            this.#later(STREAM_AGAIN_MS, () => this.#pull());
        }
    }

    /** @param {string} url */
    async #play(url) {
        if (isHls(url) && playsHls()) {
            this.#url = url;
        } else if (/^wheps?:/.test(url)) {
            const pulled = await playWhep(url, { iceServers: this.means.iceServers(), lost: () => this.#pullLost() });
            if (this.#left || this.session) {
                pulled.close();
                return;
            }
            this.#pulled = pulled;
        } else {
            throw new Error(`a browser cannot play ${url}`);
        }
        this.emit("source", null);
    }

    #pullLost() {
        this.#dropPulled();
        this.emit("source", null);
        this.#later(STREAM_AGAIN_MS, () => this.#pull());
    }

    #dropPulled() {
        this.#pulled?.close();
        this.#pulled = null;
        this.#url = "";
    }

    /**
     * Is this offer one for us?
     * @param {string} from
     * @param {Record<string, any>} message
     */
    isOffered(from, message) {
        return userOf(from) === this.description.host && (message.room === undefined || message.room === this.name);
    }

    /**
     * Its broadcaster offers a connection: the better way.
     * @param {string} from
     * @param {Record<string, any>} message
     */
    async takeOffer(from, message) {
        this.dropSession();
        clearTimeout(this.#timer);
        const session = new MediaSession(message.session, {
            remote: from,
            iceServers: this.means.iceServers(),
            send: media => this.means.post(from, media),
        });
        this.session = session;
        this.means.made(session);
        session.on("lost", () => this.#lost(session));
        session.on("track", () => this.session === session && this.#shown());
        session.on("media", () => this.emit("changed", null));
        session.on("reconnecting", on => this.session === session && this.emit("reconnecting", on));
        await session.takeOffer(message.sdp);
    }

    #shown() {
        this.#dropPulled();
        this.emit("source", null);
    }

    /**
     * Joining anew makes the broadcaster offer anew.
     * @param {MediaSession} session
     */
    #lost(session) {
        if (this.session !== session) return;
        this.dropSession();
        this.means.hub.request("room-leave", { room: this.name }).catch(() => {});
        this.join();
    }

    /** The other side closed it, or it is made anew. */
    dropSession() {
        const session = this.session;
        if (!session) return;
        this.session = null;
        this.emit("leaves", session);
        session.close();
        this.emit("source", null);
    }

    leave() {
        this.#left = true;
        clearTimeout(this.#timer);
        this.dropSession();
        this.#dropPulled();
        this.means.hub.request("room-leave", { room: this.name }).catch(() => {});
    }
}

/**
 * The live rooms of this user: the one that is watched, the one that is gone to, or the one of her own. Who goes to
 * another room keeps the one before on the screen until the new one has a picture.
 */
import { Emitter } from "../emitter.js";
import { Broadcast } from "./broadcast.js";
import { LiveRoom } from "./live_room.js";

const TARGET_MS = 10000;

/**
 * @typedef {import("../media/session.js").MediaSession} MediaSession
 * @typedef {import("../signal/hub.js").Room} Room
 *
 * @typedef {object} RoomsEvents
 * @property {null} changed what is known of one of them, or what shows it
 * @property {string} refused one may not be entered or opened
 * @property {boolean} reconnecting the watched one
 * @property {MediaSession} leaves this connection is about to be closed
 */

/** @extends {Emitter<RoomsEvents>} */
export class Rooms extends Emitter {
    /** @type {LiveRoom | null} */
    watched = null;
    /** @type {LiveRoom | null} the one that is gone to */
    target = null;
    /** @type {Broadcast | null} the one of this user's own */
    own = null;
    /** @type {any} */
    #targetTimer;

    /** @param {import("./live_room.js").Means} means */
    constructor(means) {
        super();
        this.means = means;
    }

    /** @returns {"broadcaster" | "audience" | "anyone"} */
    get party() {
        return this.own ? "broadcaster" : this.watched || this.target ? "audience" : "anyone";
    }

    /**
     * The connection to this device that a room has.
     * @param {string} device
     */
    sessionTo(device) {
        const all = [this.watched?.session, this.target?.session, this.own?.viewers.get(device)];
        return all.find(session => session?.remote === device) ?? null;
    }

    /** After the login. */
    online() {
        this.watched?.join();
        this.target?.join();
        this.own?.begin();
    }

    /** @param {Room} room */
    note(room) {
        for (const one of [this.watched, this.target]) if (one?.name === room.room) one.take(room);
        if (this.own?.name === room.room && room.host === this.means.hub.user) this.own.take(room);
    }

    /**
     * Which of them a broadcaster's offer is for.
     * @param {string} from
     * @param {Record<string, any>} message
     */
    offered(from, message) {
        return [this.target, this.watched].find(room => room?.isOffered(from, message)) ?? null;
    }

    /** @param {string} name */
    watch(name) {
        this.close();
        this.#leaveTarget();
        if (name !== this.watched?.name) this.#goTo(new LiveRoom(name, this.means));
    }

    /** @param {LiveRoom} room */
    #goTo(room) {
        room.on("changed", () => this.#roomChanged(room));
        room.on("source", () => this.#roomChanged(room));
        room.on("refused", why => (this.#arrive(room), this.emit("refused", why)));
        room.on("reconnecting", on => room === this.watched && this.emit("reconnecting", on));
        room.on("leaves", session => this.emit("leaves", session));
        this.target = room;
        this.#targetTimer = setTimeout(() => this.#arrive(room), TARGET_MS);
        if (!this.watched) this.#arrive(room);
        if (this.means.hub.online) room.join();
        this.emit("changed", null);
    }

    /** @param {LiveRoom} room */
    #roomChanged(room) {
        const shows = !!room.source?.url || room.source?.tracks.some(track => !track.muted);
        if (room === this.target && (shows || (room.seen && room.description.state !== "live"))) this.#arrive(room);
        this.emit("changed", null);
    }

    /** @param {LiveRoom} room */
    #arrive(room) {
        if (room !== this.target) return;
        clearTimeout(this.#targetTimer);
        const before = this.watched;
        this.watched = room;
        this.target = null;
        before?.leave();
        this.emit("changed", null);
    }

    #leaveTarget() {
        clearTimeout(this.#targetTimer);
        this.target?.leave();
        this.target = null;
    }

    unwatch() {
        this.#leaveTarget();
        const watched = this.watched;
        this.watched = null;
        watched?.leave();
        this.emit("changed", null);
    }

    /**
     * A room of one's own.
     * @param {string} name
     * @param {() => void} recipients there are others than before
     */
    open(name, recipients) {
        this.unwatch();
        this.close();
        const own = (this.own = new Broadcast(name, this.means));
        own.on("changed", () => this.emit("changed", null));
        own.on("refused", why => this.emit("refused", why));
        own.on("recipients", recipients);
        own.on("leaves", session => this.emit("leaves", session));
        if (this.means.hub.online) own.begin();
        this.emit("changed", null);
    }

    close() {
        const own = this.own;
        this.own = null;
        own?.close();
        this.emit("changed", null);
    }
}

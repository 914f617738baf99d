/** A room of one's own: opened at the hub, with a connection to each viewer. */
import { Emitter } from "../emitter.js";
import { MediaSession } from "../media/session.js";
import { newId } from "../call/id.js";

const AGAIN_MS = 1000,
    VIEWERS_MAX = 50;

/**
 * @typedef {import("../signal/hub.js").Room} Room
 * @typedef {import("./live_room.js").Means} Means
 */

/** @extends {Emitter<{changed: null, refused: string, recipients: null, leaves: MediaSession}>} */
export class Broadcast extends Emitter {
    /** @type {Map<string, MediaSession>} by the viewer's device */
    viewers = new Map();
    #closed = false;
    #state = "live";
    #camera = true;
    /** @type {any} */
    #timer;

    /** @param {string} name @param {Means} means */
    constructor(name, means) {
        super();
        this.name = name;
        this.means = means;
        /** @type {Room} */
        this.description = { room: name, host: means.hub.user ?? "", state: "away", viewers: 0 };
        this.open = false;
    }

    /** After the login, and whenever the connection to the hub is new. */
    async begin() {
        clearTimeout(this.#timer);
        try {
            const { room } = await this.means.hub.request("room-open", {
                room: this.name,
                state: this.#state,
                camera: this.#camera,
            });
            this.take(room);
        } catch (error) {
            const { code, message } = /** @type {import("../signal/hub.js").HubError} */ (error);
            if (code === "lost" || this.#closed) return;
            this.emit("refused", message);
            this.#timer = setTimeout(() => this.begin(), AGAIN_MS);
        }
    }

    /** @param {Room} description */
    take(description) {
        this.description = description;
        this.open = true;
        this.emit("changed", null);
    }

    /**
     * "live" or "private"
     * @param {string} state
     */
    setState(state) {
        this.#state = state;
        this.#tell({ state });
    }

    /**
     * Whether pictures come.
     * @param {boolean} on
     */
    setCamera(on) {
        if (on === this.#camera) return;
        this.#camera = on;
        this.#tell({ camera: on });
    }

    /** @param {Record<string, any>} members */
    #tell(members) {
        if (this.open && this.means.hub.online)
            this.means.hub
                .request("room-state", { room: this.name, ...members })
                .catch(error => console.info("the room's state:", error.message));
    }

    /** @param {string} viewer @param {boolean} joined */
    note(viewer, joined) {
        if (!joined) this.drop(viewer);
        else this.#offer(viewer).catch(error => console.warn("an offer to", viewer, "failed:", error));
    }

    /** @param {string} viewer a device */
    async #offer(viewer) {
        this.drop(viewer);
        if (this.viewers.size >= VIEWERS_MAX) return;
        const session = this.#make(viewer, newId());
        session.hold();
        const sdp = await session.offer();
        this.means.post(viewer, { type: "media", kind: "offer", session: session.id, sdp, room: this.name });
        session.release();
    }

    /** @param {string} viewer @param {string} id */
    #make(viewer, id) {
        const session = new MediaSession(id, {
            remote: viewer,
            iceServers: this.means.iceServers(),
            send: media => this.means.post(viewer, media),
        });
        this.viewers.set(viewer, session);
        this.means.made(session);
        session.on("lost", () => this.viewers.get(viewer) === session && this.drop(viewer));
        session.on("connected", () => this.emit("recipients", null));
        return session;
    }

    /**
     * A viewer's offer of another connection in place of the one that there is.
     * @param {string} viewer
     * @param {Record<string, any>} message
     */
    async takeOffer(viewer, message) {
        this.drop(viewer);
        await this.#make(viewer, message.session).takeOffer(message.sdp);
    }

    /** @param {string} viewer */
    drop(viewer) {
        const session = this.viewers.get(viewer);
        if (!session) return;
        this.viewers.delete(viewer);
        this.emit("leaves", session);
        session.close();
    }

    close() {
        this.#closed = true;
        clearTimeout(this.#timer);
        for (const viewer of [...this.viewers.keys()]) this.drop(viewer);
        this.means.hub.request("room-close", { room: this.name }).catch(() => {});
    }
}

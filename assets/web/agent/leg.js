/**
 * A call's leg: the connection to its other side, of its own or the live room's (app/agent/leg.h). An invite that rings
 * at several devices has one offer, which none of them answers: each asks for one of its own ("ready"), and the
 * connection to the device that accepts becomes the call's (app/agent/leg_devices.c).
 */
import { MediaSession } from "../media/session.js";
import { deviceOf, isSameUser } from "../call/address.js";
import { newId } from "../call/id.js";

const DEVICES_MAX = 32;

/**
 * @typedef {Record<string, any>} Json
 * @typedef {{iceServers: () => RTCIceServer[], post: (to: string, body: Json) => void,
 *            made: (session: MediaSession) => void, shown: () => void,
 *            lost: (session: MediaSession) => void}} LegOps `made`: there is a new one, to listen to; `shown`: it had
 *     been released without a connection, and has one now
 */

export class Leg {
    /** @type {MediaSession | null} */
    session = null;
    /** @type {Map<string, MediaSession>} while it rings at several: by device */
    devices = new Map();
    id = "";
    remote = "";
    own = false;
    several = false;
    released = false;
    presends = false;
    /** @type {Promise<string>} the invite's SDP, "" where a connection is used again */
    offer = Promise.resolve("");
    /** The one device that answered the invite's offer. */
    #answeredBy = "";
    #sharedOffer = "";

    /** @param {LegOps} ops */
    constructor(ops) {
        this.ops = ops;
    }

    /** @param {string} remote @param {string} id */
    #make(remote, id) {
        const session = new MediaSession(id, {
            remote,
            iceServers: this.ops.iceServers(),
            send: media => this.ops.post(remote, media),
        });
        session.on("lost", () => this.#lost(session));
        this.ops.made(session);
        return session;
    }

    /**
     * Of several that ring the others ring on.
     * @param {MediaSession} session
     */
    #lost(session) {
        const [device] = [...this.devices].find(([, one]) => one === session) ?? [];
        if (session === this.session) {
            this.ops.lost(session);
        } else if (device) {
            this.devices.delete(device);
            session.close();
        }
    }

    /**
     * While it rings, and in the call.
     * @param {MediaSession} session
     */
    has(session) {
        return session === this.session || [...this.devices.values()].includes(session);
    }

    get all() {
        return [...new Set([...(this.session ? [this.session] : []), ...this.devices.values()])];
    }

    /** @param {string} from @param {string} id */
    find(from, id) {
        if (id !== this.id) return null;
        if (this.several) return this.devices.get(from) ?? (from === this.session?.remote ? this.session : null);
        return this.session && isSameUser(from, this.remote) ? this.session : null;
    }

    // --- Caller

    /**
     * Returns the invite's media.
     * @param {string} to
     * @param {MediaSession | null} live what is used again
     */
    begin(to, live) {
        this.own = !live;
        this.remote = to;
        this.session = live ?? this.#make(to, newId());
        this.id = this.session.id;
        if (this.own) {
            this.session.hold();
            this.offer = this.session.offer();
        } else {
            this.offer = Promise.resolve("");
        }
        return { session: this.id };
    }

    /** The invite is out: candidates may follow. */
    invited() {
        if (this.own && !this.several) this.session?.release();
    }

    /**
     * It was delivered to so many.
     * @param {number} devices
     */
    noteDevices(devices) {
        if (devices > 1 && this.own && !this.#answeredBy) this.#beginSeveral();
    }

    /** The first that answered the offer keeps what it has. */
    #beginSeveral() {
        this.several = true;
        if (this.#answeredBy && this.session) this.devices.set(this.#answeredBy, this.session);
        else this.session?.close();
        this.session = null;
    }

    /**
     * A device asks for an offer, or answers the invite's. True: that is done.
     * @param {string} from @param {Json} message
     */
    async takesAnswer(from, message) {
        const asks = message.kind === "ready";
        if (!this.own || message.session !== this.id || !isSameUser(from, this.remote)) return asks;
        if (!this.several && !asks && (!this.#answeredBy || this.#answeredBy === from)) {
            this.#answeredBy = from;
            return false;
        }
        // The one that accepted is another.
        const tooLate = this.released && deviceOf(this.remote) !== null && from !== this.remote;
        if (tooLate) return true;
        if (!this.several) this.#beginSeveral();
        const known = this.devices.get(from) ?? (this.session?.remote === from ? this.session : null);
        if (known && !asks) return false;
        if (!known && this.devices.size < DEVICES_MAX) await this.#offerAnew(from);
        return true;
    }

    /** @param {string} device */
    async #offerAnew(device) {
        const session = this.#make(device, this.id);
        if (this.released) this.#take(session);
        else this.devices.set(device, session);
        session.hold();
        const sdp = await session.offer();
        session.send({ type: "media", kind: "offer", session: session.id, sdp, anew: true });
        session.release();
        if (this.session === session) this.ops.shown();
    }

    /** @param {MediaSession} session */
    #take(session) {
        for (const one of this.devices.values()) if (one !== session) one.close();
        this.devices.clear();
        this.session = session;
    }

    /**
     * The device that accepted: its connection becomes the call's, as soon as there is one.
     * @param {string} device
     */
    accepted(device) {
        this.remote = device;
        if (this.#answeredBy && this.#answeredBy !== device) this.#beginSeveral();
        const session = this.devices.get(device);
        if (session) this.#take(session);
        else if (!this.several && this.session) this.session.remote = device;
    }

    // --- Callee

    /**
     * An invite, before the call engine sees it: where it rings at several its offer is not answered.
     * @param {Json} invite
     */
    noteInvite(invite) {
        this.#sharedOffer = invite.devices > 1 ? (invite.media?.sdp ?? "") : "";
    }

    /**
     * The connection is made while it rings.
     * @param {string} remote
     * @param {Json | null} media the invite's
     * @param {MediaSession | null} known the connection that it names, a room's
     * @returns whether there is one to be had
     */
    connect(remote, media, known) {
        const id = media?.session,
            sdp = media?.sdp;
        this.remote = remote;
        this.own = !known;
        if (known && !sdp) {
            this.session = known;
        } else if (!known && typeof id === "string" && sdp) {
            this.session = this.#make(remote, id);
            if (sdp === this.#sharedOffer) this.ops.post(remote, { type: "media", kind: "ready", session: id });
            else this.#answer(this.session, sdp);
        }
        this.id = this.session?.id ?? "";
        this.session?.takeMedia(media);
        return !!this.session;
    }

    /** @param {MediaSession} session @param {string} sdp */
    #answer(session, sdp) {
        session.takeOffer(sdp).catch(error => {
            console.warn("the offer of", session.remote, "cannot be answered:", error);
            this.#lost(session);
        });
    }

    /**
     * An offer for the call's connection: the first, or another connection in its place.
     * @param {Json} message
     */
    takeOffer(message) {
        if (!this.session || !this.own) return;
        if (this.session.pc.remoteDescription) {
            this.session.close();
            this.session = this.#make(this.remote, this.id);
            this.ops.shown();
        }
        this.#answer(this.session, message.sdp);
    }

    // --- The end

    /** The call is over. Returns the room's connection that it had used, or null. */
    end() {
        const session = this.own ? null : this.session;
        for (const one of this.all) if (one !== session) one.close();
        this.devices.clear();
        this.session = null;
        this.several = this.released = this.presends = this.own = false;
        this.#answeredBy = this.#sharedOffer = this.remote = this.id = "";
        return session;
    }

    /**
     * The room's connection is about to be dropped.
     * @param {MediaSession} session
     */
    forget(session) {
        if (session === this.session) this.session = null;
    }
}

/** Media messages (net/protocol/PROTOCOL.md): offers, answers, candidates and states to the connections they are of. */

const GOODBYE_MS = 1000;

/**
 * @typedef {import("../media/session.js").MediaSession} MediaSession
 * @typedef {Record<string, any>} Json
 */

export class MediaMessages {
    /**
     * @param {object} ops
     * @param {import("./leg.js").Leg} ops.leg
     * @param {import("./rooms.js").Rooms} ops.rooms
     * @param {() => void} ops.lost the call's connection is gone for good
     * @param {(to: string, body: Json) => void} ops.post
     */
    constructor({ leg, rooms, lost, post }) {
        this.leg = leg;
        this.rooms = rooms;
        this.lost = lost;
        this.post = post;
    }

    /** @param {string} from @param {Json} message */
    async receive(from, message) {
        const { kind } = message;
        if (kind === "offer-request") {
            this.#request(from, message.room);
            return;
        }
        if (["ready", "answer"].includes(kind) && (await this.leg.takesAnswer(from, message))) return;
        const session = this.#sessionOf(from, message.session);
        if (kind === "offer") await this.#offer(from, message, session);
        else if (session && kind === "answer") await session.takeAnswer(message.sdp, message.offer);
        else if (session && kind === "candidate") await session.addCandidate(message.candidate);
        else if (session && kind === "restart") await session.takeRestart();
        else if (session && kind === "state") session.takeMedia(message);
        else if (session && kind === "bye") this.#bye(session);
    }

    /**
     * A viewer for whom no stream plays.
     * @param {string} from
     * @param {any} room
     */
    #request(from, room) {
        const { own } = this.rooms;
        if (own && own.name === room) own.note(from, true);
    }

    /** @param {string} from @param {string} id @returns {MediaSession | null} */
    #sessionOf(from, id) {
        const session = this.rooms.sessionTo(from);
        return session?.id === id ? session : this.leg.find(from, id);
    }

    /** @param {string} from @param {Json} message @param {MediaSession | null} session */
    async #offer(from, message, session) {
        const ofCall = session && session === this.leg.session && this.leg.own;
        if (ofCall && (message.anew || !session.pc.remoteDescription)) this.leg.takeOffer(message);
        else if (session && !message.anew) await session.takeOffer(message.sdp);
        else if (session && session === this.rooms.own?.viewers.get(from))
            await this.rooms.own.takeOffer(from, message);
        else await this.#offerOfRoom(from, message, !session);
    }

    /**
     * Or of a call that is over here, whose other side was away when it ended: that names no room.
     * @param {string} from
     * @param {Json} message
     * @param {boolean} unknown
     */
    async #offerOfRoom(from, message, unknown) {
        const over = unknown && message.room === undefined;
        const room = over ? null : this.rooms.offered(from, message);
        if (room) await room.takeOffer(from, message);
        else if (unknown) this.post(from, { type: "media", kind: "bye", session: message.session });
    }

    /**
     * Its hang-up may still be on the longer way through the hub.
     * @param {MediaSession} session
     */
    #bye(session) {
        const { watched } = this.rooms;
        if (watched && session === watched.session) watched.dropSession();
        else if (session === this.leg.session)
            setTimeout(() => this.leg.session === session && this.lost(), GOODBYE_MS);
    }
}

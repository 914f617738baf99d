/** Call messages between the call engine and the hub: in order, an invite with its offer, what became of each. */
import { received } from "../media/statistics.js";

const GONE_SILENT_MS = 2000;

/**
 * @typedef {import("../media/session.js").MediaSession} MediaSession
 * @typedef {Record<string, any>} Json
 *
 * @typedef {object} CallMessagesOps
 * @property {import("../signal/hub.js").Hub} hub
 * @property {import("./leg.js").Leg} leg
 * @property {import("./rooms.js").Rooms} rooms
 * @property {() => import("../call/engine.js").CallEngine} engine
 * @property {(to: string) => void} call the server says so
 * @property {() => void} accept likewise
 * @property {() => void} done the engine has been told something
 */

export class CallMessages {
    #sending = Promise.resolve();
    #matches = { calling: "", awaited: "", from: "" };

    /** @param {CallMessagesOps} ops */
    constructor(ops) {
        this.ops = ops;
        ops.hub.on("match", match => this.#match(match));
        ops.hub.on("gone", device => this.#deviceGone(device));
    }

    /**
     * Anything that is no call message, behind those that wait.
     * @param {string} to
     * @param {Json} body
     */
    post(to, body) {
        this.#sending = this.#sending.then(() => {
            this.ops.hub.send(to, body).catch(error => console.info("to", to, ":", error.message));
        });
    }

    /**
     * An invite waits for its offer, and what follows for it.
     * @param {string} to
     * @param {Json} message
     */
    send(to, message) {
        const { leg, rooms } = this.ops,
            invite = message.action === "invite";
        const offer = invite ? leg.offer : Promise.resolve("");
        const more = {
            ...(invite && rooms.watched && { room: rooms.watched.name }), // whose broadcaster may be called
            ...(invite && this.#matches.calling && { match: this.#matches.calling }),
        };
        this.#sending = this.#sending
            .then(() => offer)
            .catch(() => "")
            .then(sdp => this.#sendNow(to, { ...message, ...more }, sdp));
    }

    /** @param {string} to @param {Json} message @param {string} sdp */
    #sendNow(to, message, sdp) {
        const media = message.media && { ...message.media, ...(sdp && { sdp }) };
        const sent = this.ops.hub.send(to, { ...message, ...(media && { media }) });
        if (message.action === "invite") this.ops.leg.invited();
        sent.then(
            reply => this.#delivered(message, reply),
            error => this.#undelivered(message, error),
        );
    }

    /** @param {Json} message @param {Json} reply */
    #delivered(message, reply) {
        const { hub, leg } = this.ops,
            engine = this.ops.engine();
        if (message.action === "invite") {
            if (engine.id === message.call && engine.state === "calling") leg.noteDevices(reply.devices);
            if (typeof reply.name === "string") engine.nameCallee(message.call, reply.name);
        }
        const rung = Array.isArray(reply.rung) ? reply.rung.filter(one => typeof one === "string") : null;
        engine.delivered(message.call, message.seq, "ok", rung, hub.now());
        this.ops.done();
    }

    /** @param {Json} message @param {import("../signal/hub.js").HubError} error */
    #undelivered(message, error) {
        const result = error.code === "offline" ? "offline" : error.code === "lost" ? "signalling lost" : "refused";
        if (result === "refused") console.warn("the hub refused a call message:", error.message);
        this.ops.engine().delivered(message.call, message.seq, result, null, this.ops.hub.now());
        this.ops.done();
    }

    /** @param {string} from @param {Json} body */
    receive(from, body) {
        const { hub, leg } = this.ops,
            engine = this.ops.engine();
        if (body.action === "invite") leg.noteInvite(body);
        engine.receive(from, body, hub.now());
        const awaited = body.action === "invite" && body.match && body.match === this.#matches.awaited;
        if (awaited && from === this.#matches.from && engine.id === body.call) this.ops.accept();
        this.ops.done();
    }

    /**
     * The server brings two together: the caller calls, the callee takes the call that has this id.
     * @param {{call: string, with: string, role: string}} match
     */
    #match({ call, with: other, role }) {
        if (role === "caller") {
            this.#matches.calling = call;
            this.ops.call(other);
            this.#matches.calling = "";
        } else {
            this.#matches.awaited = call;
            this.#matches.from = other;
        }
    }

    /**
     * It rings there, or from there, no more; a call goes on as long as its media do.
     * @param {string} device
     */
    #deviceGone(device) {
        const { session } = this.ops.leg;
        this.ops.engine().deviceGone(device, this.ops.hub.now());
        if (session?.remote === device && session.connected) this.#endIfSilent(session).catch(() => {});
        this.ops.done();
    }

    /** @param {MediaSession} session */
    async #endIfSilent(session) {
        const before = await received(session.pc);
        await new Promise(done => setTimeout(done, GONE_SILENT_MS));
        const now = await received(session.pc);
        if (this.ops.leg.session !== session || now.media !== before.media) return;
        this.ops.engine().mediaLost(this.ops.hub.now());
        this.ops.done();
    }
}

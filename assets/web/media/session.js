/**
 * One WebRTC connection to one other device: two sendrecv m-lines whose senders have no track until it may send, so
 * that a call needs no renegotiation. Trickle ICE; one bundled transport, so candidates belong to m-line 0. What is
 * wrong with its way is mended by ICE restarts (RFC 8445, 9) until media/path.js gives it up.
 */
import { Emitter } from "../emitter.js";
import { watchPath } from "./path.js";

const EARLY_MAX = 100,
    CONNECT_WITHIN_MS = 30000;

/** @typedef {{muted: boolean, camera: boolean}} MediaState what somebody sends of sound and pictures */

/**
 * Which description of which session it is: "sess-id sess-version" of the o-line (RFC 8866, 5.2).
 * @param {string | undefined} sdp
 */
function originOf(sdp) {
    return /^o=\S+ (\d+ \d+) /m.exec(sdp ?? "")?.[1];
}

/** @extends {Emitter<{track: null, connected: null, media: MediaState, reconnecting: boolean, lost: string}>} */
export class MediaSession extends Emitter {
    /** @type {string[]} candidates that came before the description */
    #early = [];
    /** @type {Record<string, any>[]} ours, until the other side knows the session */
    #outgoing = [];
    #held = false;
    #offers = false;
    #closed = false;
    #endWatch = () => {};

    /**
     * @param {string} id
     * @param {{remote: string, iceServers?: RTCIceServer[], send: (message: Record<string, any>) => void}} options
     *     `send` carries a media message to the other device, in the order of the calls.
     */
    constructor(id, { remote, iceServers, send }) {
        super();
        this.id = id;
        this.remote = remote;
        this.send = send;
        /** @type {MediaState} by the other side's word */
        this.remoteMedia = { muted: false, camera: true };
        this.connected = false;
        this.reconnecting = false;
        const pc = (this.pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" }));
        pc.onicecandidate = event => this.#trickle(event.candidate);
        pc.ontrack = event => this.#addTrack(event.track);
        pc.onconnectionstatechange = () => this.#connectionChanged();
        this.deadline = setTimeout(() => this.#lose("no way was found in time"), CONNECT_WITHIN_MS);
    }

    /** What comes: one track of each kind, as soon as there is a description. */
    get tracks() {
        return this.pc
            .getTransceivers()
            .filter(one => one.currentDirection?.includes("recv"))
            .map(one => one.receiver.track);
    }

    #connectionChanged() {
        const state = this.pc.connectionState;
        if (state === "connected" && !this.connected) {
            this.connected = true;
            clearTimeout(this.deadline);
            this.#endWatch = watchPath(this);
            this.emit("connected", null);
        } else if (state === "failed" && !this.connected) {
            this.#lose("no way was found");
        }
    }

    /** @param {string} why */
    #lose(why) {
        if (!this.#closed) this.emit("lost", why);
    }

    /**
     * Of media/path.js.
     * @param {string} why
     */
    giveUp(why) {
        this.#lose(why);
    }

    /**
     * Of media/path.js.
     * @param {boolean} on
     */
    setReconnecting(on) {
        this.reconnecting = on;
        this.emit("reconnecting", on);
    }

    /** @param {RTCIceCandidate | null} candidate */
    #trickle(candidate) {
        if (candidate && candidate.candidate === "") return;
        const message = {
            type: "media",
            kind: "candidate",
            session: this.id,
            candidate: candidate ? candidate.candidate : null,
        };
        if (this.#held) this.#outgoing.push(message);
        else this.send(message);
    }

    /** A candidate must not come before the message that makes the session known: until `release`. */
    hold() {
        this.#held = true;
    }

    release() {
        this.#held = false;
        this.#outgoing.splice(0).forEach(message => this.send(message));
    }

    /** @param {MediaStreamTrack} track */
    #addTrack(track) {
        track.addEventListener("unmute", () => this.emit("track", null));
        this.emit("track", null);
    }

    /**
     * True when the other side's picture arrives or, where none will, its sound; or where neither will.
     * @param {boolean} video a call with pictures
     */
    hears(video) {
        const { muted, camera } = this.remoteMedia;
        const comes = (/** @type {string} */ kind) => this.tracks.filter(track => track.kind === kind);
        const waited = video && camera && comes("video").length ? comes("video") : muted ? [] : comes("audio");
        return waited.length ? waited.some(track => !track.muted) : muted && (!camera || !video);
    }

    /**
     * A "state" message, or the media of an invite or accept.
     * @param {Record<string, any> | null | undefined} media
     */
    takeMedia(media) {
        if (!media) return;
        this.remoteMedia = { muted: media.muted === true, camera: media.camera !== false };
        this.emit("media", this.remoteMedia);
    }

    // --- Descriptions

    /** Returns the SDP. */
    async offer() {
        this.#offers = true;
        for (const kind of ["audio", "video"]) this.pc.addTransceiver(kind, { direction: "sendrecv" });
        await this.pc.setLocalDescription();
        return this.pc.localDescription?.sdp ?? "";
    }

    /** The first offerer: where both restart at once its offer stands. */
    get isFirstOfferer() {
        return this.#offers;
    }

    /**
     * An ICE restart; its answer comes as at first. Who offered first offers it, and the other side asks for it: of two
     * offers at once one would be rolled back (RFC 9429, 4.1.10.2), after which Chromium (156) decodes what comes and
     * shows none of it.
     */
    async restart() {
        if (!this.isFirstOfferer) {
            this.send({ type: "media", kind: "restart", session: this.id });
            return;
        }
        const { signalingState } = this.pc;
        this.hold();
        if (signalingState === "stable")
            await this.pc.setLocalDescription(await this.pc.createOffer({ iceRestart: true }));
        if (signalingState !== "have-remote-offer")
            // maybe once more: the first may be lost
            this.send({ type: "media", kind: "offer", session: this.id, sdp: this.pc.localDescription?.sdp });
        this.release();
    }

    /**
     * Answers an offer, the first or a restart's; the answer goes out by `send`.
     * @param {string} sdp
     */
    async takeOffer(sdp) {
        if (this.pc.signalingState === "have-local-offer" && this.isFirstOfferer) return;
        this.hold();
        if (!this.#wasAnswered(sdp)) {
            await this.pc.setRemoteDescription({ type: "offer", sdp });
            for (const transceiver of this.pc.getTransceivers()) transceiver.direction = "sendrecv";
            await this.pc.setLocalDescription();
        }
        const answer = this.pc.localDescription?.sdp;
        this.send({ type: "media", kind: "answer", session: this.id, sdp: answer, offer: originOf(sdp) });
        this.release();
        await this.#addEarly();
    }

    /**
     * It comes again where the answer may be lost.
     * @param {string} sdp
     */
    #wasAnswered(sdp) {
        const { signalingState, localDescription, remoteDescription } = this.pc,
            origin = originOf(sdp);
        const isAnswer = signalingState === "stable" && localDescription?.type === "answer";
        return isAnswer && origin !== undefined && origin === originOf(remoteDescription?.sdp);
    }

    /** The other side asks for a restart. */
    async takeRestart() {
        if (this.isFirstOfferer) await this.restart();
    }

    /**
     * @param {string} sdp
     * @param {unknown} offer which one it answers; undefined: it does not say
     */
    async takeAnswer(sdp, offer) {
        if (this.pc.signalingState !== "have-local-offer") return;
        if (offer !== undefined && offer !== originOf(this.pc.localDescription?.sdp)) return;
        await this.pc.setRemoteDescription({ type: "answer", sdp });
        await this.#addEarly();
    }

    async #addEarly() {
        for (const candidate of this.#early.splice(0)) await this.addCandidate(candidate);
    }

    /** @param {any} candidate null: the end of candidates */
    async addCandidate(candidate) {
        if (typeof candidate !== "string" || !candidate) return;
        if (!this.pc.remoteDescription) {
            if (this.#early.length < EARLY_MAX) this.#early.push(candidate);
            return;
        }
        try {
            await this.pc.addIceCandidate({ candidate, sdpMLineIndex: 0 });
        } catch (error) {
            console.info("a candidate is of no use:", candidate, String(error));
        }
    }

    // --- What we send

    /** @param {(MediaStreamTrack | null)[]} tracks one of each kind at most; null or none: nothing is sent of it */
    async transmit(tracks) {
        await Promise.all(
            this.pc.getTransceivers().map(({ sender, receiver }) => {
                const track = tracks.find(one => one?.kind === receiver.track.kind) ?? null;
                return sender.track === track ? undefined : sender.replaceTrack(track);
            }),
        );
    }

    /** @param {MediaState} media what we send, as the other side is to show it */
    tellMedia(media) {
        this.send({ type: "media", kind: "state", session: this.id, ...media });
    }

    close() {
        this.#closed = true;
        clearTimeout(this.deadline);
        this.#endWatch();
        this.pc.onicecandidate = this.pc.ontrack = this.pc.onconnectionstatechange = null;
        this.pc.close();
    }
}

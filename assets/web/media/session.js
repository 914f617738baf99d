// One WebRTC connection to one other device: two sendrecv m-lines whose senders have no track until it may send, so
// that a call needs no renegotiation. Trickle ICE; one bundled transport, so candidates belong to m-line 0.
// Events: "track", "connected", "failed".

export class MediaSession extends EventTarget {
    // `send(message)` carries a media message to the other device, in the order of the calls.
    constructor(id, iceServers, send) {
        super();
        this.id = id;
        this.send = send;
        this.stream = new MediaStream();
        this.early = [];        // candidates that came before the description
        this.outgoing = [];     // our candidates until the other side is known
        this.held = false;
        this.pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
        this.pc.onicecandidate = event => this.trickle(event.candidate);
        this.pc.ontrack = event => this.addTrack(event.track);
        this.pc.onconnectionstatechange = () => {
            if (["connected", "failed"].includes(this.pc.connectionState))
                this.dispatchEvent(new Event(this.pc.connectionState));
        };
    }

    trickle(candidate) {
        if (candidate && candidate.candidate === "")
            return;
        const message = { type: "media", kind: "candidate", session: this.id,
                          candidate: candidate ? candidate.candidate : null };
        if (this.held)
            this.outgoing.push(message);
        else
            this.send(message);
    }

    // A candidate must not come before the message that makes the session known.
    hold() {
        this.held = true;
    }

    release() {
        this.held = false;
        this.outgoing.splice(0).forEach(message => this.send(message));
    }

    addTrack(track) {
        this.stream.addTrack(track);
        track.addEventListener("unmute", () => this.dispatchEvent(new Event("track")));
        this.dispatchEvent(new Event("track"));
    }

    // True when the other side's picture arrives or, where none will, its sound; or where neither will. `video`: a call
    // with pictures.
    hears(video) {
        const { muted, camera } = this.remoteMedia || { muted: false, camera: true };
        const comes = kind => this.stream.getTracks().filter(track => track.kind === kind);
        const waited = video && camera && comes("video").length ? comes("video") : muted ? [] : comes("audio");
        return waited.length ? waited.some(track => !track.muted) : muted && (!camera || !video);
    }

    async offer() {
        for (const kind of ["audio", "video"])
            this.pc.addTransceiver(kind, { direction: "sendrecv", streams: [this.stream] });
        await this.pc.setLocalDescription();
        return this.pc.localDescription.sdp;
    }

    async answer(sdp) {
        await this.pc.setRemoteDescription({ type: "offer", sdp });
        for (const transceiver of this.pc.getTransceivers())
            transceiver.direction = "sendrecv";
        await this.pc.setLocalDescription();
        await this.addEarly();
        return this.pc.localDescription.sdp;
    }

    async accept(sdp) {
        if (this.pc.signalingState !== "have-local-offer")
            return;
        await this.pc.setRemoteDescription({ type: "answer", sdp });
        await this.addEarly();
    }

    async addEarly() {
        for (const candidate of this.early.splice(0))
            await this.addCandidate(candidate);
    }

    async addCandidate(candidate) {
        if (typeof candidate !== "string" || !candidate)
            return;             // null: the end of candidates
        if (!this.pc.remoteDescription) {
            if (this.early.length < 100)
                this.early.push(candidate);
            return;
        }
        try {
            await this.pc.addIceCandidate({ candidate, sdpMLineIndex: 0 });
        } catch (error) {
            console.info("a candidate is of no use:", candidate, error.message);
        }
    }

    // Sends the tracks of `stream`, or nothing with null.
    async transmit(stream) {
        for (const transceiver of this.pc.getTransceivers()) {
            const kind = transceiver.receiver.track.kind;
            const track = stream && stream.getTracks().find(one => one.kind === kind);
            await transceiver.sender.replaceTrack(track || null);
        }
    }

    close() {
        this.pc.onicecandidate = this.pc.ontrack = this.pc.onconnectionstatechange = null;
        this.pc.close();
    }
}

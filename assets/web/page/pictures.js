/**
 * The pictures: one <video> for what comes, whose tracks are replaced. The last picture is held on a canvas above it
 * until the first of the new source is there, so that no change shows black.
 */

/** @typedef {import("../callapi.js").Shown} Shown */

export class Pictures {
    #key = "";
    #held = 0;
    /** @type {MediaStream} */
    #stream = new MediaStream();

    /**
     * @param {{remote: HTMLVideoElement, held: HTMLCanvasElement, own: HTMLVideoElement,
     *          blocked: (blocked: boolean) => void, pictured: () => void}} options
     *     `blocked`: the browser plays no sound before a touch; `pictured`: the first picture of a source is there
     */
    constructor({ remote, held, own, blocked, pictured }) {
        this.remote = remote;
        this.held = held;
        this.own = own;
        this.blocked = blocked;
        this.pictured = pictured;
        this.hasPicture = false;
        remote.srcObject = this.#stream;
    }

    /** @param {Shown} shown */
    show(shown) {
        const tracks = shown.tracks.filter(track => track.readyState === "live");
        const key =
            shown.url ||
            tracks
                .map(track => track.id)
                .sort()
                .join();
        this.remote.muted = this.silenced || !shown.audible;
        if (key === this.#key) return;
        this.#key = key;
        if (!key && this.hasPicture)
            this.#hold(); // what was there stays, for the scene to dim or to cover
        else if (key) this.#change(tracks, shown.url);
    }

    /** Sound waits for a touch. */
    silenced = false;

    /** @param {MediaStreamTrack[]} tracks @param {string} url */
    #change(tracks, url) {
        const change = ++this.#held;
        if (this.hasPicture) this.#hold();
        this.#stream = new MediaStream(tracks);
        this.remote.srcObject = url ? null : this.#stream;
        if (url) this.remote.src = url;
        this.play();
        const arrived = () => change === this.#held && this.#release();
        if ("requestVideoFrameCallback" in this.remote) this.remote.requestVideoFrameCallback(arrived);
        else
            /** @type {any} */ (this.remote).addEventListener("timeupdate", arrived, { once: true });
    }

    #hold() {
        const { remote, held } = this;
        if (!remote.videoWidth || !held.hidden) return;
        held.width = remote.videoWidth;
        held.height = remote.videoHeight;
        held.getContext("2d")?.drawImage(remote, 0, 0);
        held.hidden = false;
    }

    #release() {
        this.held.hidden = true;
        this.hasPicture = true;
        this.pictured();
    }

    /** Another source's last picture is nobody's any more. */
    forget() {
        this.#held++;
        this.#key = "";
        this.held.hidden = true;
        this.hasPicture = false;
        this.remote.srcObject = this.#stream = new MediaStream();
    }

    /** Also by a touch, which lets sound be played. */
    async play() {
        try {
            await this.remote.play();
        } catch (error) {
            if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
            this.silenced = true;
            this.remote.muted = true;
            this.blocked(true);
            await this.remote.play().catch(() => {});
        }
    }

    /** @param {boolean} audible */
    touch(audible) {
        this.silenced = false;
        this.remote.muted = !audible;
        this.blocked(false);
        this.play();
    }

    /** @param {MediaStream | null} stream @param {boolean} mirrored */
    showOwn(stream, mirrored) {
        this.own.classList.toggle("mirrored", mirrored);
        if (this.own.srcObject === stream) return;
        this.own.classList.add("waits");
        this.own.onloadeddata = () => this.own.classList.remove("waits");
        this.own.srcObject = stream;
        this.own.play().catch(() => {});
    }
}

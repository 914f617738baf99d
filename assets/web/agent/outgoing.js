/** What we send: camera and microphone, or the screen. */

/**
 * @typedef {import("../media/session.js").MediaState} MediaState
 * @typedef {MediaStreamTrack | null} Track
 */

export class Outgoing {
    muted = false;
    cameraOn = true;
    /** @type {Track} */
    #audio = null;
    /** @type {Track} */
    #video = null;
    /** Tracks are on their way: the other side is told that they come. */
    #opening = false;
    #turn = 0;

    /** @param {() => void} changed something else is sent, or told, than before */
    constructor(changed) {
        this.changed = changed;
    }

    /**
     * The tracks stay the caller's.
     * @param {MediaStream | null | Promise<MediaStream | null>} stream
     */
    async set(stream) {
        const turn = ++this.#turn;
        this.#opening = stream instanceof Promise;
        const ready = await stream;
        if (turn !== this.#turn) return; // another one has come meanwhile
        this.#opening = false;
        [this.#audio, this.#video] = [ready?.getAudioTracks()[0] ?? null, ready?.getVideoTracks()[0] ?? null];
        this.changed();
    }

    /** @param {boolean} muted */
    setMuted(muted) {
        this.muted = muted;
        this.changed();
    }

    /** @param {boolean} on */
    setCamera(on) {
        this.cameraOn = on;
        this.changed();
    }

    /**
     * Muted: nothing of the microphone leaves this device.
     * @param {boolean} video with pictures
     * @returns {Track[]}
     */
    tracks(video) {
        return [this.muted ? null : this.#audio, video && this.cameraOn ? this.#video : null];
    }

    /**
     * As the other side is to show it.
     * @param {boolean} video with pictures
     * @returns {MediaState}
     */
    state(video) {
        return {
            muted: this.muted || !(this.#audio || this.#opening),
            camera: video && this.cameraOn && !!(this.#video || this.#opening),
        };
    }
}

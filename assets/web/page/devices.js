/** Camera, microphone and screen. What is missing is done without, and said. */

/** @typedef {"" | "busy" | "forbidden" | "missing" | "insecure"} Trouble */

/** @param {unknown} error @returns {Trouble} */
function troubleOf(error) {
    const name = error instanceof DOMException ? error.name : "";
    return name === "NotAllowedError" || name === "SecurityError"
        ? "forbidden"
        : name === "NotReadableError" || name === "AbortError"
          ? "busy"
          : "missing";
}

export class Devices {
    /** @type {MediaStreamTrack | null} */
    audio = null;
    /** @type {MediaStreamTrack | null} */
    camera = null;
    /** @type {MediaStream | null} */
    screen = null;
    /** @type {Trouble} */
    cameraTrouble = "";
    microphoneMissing = false;
    cameras = 0;
    /** @type {Promise<void>} */
    #opening = Promise.resolve();

    /** @param {{changed: () => void}} options `changed`: what is sent is something else now */
    constructor({ changed }) {
        this.changed = changed;
        this.cameraId = "";
        this.microphoneId = "";
        navigator.mediaDevices?.addEventListener("devicechange", () => this.#count());
    }

    /** Without asking anybody. */
    async mayOpen() {
        try {
            const camera = await navigator.permissions.query({ name: /** @type {any} */ ("camera") });
            return camera.state === "granted";
        } catch {
            return false;
        }
    }

    /** @param {boolean} video */
    open(video) {
        this.#opening = this.#opening.then(() => this.#open(video));
        return this.#opening;
    }

    /** @param {boolean} video */
    async #open(video) {
        if (!navigator.mediaDevices) {
            this.cameraTrouble = "insecure";
            this.microphoneMissing = true;
            return;
        }
        const wantsVideo = video && !this.camera,
            wantsAudio = !this.audio;
        if (wantsVideo && wantsAudio && (await this.#take(true, true))) return;
        if (wantsAudio && !this.audio) await this.#take(true, false);
        if (wantsVideo && !this.camera) await this.#take(false, true);
        this.#count();
    }

    /**
     * One question for both; where one of them is missing, each for itself.
     * @param {boolean} audio
     * @param {boolean} video
     */
    async #take(audio, video) {
        try {
            const stream = await navigator.mediaDevices.getUserMedia({
                audio: audio && {
                    deviceId: this.microphoneId || undefined,
                    echoCancellation: true,
                    noiseSuppression: true,
                    autoGainControl: true,
                },
                video: video && {
                    deviceId: this.cameraId || undefined,
                    width: { ideal: 1280 },
                    height: { ideal: 720 },
                    frameRate: { ideal: 30 },
                },
            });
            if (audio) [this.audio, this.microphoneMissing] = [stream.getAudioTracks()[0] ?? null, false];
            if (video) [this.camera, this.cameraTrouble] = [stream.getVideoTracks()[0] ?? null, ""];
            for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#ended(track));
            this.#count();
            return true;
        } catch (error) {
            console.info("camera and microphone:", String(error));
            if (video && !audio) this.cameraTrouble = troubleOf(error);
            if (audio && !video) this.microphoneMissing = true;
            return false;
        }
    }

    /**
     * It was pulled out, or taken away.
     * @param {MediaStreamTrack} track
     */
    #ended(track) {
        if (track === this.audio) [this.audio, this.microphoneMissing] = [null, true];
        if (track === this.camera) [this.camera, this.cameraTrouble] = [null, "missing"];
        this.changed();
    }

    async #count() {
        const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
        this.cameras = all.filter(one => one.kind === "videoinput").length;
    }

    /**
     * "videoinput", "audioinput", "audiooutput"
     * @param {MediaDeviceKind} kind
     */
    async list(kind) {
        const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
        return all.filter(one => one.kind === kind && one.deviceId);
    }

    /** The light goes out. */
    closeCamera() {
        this.camera?.stop();
        this.camera = null;
    }

    close() {
        this.closeCamera();
        this.audio?.stop();
        this.audio = null;
        this.stopScreen();
    }

    /** The next one. */
    async switchCamera() {
        const all = await this.list("videoinput"),
            now = this.camera?.getSettings().deviceId;
        const next = all[(all.findIndex(one => one.deviceId === now) + 1) % Math.max(all.length, 1)];
        if (next) await this.use("videoinput", next.deviceId);
    }

    /** @param {MediaDeviceKind} kind @param {string} id */
    async use(kind, id) {
        if (kind === "videoinput") {
            this.cameraId = id;
            this.closeCamera();
            await this.open(true);
        } else {
            this.microphoneId = id;
            this.audio?.stop();
            this.audio = null;
            await this.open(false);
        }
        this.changed();
    }

    get canShareScreen() {
        return !!navigator.mediaDevices?.getDisplayMedia;
    }

    async shareScreen() {
        this.screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 30 }, audio: true });
        this.screen.getVideoTracks()[0].addEventListener("ended", () => (this.stopScreen(), this.changed()));
        this.changed();
    }

    stopScreen() {
        this.screen?.getTracks().forEach(track => track.stop());
        this.screen = null;
    }

    /**
     * What is to be sent: the screen goes before the camera.
     * @returns {MediaStream | null}
     */
    get stream() {
        const video = this.screen?.getVideoTracks()[0] ?? this.camera;
        const tracks = [this.audio, video].flatMap(track => (track ? [track] : []));
        return tracks.length ? new MediaStream(tracks) : null;
    }
}

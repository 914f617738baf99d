/**
 * What runs in the page under test, beside it: a camera whose pictures carry numbers, a microphone with a tone, and
 * a look at what is on the screen. Handed over as source text, so it stands alone.
 *
 * @param {{source: number, tone: number, camera: boolean | string, microphone: boolean, screen: number}} options
 *   `camera`: or the name of the error that opening it ends with (Media Capture and Streams, getUserMedia); `screen`:
 *   the source number of its pictures, where it is shared
 * @param {ReturnType<import("../../support/framecode.mjs").frameCode>} code
 * @param {typeof import("../../support/tones.mjs").tenths} tenths
 */
export function prepare({ source, tone, camera, microphone, screen }, code, tenths) {
    const WIDTH = 640,
        HEIGHT = 360,
        SMALLER = 2, // it is read in half the size, which is quicker
        DARK = 12,
        HEARD_MS = 1000,
        RATE = 48000;

    const newCanvas = (smaller = 1) => {
        const size = { width: WIDTH / smaller, height: HEIGHT / smaller };
        const canvas = Object.assign(document.createElement("canvas"), size);
        return canvas.getContext("2d", { willReadFrequently: true });
    };

    const draw = (context, number, from = source) => {
        context.fillStyle = `hsl(${number % 360} 60% 55%)`;
        context.fillRect(0, 0, WIDTH, HEIGHT);
        code.draw(from, number, WIDTH, HEIGHT, (x, y, width, height, black) => {
            context.fillStyle = black ? "#000" : "#fff";
            context.fillRect(x, y, width + 0.5, height);
        });
    };

    const read = data => {
        const [width, height] = [WIDTH / SMALLER, HEIGHT / SMALLER];
        return code.read(width, height, (x, y) => data[4 * (y * width + x) + 1] < 128);
    };

    // Without a sound card Firefox's AudioContext stands still: its own microphone for tests has a tone, too.
    const firefox = navigator.userAgent.includes("Firefox");
    const real = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    let sound,
        number = 0;
    const film = from => {
        const context = newCanvas();
        draw(context, number, from);
        const timer = setInterval(() => draw(context, ++number, from), 66);
        const [track] = context.canvas.captureStream(15).getTracks();
        const stop = track.stop.bind(track);
        track.stop = () => (clearInterval(timer), stop());
        return track;
    };
    const open = async kinds => {
        const tracks = [];
        if ((kinds.video && !camera) || (kinds.audio && !microphone))
            throw new DOMException("there is none", "NotFoundError");
        if (kinds.video && typeof camera === "string") throw new DOMException("it cannot be opened", camera);
        if (kinds.video) tracks.push(film(source));
        if (kinds.audio && firefox) {
            const stream = await real({ audio: true, fake: true });
            tracks.push(...stream.getTracks());
        } else if (kinds.audio) {
            sound ??= new AudioContext();
            const oscillator = sound.createOscillator(),
                to = sound.createMediaStreamDestination();
            oscillator.frequency.value = tone;
            oscillator.connect(to);
            oscillator.start();
            tracks.push(...to.stream.getTracks());
        }
        return new MediaStream(tracks);
    };
    if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async kinds => open(kinds);
    if (navigator.mediaDevices && screen)
        navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([(underTest.screen = film(screen))]);

    // What is on the screen, picture by picture: the video, or what is held above it.
    const seen = [],
        black = [];
    let begun = false; // from the first picture of a room or call on
    const reader = newCanvas(SMALLER);
    const pixels = () => {
        try {
            return reader.getImageData(0, 0, WIDTH / SMALLER, HEIGHT / SMALLER).data;
        } catch {
            return null; // pictures of another origin are not to be read
        }
    };
    const look = () => {
        const video = document.getElementById("remote"),
            held = document.getElementById("held");
        const stage = document.getElementById("stage");
        requestAnimationFrame(look);
        if (stage?.dataset.scene === "directory") begun = false;
        if (!video || stage.dataset.main !== "remote") return;
        const shown = held.hidden ? video : held;
        if (!(shown.videoWidth ?? shown.width)) {
            if (begun) black.push(`nothing in ${stage.dataset.scene}`);
            return;
        }
        reader.drawImage(shown, 0, 0, WIDTH / SMALLER, HEIGHT / SMALLER);
        const data = pixels(),
            found = data && read(data);
        if (!data) return;
        let brightest = 0;
        for (let i = 0; i < data.length; i += 4 * 997)
            brightest = Math.max(brightest, data[i], data[i + 1], data[i + 2]);
        if (begun && brightest < DARK) black.push(`black in ${stage.dataset.scene}`);
        begun ||= !!found;
        const last = seen.at(-1);
        if (found && (found.number !== last?.number || found.source !== last?.source))
            seen.push({ ...found, scene: stage.dataset.scene });
    };
    requestAnimationFrame(look);

    /**
     * A second of the sound that the page plays: in how many tenths of it each of these tones is heard. Recorded and
     * read again, since that needs no sound card either.
     */
    const hear = async frequencies => {
        const stream = document.getElementById("remote").srcObject,
            recorder = new MediaRecorder(new MediaStream(stream.getAudioTracks())),
            parts = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        const stopped = new Promise(done => (recorder.onstop = done));
        recorder.start();
        await new Promise(done => setTimeout(done, HEARD_MS));
        recorder.stop();
        await stopped;
        const decoder = new OfflineAudioContext(1, RATE, RATE);
        const sound = await decoder.decodeAudioData(await new Blob(parts).arrayBuffer());
        return frequencies.map(one => tenths(sound.getChannelData(0), sound.sampleRate, one));
    };
    globalThis.underTest = { seen, black, hear };
}

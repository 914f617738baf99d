/**
 * What runs in the page under test, beside it: a camera whose pictures carry numbers (engine/statistics/framecode.h), a
 * microphone with a tone, and a look at what is on the screen. Handed over as source text, so it stands alone.
 *
 * @param {{source: number, tone: number, camera: boolean, microphone: boolean}} options
 */
export function prepare({ source, tone, camera, microphone }) {
    const WIDTH = 640,
        HEIGHT = 360,
        CELL = WIDTH / 116,
        FINDER = "BBBWBW................WBWBB";
    const SMALLER = 2,
        DARK = 12; // it is read in half the size, which is quicker

    const crc8 = value => {
        let crc = 0xff;
        for (const shift of [16, 8, 0]) {
            crc ^= (value >> shift) & 255;
            for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 255 : crc << 1;
        }
        return crc;
    };

    const newCanvas = (smaller = 1) => {
        const size = { width: WIDTH / smaller, height: HEIGHT / smaller };
        const canvas = Object.assign(document.createElement("canvas"), size);
        return canvas.getContext("2d", { willReadFrequently: true });
    };

    const draw = (context, number) => {
        const value = (source << 20) | number,
            word = (value * 256 + crc8(value)) >>> 0;
        context.fillStyle = `hsl(${number % 360} 60% 55%)`;
        context.fillRect(0, 0, WIDTH, HEIGHT);
        for (const centre of [0.35, 0.65]) {
            const x = CELL / 2,
                y = HEIGHT * centre - 2.5 * CELL;
            context.fillStyle = "#fff";
            context.fillRect(x, y, 29 * CELL, 5 * CELL);
            context.fillStyle = "#000";
            for (let i = 0; i < 27; i++)
                for (let row = 0; row < 2; row++)
                    if (FINDER[i] === "." ? (word >>> (31 - row * 16 - (i - 6))) & 1 : FINDER[i] === "B")
                        context.fillRect(x + (i + 1) * CELL, y + (0.5 + 2 * row) * CELL, CELL + 0.5, 2 * CELL);
        }
    };

    const read = data => {
        const dark = (x, y) =>
            data[4 * (Math.round(y / SMALLER) * (WIDTH / SMALLER) + Math.round(x / SMALLER)) + 1] < 128;
        let word = 0;
        for (let row = 0; row < 2; row++)
            for (let i = 0; i < 27; i++) {
                const black = dark((i + 2) * CELL, HEIGHT * 0.35 + (-1 + 2 * row) * CELL);
                if (FINDER[i] === ".") word = (word * 2 + (black ? 1 : 0)) >>> 0;
                else if (black !== (FINDER[i] === "B")) return null;
            }
        return crc8(word >>> 8) === (word & 255) ? { source: word >>> 28, number: (word >>> 8) & 0xfffff } : null;
    };

    // Without a sound card Firefox plays nothing: its own microphone for tests has a tone, too, and what it hears is
    // seen by its statistics only.
    const firefox = navigator.userAgent.includes("Firefox");
    const real = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    let sound,
        number = 0;
    const open = async kinds => {
        const tracks = [];
        if ((kinds.video && !camera) || (kinds.audio && !microphone))
            throw new DOMException("there is none", "NotFoundError");
        if (kinds.video) {
            const context = newCanvas();
            draw(context, number);
            const timer = setInterval(() => draw(context, ++number), 33);
            const [track] = context.canvas.captureStream(30).getTracks();
            const stop = track.stop.bind(track);
            track.stop = () => (clearInterval(timer), stop());
            tracks.push(track);
        }
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

    // What is on the screen, picture by picture: the video, or what is held above it.
    const seen = [],
        black = [];
    let begun = false; // from the first picture of a room or call on
    const reader = newCanvas(SMALLER);
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
        const { data } = reader.getImageData(0, 0, WIDTH / SMALLER, HEIGHT / SMALLER),
            code = read(data);
        let brightest = 0;
        for (let i = 0; i < data.length; i += 4 * 997)
            brightest = Math.max(brightest, data[i], data[i + 1], data[i + 2]);
        if (begun && brightest < DARK) black.push(`black in ${stage.dataset.scene}`);
        begun ||= !!code;
        const last = seen.at(-1);
        if (code && (code.number !== last?.number || code.source !== last?.source))
            seen.push({ ...code, scene: stage.dataset.scene });
    };
    requestAnimationFrame(look);

    // How loud this tone is in what comes: Goertzel over the tracks that the page plays.
    const hear = async (frequency, session) => {
        if (firefox) {
            const rows = [...(await session.pc.getStats()).values()];
            return (
                20 *
                Math.log10(rows.find(row => row.type === "inbound-rtp" && row.kind === "audio")?.audioLevel || 1e-9)
            );
        }
        const stream = document.getElementById("remote").srcObject;
        sound ??= new AudioContext();
        await sound.resume();
        const analyser = sound.createAnalyser();
        analyser.fftSize = 8192;
        sound.createMediaStreamSource(stream).connect(analyser);
        const bins = new Float32Array(analyser.frequencyBinCount);
        await new Promise(done => setTimeout(done, 400));
        analyser.getFloatFrequencyData(bins);
        const bin = Math.round(frequency / (sound.sampleRate / analyser.fftSize));
        return Math.max(...bins.slice(bin - 2, bin + 3));
    };
    globalThis.underTest = { seen, black, hear };
}

/**
 * One end of a call, measured in a browser: when each new picture was on the screen, and the browser's own statistics.
 * Parameters: role (caller, callee), to, seconds, delay (ms until it is accepted), size. The result goes to the console
 * in pieces: "PIECE <n> <base64>", then "END <pieces>". Times in ms since 1970. Pictures carry numbers
 * (engine/statistics/framecode.h), in both directions.
 */
import { CallApi, loadRules } from "./callapi.js";
import { frameCode } from "./framecode.js";

const parameters = new URLSearchParams(location.search);
const [WIDTH, HEIGHT] = (parameters.get("size") || "1280x720").split("x").map(Number);
const SOURCE = 9,
    DRAWN = 4096; // the last so many
const role = parameters.get("role") ?? "";
const code = frameCode();
const remote = /** @type {HTMLVideoElement} */ (document.getElementById("remote"));
const now = () => performance.timeOrigin + performance.now();
const sleep = (/** @type {number} */ ms) => new Promise(done => setTimeout(done, ms));

/** @type {Map<number, number>} number → when it was drawn */
const drawn = new Map();

/** @param {CanvasRenderingContext2D} context @param {number} number */
function draw(context, number) {
    context.fillStyle = `hsl(${number % 360} 60% 55%)`;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = "#fff";
    for (let i = 0; i < 12; i++)
        // something that moves and has edges
        context.fillRect((number * (3 + i) + i * 97) % WIDTH, HEIGHT * (0.15 + i * 0.06), WIDTH / 9, HEIGHT / 22);
    code.draw(SOURCE, number, WIDTH, HEIGHT, (x, y, width, height, black) => {
        context.fillStyle = black ? "#000" : "#fff";
        context.fillRect(x, y, width + 0.5, height);
    });
    drawn.set(number, now());
    drawn.delete(number - DRAWN);
}

function camera() {
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const stream = canvas.captureStream(0),
        [track] = /** @type {CanvasCaptureMediaStreamTrack[]} */ (stream.getVideoTracks());
    let number = 0;
    setInterval(() => (draw(context, ++number & 0xfffff), track.requestFrame()), 1000 / 30);
    const sound = new AudioContext(),
        tone = sound.createOscillator(),
        to = sound.createMediaStreamDestination();
    tone.connect(to);
    tone.start();
    return new MediaStream([track, ...to.stream.getTracks()]);
}

// The upper code alone, which is enough: a strip of the picture, as it is.
const reader = /** @type {CanvasRenderingContext2D} */ (
    document.createElement("canvas").getContext("2d", { willReadFrequently: true })
);
function readNumber() {
    const { videoWidth: width, videoHeight: height } = remote,
        top = Math.round(height * 0.35 - width / 30),
        rows = Math.round(width / 15);
    if (!width) return null;
    if (reader.canvas.width !== width || reader.canvas.height !== rows)
        Object.assign(reader.canvas, { width, height: rows });
    reader.drawImage(remote, 0, top, width, rows, 0, 0, width, rows);
    const { data } = reader.getImageData(0, 0, width, rows);
    return code.read(width, height, (x, y) => data[4 * ((y - top) * width + x) + 1] < 128)?.number ?? null;
}

/** @type {[number, number | null][]} */
const frames = []; // time, number
function look() {
    frames.push([now(), readNumber()]);
    remote.requestVideoFrameCallback(look);
}
remote.requestVideoFrameCallback(look);

const api = new CallApi({ hub: location.origin.replace(/^http/, "ws"), user: role, rules: await loadRules() });
/** @type {Record<string, number>} */
const times = {};
const note = (/** @type {string} */ name) => (times[name] ??= now());

api.on("call", async ({ state, previous, role: side, reason }) => {
    note(state);
    console.log(`STATE ${state} ${reason}`);
    if (state !== "calling" || previous === "calling" || side !== "callee") return;
    await sleep(Number(parameters.get("delay") || 0));
    note("accepted");
    api.accept();
});
/** @type {string} */
let shown = "";
api.on("shown", ({ tracks }) => {
    const ids = tracks.map(({ id }) => id).join();
    if (tracks.length && ids !== shown) remote.srcObject = new MediaStream(tracks);
    shown = ids;
});
api.setTracks(camera());
api.prepare();
await api.once("online");
console.log("READY");
if (role === "caller") {
    await sleep(Number(parameters.get("wait") || 1500));
    note("called");
    const result = api.call(parameters.get("to") ?? "");
    if (result !== "ok") console.log(`FAILED ${result}`);
}
while (!times.connected) await sleep(20);
const { pc } = /** @type {import("../../../assets/web/media/session.js").MediaSession} */ (api.leg.session);
/** @type {number[]} */
const playout = []; // how old the picture is that is played, by the sender's clock
const seconds = Number(parameters.get("seconds"));
const statistics = async () => [...(await pc.getStats()).values()];
for (let i = 0; i < seconds; i++) {
    await sleep(1000);
    const rows = await statistics(),
        video = rows.find(row => row.type === "inbound-rtp" && row.kind === "video");
    if (video?.estimatedPlayoutTimestamp) playout.push(video.timestamp - video.estimatedPlayoutTimestamp);
}
const kinds = ["inbound-rtp", "outbound-rtp", "candidate-pair", "media-playout"];
const stats = (await statistics()).filter(row => kinds.includes(row.type));
const text = btoa(JSON.stringify({ times, frames, drawn: [...drawn], playout, stats }));
const pieces = text.match(/.{1,1500}/g) ?? [];
pieces.forEach((piece, i) => console.log(`PIECE ${i} ${piece}`));
console.log(`END ${pieces.length}`);

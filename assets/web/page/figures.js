/** How the connection is doing: bars, levels, and with F3 the figures. */
import { countOf, judge } from "../media/statistics.js";
import { _ } from "./words.js";

const EACH_MS = 1000,
    JUDGE_MS = 2000,
    LINE = 20,
    WIDTH = 340;

/** @typedef {import("../media/statistics.js").Count} Count */

export class Figures {
    quality = 0;
    /** remote and own sound, 0 to 1 */
    levels = [0, 0];
    #judged = performance.now();
    /** @type {Count} */
    #before = { packets: 0, lost: 0, roundTripMs: 0 };
    /** @type {Map<string, {at: number, bytes: number}>} */
    #bytes = new Map();

    /** @param {HTMLCanvasElement} canvas @param {import("../callapi.js").CallApi} api */
    constructor(canvas, api) {
        this.canvas = canvas;
        this.api = api;
        setInterval(() => this.#look().catch(error => console.info("figures:", String(error))), EACH_MS);
    }

    toggle() {
        this.canvas.hidden = !this.canvas.hidden;
    }

    async #look() {
        const session = this.api.leg.released ? this.api.leg.session : this.api.rooms.watched?.session;
        if (!session?.connected) {
            this.quality = 0;
            return;
        }
        const report = await session.pc.getStats(),
            now = performance.now();
        this.#takeLevels(report);
        if (now - this.#judged >= JUDGE_MS) {
            const count = countOf(report),
                before = count.packets < this.#before.packets ? { ...count, packets: 0, lost: 0 } : this.#before;
            this.quality = judge(before, count, session.reconnecting);
            this.#before = count;
            this.#judged = now;
        }
        if (!this.canvas.hidden) this.#draw(this.#lines(report, now));
    }

    /** @param {RTCStatsReport} report */
    #takeLevels(report) {
        for (const row of report.values()) {
            if (row.type === "inbound-rtp" && row.kind === "audio")
                this.levels = [row.audioLevel ?? 0, this.levels[1]];
            if (row.type === "media-source" && row.kind === "audio")
                this.levels = [this.levels[0], this.api.muted ? 0 : (row.audioLevel ?? 0)];
        }
    }

    /** @param {string} key @param {number} bytes @param {number} now kbit/s since the last time */
    #rate(key, bytes, now) {
        const before = this.#bytes.get(key);
        this.#bytes.set(key, { at: now, bytes });
        return before && now > before.at ? Math.round((8 * (bytes - before.bytes)) / (now - before.at)) : 0;
    }

    /** @param {RTCStatsReport} report @param {number} now @returns {[string, string][]} */
    #lines(report, now) {
        /** @type {[string, string][]} */
        const lines = [];
        for (const row of report.values()) {
            const codec = report.get(row.codecId)?.mimeType?.split("/")[1] ?? "";
            const size = row.frameWidth
                ? ` ${row.frameWidth}×${row.frameHeight} ${row.framesPerSecond ?? 0} fps`
                : "";
            if (row.type === "candidate-pair" && row.nominated && row.state === "succeeded")
                lines.push([_("Round trip"), `${Math.round(1000 * (row.currentRoundTripTime ?? 0))} ms`]);
            if (row.type === "inbound-rtp")
                lines.push(
                    [_("Received"), `${codec}${size} ${this.#rate(row.id, row.bytesReceived, now)} kbit/s`],
                    [_("Loss"), `${row.packetsLost} / ${row.packetsReceived + row.packetsLost}`],
                );
            if (row.type === "outbound-rtp" && row.bytesSent)
                lines.push([_("Sent"), `${codec}${size} ${this.#rate(row.id, row.bytesSent, now)} kbit/s`]);
            if (row.type === "outbound-rtp" && row.qualityLimitationReason && row.qualityLimitationReason !== "none")
                lines.push([_("Limited by"), row.qualityLimitationReason]);
        }
        return lines;
    }

    /** @param {[string, string][]} lines */
    #draw(lines) {
        const context = this.canvas.getContext("2d"),
            scale = devicePixelRatio,
            style = getComputedStyle(document.documentElement);
        const height = LINE * (lines.length + 1);
        if (!context) return;
        [this.canvas.width, this.canvas.height] = [WIDTH * scale, height * scale];
        [this.canvas.style.width, this.canvas.style.height] = [`${WIDTH}px`, `${height}px`];
        context.scale(scale, scale);
        context.fillStyle = style.getPropertyValue("--colour-figures-ground");
        context.fillRect(0, 0, WIDTH, height);
        context.font = "13px Inter, sans-serif";
        lines.forEach(([label, value], i) => {
            context.fillStyle = style.getPropertyValue("--colour-figures-label");
            context.fillText(label, 12, LINE * (i + 1) + 5);
            context.fillStyle = style.getPropertyValue("--colour-text");
            context.fillText(value, 120, LINE * (i + 1) + 5);
        });
    }
}

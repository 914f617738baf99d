/**
 * When to do something about a connection over which nothing comes any more: the times are those of
 * app/session/path.c.
 */
import { received } from "./statistics.js";

const CHECK_MS = 200,
    SILENT_MS = 600,
    GAP_MS = 1000,
    QUIET_MS = 5000,
    FLOWING = 20,
    SECOND_MS = 400,
    AGAIN_MS = 2000,
    LOST_MS = 30000;

/** Pure: times and counters are passed in. */
export class Path {
    /** @param {number} now ms */
    constructor(now) {
        this.heardAt = now;
        this.countedAt = now;
        this.flowingAt = -Infinity;
        this.attemptAt = Infinity;
        this.received = this.media = this.counted = 0;
        this.silent = false;
    }

    /**
     * @param {number} media packets of media so far
     * @param {number} reports on ours
     * @param {boolean} first whether this side begins where both notice
     * @param {number} now ms
     * @returns {"" | "silent" | "back" | "restart" | "lost"}
     */
    check(media, reports, first, now) {
        if (media + reports !== this.received) {
            this.#hear(media, reports, now);
            if (this.silent) return this.#back();
        }
        const silence = now - this.heardAt,
            flowing = this.heardAt - this.flowingAt < 2000;
        if (!this.silent && silence >= (flowing ? SILENT_MS : QUIET_MS)) {
            this.silent = true;
            this.attemptAt = Math.min(this.attemptAt, now + (flowing ? GAP_MS : 0) + (first ? 0 : SECOND_MS));
            return "silent";
        }
        if (this.silent && silence >= LOST_MS) return "lost";
        if (this.attemptAt > now) return "";
        this.attemptAt = this.silent ? now + AGAIN_MS : Infinity;
        return "restart";
    }

    /**
     * The system says that the network changed, or the signalling is back.
     * @param {number} now
     */
    changed(now) {
        this.attemptAt = now;
    }

    #back() {
        this.silent = false;
        this.attemptAt = Infinity;
        return /** @type {"back"} */ ("back");
    }

    /** @param {number} media @param {number} reports @param {number} now */
    #hear(media, reports, now) {
        this.received = media + reports;
        this.media = media;
        this.heardAt = now;
        if (now - this.countedAt < 1000) return;
        if (media - this.counted >= FLOWING) this.flowingAt = now;
        this.counted = media;
        this.countedAt = now;
    }
}

/**
 * Looks after a connected session until the function that it returns is called.
 * @param {import("./session.js").MediaSession} session
 */
export function watchPath(session) {
    const path = new Path(performance.now());
    const check = async () => {
        const { media, reports } = await received(session.pc);
        const news = path.check(media, reports, session.isFirstOfferer, performance.now());
        if (news === "silent" || news === "back") session.setReconnecting(news === "silent");
        else if (news === "restart") await session.restart();
        else if (news === "lost") session.giveUp("nothing has come for half a minute");
    };
    const timer = setInterval(
        () => check().catch(error => console.info("looking after a connection:", error)),
        CHECK_MS,
    );
    const changed = () => path.changed(performance.now());
    addEventListener("online", changed);
    return () => {
        clearInterval(timer);
        removeEventListener("online", changed);
    };
}

/** The calls there were, kept on this device, the newest first. */

const KEPT = "callapi.calls",
    MOST = 50;

/**
 * @typedef {"incoming" | "missed" | "outgoing"} Kind
 * @typedef {{user: string, name: string, at: number, kind: Kind, seconds: number}} Entry `at`: ms since 1970
 */

/** @param {any} one what a storage says @returns {one is Entry} */
function isEntry(one) {
    return (
        typeof one?.user === "string" &&
        typeof one.name === "string" &&
        Number.isFinite(one.at) &&
        ["incoming", "missed", "outgoing"].includes(one.kind) &&
        Number.isFinite(one.seconds)
    );
}

export class History {
    /** @type {Entry[]} */
    entries = [];
    /** Missed, and not looked at since. */
    missed = 0;

    /**
     * @param {string} user whose calls these are
     * @param {Storage | null} storage null: they are kept as long as the page
     */
    constructor(user, storage) {
        this.key = `${KEPT}.${user}`;
        this.storage = storage;
        try {
            const { entries = [], missed = 0 } = JSON.parse(storage?.getItem(this.key) ?? "{}");
            this.entries = entries.filter(isEntry).slice(0, MOST);
            this.missed = Math.min(Math.max(Math.trunc(missed) || 0, 0), this.entries.length);
        } catch {
            console.info("the calls that were kept cannot be read");
        }
    }

    /**
     * A call is over.
     * @param {{role: string, user: string, name: string, reason: string, seconds: number, at: number}} call
     */
    add({ role, user, name, reason, seconds, at }) {
        const declined = ["local rejected", "accepted elsewhere"].includes(reason);
        const missed = role === "callee" && !seconds && !declined;
        /** @type {Kind} */
        const kind = role === "caller" ? "outgoing" : missed ? "missed" : "incoming";
        this.entries = [{ user, name, at, kind, seconds }, ...this.entries].slice(0, MOST);
        this.missed += Number(missed);
        this.#keep();
    }

    /** They have been looked at. */
    look() {
        this.missed = 0;
        this.#keep();
    }

    #keep() {
        try {
            this.storage?.setItem(this.key, JSON.stringify({ entries: this.entries, missed: this.missed }));
        } catch {
            console.info("this browser keeps no calls");
        }
    }
}

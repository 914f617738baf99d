// Calls that are over, the last few of them: what arrives late about one is told from a new call by its id and user.
// The ring is bounded; who floods it gains that a message which is even later may ring once more, nothing else.
import { userOf } from "./address.js";

const SIZE = 64;

/**
 * A call that is over, or that must never ring.
 * @typedef {object} Past
 * @property {string} id
 * @property {string} user the other side, without device
 * @property {import("./names.js").CallRole} role
 * @property {import("./names.js").CallReason} reason what to tell a callee who accepts it still
 * @property {number} sent sequence numbers: our last one
 * @property {number} seen the other side's highest
 * @property {boolean} invited its invite is known; else a cancel overtook it
 */

export class History {
    /** @type {Past[]} a ring */
    #calls = [];
    #next = 0;

    /** @param {string} callId @param {string} address @returns {Past | null} null: not known */
    find(callId, address) {
        return this.#calls.find(past => past.id === callId && past.user === userOf(address)) ?? null;
    }

    /** @param {Past} past */
    add(past) {
        this.#calls[this.#next] = past;
        this.#next = (this.#next + 1) % SIZE;
    }
}

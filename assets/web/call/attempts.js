// What users try in vain: calls that nobody accepts. Each costs a connection, so each user has only so many; what
// succeeds costs him nothing.
import { userOf } from "./address.js";

const AT_ONCE = 20, REGAIN_MS = 1000, USERS = 64;

export class Attempts {
    #users = Array.from({ length: USERS }, () => ({ user: "", tried: 0, since: 0 })); // since: `tried` was made less

    /**
     * Forgets whoever tried least lately.
     * @param {string} user
     * @param {number} now
     */
    #begin(user, now) {
        const least = this.#users.reduce((found, entry) => entry.since < found.since ? entry : found);
        return Object.assign(least, { user, tried: 0, since: now });
    }

    /**
     * Counts one more of the user's, an address with or without device.
     * @param {string} address
     * @param {number} now
     * @returns {boolean} false: they are too many
     */
    take(address, now) {
        const user = userOf(address);
        const entry = this.#users.find(other => other.user === user) ?? this.#begin(user, now);
        entry.since = Math.min(entry.since, now); // a clock was set back
        const times = Math.floor((now - entry.since) / REGAIN_MS);
        entry.tried -= Math.min(times, entry.tried);
        entry.since = entry.tried ? entry.since + times * REGAIN_MS : now;
        if (entry.tried <= AT_ONCE)
            entry.tried++;
        return entry.tried <= AT_ONCE;
    }

    /**
     * It succeeded.
     * @param {string} address
     */
    forgive(address) {
        const entry = this.#users.find(other => other.user === userOf(address));
        if (entry)
            entry.tried = 0;
    }
}

/**
 * The safety code of a call (net/protocol/PROTOCOL.md, "Safety code"): four words that both sides show and read to each
 * other. They differ where somebody in between is the other side to each of them. A port of engine/call/safety_code.c;
 * the words are those of words.inc, which C is compiled with, and in no catalogue: both sides have to see the same.
 */

const WORDS = 256,
    SHA_256 = /^[0-9a-f]{64}$/;

/** @typedef {readonly (readonly string[])[]} SafetyWords by the byte: for first and third place, second and fourth */

/**
 * @param {string} text of words.inc
 * @returns {SafetyWords}
 */
export function parseWords(text) {
    const plain = text.replace(/\/\*[^]*?\*\//g, "");
    const rows = [...plain.matchAll(/^WORD\("(\w+)", "(\w+)"\)$/gm)].map(([, even, odd]) => Object.freeze([even, odd]));
    const rest = plain.replace(/^WORD\("\w+", "\w+"\)$/gm, "").trim();
    if (rest || rows.length !== WORDS) throw new Error(`words.inc has ${rows.length} rows, and ${rest.slice(0, 80)}`);
    return Object.freeze(rows);
}

/** @param {ArrayBuffer} data @returns {Promise<Uint8Array>} its SHA-256, where there is crypto.subtle */
export async function sha256(data) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** @param {Uint8Array} bytes */
export function hexOf(bytes) {
    return [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {SafetyWords} words
 * @param {string} id the call's
 * @param {readonly string[]} certificates of both ends in any order: the SHA-256 of each, 64 lower-case hex digits
 */
export async function safetyCode(words, id, certificates) {
    if (certificates.length !== 2 || !certificates.every(one => SHA_256.test(one)))
        throw new Error("a safety code is of two certificates");
    const text = [id.toLowerCase(), ...[...certificates].sort()].join("\n");
    const hash = await sha256(/** @type {ArrayBuffer} */ (new TextEncoder().encode(text).buffer));
    return [0, 1, 2, 3].map(place => words[hash[place]][place % 2]).join(" ");
}

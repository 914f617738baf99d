// Reads the call's transitions from rules.inc, the very file that the C engine is compiled with. A word that it does
// not know is an error: half a table would be worse than none.
import { doings, events, inputs, reasons, roles, states } from "./names.js";

/** @typedef {import("./names.js").CallState} CallState */
/** @typedef {import("./names.js").CallRole} CallRole */
/** @typedef {import("./names.js").CallInput} CallInput */

/**
 * @typedef {object} Rule
 * @property {readonly CallState[]} states
 * @property {readonly CallRole[]} roles
 * @property {CallInput} input
 * @property {CallState | "same"} next
 * @property {readonly import("./names.js").CallDoing[]} actions
 * @property {import("./names.js").CallReason} reason "none": the input brings it
 * @property {import("./names.js").CallEvent} event "none": none, or the input brings it
 */

/** @typedef {Map<string, readonly string[]>} Groups what a word in a mask stands for */

/** @param {string} token */
function wordOf(token) {
    return token.toLowerCase().replaceAll("_", " ");
}

/**
 * @template {string} T
 * @param {readonly T[]} words
 * @param {string} token
 * @returns {T}
 */
function oneOf(words, token) {
    const found = words.find(word => word === wordOf(token));
    if (found === undefined)
        throw new Error(`the call table has an unknown word: ${token}`);
    return found;
}

/**
 * @template {string} T
 * @param {readonly T[]} words
 * @param {string} mask such as IDLE | IN_CALL
 * @param {Groups} groups
 * @returns {readonly T[]}
 */
function allOf(words, mask, groups) {
    const tokens = mask.replace(/[()]/g, " ").split("|").map(token => token.trim());
    const members = tokens.flatMap(token => groups.get(token) ?? [token]);
    return Object.freeze([...new Set(members.map(token => oneOf(words, token)))]);
}

/** @param {string} text @returns {Groups} */
function readGroups(text) {
    /** @type {Groups} */
    const groups = new Map([["NOBODY", ["NONE"]], ["NOTHING", []]]);
    for (const [, name, mask] of text.matchAll(/^#define +(\w+) +\((.*)\) *$/gm))
        groups.set(name, mask.split("|").flatMap(token => groups.get(token.trim()) ?? [token.trim()]));
    return groups;
}

/** @param {string} row @param {Groups} groups @returns {Rule} */
function readRow(row, groups) {
    const cells = row.split(",").map(cell => cell.trim());
    if (cells.length !== 7)
        throw new Error(`the call table has a row of ${cells.length} cells: ${row}`);
    return Object.freeze({
        states: allOf(states, cells[0], groups),
        roles: allOf(roles, cells[1], groups),
        input: oneOf(inputs, cells[2]),
        next: cells[3] === "SAME" ? "same" : oneOf(states, cells[3]),
        actions: allOf(doings, cells[4], groups),
        reason: oneOf(reasons, cells[5]),
        event: oneOf(events, cells[6]),
    });
}

export class Rules {
    /** @type {Map<string, Rule>} */
    #found = new Map();

    /** @param {Rule[]} rows of several that fit, the first one counts */
    constructor(rows) {
        this.rows = Object.freeze(rows);
        for (const rule of [...rows].reverse())
            for (const state of rule.states)
                for (const role of rule.roles)
                    this.#found.set(`${state}/${role}/${rule.input}`, rule);
        Object.freeze(this);
    }

    /**
     * @param {CallState} state
     * @param {CallRole} role
     * @param {CallInput} input
     * @returns {Rule | null} null: not legal
     */
    find(state, role, input) {
        return this.#found.get(`${state}/${role}/${input}`) ?? null;
    }
}

/** @param {string} text of rules.inc */
export function parseRules(text) {
    const plain = text.replace(/\/\*[^]*?\*\//g, "");
    const groups = readGroups(plain);
    const rows = [...plain.matchAll(/^ROW\(([^()]*)\),$/gm)].map(([, row]) => readRow(row, groups));
    const rest = plain.replace(/^#define +\w+ +\(.*\) *$/gm, "").replace(/^ROW\([^()]*\),$/gm, "").trim();
    if (rest || !rows.length)
        throw new Error(`the call table has what is no row: ${rest.slice(0, 80)}`);
    return new Rules(rows);
}

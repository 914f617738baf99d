// The C engine and the JavaScript engine, given the same random inputs, say the same: each message, media command and
// notice in the same order, each result, each state. What differs is shortened until each input that is left matters.
// call_lockstep.js CALL_TWIN [SEQUENCES]; WEB_CALL_SEED=n: the first sequence's seed (each has the next one).
import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";

import { events, reasons } from "../../assets/web/call/names.js";
import { Driven, rules } from "./driven.js";
import { firstSeed, Random } from "./random.js";
import { randomSequence } from "./sequence.js";

const [twin, count = "2000"] = process.argv.slice(2);
const AT_ONCE = 200;

function answersOfC(inputs) {
    const input = inputs.map(line => `${JSON.stringify(line)}\n`).join("");
    const { stdout, stderr, status } = spawnSync(twin, { input, encoding: "utf8", maxBuffer: 1 << 30 });
    if (status !== 0)
        throw new Error(`the C engine ended with ${status}: ${stderr.slice(-2000)}`);
    return stdout.trim().split("\n");
}

/** As lines would bring it. */
function plain(value) {
    return JSON.parse(JSON.stringify(value));
}

function answersOfJavaScript(inputs) {
    const driven = new Driven(inputs[0].engine);
    return inputs.map(input => JSON.stringify(driven.answer(plain(input))));
}

/** As a rule both write the same line; what they write in another order is no difference. */
function isSame(ours, theirs) {
    return ours === theirs || isDeepStrictEqual(JSON.parse(ours), JSON.parse(theirs));
}

function firstDifference(ours, theirs) {
    return ours.findIndex((answer, i) => !isSame(answer, theirs[i]));
}

function differs(inputs) {
    return firstDifference(answersOfJavaScript(inputs), answersOfC(inputs));
}

/** Of what is done from within a callback, what can be left out. */
function simplify(inputs) {
    const best = [...inputs];
    for (const [at, { within, ...bare }] of inputs.entries()) {
        const single = (within?.inputs ?? []).map(input => ({ ...bare, within: { ...within, inputs: [input] } }));
        const simpler = within && [bare, ...single].find(
            input => differs([...best.slice(0, at), input, ...best.slice(at + 1)]) >= 0);
        best[at] = simpler ?? best[at];
    }
    return best;
}

/** Leaves out what can be left out; the first input creates the engine. */
function shorten(inputs) {
    let best = inputs;
    for (let size = best.length >> 1; size > 0; size >>= 1) {
        for (let at = 1; at < best.length;) {
            const tried = [...best.slice(0, at), ...best.slice(at + size)];
            const difference = differs(tried);
            if (difference < 0)
                at += size;
            else
                best = tried.slice(0, difference + 1);
        }
    }
    return simplify(best);
}

function complain(seed, sequence) {
    const inputs = shorten(plain(sequence.inputs.slice(0, sequence.difference + 1)));
    console.error(`C and JavaScript differ; to see it again: WEB_CALL_SEED=${seed}`);
    console.error(inputs.map(input => JSON.stringify(input)).join("\n"));
    console.error(`C:          ${answersOfC(inputs).at(-1)}`);
    console.error(`JavaScript: ${answersOfJavaScript(inputs).at(-1)}`);
    process.exit(1);
}

const seen = { events: new Set(), reasons: new Set(), inputs: 0 };

function note(answer) {
    for (const [, event, reason] of answer.matchAll(/"event":"([^"]*)","reason":"([^"]*)"/g))
        seen.events.add(event), seen.reasons.add(reason);
}

const first = firstSeed();
console.log(`first seed ${first}, ${count} sequences, ${rules.rows.length} rows`);
for (let at = 0; at < Number(count); at += AT_ONCE) {
    const sequences = Array.from({ length: Math.min(AT_ONCE, Number(count) - at) },
                                 (_, i) => randomSequence(new Random(first + at + i)));
    const theirs = answersOfC(sequences.flatMap(sequence => sequence.inputs));
    let from = 0;
    for (const [i, sequence] of sequences.entries()) {
        const { length } = sequence.inputs;
        sequence.difference = firstDifference(sequence.answers, theirs.slice(from, from + length));
        if (sequence.difference >= 0)
            complain(first + at + i, sequence);
        sequence.answers.forEach(note);
        seen.inputs += length;
        from += length;
    }
}
const missed = [...events.filter(event => !seen.events.has(event)),
    ...reasons.filter(reason => !seen.reasons.has(reason))];
console.log(`${seen.inputs} inputs; events and reasons that never came: ${missed.join(", ") || "none"}`);

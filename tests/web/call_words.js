// One vocabulary, one table: what JavaScript knows is what C knows, word by word and rule by rule; and a table with
// anything that JavaScript does not know is refused.
// call_words.js CALL_TWIN
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { doings, events, inputs, reasons, roles, states } from "../../assets/web/call/names.js";
import { parseRules } from "../../assets/web/call/rules.js";
import { rules, tableFile } from "./driven.js";

const { stdout, status } = spawnSync(process.argv[2], { input: '{"op":"names"}\n{"op":"table"}\n', encoding: "utf8" });
assert.equal(status, 0);
const [names, table] = stdout.trim().split("\n").map(line => JSON.parse(line));
assert.deepEqual({ states, reasons, events }, names);

const ours = [];
for (const state of states)
    for (const role of roles)
        for (const input of inputs) {
            const rule = rules.find(state, role, input);
            if (rule)
                ours.push([state, role, inputs.indexOf(input), rule.next,
                    rule.actions.reduce((mask, action) => mask | 1 << doings.indexOf(action), 0),
                    rule.reason, rule.event]);
        }
assert.deepEqual(ours, table.rules);

const text = readFileSync(tableFile, "utf8");
for (const [from, to] of [["ROW(PREPARED,", "ROW(PREPARRED,"], [", START,", ", STRAT,"], ["BEGIN |", "BEGUN |"],
    ["(END | STOP)", "(END | STOPP)"], ["LOCAL_BUSY", "LOCAL_BUZY"], [", SAME,", ", THE_SAME,"], ["\nROW(", "\nRAW("],
    [", QUIETLY,", ","]]) {
    assert.ok(text.includes(from), from);
    assert.throws(() => parseRules(text.replace(from, to)), Error, `${to} was taken`);
}
assert.throws(() => parseRules(""));
assert.throws(() => rules.rows[0].states.push("connected"));
console.log(`${rules.rows.length} rows, ${ours.length} rules, ${events.length} events`);

import { parseRules } from "./rules.js";

/** The rules of the calls, from beside this file. */
export async function loadRules() {
    const answer = await fetch(new URL("rules.inc", import.meta.url));
    if (!answer.ok) throw new Error(`call/rules.inc: ${answer.status}`);
    return parseRules(await answer.text());
}

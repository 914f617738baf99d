// Texts and JSON that are nearly right: what a mutating fuzzer gives the page's parsers.

const ODD = [null, true, false, 0, -1, 1, 1.5, 1e300, 2 ** 53, "", "a", "anna", "anna/1", "a/b/c", "\u0000", "\ud800",
    "x".repeat(300), "💠".repeat(20), [], [[]], {}, { urls: null }, "__proto__", "constructor", "stun:", "NaN"];
const TOKENS = ["#", "&", "=", "%", "%zz", "%ff", "room", "call", "token", "\"", "\\", "{", "}", "[", "]", ":", ",",
    "null", "1e999", "-0", "\n", "\r", "\u2028", "msgid ", "msgstr ", "\\u12", "..", "//", "whep:", "timeout=",
    "\ufeff"]; // prettier-ignore

/** A value deep in a JSON is another, is gone, or stands elsewhere; often several of them. */
export function mutatedJson(json, random) {
    const copy = structuredClone(json);
    const places = [];
    const find = (value, depth) => {
        if (typeof value !== "object" || value === null || depth > 8)
            return;
        for (const key of Object.keys(value)) {
            places.push([value, key]);
            find(value[key], depth + 1);
        }
    };
    find(copy, 0);
    for (let n = random.between(0, 4); n > 0 && places.length; n--) {
        const [holder, key] = random.of(places);
        const kind = random.between(0, 5);
        if (kind === 0)
            delete holder[key];
        else if (kind === 1)
            holder[random.of(["body", "room", "type", "sdp", "media", "session", "x"])] = holder[key];
        else if (kind === 2 && typeof holder[key] === "string")
            holder[key] = mutatedText(holder[key], random);
        else if (kind === 3)
            holder[key] = structuredClone(random.of(places)[0]);
        else
            holder[key] = structuredClone(random.of(ODD));
    }
    return random.chance(0.02) ? random.of(ODD) : copy;
}

/** Characters are lost, doubled, replaced, or words put between them. */
export function mutatedText(text, random) {
    for (let n = random.between(1, 5); n > 0; n--) {
        const at = random.between(0, text.length + 1), to = Math.min(text.length, at + random.between(0, 9));
        const insert = random.of(["", random.of(TOKENS), String.fromCharCode(random.between(0, 0x250)),
            text.slice(at, to), text.slice(0, at)]);
        text = (text.slice(0, at) + insert + text.slice(random.chance(0.5) ? at : to)).slice(0, 5000);
    }
    return text;
}

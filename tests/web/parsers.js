// What the page reads of others, changed at random: links, call messages, ICE servers, what a storage kept, a
// catalogue, the theme. None throws where it is not to, and what comes out is sound.
// parsers.js [RUNS]; WEB_CALL_SEED=n: the seed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { isBefore, isValidAddress } from "../../assets/web/call/address.js";
import { LIFETIME_MAX_MS, messageFromJson, messageToJson } from "../../assets/web/call/message.js";
import { whepEndpoint } from "../../assets/web/media/whep.js";
import { History } from "../../assets/web/page/history.js";
import { readLink, timeoutOf } from "../../assets/web/page/links.js";
import { readTheme } from "../../assets/web/page/theme.js";
import { readCatalogue } from "../../assets/web/page/words.js";
import { readIceServers } from "../../assets/web/signal/hub.js";
import { mutatedJson, mutatedText } from "./mutate.js";
import { firstSeed, Random } from "./random.js";

const RUNS = Number(process.argv[2] ?? 20000);
const LINKS = ["#room=studio&lang=zh", "#call=anna&token=e.y.J&user=bob&name=Bob%20Ray&timeout=30", "#pass=abc", ""];
const CALL = "01234567-89ab-4cde-8f01-23456789abcd";
const MESSAGES = [
    { type: "call", action: "invite", call: CALL, seq: 1, sent_at: 1700000000000, lifetime: 15000, video: true,
        media: { session: "s", sdp: "v=0" }, extension: { product: "shoe" }, name: "Anna" },
    { type: "call", action: "accept", call: CALL, seq: 2, sent_at: 1, lifetime: 0, accepted_by: "d", media: {} },
    { type: "call", action: "hangup", call: CALL, seq: 3, sent_at: 1, lifetime: 1, reason: "recall" },
];
const SERVERS = [{ urls: ["stun:stun.example:3478"] }, { urls: ["turn:t.example"], username: "u", credential: "c" }];
const KEPT = { entries: [{ user: "anna", name: "Anna", at: 1, kind: "missed", seconds: 0 }], missed: 1 };
const assets = new URL("../../assets/", import.meta.url);
const theme = readFileSync(new URL("theme/theme.ini", assets), "utf8");
const catalogue = readFileSync(new URL("i18n/zh_CN.po", assets), "utf8").slice(0, 3000);
console.info = () => {};

function link(random) {
    const read = readLink(mutatedText(random.of(LINKS), random)), timeout = timeoutOf(read);
    for (const [key, value] of Object.entries(read))
        assert.ok(/^(room|call|token|lang|user|name|timeout|pass)$/.test(key) && typeof value === "string" && value);
    assert.ok(timeout === undefined || timeout > 0 && timeout <= 3600000);
}

/** What is read can be written, and is read again as the same. */
function message(random) {
    const { message: read, error } = messageFromJson(mutatedJson(random.of(MESSAGES), random));
    if (error)
        return;
    assert.ok(read.lifetime >= 0 && read.lifetime <= LIFETIME_MAX_MS && read.sequence > 0);
    const again = messageFromJson(JSON.parse(JSON.stringify(messageToJson(read))));
    assert.equal(again.error, "");
    assert.deepEqual({ ...again.message, name: read.name }, JSON.parse(JSON.stringify(read)));
}

/** A browser throws at others. */
function servers(random) {
    for (const { urls, username, credential } of readIceServers(mutatedJson(SERVERS, random))) {
        assert.ok(urls.every(url => /^(stun|turn)s?:\S+$/.test(url)));
        assert.equal(typeof username, typeof credential);
    }
}

function history(random) {
    const text = random.chance(0.5) ? JSON.stringify(mutatedJson(KEPT, random))
        : mutatedText(JSON.stringify(KEPT), random);
    const { entries, missed } = new History("anna", { getItem: () => text, setItem: () => {} });
    assert.ok(missed >= 0 && missed <= entries.length && entries.length <= 50);
    for (const { user, name, at, seconds } of entries)
        assert.ok(typeof user === "string" && typeof name === "string" && Number.isFinite(at + seconds));
}

function texts(random) {
    for (const [id, translations] of readCatalogue(mutatedText(catalogue, random)))
        assert.ok(id && translations.every(text => typeof text === "string"));
    readTheme(mutatedText(theme, random));
    assert.equal(typeof whepEndpoint(mutatedText("wheps://media.example/whep?x=1", random)), "string");
}

/** An order that both sides agree on: who wins a glare. */
function addresses(random) {
    const [a, b] = [0, 1].map(() => mutatedText(random.of(["anna/1", "bob", "änna/d"]), random));
    assert.ok(!(isBefore(a, b) && isBefore(b, a)));
    assert.ok(!isValidAddress(a) || a.length <= 127);
}

const seed = firstSeed();
for (let run = 0; run < RUNS; run++) {
    const random = new Random(seed + run);
    try {
        [link, message, servers, history, addresses][run % 5](random);
        if (run % 50 === 0)
            texts(random);
    } catch (error) {
        console.error(`WEB_CALL_SEED=${seed} (run ${run})`);
        throw error;
    }
}
console.log(`${RUNS} runs from seed ${seed}`);

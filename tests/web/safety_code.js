// Safety codes: the definition's vectors (tests/engine/call/safety_code.c has the same ones), the C function beside the
// JavaScript one, and which certificates a browser's connection is taken to have.
// safety_code.js CALL_TWIN
import assert from "node:assert/strict";
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";

import { Safety } from "../../assets/web/agent/safety.js";
import { parseWords, safetyCode } from "../../assets/web/call/safety_code.js";
import { certificatesOf } from "../../assets/web/media/certificates.js";
import { Twin } from "./twin.js";

globalThis.crypto ??= webcrypto; // a browser has it, Node 18 does not

const text = readFileSync(new URL("../../assets/web/call/words.inc", import.meta.url), "utf8");
const words = parseWords(text);

// --- the vectors

const up = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString("hex"),
    down = Buffer.from(Array.from({ length: 32 }, (_, i) => 255 - i)).toString("hex"),
    zero = "00".repeat(32),
    low = `7f${"ff".repeat(31)}`,
    high = `80${"00".repeat(31)}`;
for (const [one, other, call, code] of [
    [up, down, "11111111-2222-4333-8444-555555555555", "Aztec butterfat trauma newsletter"],
    [up, down, "11111111-2222-4333-8444-555555555556", "beehive unicorn orca impetus"],
    [zero, zero, "00000000-0000-0000-0000-000000000000", "chopper souvenir ringbolt article"],
    [high, low, "abcdefab-cdef-4abc-8def-abcdefabcdef", "cement butterfat indoors sandalwood"],
    [high, low, "ABCDEFAB-CDEF-4ABC-8DEF-ABCDEFABCDEF", "cement butterfat indoors sandalwood"],
]) {
    assert.equal(await safetyCode(words, call, [one, other]), code);
    assert.equal(await safetyCode(words, call, [other, one]), code);
}
for (const bad of [[up], [up, down, zero], [up, ""], [up, down.toUpperCase()], [up, `${down}0`]])
    await assert.rejects(safetyCode(words, "1", bad));

// --- the words

for (const [from, to] of [['WORD("Zulu"', 'WARD("Zulu"'], ['WORD("Zulu", "Yucatan")\n', ""], ['"Zulu"', '"Zu lu"'],
    ['WORD("Zulu"', 'WORD("Zulu", "Yucatan")\nWORD("Zulu"']]) {
    assert.ok(text.includes(from), from);
    assert.throws(() => parseWords(text.replace(from, to)), Error, `${to} was taken`);
}
assert.equal(new Set(words.flat().map(word => word.toLowerCase())).size, 512);

// --- beside C

const twin = new Twin(process.argv[2]);
for (let i = 0; i < 500; i++) {
    const certificates = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")],
        call = crypto.randomUUID();
    const { code } = await twin.answer({ op: "safety code", certificates, call });
    assert.equal(await safetyCode(words, call, certificates), code, `${certificates} ${call}`);
}
await twin.end();

// --- of a connection

const der = randomBytes(300),
    hash = createHash("sha256").update(der).digest("hex");
const line = (hex, name = "sha-256") => `a=fingerprint:${name} ${hex.toUpperCase().replace(/..(?!$)/g, "$&:")}\r\n`;
const connection = (local, remote, certificate, state = "connected") => ({
    connectionState: state,
    localDescription: { sdp: `v=0\r\n${local}m=audio\r\n${local}` },
    remoteDescription: { sdp: `v=0\r\n${remote}m=audio\r\n` },
    getSenders: () => [{ transport: null },
        { transport: certificate === undefined ? {} : { getRemoteCertificates: () => certificate } }],
});
const bytes = der.buffer.slice(der.byteOffset, der.byteOffset + der.byteLength);
for (const [pc, expected] of [
    [connection(line(up), line(down), [bytes]), [up, hash]], // the handshake's, whatever the description says
    [connection(line(up), line(`${down}${down}`, "sha-512"), [bytes]), [up, hash]],
    [connection(line(up), line(down)), [up, down]], // a browser that does not tell it
    [connection(line(up), line(down), []), [up, down]],
    [connection(line(up), line(down) + line(zero)), null], // any of them: not known
    [connection(line(up), line(down) + line(`${down}${down}`, "sha-512")), null],
    [connection(line(up), line(`${down}${down}`, "sha-512")), null],
    [connection(line(up), ""), null],
    [connection("", line(down)), null],
    [connection(line(up), line(down), [bytes], "connecting"), null],
])
    assert.deepEqual(await certificatesOf(pc), expected);

// --- of a call, which may end meanwhile

const told = [];
let loads = 0;
const safety = new Safety(() => told.push(safety.code), async () => {
    if (++loads === 1) throw new Error("the network is away");
    return words;
});
const here = connection(line(up), line(down)),
    call = "11111111-2222-4333-8444-555555555555",
    code = "Aztec butterfat trauma newsletter";
const { warn } = console;
console.warn = () => {};
await safety.look(call, here);
assert.deepEqual([safety.code, told], ["", []]);
console.warn = warn;
await safety.look(call, here);
await safety.look(call, here);
assert.deepEqual([told, loads], [[code], 2]);
await safety.look(call, connection(line(up), line(down), undefined, "connecting"));
assert.deepEqual(told, [code, ""]);
await Promise.all([safety.look(call, here), safety.look("", undefined)]);
assert.deepEqual([safety.code, told], ["", [code, ""]]);

console.log("4 vectors, 500 codes beside C's, 10 connections");

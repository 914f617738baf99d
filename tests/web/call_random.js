// Machines with the C engine and with the JavaScript engine against each other over a simulated network, in virtual
// time: tests/engine/call/call_random.c, of which these are the runs, with both engines.
// call_random.js CALL_TWIN [RUNS]; WEB_CALL_SEED=n: the first run's seed (each run has the next one).
import assert from "node:assert/strict";

import { Network, START } from "./network.js";
import { firstSeed, Random } from "./random.js";
import { Twin } from "./twin.js";

const ACTIVE = 20000, PEACE = 60000, AT_ONCE = 8, DEVICES_MAX = 4;
const [program, count = "400"] = process.argv.slice(2);
const twin = new Twin(program);

async function chaos(seed, network) {
    const { random } = network;
    await network.open(0.05);
    network.drop = random.of([0, 0.05, 0.3]);
    network.duplicate = random.chance(0.5) ? 0.2 : 0;
    network.outage = random.chance(0.3) ? 0.01 : 0;
    network.blindness = random.chance(0.3) ? 0.3 : 0;
    await network.advance(START + ACTIVE, true);
    if (random.chance(0.1))
        await network.kill(random.of(network.devices));
    await network.advance(START + ACTIVE + PEACE, false);
    network.checkPeace();
}

/** Both call at about the same time, nothing is lost: one call, the same for both. */
async function glare(seed, network) {
    const { random } = network;
    const [first, second] = seed % 2 ? [...network.devices].reverse() : network.devices;
    await network.open(0);
    network.duplicate = random.chance(0.5) ? 0.3 : 0;
    await first.tell({ op: "start", to: second.user, video: true });
    await network.advance(network.now + random.between(0, 400), false);
    const isGlare = await second.tell({ op: "start", to: first.user, video: true }) === "ok";
    if (!isGlare) // the first invite was there already: an ordinary call
        await second.tell({ op: "accept" });
    await network.advance(START + ACTIVE, false);
    network.checkPeace();
    if (isGlare || first.calls) {
        assert.deepEqual([first.calls, second.calls], [1, 1]);
        assert.equal(first.last.state, "connected");
    }
}

/**
 * One of them has no signalling when the call is accepted, and who hangs up has none then; nothing else goes wrong. The
 * other side learns of it as soon as it is back: nobody waits for a time-out, nobody needs the media to tell.
 */
async function outage(seed, network) {
    const { random } = network;
    const [caller, callee] = seed % 2 ? [...network.devices].reverse() : network.devices;
    await network.open(0);
    network.delayMax = 200;
    assert.equal(await caller.tell({ op: "start", to: callee.user, video: true }), "ok");
    await network.advance(START + 1000, false);
    assert.equal(callee.last.state, "calling");
    await random.of([caller, callee]).loseSignalling(1500);
    await callee.tell({ op: "accept" });
    await network.advance(START + 5500, false);
    assert.deepEqual([caller.last.state, callee.last.state], ["connected", "connected"]);
    const quitter = random.of([caller, callee]);
    await quitter.loseSignalling(1500);
    await quitter.tell({ op: "hang up", reason: "none" });
    await network.advance(START + 7750, false);
    assert.deepEqual([caller.last.state, callee.last.state], ["prepared", "prepared"]);
}

const kinds = [
    { run: chaos, users: seed => ["alice", "bob", "carol", "bob"].slice(0, 2 + seed % 3) },
    { run: glare, users: () => ["alice", "bob"] },
    { run: outage, users: () => ["alice", "bob"] },
];
const seen = { mixed: 0, calls: 0 };

async function one({ run, users }, seed, slot) {
    const network = new Network(new Random(seed), users(seed), slot * DEVICES_MAX, twin);
    try {
        await run(seed, network);
    } catch (error) {
        const machines = network.devices.map(({ address, kind }) => `${address} in ${kind}`).join(", ");
        console.error(`${run.name} with ${machines}, at ${network.now - START} ms; again: WEB_CALL_SEED=${seed}`);
        console.error(error);
        process.exit(1);
    }
    seen.mixed += new Set(network.devices.map(({ kind }) => kind)).size - 1;
    seen.calls += network.devices.reduce((sum, { calls }) => sum + calls, 0);
    await network.close();
}

const first = firstSeed();
let at = 0;
console.log(`first seed ${first}, ${count} runs of each kind`);

/** Several run beside each other: while one waits for the C engine, another goes on. */
async function work(slot) {
    while (at < Number(count) * kinds.length) {
        const next = at++;
        await one(kinds[next % kinds.length], first + Math.floor(next / kinds.length), slot);
    }
}

await Promise.all(Array.from({ length: AT_ONCE }, (_, slot) => work(slot)));
assert.equal(await twin.end(), 0);
assert.ok(seen.mixed > 0 && seen.calls > 0);
console.log(`${seen.mixed} of ${at} runs with both engines; ${seen.calls} ends of calls became connected`);

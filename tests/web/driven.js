// The JavaScript call engine behind the same lines of JSON as the C one (tests/support/call_twin.c).
import { readFileSync } from "node:fs";

import { CallEngine } from "../../assets/web/call/engine.js";
import { parseRules } from "../../assets/web/call/rules.js";

export const tableFile = new URL("../../assets/web/call/rules.inc", import.meta.url);
export const rules = parseRules(readFileSync(tableFile, "utf8"));

function hex(number, digits) {
    return number.toString(16).padStart(digits, "0");
}

const operations = {
    "prepare": (engine, { now }) => engine.prepare(now),
    "start": (engine, { to, video, media, extension, now }) =>
        engine.start(to, video, media ?? null, extension ?? null, now),
    "cancel": (engine, { now }) => engine.cancel(now),
    "accept": (engine, { media, now }) => engine.accept(media ?? null, now),
    "reject": (engine, { reason, now }) => engine.reject(reason, now),
    "hang up": (engine, { reason, now }) => engine.hangUp(reason, now),
    "fail": (engine, { reason, now }) => engine.fail(reason, now),
    "receive": (engine, { from, message, now }) => engine.receive(from, message, now),
    "delivered": (engine, { call, sequence, result, devices, now }) =>
        engine.delivered(call, sequence, result, devices ?? null, now),
    "name callee": (engine, { call, name }) => engine.nameCallee(call, name),
    "device gone": (engine, { device, now }) => engine.deviceGone(device, now),
    "signalling lost": (engine, { now }) => engine.signallingLost(now),
    "signalling restored": (engine, { now }) => engine.signallingRestored(now),
    "first frame": (engine, { now }) => engine.firstFrame(now),
    "media lost": (engine, { now }) => engine.mediaLost(now),
    "media event": (engine, { call, event, now }) => engine.mediaEvent(call, event, now),
    "poll": (engine, { now }) => engine.poll(now),
    "do not disturb": (engine, { on }) => engine.setDoNotDisturb(on),
};

export class Driven {
    #number;
    #ids = 0;
    #engine = null;
    #policy = "connect only";
    #out = [];
    #within = null;

    constructor(number) {
        this.#number = number;
    }

    #record(kind, value) {
        this.#out.push({ [kind]: value });
        const within = this.#within;
        if (!within || within.on !== kind)
            return;
        this.#within = null;
        for (const input of within.inputs)
            this.#out.push({ result: this.#apply(input) });
    }

    #create({ user, party, timeout, waitFirstFrame, firstFrameTimeout, doNotDisturb }) {
        this.#engine = new CallEngine({
            rules, user, party, timeout, waitFirstFrame, firstFrameTimeout, doNotDisturb,
            newId: () => `${hex(this.#number, 8)}-0000-4000-8000-${hex(this.#ids++, 12)}`,
            send: (to, message) => this.#record("send", { to, message }),
            media: (command, role, callId, remote, media) =>
                this.#record("media", { command, role, callId, remote, media }),
            notify: notice => this.#record("notice", notice),
            policy: (role, remote, extension) => {
                this.#record("policy", { role, remote, extension });
                return this.#policy;
            },
            completed: completion => this.#record("completed", completion),
        });
    }

    #apply(input) {
        if (input.op === "policy")
            this.#policy = input.policy;
        else
            return operations[input.op](this.#engine, input) ?? "ok";
        return "ok";
    }

    answer(input) {
        const answer = { out: this.#out = [] };
        this.#within = input.within ?? null;
        if (input.op === "create")
            this.#create(input);
        else if (input.op === "destroy")
            this.#engine = null;
        else
            answer.result = this.#apply(input);
        if (!this.#engine)
            return answer;
        const { state, role, id, remote, name, video, counters } = this.#engine;
        const deadline = this.#engine.deadline();
        return { ...answer, state, role, id, remote, name, video,
            deadline: deadline === Infinity ? null : deadline, counters };
    }
}

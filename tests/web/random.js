// Chance that can be had again: the same seed, the same numbers (mulberry32).
export class Random {
    #state;

    constructor(seed) {
        this.#state = seed >>> 0;
    }

    /** In [0, 1). */
    next() {
        this.#state = this.#state + 0x6d2b79f5 >>> 0;
        let mixed = Math.imul(this.#state ^ this.#state >>> 15, this.#state | 1);
        mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
        return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
    }

    chance(probability) {
        return this.next() < probability;
    }

    /** An integer from `from` up to, but not, `to`. */
    between(from, to) {
        return from + Math.floor(this.next() * (to - from));
    }

    of(list) {
        return list[this.between(0, list.length)];
    }

    /** [[weight, value], ...] */
    weighed(pairs) {
        let at = this.next() * pairs.reduce((sum, [weight]) => sum + weight, 0);
        for (const [weight, value] of pairs)
            if ((at -= weight) < 0)
                return value;
        return pairs[0][1];
    }
}

/** What WEB_CALL_SEED says, else any. */
export function firstSeed() {
    return Number(process.env.WEB_CALL_SEED ?? Math.floor(Math.random() * 0x7fffffff));
}

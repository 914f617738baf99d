/**
 * Events with types: what `on` is given is what `emit` gave.
 * @template {Record<string, any>} Events
 */
export class Emitter {
    /** @type {Map<keyof Events, Set<(detail: any) => void>>} */
    #listeners = new Map();

    /**
     * Calls `listener` at every event of this type. Returns a function that ends it.
     * @template {keyof Events} Type
     * @param {Type} type
     * @param {(detail: Events[Type]) => void} listener
     */
    on(type, listener) {
        const listeners = this.#listeners.get(type) ?? new Set();
        this.#listeners.set(type, listeners.add(listener));
        return () => void listeners.delete(listener);
    }

    /**
     * The next event of this type.
     * @template {keyof Events} Type
     * @param {Type} type
     * @returns {Promise<Events[Type]>}
     */
    once(type) {
        return new Promise(done => {
            /** @type {() => void} */
            const end = this.on(type, detail => (end(), done(detail)));
        });
    }

    /**
     * @template {keyof Events} Type
     * @param {Type} type
     * @param {Events[Type]} detail
     */
    emit(type, detail) {
        for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(detail);
    }
}

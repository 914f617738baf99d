/** Who is online and which rooms there are, as the hub tells it. */
import { Emitter } from "../emitter.js";

/**
 * @typedef {import("../signal/hub.js").Hub} Hub
 * @typedef {import("../signal/hub.js").Room} Room
 * @typedef {import("../signal/hub.js").Person} Person
 */

/** @param {string} text */
const folded = text => text.normalize("NFKC").toLocaleLowerCase();

/** @extends {Emitter<{changed: null}>} */
export class Directory extends Emitter {
    /** @type {Map<string, Person>} */
    #people = new Map();
    /** @type {Map<string, Room>} */
    #rooms = new Map();
    #followed = false;

    /** @param {Hub} hub */
    constructor(hub) {
        super();
        this.hub = hub;
        hub.on("person", person => this.#note(this.#people, person.user, person.online ? person : null));
        hub.on(
            "room",
            room => this.#followed && this.#note(this.#rooms, room.room, room.state === "closed" ? null : room),
        );
        hub.on("online", () => this.#begin());
    }

    /**
     * Whether it is told from now on.
     * @param {boolean} on
     */
    follow(on) {
        this.#followed = on;
        if (this.hub.online) this.#begin();
    }

    /** What was known is old: all is told anew. */
    #begin() {
        this.#people.clear();
        this.#rooms.clear();
        if (this.#followed)
            this.hub.request("watch", { on: true }).catch(error => console.info("the directory:", error.message));
        this.emit("changed", null);
    }

    /**
     * @template T
     * @param {Map<string, T>} map @param {string} key @param {T | null} value null: gone
     */
    #note(map, key, value) {
        if (value) map.set(key, value);
        else map.delete(key);
        this.emit("changed", null);
    }

    /** @param {string} user */
    nameOf(user) {
        return this.#people.get(user)?.name || user;
    }

    /** @param {string} search @returns {Person[]} all but this user, by name */
    people(search = "") {
        return [...this.#people.values()]
            .filter(
                ({ user, name }) =>
                    user !== this.hub.user && folded(`${name ?? ""} ${user}`).includes(folded(search)),
            )
            .sort((a, b) => (a.name || a.user).localeCompare(b.name || b.user));
    }

    /** @param {string} search @returns {Room[]} by name */
    rooms(search = "") {
        return [...this.#rooms.values()]
            .filter(({ room, host_name }) => folded(`${room} ${host_name ?? ""}`).includes(folded(search)))
            .sort((a, b) => a.room.localeCompare(b.room));
    }
}

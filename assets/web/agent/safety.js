/** The safety code of the call there is. */
import { parseWords, safetyCode } from "../call/safety_code.js";
import { certificatesOf } from "../media/certificates.js";

async function loadWords() {
    const answer = await fetch(new URL("../call/words.inc", import.meta.url));
    if (!answer.ok) throw new Error(`call/words.inc: ${answer.status}`);
    return parseWords(await answer.text());
}

export class Safety {
    #code = "";
    #looks = 0;
    /** @type {ReturnType<typeof loadWords> | null} */
    #words = null;

    /** @param {() => void} changed @param {typeof loadWords} load */
    constructor(changed, load = loadWords) {
        this.changed = changed;
        this.load = load;
    }

    /** "": there is none, or it is not known. */
    get code() {
        return this.#code;
    }

    /** @param {string} id @param {RTCPeerConnection} pc */
    async #find(id, pc) {
        try {
            const certificates = await certificatesOf(pc);
            return certificates ? await safetyCode(await (this.#words ??= this.load()), id, certificates) : "";
        } catch (error) {
            this.#words = null; // once more, with the next call
            console.warn("no safety code:", error);
            return "";
        }
    }

    /**
     * Whenever the call or its connection may be another one.
     * @param {string} id of the connected call; "" where there is none
     * @param {RTCPeerConnection | undefined} pc the call's
     */
    async look(id, pc) {
        const look = ++this.#looks,
            found = id && pc ? await this.#find(id, pc) : "";
        if (look !== this.#looks || found === this.#code) return;
        this.#code = found;
        this.changed();
    }
}

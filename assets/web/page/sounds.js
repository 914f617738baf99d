/** The desktop client's tones: it rings here, it rings there. */

export class Sounds {
    /** @type {Record<string, HTMLAudioElement>} */
    #tones = {};

    constructor() {
        for (const name of ["ring", "ring-back"]) {
            const tone = (this.#tones[name] = new Audio(new URL(`../tones/${name}.opus`, import.meta.url).href));
            tone.loop = true;
            tone.preload = "auto";
        }
    }

    /**
     * "ring", "ring-back" or "" for silence
     * @param {string} name
     */
    play(name) {
        for (const [one, tone] of Object.entries(this.#tones)) {
            if (one === name && tone.paused) {
                tone.currentTime = 0;
                tone.play().catch(() => {}); // no touch yet: it rings for the eyes only
            } else if (one !== name && !tone.paused) {
                tone.pause();
            }
        }
    }

    /** @param {number} volume per cent */
    setVolume(volume) {
        for (const tone of Object.values(this.#tones)) tone.volume = volume / 100;
    }
}

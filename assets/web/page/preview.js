/** The small picture: dragged to a corner, pressed to change places with the large one. */
import { element } from "./paint.js";

const MOVED = 8;

/** @typedef {import("./scene.js").Scene} Scene */

export class Preview {
    #corner = "right bottom";

    /** @param {HTMLElement} own @param {() => void} swap */
    constructor(own, swap) {
        this.swap = swap;
        for (const small of [own, element("remote")]) this.#listen(small);
    }

    /** @param {HTMLElement} small */
    #listen(small) {
        let from = { x: 0, y: 0 },
            moved = false;
        small.addEventListener("pointerdown", event => {
            if (!this.#isSmall(small)) return;
            from = { x: event.clientX, y: event.clientY };
            moved = false;
            small.setPointerCapture(event.pointerId);
        });
        small.addEventListener("pointermove", event => {
            if (!small.hasPointerCapture(event.pointerId)) return;
            const x = event.clientX - from.x,
                y = event.clientY - from.y;
            moved ||= Math.hypot(x, y) > MOVED;
            small.style.translate = moved ? `${x}px ${y}px` : "";
        });
        small.addEventListener("pointerup", event => {
            if (!small.hasPointerCapture(event.pointerId)) return;
            small.style.translate = "";
            if (moved)
                this.#put(
                    event.clientX > innerWidth / 2 ? "right" : "left",
                    event.clientY > innerHeight / 2 ? "bottom" : "top",
                );
            else this.swap();
        });
    }

    /** @param {HTMLElement} one */
    #isSmall(one) {
        return element("stage").dataset.corner === (one.id === "own" ? "own" : "remote");
    }

    /** @param {string} x @param {string} y */
    #put(x, y) {
        const { style } = element("stage");
        this.#corner = `${x} ${y}`;
        style.setProperty("--corner-left", x === "left" ? "var(--edge)" : "auto");
        style.setProperty("--corner-right", x === "left" ? "auto" : "var(--edge)");
        style.setProperty("--corner-top", y === "top" ? "var(--size-heading-height)" : "auto");
        if (y === "top") style.setProperty("--corner-bottom", "auto");
        else style.removeProperty("--corner-bottom");
    }

    /** @param {Scene} scene */
    painted(scene) {
        for (const one of [element("own"), element("remote")]) one.style.translate ||= "";
        element("own").setAttribute("aria-hidden", String(scene.main !== "own" && scene.corner !== "own"));
    }
}

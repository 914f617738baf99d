/** Mouse, touch and keyboard, by the theme's keys. */
import { element } from "./paint.js";
import { actionOf, motion } from "./theme.js";

const SWIPE = 60,
    JUST_CHANGED_MS = 300;

/** @typedef {import("./scene.js").Scene} Scene */

export class Input {
    #touched = performance.now();
    #scene = "";
    #changedAt = 0;
    /** @type {{x: number, y: number} | null} */
    #from = null;

    /**
     * @param {object} ops
     * @param {(command: string, id: string) => void} ops.press
     * @param {() => Scene | null} ops.scene
     * @param {(text: string) => void} ops.search
     */
    constructor(ops) {
        this.ops = ops;
        document.addEventListener("click", event => this.#click(event));
        document.addEventListener("keydown", event => this.#key(event));
        element("search").addEventListener("input", () => ops.search(element("search").value));
        for (const type of ["pointermove", "pointerdown", "keydown", "focusin"])
            document.addEventListener(type, () => this.#touch(), { passive: true });
        const stage = element("stage");
        stage.addEventListener(
            "pointerdown",
            (/** @type {PointerEvent} */ { clientX, clientY, target }) =>
                (this.#from = /** @type {Element} */ (target).closest("button, input, #own")
                    ? null
                    : { x: clientX, y: clientY }),
        );
        stage.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => this.#swiped(event));
        setInterval(() => this.#fade(), 250);
    }

    #touch() {
        this.#touched = performance.now();
        this.#fade();
    }

    /** Buttons and heading go after some seconds without a touch. */
    #fade() {
        const still = performance.now() - this.#touched > motion("fade-after");
        element("stage").classList.toggle("faded", still && !!this.ops.scene()?.fading);
    }

    /**
     * What comes under the second tap of two was not meant.
     * @param {MouseEvent} event
     */
    #click(event) {
        const button = /** @type {HTMLElement | null} */ (
            /** @type {Element} */ (event.target).closest("[data-command]")
        );
        const byPointer = event.detail > 0;
        if (!button || (byPointer && performance.now() - this.#changedAt < JUST_CHANGED_MS)) return;
        this.ops.press(button.dataset.command ?? "", button.dataset.id ?? "");
    }

    /** @param {PointerEvent} event */
    #swiped(event) {
        const from = this.#from,
            by = from ? event.clientX - from.x : 0;
        this.#from = null;
        if (
            !from ||
            Math.abs(by) < SWIPE ||
            Math.abs(event.clientY - from.y) > Math.abs(by) ||
            !this.ops.scene()?.zaps
        )
            return;
        this.ops.press(by < 0 ? "next-room" : "previous-room", "");
    }

    /** @param {KeyboardEvent} event */
    #key(event) {
        const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
        const scene = this.ops.scene(),
            action = actionOf(event);
        if (typing || element("dialog").open || event.ctrlKey || event.metaKey || event.altKey || !scene) return;
        const command =
            action === "back"
                ? scene.escape
                : scene.zaps && action === "left"
                  ? "previous-room"
                  : scene.zaps && action === "right"
                    ? "next-room"
                    : action;
        const offered = scene.buttons.some(button => button.command === command && !button.disabled && !button.away);
        const always = ["fill", "swap", "figures", "volume-up", "volume-down", "fullscreen"].includes(command);
        if (!command || action === "press" || (!offered && !always)) return;
        event.preventDefault();
        this.ops.press(command, "");
    }

    /**
     * The first button has the focus in a new scene.
     * @param {Scene} scene
     */
    painted(scene) {
        if (scene.name === this.#scene) return;
        this.#scene = scene.name;
        this.#changedAt = performance.now();
        const enter = /** @type {HTMLElement | null} */ (
            document.querySelector(`#buttons [data-command="${scene.enter}"]`)
        );
        if (scene.enter && !element("dialog").open) enter?.focus({ preventScroll: true });
    }
}

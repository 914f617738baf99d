/** What gets somebody's attention: a notification while the page is hidden, the title; and no dark screen in a call. */
import { _, wordsWith } from "./words.js";

export class Attention {
    /** @type {Notification | null} */
    #notification = null;
    /** @type {any} */
    #lock = null;
    #inCall = false;

    /** @param {{answer: (accepted: boolean) => void}} ops */
    constructor(ops) {
        this.ops = ops;
        document.addEventListener("visibilitychange", () => this.#inCall && this.#keepAwake(true));
    }

    /** Whether calls may be notified: once, when somebody calls or accepts, and so knows what for. */
    ask() {
        if ("Notification" in globalThis && Notification.permission === "default" && isSecureContext)
            Notification.requestPermission().catch(() => {});
    }

    /** @param {string} state of the call @param {string} role @param {string} name */
    call(state, role, name) {
        const rings = state === "calling" && role === "callee";
        document.title = rings ? wordsWith(_("%s is calling"), name) : "CallAPI";
        this.#notify(rings ? document.title : "");
        this.#inCall = ["calling", "connecting", "connected"].includes(state);
        this.#keepAwake(this.#inCall);
    }

    /** @param {string} words "" takes it away */
    #notify(words) {
        this.#notification?.close();
        this.#notification = null;
        if (!words || !document.hidden || !("Notification" in globalThis) || Notification.permission !== "granted")
            return;
        try {
            this.#notification = new Notification(words, { icon: "icon.svg", tag: "call", requireInteraction: true });
            this.#notification.onclick = () => focus();
        } catch {
            console.info("this browser shows notifications by its service worker only");
        }
    }

    /** @param {boolean} on */
    async #keepAwake(on) {
        if (!("wakeLock" in navigator) || document.hidden) return;
        try {
            if (on && (!this.#lock || this.#lock.released))
                this.#lock = await /** @type {any} */ (navigator).wakeLock.request("screen");
            else if (!on) await this.#lock?.release();
        } catch (error) {
            console.info("the screen may go dark:", String(error));
        }
    }
}

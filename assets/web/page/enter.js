/** Who is there? Asked once; remembered on this device. */
import { element } from "./paint.js";
import { _, wordsWith } from "./words.js";

const KEPT = "callapi.who";

/** @typedef {{user: string, name: string}} Who */

/** @returns {Who} */
function remembered() {
    try {
        const { user = "", name = "" } = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
        return { user: String(user), name: String(name) };
    } catch {
        return { user: "", name: "" };
    }
}

/** @param {Who} who */
function remember(who) {
    try {
        localStorage.setItem(KEPT, JSON.stringify(who));
    } catch {
        console.info("this browser keeps nothing");
    }
}

/**
 * What this tab was entered with: a reload asks nobody again, though its address has changed since.
 * @returns {import("./links.js").Link}
 */
export function entered() {
    const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    try {
        const kept = navigation?.type === "reload" ? JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") : {};
        return Object.fromEntries(Object.entries(kept).filter(([, value]) => typeof value === "string"));
    } catch {
        return {};
    }
}

/** @param {import("./links.js").Link} link */
export function rememberEntered({ user, name, token, lang }) {
    try {
        sessionStorage.setItem(KEPT, JSON.stringify({ user, name, token, lang }));
    } catch {
        console.info("this browser keeps nothing");
    }
}

/**
 * What is not fit for an address (PROTOCOL.md).
 * @param {string} text
 */
function idOf(text) {
    return text
        .trim()
        .replace(/[\p{C}/]/gu, "")
        .replace(/\s+/g, "-");
}

/**
 * Who has no id of her own gets one that nobody else has.
 * @param {string} name
 */
function makeId(name) {
    const random = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
    return `${idOf(name).slice(0, 24) || "guest"}-${random}`.toLowerCase();
}

/**
 * @param {import("./links.js").Link} link may say it
 * @returns {Promise<Who>}
 */
export function askWho(link) {
    const known = remembered(),
        form = element("enter"),
        name = element("name"),
        user = element("user");
    if (link.user) return Promise.resolve({ user: idOf(link.user), name: link.name ?? "" });
    element("enter-title").textContent = link.call
        ? wordsWith(_("Call %s"), link.call)
        : link.room
          ? wordsWith(_("Watch %s"), link.room)
          : _("Welcome");
    element("name-label").textContent = _("Your name, as others see it");
    element("user-label").textContent = _("User id (empty: made for you)");
    element("enter-button").textContent = _("Enter");
    [name.value, user.value] = [known.name, known.user];
    form.hidden = false;
    name.focus();
    return new Promise(done => {
        form.addEventListener("submit", (/** @type {Event} */ event) => {
            event.preventDefault();
            const who = { name: name.value.trim(), user: idOf(user.value) || makeId(name.value) };
            remember(who);
            form.hidden = true;
            done(who);
        });
    });
}

/** The page: the first user of callapi.js. */
import { CallApi, loadRules } from "../callapi.js";
import { App } from "./app.js";
import { askContinue } from "./dialogs.js";
import { askWho, entered, rememberEntered } from "./enter.js";
import { readLink, timeoutOf } from "./links.js";
import { loadTheme } from "./theme.js";
import { _, chooseLanguage, loadLanguage } from "./words.js";

/** Beside this page, whatever the path that a proxy has it under. */
function hubAddress() {
    const address = new URL(".", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.search = address.hash = "";
    return address.href;
}

/**
 * The user that a token names (RFC 7519, 4.1.2); its signature is the hub's business.
 * @param {string} token
 */
function subjectOf(token) {
    try {
        const bytes = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
        return String(
            JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, byte => byte.charCodeAt(0)))).sub ?? "",
        );
    } catch {
        return "";
    }
}

/**
 * For one call, which another device of the user has until then.
 * @param {import("./links.js").Link} link @param {any} rules
 */
async function visit({ pass, user = "", room }, rules) {
    while (!(await askContinue())); // a press is what lets sound be heard
    const api = new CallApi({ hub: hubAddress(), rules, pass, user });
    new App(api, { user, name: "" }).visit(room);
    return api;
}

/** @param {import("./links.js").Link} link @param {any} rules */
async function enter(link, rules) {
    const user = link.token && subjectOf(link.token);
    const who = user ? { user, name: "" } : await askWho(link);
    rememberEntered({ ...link, ...who });
    const api = new CallApi({ hub: hubAddress(), rules, token: link.token, timeout: timeoutOf(link), ...who });
    const app = new App(api, who);
    app.follow(link);
    addEventListener("hashchange", () => {
        const next = readLink(location.hash);
        if (next.pass) location.reload();
        else app.follow(next);
    });
    return api;
}

async function begin() {
    const link = { ...entered(), ...readLink(location.hash) };
    const wanted = link.lang ? [link.lang] : navigator.languages;
    const [rules] = await Promise.all([loadRules(), loadTheme(), loadLanguage(chooseLanguage(wanted))]);
    if (!("RTCPeerConnection" in globalThis)) throw new Error("no WebRTC here");
    const api = await (link.pass ? visit : enter)(link, rules);
    addEventListener("pagehide", event => event.persisted || api.destroy());
    Object.assign(globalThis, { callapi: api }); // for who looks at it in the browser's console
}

document.getElementById("old")?.remove();
begin().catch(error => {
    console.error(error);
    const notice = document.getElementById("notice");
    if (notice) [notice.hidden, notice.textContent] = [false, _("This page needs a newer browser")];
});

if ("serviceWorker" in navigator && isSecureContext)
    navigator.serviceWorker
        .register(new URL("../worker.js", import.meta.url).href)
        .catch(error => console.info("the page is not kept for later:", String(error)));

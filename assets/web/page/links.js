/** Links to the page: "#room=studio", "#call=anna"; behind the "#" nothing is sent by loading it. */

/**
 * @typedef {{room?: string, call?: string, token?: string, lang?: string, user?: string, name?: string,
 *            timeout?: string, pass?: string}} Link `timeout`: s; `pass`: goes on with the call that the device
 *            has which shows it
 */

/** @param {string} hash @returns {Link} */
export function readLink(hash) {
    const parameters = new URLSearchParams(hash.replace(/^#/, ""));
    const known = ["room", "call", "token", "lang", "user", "name", "timeout", "pass"];
    return Object.fromEntries([...parameters].filter(([key, value]) => known.includes(key) && value));
}

/**
 * How long a call rings by it, ms.
 * @param {Link} link
 * @returns {number | undefined}
 */
export function timeoutOf(link) {
    const s = Number(link.timeout);
    return s > 0 && s <= 3600 ? 1000 * s : undefined;
}

/**
 * To this page.
 * @param {Link} link
 */
export function makeLink(link) {
    const address = new URL(".", location.href);
    address.search = "";
    address.hash = new URLSearchParams(/** @type {Record<string, string>} */ (link)).toString();
    return address.href;
}

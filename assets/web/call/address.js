// Who: "user", or "user/device" for one of his devices (engine/text/address.h, engine/call/address.c). Limits are in
// bytes of UTF-8, as they are for everybody else.

const USER_MAX = 64, ADDRESS_MAX = 127;
const encoder = new TextEncoder();

/**
 * Of UTF-8.
 * @param {string} text
 */
export function byteLength(text) {
    return encoder.encode(text).length;
}

/** @param {string} address */
export function userOf(address) {
    return address.split("/", 1)[0];
}

/** @param {string} address @returns {string | null} null: it names no device */
export function deviceOf(address) {
    const slash = address.indexOf("/");
    return slash < 0 ? null : address.slice(slash + 1);
}

/** @param {string} a @param {string} b */
export function isSameUser(a, b) {
    return userOf(a) === userOf(b);
}

/**
 * Control characters of ASCII, and halves of what are two units in UTF-16.
 * @param {string} text
 */
function isPlain(text) {
    return text !== "" && !/[\u0000-\u001f\u007f\ud800-\udfff]/u.test(text);
}

/** @param {unknown} address @returns {address is string} */
export function isValidAddress(address) {
    if (typeof address !== "string")
        return false;
    const user = userOf(address), device = deviceOf(address);
    return isPlain(user) && byteLength(user) <= USER_MAX && byteLength(address) <= ADDRESS_MAX &&
        (device === null || (isPlain(device) && !device.includes("/")));
}

/**
 * Does `a` come before `b`? In the order of their bytes, which decides glare: UTF-16's own order is another one for
 * what lies beyond the first plane.
 * @param {string} a
 * @param {string} b
 */
export function isBefore(a, b) {
    const left = encoder.encode(a), right = encoder.encode(b);
    const at = left.findIndex((byte, i) => byte !== right[i]);
    return at < 0 ? left.length < right.length : left[at] < (right[at] ?? -1);
}

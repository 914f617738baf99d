/** "user" (all her devices) or "user/device" (one). */

/** @param {string} address */
export function userOf(address) {
    return address.split("/")[0];
}

/** @param {string} a @param {string} b */
export function sameUser(a, b) {
    return userOf(a) === userOf(b);
}

/**
 * Does it name one device?
 * @param {string} address
 */
export function isDevice(address) {
    return address.includes("/");
}

/** A UUID (RFC 9562, version 4). crypto.randomUUID exists on secure pages only, and a house has http. */
export function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

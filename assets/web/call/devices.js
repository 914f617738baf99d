// At which of the callee's devices it rings. Of several, one that is busy or cannot be connected does not speak for the
// others (RFC 3261, 16.7); one whose user says no does.
import { deviceOf, isSameUser } from "./address.js";

/** @typedef {import("./session.js").Call} Call */

/**
 * The invite reached these, beside those that it had reached.
 * @param {Call} call
 * @param {readonly string[]} devices
 */
export function ringsAt(call, devices) {
    call.session.ringing ??= new Set();
    for (const device of devices)
        call.session.ringing.add(device);
}

/**
 * This device of the other side does not ring any more, or ring us: does it go on ringing, or is it no matter of this
 * call?
 * @param {Call} call
 * @param {string} device
 * @returns {boolean}
 */
export function ringsOn(call, device) {
    const { session } = call;
    if (call.state !== "calling" || !isSameUser(session.remote, device))
        return true;
    if (session.role === "callee" || deviceOf(session.dialled) !== null)
        return session.remote !== device;
    session.ringing?.delete(device);
    return session.ringing !== null && session.ringing.size > 0;
}

/**
 * Busy, without a connection, switched off: that device is, not her user.
 * @param {import("./message.js").Message} m
 */
export function speaksForItselfOnly({ action, reason }) {
    return action === "reject" && ["local busy", "media lost", "destroyed", "signalling failed"].includes(reason);
}

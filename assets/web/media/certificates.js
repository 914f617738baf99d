/** The certificates of a connection's DTLS handshake: with whom its media are shared. */
import { hexOf, sha256 } from "../call/safety_code.js";

/**
 * The one certificate that a description names, by SHA-256; "": it names several, or by another hash.
 * @param {RTCSessionDescription | null} description
 */
function named(description) {
    const lines = (description?.sdp ?? "").matchAll(/^a=fingerprint:(\S+) (\S+)/gm);
    const all = new Set([...lines].map(([, hash, hex]) => `${hash} ${hex.replaceAll(":", "")}`.toLowerCase()));
    return all.size === 1 ? ([...all][0].match(/^sha-256 ([0-9a-f]{64})$/)?.[1] ?? "") : "";
}

/**
 * Browsers have the certificate itself. One that does not tell it has checked that it is one of those that the
 * description names, so where that is one only, it is that one. Of several, the description's sender could have added
 * any, and that may be who is in between.
 * @param {RTCPeerConnection} pc
 */
async function remoteOf(pc) {
    const transport = pc.getSenders().find(sender => sender.transport)?.transport;
    const [certificate] = transport?.getRemoteCertificates?.() ?? [];
    return certificate ? hexOf(await sha256(certificate)) : named(pc.remoteDescription);
}

/**
 * Both by the SHA-256 of their DER, 64 lower-case hex digits; null: not known. A page that has no crypto.subtle (one of
 * plain http) knows none, and neither may it have the camera.
 * @param {RTCPeerConnection} pc
 * @returns {Promise<[string, string] | null>} our own, the other side's
 */
export async function certificatesOf(pc) {
    if (pc.connectionState !== "connected" || !globalThis.crypto?.subtle) return null;
    const own = named(pc.localDescription),
        remote = await remoteOf(pc);
    return own && remote ? [own, remote] : null;
}

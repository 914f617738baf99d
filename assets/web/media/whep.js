/**
 * A room's stream by WHEP (draft-ietf-wish-whep): one HTTP request carries our offer, and the answer is the server's.
 * A server that makes offers itself answers with one (406, a counter-offer), and our answer is patched.
 */

const GATHER_WITHIN_MS = 1000,
    FETCH_WITHIN_MS = 5000,
    SDP = "application/sdp";

/** @param {string} url "whep://HOST/PATH", "wheps://HOST/PATH" */
export function whepEndpoint(url) {
    return url.replace(/^whep(s?):/, "http$1:");
}

/**
 * The STUN and TURN servers of an answer's Link fields (RFC 8288; RFC 9725, 4.6).
 * @param {string | null} links
 * @returns {RTCIceServer[]}
 */
export function iceServersOf(links) {
    const value = '"[^"]*"|[^",;\\s]+';
    return [...(links ?? "").matchAll(RegExp(`<([^>]+)>((?:\\s*;\\s*[\\w-]+\\s*=\\s*(?:${value}))*)`, "g"))].flatMap(
        ([, urls, rest]) => {
            const of = Object.fromEntries(
                [...rest.matchAll(RegExp(`([\\w-]+)\\s*=\\s*(${value})`, "g"))].map(([, name, text]) => [
                    name.toLowerCase(),
                    text.replace(/^"|"$/g, ""),
                ]),
            );
            if (of.rel !== "ice-server" || !/^(stun|turn)s?:/.test(urls)) return [];
            return of.username === undefined
                ? [{ urls }]
                : [{ urls, username: of.username, credential: of.credential ?? "" }];
        },
    );
}

/** @param {RTCPeerConnection} pc */
function gathered(pc) {
    return new Promise(done => {
        setTimeout(done, GATHER_WITHIN_MS);
        pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && done(undefined);
    });
}

/**
 * Sends what this connection describes.
 * @param {string} url @param {string} method @param {RTCPeerConnection} pc
 */
async function send(url, method, pc) {
    await pc.setLocalDescription();
    await gathered(pc);
    const abort = new AbortController(),
        timer = setTimeout(() => abort.abort(), FETCH_WITHIN_MS);
    try {
        return await fetch(url, {
            method,
            headers: { "content-type": SDP },
            body: pc.localDescription?.sdp,
            referrerPolicy: "no-referrer",
            credentials: "omit",
            signal: abort.signal,
        });
    } finally {
        clearTimeout(timer);
    }
}

/**
 * Is a picture negotiated? A refused one has the port 0 (RFC 3264, 6).
 * @param {string} sdp
 */
function hasVideo(sdp) {
    return /^m=video [1-9]/m.test(sdp);
}

/** @param {Response} answer */
function isCounterOffer({ status, headers }) {
    return status === 406 && !!headers.get("content-type")?.startsWith(SDP) && headers.has("location");
}

/**
 * Begins to play. Rejected where the server refuses or cannot be reached.
 * @param {string} url
 * @param {{iceServers?: RTCIceServer[], lost: (why: string) => void}} options
 */
export async function playWhep(url, { iceServers = [], lost }) {
    let pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" }),
        resource = "";
    const close = () => {
        pc.onconnectionstatechange = null;
        pc.close();
        if (resource) fetch(resource, { method: "DELETE", keepalive: true }).catch(() => {});
    };
    try {
        for (const kind of ["video", "audio"]) pc.addTransceiver(kind, { direction: "recvonly" });
        const answer = await send(whepEndpoint(url), "POST", pc);
        if (answer.status !== 201 && !isCounterOffer(answer)) throw new Error(`${url} answers ${answer.status}`);
        resource = new URL(answer.headers.get("location") ?? "", answer.url).href;
        const sdp = await answer.text();
        if (answer.status === 201) {
            await pc.setRemoteDescription({ type: "answer", sdp });
        } else {
            pc.close();
            const all = [...iceServers, ...iceServersOf(answer.headers.get("link"))];
            pc = new RTCPeerConnection({ iceServers: all, bundlePolicy: "max-bundle" });
            await pc.setRemoteDescription({ type: "offer", sdp });
            const taken = await send(resource, "PATCH", pc);
            if (hasVideo(sdp) && !hasVideo(pc.localDescription?.sdp ?? ""))
                throw new Error(`none of ${url}'s codecs`);
            if (!taken.ok) throw new Error(`${resource} answers ${taken.status}`);
        }
    } catch (error) {
        close();
        throw error;
    }
    pc.onconnectionstatechange = () => ["failed", "closed"].includes(pc.connectionState) && lost(pc.connectionState);
    return { pc, tracks: pc.getReceivers().map(receiver => receiver.track), close };
}

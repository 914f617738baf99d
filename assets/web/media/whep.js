/** A room's stream by WHEP (draft-ietf-wish-whep): one HTTP request carries our offer, the answer is the server's. */

const GATHER_WITHIN_MS = 1000,
    FETCH_WITHIN_MS = 5000;

/** @param {string} url "whep://HOST/PATH", "wheps://HOST/PATH" */
export function whepEndpoint(url) {
    return url.replace(/^whep(s?):/, "http$1:");
}

/** @param {RTCPeerConnection} pc */
function gathered(pc) {
    return new Promise(done => {
        setTimeout(done, GATHER_WITHIN_MS);
        pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && done(undefined);
    });
}

/**
 * Begins to play. Rejected where the server refuses or cannot be reached.
 * @param {string} url
 * @param {{iceServers?: RTCIceServer[], lost: (why: string) => void}} options
 */
export async function playWhep(url, { iceServers, lost }) {
    const pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    for (const kind of ["video", "audio"]) pc.addTransceiver(kind, { direction: "recvonly" });
    const abort = new AbortController(),
        timer = setTimeout(() => abort.abort(), FETCH_WITHIN_MS);
    let resource = "";
    const close = () => {
        pc.onconnectionstatechange = null;
        pc.close();
        if (resource) fetch(resource, { method: "DELETE", keepalive: true }).catch(() => {});
    };
    try {
        await pc.setLocalDescription();
        await gathered(pc);
        const answer = await fetch(whepEndpoint(url), {
            method: "POST",
            headers: { "content-type": "application/sdp" },
            body: pc.localDescription?.sdp,
            referrerPolicy: "no-referrer",
            credentials: "omit",
            signal: abort.signal,
        });
        if (answer.status !== 201) throw new Error(`${url} answers ${answer.status}`);
        resource = new URL(answer.headers.get("location") ?? "", answer.url).href;
        await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    } catch (error) {
        close();
        throw error;
    } finally {
        clearTimeout(timer);
    }
    pc.onconnectionstatechange = () => ["failed", "closed"].includes(pc.connectionState) && lost(pc.connectionState);
    return { pc, tracks: pc.getReceivers().map(receiver => receiver.track), close };
}

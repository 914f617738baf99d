/**
 * The service worker: keeps the page itself, so that it opens as an application does where the network is slow or away.
 * What is newer on the network goes first; signalling and media never pass here.
 */

const CACHE = "callapi-shell",
    PATIENCE_MS = 3000;

/** @param {Request} request */
async function fetchAndKeep(request) {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), PATIENCE_MS);
    const answer = await fetch(request, { signal: abort.signal });
    if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
    return answer;
}

/** @param {Request} request */
async function answer(request) {
    try {
        return await fetchAndKeep(request);
    } catch (error) {
        const kept = await caches.match(request, { ignoreSearch: true });
        if (!kept) throw error;
        return kept;
    }
}

addEventListener("install", () => /** @type {any} */ (globalThis).skipWaiting());
addEventListener("activate", event =>
    /** @type {any} */ (event).waitUntil(/** @type {any} */ (globalThis).clients.claim()),
);
addEventListener("fetch", event => {
    const { request } = /** @type {any} */ (event),
        address = new URL(request.url);
    const api = /\/(v1|metrics)(\/|$)/.test(address.pathname);
    if (request.method === "GET" && address.origin === location.origin && !api)
        /** @type {any} */ (event).respondWith(answer(request));
});

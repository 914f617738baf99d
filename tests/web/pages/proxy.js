/** A proxy that has the hub under a path of its own, as people have it behind their web server. */
import http from "node:http";
import net from "node:net";

/** @param {string} hub "http://HOST:PORT/" @param {string} prefix "/calls" */
export async function underPath(hub, prefix) {
    const { hostname, port } = new URL(hub);
    const strip = path => (path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null);
    const server = http.createServer((request, answer) => {
        const path = strip(request.url ?? "");
        if (path === null) {
            answer.writeHead(404).end();
            return;
        }
        const onwards = http.request(
            { hostname, port, path, method: request.method, headers: request.headers },
            theirs => {
                answer.writeHead(theirs.statusCode ?? 502, theirs.headers);
                theirs.pipe(answer);
            },
        );
        onwards.on("error", () => answer.destroy());
        request.pipe(onwards);
    });
    server.on("upgrade", (request, socket) => {
        const path = strip(request.url ?? "");
        if (path === null) {
            socket.destroy();
            return;
        }
        const onwards = net.connect(Number(port), hostname, () => {
            const lines = request.rawHeaders.map((word, i) => (i % 2 ? `${word}\r\n` : `${word}: `)).join("");
            onwards.write(`GET ${path} HTTP/1.1\r\n${lines}\r\n`);
            socket.pipe(onwards).pipe(socket);
        });
        onwards.on("error", () => socket.destroy());
        socket.on("error", () => onwards.destroy());
    });
    await new Promise(done => server.listen(0, "127.0.0.1", () => done(undefined)));
    const { port: own } = /** @type {import("node:net").AddressInfo} */ (server.address());
    return {
        address: `http://127.0.0.1:${own}${prefix}/`,
        close: () => (server.close(), server.closeAllConnections()),
    };
}

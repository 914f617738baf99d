/**
 * The page where something is missing, forbidden or away, or has to be asked for: conditions.js PROGRAM ASSETS BROWSER.
 */
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Programs, Visitor, check, freePort, has, launch, runAll } from "./browsers.js";

const [program, assets, name] = process.argv.slice(2);
const LIVE = 1,
    DESK = 2,
    PAGE = 9,
    SCREEN = 11; // the sources of the pictures
const TONE = 880,
    LIVE_TONE = 460; // engine/audio/tone.c
const ENOUGH = 90; // pictures, until some of them are on a screen: they are counted once a second
const STUDIO = 320; // the width of the pictures by HLS
const sfu = fileURLToPath(new URL("../../../platform/scale/sfu.py", import.meta.url));

const programs = new Programs(program, assets);

/** @param {any} browser @param {string} address */
const tests = {
    /** Where there is no camera the other side waits for no picture; where there is nothing, for nothing. */
    async blind(browser, address) {
        programs.agent("desk", "call", "--auto-accept");
        for (const [words, camera, microphone] of [
            ["No camera works here", false, true],
            ["No camera and no microphone work here", false, false],
            ["The camera is not allowed here", "NotAllowedError", true],
            ["Another program uses the camera", "NotReadableError", true],
        ]) {
            const page = await Visitor.open(browser, address, { user: "bob", camera, microphone });
            await page.press("call-person", "desk");
            await page.pictures(DESK, "call", 5);
            await page.until(`toast.textContent.startsWith(${JSON.stringify(words)})`);
            await page.press("hang-up");
            await page.close();
        }
        await programs.finish("desk", PAGE);
    },

    /** Where sound is played to nobody who has touched nothing, pictures come without, and a tap lets it be heard. */
    async tap(_browser, address) {
        if (name === "firefox") return; // it takes what the driver asks for a touch
        programs.agent("anna", "host", "--room", "studio");
        const strict = await launch(name, { soundWaits: true, whole: true });
        const page = await Visitor.open(strict, address, { user: "bob", link: "&room=studio" });
        await page.pictures(LIVE, "live");
        check(await page.evaluate("remote.muted && !remote.paused"), "sound is played, or pictures are not");
        await page.press("tap");
        await page.until("!remote.muted && !remote.paused && !document.querySelector('[data-command=tap]')");
        await page.hears(LIVE_TONE, TONE);
        await page.pictures(LIVE, "live");
        await page.check();
        await strict.close();
        await programs.finish("anna", PAGE);
    },

    /** A browser that has no WebRTC, or cannot read the modules, is told so. */
    async old(browser, address) {
        for (const [prepared, wanted] of [
            [
                page => page.evaluateOnNewDocument("delete globalThis.RTCPeerConnection"),
                'notice.textContent === words && !notice.hidden && !document.querySelector("#old")',
            ],
            [
                async page => {
                    await page.setRequestInterception(true);
                    page.on("request", request =>
                        request.url().endsWith("/page/main.js")
                            ? request.respond({ contentType: "text/javascript", body: "class { #new" })
                            : request.continue(),
                    );
                },
                'old.textContent === words && getComputedStyle(old).visibility === "visible"',
            ],
        ]) {
            const context = await browser.createBrowserContext(),
                page = await context.newPage();
            await prepared(page);
            await page.goto(address);
            await page.waitForFunction(wanted.replace("words", `"This page needs a newer browser"`));
            await context.close();
        }
    },

    /** The screen goes out instead of the camera, until that is stopped here or by the browser's own button. */
    async shares(browser, address) {
        const page = await Visitor.open(browser, address, { user: "bob", source: PAGE, screen: SCREEN });
        await page.press("go-live");
        await page.until("dialog.open");
        await page.page.keyboard.press("Enter");
        programs.agent("eve", "watch", "--room", "bob");
        await programs.pictures("eve", ENOUGH);
        const ways = [
            () => page.press("share-screen"),
            () => page.evaluate("underTest.screen.dispatchEvent(new Event('ended'))"),
        ];
        if (page.firefox) ways.pop(); // a track there hears no such event of ours
        for (const stop of ways) {
            await page.press("share-screen");
            await programs.pictures("eve", ENOUGH);
            await stop();
            await programs.pictures("eve", ENOUGH);
        }
        await page.press("end-room");
        await page.close();
        const shown = await programs.sources("eve");
        check(shown.join() === [PAGE, ...ways.flatMap(() => [SCREEN, PAGE])].join(), `eve saw ${shown}`);
    },

    /** The screen stays bright for as long as a call goes on. */
    async awake(browser, address) {
        const page = await Visitor.open(browser, address, { user: "bob", source: PAGE });
        await page.evaluate(`underTest.locks = 0, navigator.wakeLock.request = async kind => {
            underTest.locks += kind === "screen";
            return { released: false, release: async () => void underTest.locks-- };
        }`);
        programs.agent("desk", "call", "--auto-accept");
        await page.press("call-person", "desk");
        await page.pictures(DESK, "call", 3);
        await page.until("underTest.locks === 1");
        await page.press("hang-up");
        await page.until("underTest.locks === 0");
        await page.close();
        await programs.finish("desk", PAGE);
    },

    /**
     * A room whose stream a media server has (WHEP), a call to its broadcaster, and the stream again. Debian's Firefox
     * has no H.264, which the stream is: it asks for a connection, though another viewer has the one there is.
     */
    async whep(browser, address) {
        if (!has("janus")) return console.log("no janus here: no stream by WHEP");
        const server = `127.0.0.1:${await freePort()}`,
            pulls = name !== "firefox";
        programs.tool("sfu", "/usr/bin/python3", "-B", sfu, "--open", "--listen", server);
        await programs.until("sfu", /Ctrl-C/);
        programs.agent("anna", "host", "--room", "studio", "--auto-accept", "--direct", pulls ? "0" : "1",
            "--publish", `whip://${server}/whip/studio`, "--stream", `whep://${server}/whep/studio`); // prettier-ignore
        if (!pulls) {
            programs.agent("first", "watch", "--room", "studio");
            await programs.until("first", /live room connected/);
        }
        const page = await Visitor.open(browser, address, { user: "bob", source: PAGE, tone: TONE });
        await page.press("watch", "studio");
        await page.pictures(LIVE, "live");
        check((await page.evaluate("callapi.rooms.watched.isPulled")) === pulls, "the pictures come another way");
        await page.press("call");
        await page.pictures(LIVE, "call");
        await page.hears(LIVE_TONE, TONE);
        await page.press("hang-up");
        await page.pictures(LIVE, "live");
        await page.until(`callapi.rooms.watched.isPulled === ${pulls}`);
        await page.check();
        await page.close();
        if (!pulls) await programs.finish("first", LIVE);
        const shown = await programs.finish("anna", PAGE);
        check(shown.length >= 3, `anna saw ${shown}`);
        await programs.end("sfu");
    },

    /** A room whose stream is a list of segments (HLS, RFC 8216), where the browser plays them by itself. */
    async hls(browser, address) {
        execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", `testsrc=size=${STUDIO}x180:rate=25`, "-f", "lavfi",
            "-i", "sine", "-t", "20", "-c:v", "libx264", "-g", "25", "-c:a", "aac", "-f", "hls", "-hls_time", "1",
            "-hls_list_size", "0", programs.file("studio.m3u8")]); // prettier-ignore
        const server = createServer((request, response) => {
            const file = programs.file(path.basename(request.url ?? ""));
            const type = file.endsWith(".m3u8") ? "application/vnd.apple.mpegurl" : "video/mp2t";
            response.writeHead(existsSync(file) ? 200 : 404, {
                "content-type": type,
                "access-control-allow-origin": "*",
            });
            existsSync(file) ? createReadStream(file).pipe(response) : response.end();
        });
        await new Promise(done => server.listen(0, "127.0.0.1", () => done(undefined)));
        const url = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/studio.m3u8`;
        programs.agent("anna", "host", "--room", "studio", "--direct", "0", "--stream", url);
        const page = await Visitor.open(browser, address, { user: "bob" });
        await page.press("watch", "studio");
        if (await page.evaluate("!!remote.canPlayType('application/vnd.apple.mpegurl')"))
            await page.until(`remote.videoWidth === ${STUDIO} && remote.currentTime > 1 && held.hidden`);
        await page.close();
        await programs.finish("anna", PAGE);
        server.close();
    },

    /** While nobody looks at the page a call is notified, until it rings no more. */
    async notifies(browser, address) {
        const page = await Visitor.open(browser, address, { user: "bob", source: PAGE });
        if (page.firefox) return page.close(); // puppeteer grants no permissions there
        await page.context.overridePermissions(new URL(address).origin, ["notifications"]);
        await page.evaluate(`{
            const Real = Notification;
            underTest.notified = [];
            globalThis.Notification = class extends Real {
                constructor(title, options) { super(title, options); underTest.notified.push(title); }
                close() { super.close(); underTest.notified.push("closed"); }
            };
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
        }`);
        programs.agent("desk", "call", "--to", "bob", "--name", "Info Desk");
        await page.until("underTest.notified.join() === 'Info Desk is calling'");
        await page.press("reject");
        await page.until("underTest.notified.join() === 'Info Desk is calling,closed'");
        await page.evaluate("delete document.hidden");
        await programs.finish("desk", PAGE);
        programs.agent("again", "call", "--to", "bob");
        await page.until("stage.dataset.scene === 'ringing-in'");
        await page.press("reject");
        check((await page.evaluate("underTest.notified.length")) === 2, "who looks at the page was notified");
        await programs.finish("again", PAGE);
        await page.close();
    },

    /** The page opens where the hub is away, and is connected as soon as it is back. The last: it ends the hub. */
    async kept(browser, address) {
        const page = await Visitor.open(browser, address, { user: "bob", source: PAGE });
        await page.until("!!navigator.serviceWorker.controller");
        await page.page.reload(); // all of it passes the service worker
        await page.until("callapi.hub.online && stage.dataset.scene === 'directory'");
        await programs.end("hub");
        await page.page.reload();
        await page.until("stage.dataset.scene === 'directory' && notice.textContent === 'No connection'");
        await programs.hub(new URL(address).host);
        await page.until("callapi.hub.online");
        await page.close();
    },
};

await runAll(tests, programs, name);

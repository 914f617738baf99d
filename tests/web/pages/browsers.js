/** Browsers with a page of the hub in each, driven by puppeteer-core: Chromium, and Firefox by WebDriver BiDi. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { frameCode } from "../../support/framecode.mjs";
import { tenths } from "../../support/tones.mjs";
import { prepare } from "./in_page.js";

const PATIENCE_MS = 60000;
const TRIES = 3; // of a press
// Firefox counts lost connections among a page's errors.
const LOST =
    /^WebRTC: ICE failed|^The connection to wss?:|^Firefox can.t establish a connection to the server at wss?:/;
const HEARD = 5; // tenths of a second of a tone
const FIREFOX_TONE = 1000; // Hz, of its own microphone for tests
const RATE = 48000; // of what our programs play
const AUTOPLAY = "--autoplay-policy";
const CHROMIUMS = ["chromium", "chromium-browser"];
const CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    `${AUTOPLAY}=no-user-gesture-required`,
    "--use-fake-ui-for-media-stream",
];

/** @type {any} */
let puppeteer;
try {
    puppeteer = (await import("puppeteer-core")).default;
} catch {
    console.log("skipped: puppeteer-core is not installed (npm ci in tests/web, which ./run test does)");
    process.exit(77);
}

/** @param {string[]} names */
function find(...names) {
    for (const name of names)
        try {
            return execFileSync("sh", ["-c", `command -v ${name}`])
                .toString()
                .trim();
        } catch {
            continue;
        }
    console.log(`skipped: no ${names[0]} here`);
    process.exit(77);
}

/** Is this program here? @param {string} name */
export function has(name) {
    return (process.env.PATH ?? "").split(":").some(folder => existsSync(path.join(folder, name)));
}

/** @returns {Promise<number>} */
export function freePort() {
    return new Promise(done => {
        const server = createServer();
        server.listen(0, "127.0.0.1", () => {
            const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
            server.close(() => done(port));
        });
    });
}

/**
 * @param {string} name "chromium" or "firefox"
 * @param {{soundWaits?: boolean, secure?: string, whole?: boolean}} options `soundWaits`: Chromium's, for a touch, as
 *     people's browsers have it; `secure`: the pages of this address count as secure, which those of other machines do
 *     not without TLS (of Chromium only the whole knows that); `whole`: Chromium as people have it, not what draws and
 *     connects its pages alone, where that can be had: half the work
 */
export function launch(name, { soundWaits = false, secure = "", whole = false } = {}) {
    if (name === "firefox")
        return puppeteer.launch({
            browser: "firefox",
            executablePath: find("firefox-esr", "firefox"),
            headless: true,
            extraPrefsFirefox: {
                "media.navigator.permission.disabled": true,
                "media.autoplay.default": 0,
                "dom.securecontext.allowlist": secure && new URL(secure).hostname,
                "layout.frame_rate": 30, // drawn without a GPU it has a core busy at 60
            },
        });
    const chromium = CHROMIUM.filter(one => !soundWaits || !one.startsWith(AUTOPLAY));
    if (secure) chromium.push(`--unsafely-treat-insecure-origin-as-secure=${new URL(secure).origin}`);
    return puppeteer.launch({
        executablePath: whole ? find(...CHROMIUMS) : find("chromium-headless-shell", ...CHROMIUMS),
        headless: whole ? true : "shell",
        args: chromium,
    });
}

/** One page of one user, and what a test asks of it. */
export class Visitor {
    /** @type {string[]} */
    problems = [];

    /**
     * @param {any} browser
     * @param {string} address of the hub's page
     * @param {{user: string, name?: string, link?: string, source?: number, tone?: number, camera?: boolean | string,
     *          microphone?: boolean, screen?: number, size?: object, pass?: (visitor: Visitor) => any}} options
     *     `pass`: the address is a link that another device shows, to go on with its call; looks at what is asked then
     */
    static async open(
        browser,
        address,
        {
            user,
            name = user,
            link = "",
            source = 9,
            tone = 880,
            camera = true,
            microphone = true,
            screen = 0,
            size = { width: 640, height: 360 }, // without a GPU each pixel costs; looks.js has all sizes
            pass = undefined,
        },
    ) {
        const visitor = new Visitor(),
            context = await browser.createBrowserContext();
        visitor.user = user;
        visitor.name = name;
        visitor.context = context;
        visitor.touch = !!size.hasTouch;
        visitor.firefox = (await browser.version()).toLowerCase().includes("firefox");
        visitor.tone = visitor.firefox ? FIREFOX_TONE : tone;
        const page = (visitor.page = await context.newPage());
        if (!visitor.firefox) visitor.devtools = await page.createCDPSession();
        page.on("pageerror", ({ message }) => {
            if (!visitor.firefox || !LOST.test(message)) visitor.problems.push(message);
        });
        page.on("console", message => process.env.VERBOSE && console.log(`${user}: ${message.text()}`));
        const options = JSON.stringify({ source, tone, camera, microphone, screen });
        await page.evaluateOnNewDocument(`(${prepare})(${options}, (${frameCode})(), ${tenths})`);
        const { width, height } = size; // Firefox knows no phones; a touch it does
        await page.setViewport(visitor.firefox ? { width, height } : size);
        await page.goto(pass ? address : `${address}#user=${user}&name=${encodeURIComponent(name)}${link}`);
        if (pass) {
            await visitor.until("dialog.open");
            await pass(visitor);
            await page.click("#dialog-buttons .call");
        }
        await visitor.until("callapi && (callapi.hub.online || stage.dataset.scene === 'visit')");
        await visitor.evaluate(`underTest.calls = [];
            callapi.on("call", ({ state, event, reason }) => underTest.calls.push([state, event, reason].join(", ")))`);
        return visitor;
    }

    /** Until this is true in the page. @param {string} condition */
    async until(condition) {
        const end = Date.now() + PATIENCE_MS;
        for (;;) {
            const value = await this.evaluate(
                `(() => { try { return ${condition}; } catch (error) { return false; } })()`,
            );
            if (value) return value;
            if (Date.now() > end)
                throw new Error(`${this.user}: never ${condition}; ${JSON.stringify(await this.state())}`);
            await new Promise(done => setTimeout(done, 50));
        }
    }

    state() {
        return this.evaluate(`({ state: callapi.state, scene: stage.dataset.scene, notice: notice.textContent,
            toast: toast.textContent, calls: underTest.calls,
            seen: underTest.seen.slice(-2), black: underTest.black.slice(-2) })`);
    }

    /**
     * Chromium takes what the driver evaluates for a person's touch; not so by its own protocol.
     * @param {string} expression
     */
    async evaluate(expression) {
        if (this.firefox) return this.page.evaluate(expression);
        const { result, exceptionDetails } = await this.devtools.send("Runtime.evaluate", {
            expression,
            awaitPromise: true,
            returnByValue: true,
        });
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        return result.value;
    }

    /**
     * A real click, or touch, in the middle of a button, as soon as it can be pressed.
     * @param {string} command @param {string} id
     */
    async press(command, id = "") {
        const selector = `[data-command="${command}"]${id && `[data-id="${id}"]`}`;
        for (let tries = 1; ; tries++) {
            await this.until(
                `document.querySelector('${selector}') && !document.querySelector('${selector}').disabled`,
            );
            await new Promise(done => setTimeout(done, 350)); // what comes under a second tap is not meant
            try {
                await this.#touchOrClick(selector);
                return;
            } catch (error) {
                // It was drawn anew meanwhile, or is gone for a moment.
                if (tries === TRIES || !/detached|No element found/.test(String(error))) throw error;
            }
        }
    }

    /** @param {string} selector */
    async #touchOrClick(selector) {
        if (this.touch) {
            await this.page.tap(selector);
            return;
        }
        await this.page.mouse.move(5, 5);
        await this.page.mouse.move(8, 8);
        await this.page.click(selector);
    }

    /** So many more pictures of this source, in this scene. @param {number} source @param {string} scene */
    async pictures(source, scene, more = 10) {
        const from = await this.evaluate("underTest.seen.length");
        await this.until(
            `underTest.seen.slice(${from}).filter(one => one.source === ${source} && ` +
                `one.scene === "${scene}").length >= ${more}`,
        );
    }

    /** Is this tone heard, and the other one not? @param {number} tone @param {number} other */
    async hears(tone, other) {
        await this.until("!remote.muted");
        const end = Date.now() + PATIENCE_MS;
        for (;;) {
            const [enough, wrong] = await this.evaluate(`underTest.hear([${tone}, ${other}])`);
            if (enough >= HEARD && !wrong) return;
            if (Date.now() > end) throw new Error(`${this.user} does not hear ${tone} Hz: ${enough}, ${wrong}`);
        }
    }

    /** Nothing black was on the screen, every picture was newer than the one before, and nothing went wrong. */
    async check() {
        const { seen, black } = await this.evaluate("({ seen: underTest.seen, black: underTest.black })");
        const backwards = seen.filter(
            (one, i) => i && one.source === seen[i - 1].source && one.number < seen[i - 1].number,
        );
        if (black.length || backwards.length || this.problems.length)
            throw new Error(
                `${this.user}: ${JSON.stringify({
                    black: black.slice(0, 5),
                    backwards: backwards.slice(0, 5),
                    problems: this.problems,
                })}`,
            );
    }

    close() {
        return this.context.close();
    }
}

/** The programs beside the browsers: a hub, and agents of ours. */
export class Programs {
    /** @type {Map<string, {child: import("node:child_process").ChildProcess, log: string, ended: Promise<unknown>}>} */
    #all = new Map();

    /** @param {string} program @param {string} assets @param {string[]} before what starts it, elsewhere */
    constructor(program, assets, before = []) {
        this.program = program;
        this.before = before;
        this.assets = assets;
        this.work = mkdtempSync(path.join(tmpdir(), "callapi-pages-"));
    }

    /** @param {string} name @param {string[]} words */
    start(name, ...words) {
        this.#spawn(name, "dummy", [...this.before, this.program, ...words]);
    }

    /** Another program than ours. @param {string} name @param {string[]} command */
    tool(name, ...command) {
        this.#spawn(name, "dummy", command);
    }

    /** On the screen that DISPLAY names. @param {string} name @param {string[]} words */
    startInWindow(name, ...words) {
        this.#spawn(name, "x11", [...this.before, this.program, ...words]);
    }

    /** @param {string} name @param {string} driver SDL's @param {string[]} words */
    #spawn(name, driver, [command, ...rest]) {
        const child = spawn(command, rest, {
            env: {
                ...process.env,
                SDL_VIDEODRIVER: driver,
                SDL_AUDIODRIVER: "disk",
                SDL_DISKAUDIOFILE: this.file(`${name}.pcm`),
                CALLAPI_HISTORY: "none",
            },
        });
        const one = { child, log: "", ended: new Promise(done => child.on("close", done)) };
        for (const stream of [child.stdout, child.stderr]) stream?.on("data", data => (one.log += data));
        this.#all.set(name, one);
    }

    /** A file's path in the work folder. @param {string} name */
    file(name) {
        return path.join(this.work, name);
    }

    /** @param {string} name */
    log(name) {
        return this.#all.get(name)?.log ?? "";
    }

    /** The ends of all, for who looks for a reason. */
    logs() {
        return [...this.#all].map(([name, { log }]) => `\n--- ${name}\n${log.slice(-2000)}`).join("");
    }

    /** @param {string} name @param {RegExp} pattern */
    async until(name, pattern) {
        const end = Date.now() + PATIENCE_MS;
        for (let match; ; await new Promise(done => setTimeout(done, 50))) {
            if ((match = pattern.exec(this.log(name)))) return match;
            if (Date.now() > end) throw new Error(`${name} never said ${pattern}: ${this.log(name).slice(-600)}`);
        }
    }

    /** Returns the address of its page. @param {string} listen @param {string[]} words */
    async hub(listen = "127.0.0.1:0", ...words) {
        this.start("hub", "hub", "--listen", listen, "--assets", this.assets, ...words);
        const [, address] = await this.until("hub", /ws:\/\/(\S+)/);
        this.url = `ws://${address}`;
        return `http://${address}/`;
    }

    /** @param {string} name @param {string} command @param {string[]} words */
    agent(name, command, ...words) {
        this.start(
            name,
            command,
            "--headless",
            "-v",
            "--user",
            name,
            "--hub",
            this.url ?? "",
            "--size",
            "640x360",
            "--shots",
            path.join(this.work, name),
            "--stats",
            this.file(`${name}.jsonl`),
            ...words,
        );
    }

    /** How many pictures it has decoded until now, by its statistics, which come once a second. @param {string} name */
    #decoded(name) {
        const file = this.file(`${name}.jsonl`),
            lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
        const { stats } = lines.length > 1 ? JSON.parse(lines[lines.length - 2]) : { stats: [] };
        return stats.reduce((sum, row) => sum + (row.type === "inbound-rtp" ? (row.framesDecoded ?? 0) : 0), 0);
    }

    /** It decodes so many more. @param {string} name */
    async pictures(name, more = 10) {
        const enough = this.#decoded(name) + more,
            end = Date.now() + PATIENCE_MS;
        for (; this.#decoded(name) < enough; await new Promise(done => setTimeout(done, 100)))
            if (Date.now() > end) throw new Error(`${name} sees no more: ${this.log(name).slice(-600)}`);
    }

    /** It plays this tone, and not the other one. @param {string} name @param {number} tone @param {number} other */
    async hears(name, tone, other) {
        const file = this.file(`${name}.pcm`),
            from = Math.floor(statSync(file).size / 4) * 4,
            end = Date.now() + PATIENCE_MS;
        for (; ; await new Promise(done => setTimeout(done, 200))) {
            const bytes = readFileSync(file).subarray(from);
            const left = Float32Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readInt16LE(4 * i) / 32768);
            const [enough, wrong] = [tone, other].map(one => tenths(left, RATE, one));
            if (enough >= HEARD && !wrong) return;
            if (Date.now() > end) throw new Error(`${name} does not hear ${tone} Hz: ${enough}, ${wrong}`);
        }
    }

    /** Ends it, as an operator does. @param {string} name */
    async end(name) {
        const one = this.#all.get(name);
        one?.child.kill("SIGTERM");
        const status = await one?.ended;
        if (status !== 0) throw new Error(`${name} ended with ${status}: ${one?.log.slice(-600)}`);
    }

    /**
     * Ends it; the numbers of the pictures of this source that its screen showed.
     * @param {string} name @param {number} source
     */
    async finish(name, source) {
        const rows = await this.#shown(name);
        return rows.filter(row => row.source === source).map(row => row.frame);
    }

    /** Ends it; the sources whose pictures its screen showed, in their order. @param {string} name */
    async sources(name) {
        const rows = await this.#shown(name);
        return rows.map(row => row.source).filter((source, i, all) => source && source !== all[i - 1]);
    }

    /** @param {string} name */
    async #shown(name) {
        await this.end(name);
        const lines = readFileSync(path.join(this.work, name, "frames.jsonl"), "utf8")
            .trim()
            .split("\n");
        return lines.map(line => JSON.parse(line)).filter(row => row.new);
    }

    async close() {
        for (const { child, ended } of this.#all.values()) {
            child.kill("SIGKILL");
            await ended;
        }
        rmSync(this.work, { recursive: true });
    }
}

/** @param {boolean} condition @param {string} what */
export function check(condition, what) {
    if (!condition) throw new Error(what);
}

/**
 * Runs all tests, or the one that ONLY names, each with the browsers and the address of a hub.
 * @param {Record<string, (browser: any, address: string) => Promise<unknown>>} tests they get the one, or all
 * @param {Programs} programs @param {string[]} names of the browsers
 */
export async function runAll(tests, programs, ...names) {
    const whole = names.length === 1; // in the browser that people have, at least once
    /** @type {Map<string, any>} */
    const browsers = new Map();
    try {
        const address = await programs.hub();
        for (const name of names) if (!browsers.has(name)) browsers.set(name, await launch(name, { whole }));
        const all = names.map(name => browsers.get(name));
        for (const [name, test] of Object.entries(tests)) {
            if (process.env.ONLY && name !== process.env.ONLY) continue;
            await test(all.length > 1 ? all : all[0], address);
            console.log(`${names.join(" and ")}: ${name}`);
        }
    } catch (error) {
        console.log("FAILED:", error, programs.logs());
        process.exitCode = 1;
    } finally {
        for (const browser of browsers.values()) await browser.close();
        await programs.close();
    }
}

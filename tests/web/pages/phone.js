/**
 * A kiosk's call goes on on a phone: the kiosk in a window, pressed by keys; the code that its screen shows, read from
 * the screen; the page that it names, in Chromium. phone.js PROGRAM ASSETS, on the screen that DISPLAY names.
 */
import { execFileSync } from "node:child_process";
import { Programs, Visitor, check, launch } from "./browsers.js";

const [program, assets] = process.argv.slice(2);
const LIVE = 1,
    PHONE = 9; // the sources of the pictures
const TONE = 880,
    LIVE_TONE = 460;
const TRIES = 20;

const programs = new Programs(program, assets);

/** @param {string} name of a key, as xdotool has it */
function key(name) {
    execFileSync("xdotool", ["key", name]);
    return new Promise(done => setTimeout(done, 300));
}

/** What the code on the screen says; "": there is none. */
function readCode() {
    const picture = programs.file("screen.png");
    execFileSync(
        "ffmpeg",
        ["-loglevel", "error", "-y", "-f", "x11grab", "-i", process.env.DISPLAY ?? ""].concat([
            "-frames:v",
            "1",
            picture,
        ]),
    );
    try {
        return execFileSync("zbarimg", ["-q", "--raw", picture], { stdio: ["ignore", "pipe", "ignore"] })
            .toString()
            .trim();
    } catch {
        return ""; // it says so by its status
    }
}

/** The button for a phone is the last one of the row; a key may only bring the buttons back. */
async function askForCode() {
    for (let tries = 0; tries < TRIES; tries++) {
        for (let i = 0; i < 4; i++) await key("Right");
        await key("Return");
        await new Promise(done => setTimeout(done, 1000));
        const code = readCode();
        if (code) return code;
    }
    throw new Error("no code came on the screen");
}

/** How often it says so. @param {string} name @param {RegExp} pattern */
function times(name, pattern) {
    return [...programs.log(name).matchAll(pattern)].length;
}

/** @param {any} browser @param {string} address */
async function run(browser, address) {
    programs.agent("anna", "host", "--room", "studio 1", "--name", "Anna Berg", "--auto-accept");
    const stats = programs.file("kiosk.jsonl");
    programs.startInWindow(
        "kiosk",
        "kiosk",
        "-v",
        "--user",
        "kiosk",
        "--hub",
        programs.url ?? "",
        "--room",
        "studio 1",
        "--phone",
        "hub",
        "--idle",
        "0",
        "--size",
        "640x360",
        "--stats",
        stats,
    );
    await programs.pictures("kiosk");
    await key("Return");
    await programs.until("anna", /connected \(with kiosk/);
    const code = await askForCode();
    check(code.startsWith(`${address}#pass=`), `the code says ${code}`);

    const phone = await Visitor.open(browser, code, { user: "phone", source: PHONE, tone: TONE, pass: () => {} });
    await programs.until("kiosk", /the call goes on at another device/);
    await phone.pictures(LIVE, "call");
    await phone.hears(LIVE_TONE, TONE);
    check(times("anna", /connected \(with kiosk/g) === 2, "anna is not in a second call");

    const late = await Visitor.open(browser, code, { user: "late", pass: () => {} });
    await late.until("stage.dataset.scene === 'visit' && notice.textContent === 'This code is over'");
    await late.close();

    await phone.press("hang-up");
    await phone.until("stage.dataset.scene === 'visit' && notice.textContent === 'The call is over'");
    await phone.check();
    await phone.close();
    await programs.pictures("kiosk"); // the live room again
    const shown = await programs.finish("anna", PHONE);
    check(shown.length >= 3, `anna saw ${shown} of the phone`);
}

/** @type {any} */
let browser;
try {
    const address = await programs.hub();
    browser = await launch("chromium");
    await run(browser, address);
    await programs.end("kiosk");
    console.log("a kiosk's call goes on on a phone");
} catch (error) {
    console.log(programs.logs());
    console.error(error);
    process.exitCode = 1;
} finally {
    await browser?.close();
    await programs.close();
}

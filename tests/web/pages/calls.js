/**
 * The page in real browsers against the desktop client and against itself: calls.js PROGRAM ASSETS BROWSER [OTHER].
 * With OTHER the two browsers call each other; else BROWSER and the desktop do.
 */
import { readFileSync } from "node:fs";
import { Programs, Visitor, check, runAll } from "./browsers.js";

const [program, assets, first, second] = process.argv.slice(2);
const LIVE = 1,
    DESK = 2,
    PAGE = 9,
    OTHER = 10; // the sources of the pictures
const TONE = 880,
    OTHER_TONE = 1320,
    LIVE_TONE = 460,
    DESK_TONE = 480; // engine/audio/tone.c
const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const programs = new Programs(program, assets);

/** @param {any} browser @param {string} address */
const tests = {
    /** A live room, a call to its broadcaster, the room again. */
    async room(browser, address) {
        programs.agent("anna", "host", "--room", "studio", "--name", "Anna Berg", "--auto-accept");
        const page = await Visitor.open(browser, address, { user: "bob", source: PAGE, tone: TONE });
        await page.press("watch", "studio");
        await page.pictures(LIVE, "live");
        await page.press("call");
        await page.pictures(LIVE, "call");
        await page.hears(LIVE_TONE, TONE);
        await programs.until("anna", /connected \(with bob/);
        await programs.hears("anna", page.tone, LIVE_TONE);
        await page.press("hang-up");
        await page.pictures(LIVE, "live");
        await page.check();
        await page.press("leave");
        await page.until("stage.dataset.scene === 'directory'");
        await page.close();
        const shown = await programs.finish("anna", PAGE);
        check(shown.length >= 3 && shown.every((n, i) => !i || n >= shown[i - 1]), `anna saw ${shown}`);
    },

    /** The desktop calls the page on a phone, whose user accepts and hangs up by touch. */
    async called(browser, address) {
        const page = await Visitor.open(browser, address, {
            user: "bob",
            name: "Bob Ray",
            source: PAGE,
            tone: TONE,
            size: PHONE,
        });
        const report = programs.file("desk.json");
        programs.agent("desk", "call", "--to", "bob", "--name", "Info Desk", "--report", report);
        await page.until("stage.dataset.scene === 'ringing-in' && notice.textContent === 'Info Desk is calling'");
        await page.press("accept");
        await page.pictures(DESK, "call");
        await page.hears(DESK_TONE, TONE);
        const code = await page.until("callapi.safety.code");
        await page.until(`subtitle.textContent.endsWith(${JSON.stringify(code)})`);
        await programs.pictures("desk");
        await programs.hears("desk", page.tone, DESK_TONE);
        await page.press("hang-up");
        await page.until("callapi.state === 'prepared'");
        await programs.until("desk", /Bob Ray ended the call/);
        await page.check();
        await page.close();
        check((await programs.finish("desk", PAGE)).length >= 3, "the desk saw nothing");
        const theirs = JSON.parse(readFileSync(report, "utf8")).safety_code;
        check(theirs === code, `the page shows "${code}", the desktop "${theirs}"`);
    },

    /** The page broadcasts: the desktop watches and calls. */
    async broadcasts(browser, address) {
        const page = await Visitor.open(browser, address, { user: "bob", name: "Bob Ray", source: PAGE, tone: TONE });
        await page.press("go-live");
        await page.until("dialog.open");
        await page.page.keyboard.press("Enter");
        await page.until("stage.dataset.scene === 'broadcast' && badge.textContent === 'ON AIR'");
        programs.agent("eve", "watch", "--room", "Bob Ray");
        await programs.until("eve", /live room connected/);
        programs.agent("dan", "watch", "--room", "Bob Ray", "--switches", "1", "--duration", "20"); // 6 s of call
        await page.until("stage.dataset.scene === 'ringing-in'");
        await page.press("accept");
        await page.pictures(DESK, "call", 3);
        await page.until("stage.dataset.scene === 'broadcast'"); // dan hangs up by himself
        const shown = await programs.finish("eve", PAGE);
        check(shown.length >= 3, `eve saw ${shown}`);
        await programs.finish("dan", PAGE);
        await page.press("end-room");
        await page.until("stage.dataset.scene === 'directory'");
        await page.close();
    },

    /** A tab that is closed, loaded anew, or whose renderer crashes, in each state: the other side is free again. */
    async leaves(browser, address) {
        const ways = first === "chromium" ? ["closed", "reloaded", "crashed"] : ["closed", "reloaded"];
        let slowest = 0;
        programs.agent("desk", "call");
        programs.agent("open", "call", "--auto-accept");
        for (const way of ways)
            for (const [state, enter] of Object.entries(states)) {
                const user = `${way}-${state}`;
                const page = await Visitor.open(browser, address, { user, source: PAGE });
                const knows = await enter(page);
                await leave[way](page);
                const left = Date.now();
                await knows();
                slowest = Math.max(slowest, Date.now() - left);
                if (way === "reloaded")
                    await page.until("callapi.state === 'prepared' && stage.dataset.scene === 'directory'");
                if (way !== "closed") await page.close();
            }
        console.log(`known after ${slowest} ms at the most`);
        await programs.finish("open", PAGE);
        await programs.finish("desk", PAGE);
    },
};

/** How a page goes. */
const leave = {
    closed: page => page.close(),
    reloaded: page => page.page.reload(),
    crashed: page => page.page.goto("chrome://crash").catch(() => {}),
};

/** Each brings a page into a state, and returns what waits until the other side knows that it is gone. */
const states = {
    async calling(page) {
        await page.press("call-person", "desk");
        await page.until("detail.textContent.includes('It rings there')");
        return () => programs.until("desk", new RegExp(`${page.user} (called|is gone|was lost)`));
    },

    async ringing(page) {
        const caller = `to-${page.user}`;
        programs.agent(caller, "call", "--to", page.user);
        await page.until("stage.dataset.scene === 'ringing-in'");
        return () => programs.until(caller, /calling -> prepared/);
    },

    async calls(page) {
        await page.press("call-person", "open");
        await page.pictures(DESK, "call", 3);
        return () => programs.until("open", new RegExp(`(${page.user} is gone|ended the call|was lost)`));
    },

    async broadcasts(page) {
        await page.press("go-live");
        await page.until("dialog.open");
        await page.page.keyboard.press("Enter");
        const viewer = `of-${page.user}`;
        programs.agent(viewer, "watch", "--room", page.user);
        await programs.until(viewer, /live room connected/);
        return () => programs.until(viewer, /the room \S+ is away/);
    },
};

/** One of the settings, by its name. @param {Visitor} page @param {string} words */
async function choose(page, words) {
    await page.press("settings");
    await page.until("dialog.open");
    await page.evaluate(`[...dialog.querySelectorAll("label")].find(one => one.textContent === "${words}").click()`);
    await page.page.keyboard.press("Escape");
    await page.until("!dialog.open");
}

/** Who is not to be disturbed, and a call without pictures. @param {Visitor} a @param {Visitor} b */
async function chosen(a, b) {
    await choose(b, "Do not disturb");
    await b.until("subtitle.textContent === 'Do not disturb' || notice.textContent === 'Do not disturb'");
    await a.press("call-person", b.user);
    await a.until("toast.textContent.includes('in another call') && callapi.state === 'prepared'");
    await choose(b, "Do not disturb");
    await choose(a, "Call without pictures");
    await a.press("call-person", b.user);
    await b.until("stage.dataset.scene === 'ringing-in' && detail.textContent === 'Voice call'");
    await b.press("accept");
    for (const page of [a, b]) {
        await page.until("callapi.state === 'connected' && stage.dataset.main === 'none'");
        await page.until("callapi.leg.session.pc.getSenders().every(one => one.track?.kind !== 'video')");
    }
    await a.press("hang-up");
    await b.until("callapi.state === 'prepared'");
    await choose(a, "Call without pictures");
}

/** Two pages: every way a call can begin and end. */
async function pair(one, other, address) {
    const a = await Visitor.open(one, address, { user: "ada", name: "Ada", source: PAGE, tone: TONE });
    const b = await Visitor.open(other, address, { user: "ben", name: "Ben", source: OTHER, tone: OTHER_TONE });
    await chosen(a, b);
    for (const [from, to, source] of [
        [a, b, OTHER],
        [b, a, PAGE],
    ]) {
        const callee = to.user,
            caller = from.user;
        await from.press("call-person", callee);
        await to.until("stage.dataset.scene === 'ringing-in'");
        await from.until("detail.textContent.includes('It rings there')");
        await from.press("cancel");
        await to.until(`toast.textContent.includes('called') && callapi.state === 'prepared'`);
        await from.press("call-person", callee);
        await to.press("reject");
        await from.until("toast.textContent.includes('declined') && callapi.state === 'prepared'");
        await from.press("call-person", callee);
        await to.press("accept");
        await from.pictures(source, "call");
        await to.pictures(source === OTHER ? PAGE : OTHER, "call");
        await from.hears(to.tone, from.tone);
        await to.hears(from.tone, to.tone);
        await from.press("mute");
        await to.until("toast.textContent === 'The other side is muted'");
        await to.press("camera");
        await from.until("stage.dataset.main === 'none' && detail.textContent.includes('switched off')");
        await to.press("camera");
        await from.pictures(source, "call", 5);
        await from.press("mute");
        await to.press("hang-up");
        await from.until("toast.textContent.includes('ended the call') && callapi.state === 'prepared'");
        check((await to.evaluate("callapi.state")) === "prepared", `${callee} hung up; ${caller}`);
    }
    await broadcast(b, OTHER, a, PAGE);
    await b.press("end-room");
    await a.until("notice.textContent === 'The broadcaster is away'");
    await a.press("leave");
    await broadcast(a, PAGE, b, OTHER);
    await a.close();
    await b.until("notice.textContent === 'The broadcaster is away'");
    await b.close();
}

/**
 * One broadcasts, the other watches and calls, and is back.
 * @param {Visitor} host @param {number} hosts @param {Visitor} viewer @param {number} viewers their pictures' sources
 */
async function broadcast(host, hosts, viewer, viewers) {
    await host.press("go-live");
    await host.until("dialog.open");
    await host.page.keyboard.press("Enter");
    await viewer.press("watch", host.name);
    await viewer.pictures(hosts, "live");
    await viewer.press("call");
    await host.press("accept");
    await host.pictures(viewers, "call");
    await viewer.pictures(hosts, "call");
    await host.press("hang-up");
    await viewer.pictures(hosts, "live");
    await host.check();
    await viewer.check();
}

await (second
    ? runAll({ pair: ([one, other], address) => pair(one, other, address) }, programs, first, second)
    : runAll(tests, programs, first));

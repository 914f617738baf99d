/**
 * The page in another network than everybody else (a network namespace, tests/support/wan/wan.c), which is cut in each
 * state and comes back: what was, goes on. cuts.js PROGRAM ASSETS BROWSER rooms|calls NAMESPACE runs in the page's
 * namespace and has everybody else in that one; WAN_CTL is set.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Programs, Visitor, check, launch } from "./browsers.js";

const [program, assets, name, half, namespace] = process.argv.slice(2),
    only = process.env.ONLY;
const LIVE = 1,
    DESK = 2,
    PAGE = 9; // the sources of the pictures
const LISTEN = "10.77.0.1:8080"; // of the first namespace
const SHORT_S = 9, // both sides look for another way, and the hub does not notice
    LONG_S = 20, // it may: within 15 to 25 s
    GONE_S = 33, // so does everybody: within 30 s
    RINGING_S = 4, // of those that it rings
    RINGS_S = 60;

/** What a desktop says of a call that rang and rings no more; its connection may be the first to tell. */
const OVER = /bob called|connection to bob was lost|bob is gone/;

const programs = new Programs(program, assets, ["ip", "netns", "exec", namespace]);

/** Nothing passes for so long, and then everything. @param {number} seconds */
async function cut(seconds) {
    writeFileSync(process.env.WAN_CTL ?? "", `cut=${seconds}\n`);
    await sleep(seconds * 1000);
}

const rooms = {
    async watching(page) {
        programs.agent("anna", "host", "--room", "studio");
        await page.press("watch", "studio");
        await page.pictures(LIVE, "live");
        await cut(SHORT_S);
        await page.pictures(LIVE, "live");
        await cut(LONG_S);
        await page.pictures(LIVE, "live");
        await page.press("leave");
        await programs.finish("anna", PAGE);
    },

    async broadcasts(page) {
        await page.press("go-live");
        await page.until("dialog.open");
        await page.page.keyboard.press("Enter");
        programs.agent("dan", "watch", "--room", "bob");
        await programs.until("dan", /live room connected/);
        for (const seconds of [SHORT_S, LONG_S]) {
            await programs.pictures("dan");
            await cut(seconds);
            await programs.pictures("dan");
        }
        await page.until("badge.textContent === 'ON AIR'");
        await page.press("end-room");
        await programs.finish("dan", PAGE);
    },
};

const calls = {
    /** It rings on there, and the cancel arrives. */
    async calling(page) {
        programs.agent("deaf", "call", "--timeout", `${RINGS_S}`);
        await page.press("call-person", "deaf");
        await page.until("detail.textContent.includes('It rings there')");
        await cut(RINGING_S);
        await page.until("stage.dataset.scene === 'ringing-out'");
        await page.press("cancel");
        await programs.until("deaf", OVER);
        await programs.finish("deaf", PAGE);
    },

    /** Cancelled without a network: the other side hears of it as soon as there is one. */
    async cancels(page) {
        programs.agent("rung", "call", "--timeout", `${RINGS_S}`);
        await page.press("call-person", "rung");
        await page.until("detail.textContent.includes('It rings there')");
        const over = cut(RINGING_S);
        await page.press("cancel");
        await page.until("callapi.state === 'prepared'");
        await over;
        await programs.until("rung", OVER);
        await programs.finish("rung", PAGE);
    },

    async ringing(page) {
        programs.agent("eve", "call", "--to", "bob", "--timeout", `${RINGS_S}`);
        await page.until("stage.dataset.scene === 'ringing-in'");
        await cut(RINGING_S);
        await page.press("accept");
        await page.pictures(DESK, "call");
        await programs.until("eve", /connected \(with bob/); // the accept waited for the network, too
        await page.press("hang-up");
        await programs.until("eve", /bob ended the call/);
        check((await programs.finish("eve", PAGE)).length > 0, "eve saw nothing");
    },

    /** The last picture stays, "reconnecting", and then both see each other again. Who is gone for long is gone. */
    async call(page) {
        programs.agent("desk", "call", "--auto-accept");
        await page.press("call-person", "desk");
        await page.pictures(DESK, "call");
        const over = cut(SHORT_S);
        await page.until("notice.textContent === 'Reconnecting'");
        await over;
        await page.pictures(DESK, "call");
        await programs.pictures("desk");
        check((await page.evaluate("callapi.state")) === "connected", "the call is over");
        await cut(GONE_S);
        await programs.until("desk", /connection to bob was lost|bob is gone/);
        await page.until("callapi.state === 'prepared' && stage.dataset.scene === 'directory'");
        await page.press("call-person", "desk");
        await page.pictures(DESK, "call");
        await page.press("hang-up");
        await programs.until("desk", /bob ended the call/);
        await programs.finish("desk", PAGE);
    },

    /** Hung up without a network. */
    async hangsUp(page) {
        programs.agent("open", "call", "--auto-accept");
        await page.press("call-person", "open");
        await page.pictures(DESK, "call");
        const over = cut(SHORT_S);
        await page.press("hang-up");
        await page.until("callapi.state === 'prepared' && stage.dataset.scene === 'directory'");
        await over;
        await programs.until("open", /bob ended the call|the connection to bob\S* is gone/);
        await programs.finish("open", PAGE);
    },
};

let browser;
try {
    const address = await programs.hub(LISTEN);
    browser = await launch(name, { secure: address, whole: true });
    const tests = Object.entries(half === "rooms" ? rooms : calls);
    for (const [state, test] of tests.filter(([one]) => !only || one === only)) {
        const page = await Visitor.open(browser, address, { user: "bob", source: PAGE, link: `&timeout=${RINGS_S}` });
        await test(page);
        await page.check();
        await page.close();
        console.log(`${name} cut: ${state}`);
    }
} catch (error) {
    console.log("FAILED:", error, programs.logs());
    process.exitCode = 1;
} finally {
    await browser?.close();
    await programs.close();
}

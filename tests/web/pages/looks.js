/**
 * The page at the sizes of a phone, a tablet, a desktop and a wall, in each of its states: everything can be pressed,
 * nothing leaves the screen, axe-core finds nothing. Pictures, but of the wall, go to OUT, beside the desktop client's.
 * looks.js PROGRAM ASSETS OUT
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Programs, Visitor, check, launch } from "./browsers.js";
import { underPath } from "./proxy.js";

const [program, assets, out] = process.argv.slice(2);
const SIZES = {
    "320x568": [320, 568],
    "390x844": [390, 844],
    "844x390": [844, 390],
    "820x1180": [820, 1180],
    "1280x720": [1280, 720],
    "3840x2160": [3840, 2160],
};
const WALL = 3840; // judged like the others; but a picture of it takes seconds
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
mkdirSync(out, { recursive: true });

/** In the page: what cannot be pressed, is cut, or leaves the screen. */
function faults() {
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth)
        wrong.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
    const dialog = document.querySelector("dialog[open]");
    for (const one of (dialog ?? document).querySelectorAll("button, input, select")) {
        const box = (one.closest(".tick") ?? one).getBoundingClientRect(),
            style = getComputedStyle(one);
        const name = one.dataset.command ?? one.id ?? one.tagName;
        if (!box.width || style.visibility === "hidden" || one.disabled || one.closest("#rows")) continue;
        const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 20)];
        const met = document.elementFromPoint(x, y);
        if (box.x < -1 || box.y < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1)
            wrong.push(`${name} leaves the screen: ${[box.x, box.y, box.right, box.bottom].map(Math.round)}`);
        else if (!(one.closest(".tick") ?? one).contains(met))
            wrong.push(`${name} is covered by ${met?.id || met?.className || met?.tagName}`);
        if (box.height < 40) wrong.push(`${name} is ${Math.round(box.height)} pixels high`);
    }
    for (const label of document.querySelectorAll(".button .label"))
        if (label.scrollWidth > label.clientWidth + 1 && getComputedStyle(label).display !== "none")
            wrong.push(`"${label.textContent}" is cut`);
    const labels = [...document.querySelectorAll(".round .label")]
        .map(label => ({ text: label.textContent, box: label.getBoundingClientRect() }))
        .filter(({ box }) => box.width);
    for (const [i, { text, box }] of labels.entries())
        for (const { text: other, box: next } of labels.slice(i + 1))
            if (
                Math.min(box.bottom, next.bottom) > Math.max(box.y, next.y) &&
                Math.max(box.x, next.x) - Math.min(box.right, next.right) < 4
            )
                wrong.push(`"${text}" touches "${other}"`);
    for (const one of document.querySelectorAll(
        "#heading > div, #signs, #buttons, #aside, #toast, #notice, #detail, #avatar",
    ))
        for (const other of document.querySelectorAll("#buttons, #aside, #heading > div, #toast")) {
            const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
            const over =
                Math.min(a.right, b.right) - Math.max(a.x, b.x) > 1 &&
                Math.min(a.bottom, b.bottom) - Math.max(a.y, b.y) > 1;
            if (one !== other && !one.contains(other) && !other.contains(one) && over && a.width && b.width)
                wrong.push(`${one.id || one.tagName} lies over ${other.id || other.tagName}`);
        }
    return wrong;
}

const wrong = [];

/** @param {Visitor} page @param {string} state @param {string} language */
async function look(page, state, language) {
    for (const [name, [width, height]] of Object.entries(SIZES)) {
        await page.page.setViewport({ width, height });
        await new Promise(done => setTimeout(done, 150));
        await page.page.mouse.move(width / 2, 3);
        await page.page.mouse.move(width / 2, 6);
        if (width < WALL)
            await page.page.screenshot({ path: path.join(out, `web-${language}-${name}-${state}.png`) });
        wrong.push(...(await page.page.evaluate(faults)).map(one => `${language} ${state} ${name}: ${one}`));
    }
    await page.page.setViewport({ width: 1280, height: 720 });
    await page.page.evaluate(axe);
    const { violations } = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
    for (const { id, nodes } of violations)
        wrong.push(`${language} ${state}: axe: ${id}: ${nodes.map(({ target }) => target.join(" ")).slice(0, 4)}`);
}

/** @param {any} browser @param {string} address @param {string} language */
async function tour(browser, address, language) {
    const page = await Visitor.open(browser, address, {
        user: `bob-${language}`,
        name: "Bob Ray",
        link: `&lang=${language}`,
    });
    const show = state => look(page, state, language);
    await page.until("document.querySelector('[data-id=studio]')");
    await show("directory");
    await page.press("share");
    await page.until("dialog.open");
    await show("link");
    await page.page.keyboard.press("Escape");
    await page.press("settings");
    await page.until("dialog.open");
    await show("settings");
    await page.page.keyboard.press("Escape");
    await page.press("watch", "studio");
    await page.pictures(1, "live", 3);
    await show("live");
    await page.press("call");
    await page.until("stage.dataset.scene === 'call' && callapi.state === 'connected'");
    await show("call");
    await page.press("mute");
    await page.press("camera");
    await show("muted");
    const { pass } = await page.evaluate("callapi.hub.request('pass')");
    const guest = await Visitor.open(
        browser,
        `${address}#pass=${pass}&user=bob-${language}&room=studio&lang=${language}`,
        { user: "guest", pass: visitor => look(visitor, "continue", language) },
    );
    await guest.until("stage.dataset.scene === 'call' && callapi.state === 'connected'");
    await guest.press("hang-up");
    await guest.until("stage.dataset.scene === 'visit'");
    await look(guest, "continued", language);
    await guest.close();
    await page.press("leave");
    await page.press("call-person", "deaf");
    await page.until("stage.dataset.scene === 'ringing-out'");
    await show("ringing-out");
    await page.press("cancel");
    await page.press("go-live");
    await page.until("dialog.open");
    await show("name");
    await page.page.keyboard.press("Enter");
    await page.until("stage.dataset.scene === 'broadcast'");
    await show("broadcast");
    await page.press("end-room");
    await page.until("stage.dataset.scene === 'directory'");
    programs.agent(`caller-${language}`, "call", "--to", `bob-${language}`, "--name", "Eva-Maria Schmidt");
    await page.until("stage.dataset.scene === 'ringing-in'");
    await show("ringing-in");
    await page.press("reject");
    await page.close();
}

const programs = new Programs(program, assets);
const browser = await launch("chromium");
try {
    const proxy = await underPath(await programs.hub(), "/calls");
    programs.agent("anna", "host", "--room", "studio", "--name", "Anna Berg", "--auto-accept");
    programs.agent("deaf", "call", "--name", "Info Desk");
    await programs.until("anna", /prepared/);
    for (const language of ["en", "zh"]) await tour(browser, proxy.address, language);
    proxy.close();
    check(!wrong.length, `${wrong.length} faults:\n${wrong.join("\n")}`);
    console.log(`the page at ${Object.keys(SIZES).length} sizes, pictures in ${out}`);
} catch (error) {
    console.log("FAILED:", error, programs.logs());
    process.exitCode = 1;
} finally {
    await browser.close();
    await programs.close();
}

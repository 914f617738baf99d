/** Shows a scene: the elements of index.html are filled, and what looks the same stays as it is, focus included. */
import { icon } from "./icons.js";
import { wordsOfQuality } from "./words.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Button} Button
 * @typedef {import("./scene.js").Row} Row
 */

const RING_LENGTH = 100; // pathLength of #ring

/** @param {string} id @returns {any} */
export const element = id => document.getElementById(id);

/** @param {string} id @param {string} text */
function setText(id, text) {
    const one = element(id);
    if (one.textContent !== text) one.textContent = text;
    one.hidden = !text;
}

/**
 * "Anna Berg", "anna.berg" -> "AB", "anna" -> "A", "王小明" -> "王".
 * @param {string} name
 */
export function initials(name) {
    const letters = name
        .split(/[\s._-]+/)
        .map(part => /[\p{L}\p{N}]/u.exec(part)?.[0] ?? "")
        .filter(Boolean);
    const wide = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u.test(letters[0] ?? "");
    return letters
        .slice(0, wide ? 1 : 2)
        .join("")
        .toUpperCase();
}

/**
 * One of six, the same as on the desktop: GLib's g_str_hash of the name's UTF-8.
 * @param {string} name
 */
export function avatarOf(name) {
    let hash = 5381;
    for (const byte of new TextEncoder().encode(name)) hash = (Math.imul(hash, 33) + ((byte << 24) >> 24)) >>> 0;
    return (hash % 6) + 1;
}

/** @param {HTMLElement} to @param {string} name */
function paintAvatar(to, name) {
    to.textContent = initials(name);
    to.className = `avatar avatar-${avatarOf(name)}`;
}

/** @param {number} quality 1 to 5, 0: none */
function paintQuality(quality) {
    const bars = element("bars"),
        lit = Math.min(Math.max(5 - quality, 0), 4);
    bars.hidden = !quality;
    bars.dataset.tone = lit >= 3 ? "good" : lit === 2 ? "fair" : "poor";
    bars.setAttribute("aria-label", wordsOfQuality(lit));
    [...bars.children].forEach((bar, i) => bar.classList.toggle("lit", i < lit));
}

/**
 * In decibels, from -50 on.
 * @param {number[]} levels remote and own, 0 to 1
 */
function paintLevels(levels) {
    element("levels").hidden = !levels.length;
    ["level-remote", "level-own"].forEach((id, i) => {
        const loud = levels[i] > 0 ? Math.min(Math.max(1 + (20 * Math.log10(levels[i])) / 50, 0), 1) : 0;
        element(id).value = loud;
    });
}

/** @param {HTMLElement} to @param {Button} button */
function paintButton(to, button) {
    const look = JSON.stringify(button);
    if (to.dataset.look === look) return;
    to.dataset.look = look;
    const ball = document.createElement("span"),
        label = document.createElement("span");
    ball.className = "ball";
    label.className = "label";
    label.textContent = button.label;
    if (button.icon) ball.append(icon(button.icon, button.struck));
    if (button.round) {
        to.replaceChildren(ball, label);
    } else {
        ball.append(label);
        to.replaceChildren(ball);
    }
    to.className = `button ${button.round ? "round" : "pill"} ${button.tone}`;
    to.classList.toggle("away", !!button.away);
    /** @type {HTMLButtonElement} */ (to).disabled = !!button.disabled || !!button.away;
    if (button.pressed === undefined) to.removeAttribute("aria-pressed");
    else to.setAttribute("aria-pressed", String(button.pressed));
}

/**
 * Elements for what has a key, in its order; those that stay are the same ones.
 * @template T
 * @param {HTMLElement} parent
 * @param {T[]} all
 * @param {(one: T) => string} keyOf
 * @param {(one: T) => HTMLElement} make
 * @param {(to: HTMLElement, one: T) => void} paint
 */
function keyed(parent, all, keyOf, make, paint) {
    const known = new Map([...parent.children].map(child => [/** @type {HTMLElement} */ (child).dataset.key, child]));
    all.forEach((one, i) => {
        const key = keyOf(one),
            child = /** @type {HTMLElement} */ (known.get(key) ?? make(one));
        known.delete(key);
        child.dataset.key = key;
        paint(child, one);
        if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
    });
    known.forEach(child => child.remove());
}

/** @param {Button} button */
function makeButton({ command }) {
    const made = document.createElement("button");
    made.type = "button";
    made.dataset.command = command;
    return made;
}

function makeRow() {
    const item = document.createElement("li"),
        row = document.createElement("button");
    row.type = "button";
    row.className = "row";
    for (const name of ["avatar", "name", "detail", "sign"]) {
        const part = document.createElement("span");
        part.className = name;
        row.append(part);
    }
    item.append(row);
    return item;
}

/** @param {HTMLElement} item @param {Row} row */
function paintRow(item, row) {
    const look = JSON.stringify(row),
        button = /** @type {HTMLElement} */ (item.firstElementChild);
    if (item.dataset.look === look) return;
    item.dataset.look = look;
    const [avatar, name, detail, sign] = /** @type {HTMLElement[]} */ ([...button.children]);
    button.dataset.command = row.command;
    button.dataset.id = row.id;
    paintAvatar(avatar, row.name);
    name.textContent = row.name;
    detail.textContent = row.detail;
    sign.className = row.live ? "sign live" : "sign";
    sign.replaceChildren(icon(row.icon));
}

/** @param {Scene} scene */
function paintMiddle(scene) {
    setText("notice", scene.notice);
    setText("detail", scene.detail);
    element("person").hidden = !scene.person;
    if (scene.person) paintAvatar(element("avatar"), scene.person);
    element("ring").style.visibility = scene.ring < 0 ? "hidden" : "visible";
    element("ring").style.strokeDashoffset = String(RING_LENGTH * (1 - Math.max(scene.ring, 0)));
    paintLevels(scene.levels);
    element("list").hidden = !scene.list;
    element("search").hidden = !scene.searches;
    keyed(
        element("rows"),
        scene.list ? scene.rows : [],
        row => `${row.command} ${row.key ?? row.id}`,
        makeRow,
        paintRow,
    );
}

/** @param {Scene} scene */
export function paint(scene) {
    const stage = element("stage");
    Object.assign(stage.dataset, { scene: scene.name, main: scene.main, corner: scene.corner, dim: scene.dim });
    stage.classList.toggle("fill", scene.fill);
    setText("title", scene.title);
    setText("subtitle", scene.subtitle);
    setText("badge", scene.badge);
    element("badge").classList.toggle("live", scene.badgeLive);
    setText("toast", scene.toast);
    paintQuality(scene.quality);
    paintMiddle(scene);
    const main = scene.buttons.filter(button => !button.aside),
        aside = scene.buttons.filter(button => button.aside);
    keyed(element("buttons"), main, button => button.command, makeButton, paintButton);
    keyed(element("aside"), aside, button => button.command, makeButton, paintButton);
    const said = [scene.notice, scene.detail].filter(Boolean).join(". ") || `${scene.badge} ${scene.title}`.trim();
    if (element("said").textContent !== said) element("said").textContent = said;
}

/** Colours, sizes and times from the desktop client's theme (assets/theme/theme.ini), as CSS custom properties. */

/** @param {string} text @returns {Record<string, Record<string, string>>} section -> key -> value */
export function readTheme(text) {
    /** @type {Record<string, Record<string, string>>} */
    const theme = {};
    let section = "";
    for (const line of text.split("\n").map(one => one.trim())) {
        const heading = /^\[(.+)\]$/.exec(line),
            pair = /^([^#=]+)=(.*)$/.exec(line);
        if (heading) theme[(section = heading[1])] = {};
        else if (pair && section) theme[section][pair[1].trim()] = pair[2].trim();
    }
    return theme;
}

/** @type {Record<string, Record<string, string>>} */
let theme = {};

/** --colour-NAME; --size-NAME in points (page.css says what a point is); --motion-NAME in ms; --dim-NAME, 0 to 1. */
export async function loadTheme() {
    const answer = await fetch(new URL("../theme/theme.ini", import.meta.url));
    theme = readTheme(await answer.text());
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(theme.colours)) style.setProperty(`--colour-${name}`, value);
    for (const [name, value] of Object.entries(theme.sizes))
        style.setProperty(`--size-${name}`, `calc(${value} * var(--point))`);
    for (const [name, value] of Object.entries(theme.motion)) style.setProperty(`--motion-${name}`, `${value}ms`);
    for (const [name, value] of Object.entries(theme.dim))
        style.setProperty(`--dim-${name}`, String(Number(value) / 100));
    document.querySelector("meta[name=theme-color]")?.setAttribute("content", theme.colours.ground);
}

/** @param {string} name of [motion] */
export function motion(name) {
    return Number(theme.motion?.[name] ?? 0);
}

/**
 * The action that a key stands for, by the theme's [keys]; "" for none.
 * @param {KeyboardEvent} event
 */
export function actionOf(event) {
    const names = {
        Enter: "Return",
        ArrowLeft: "Left",
        ArrowRight: "Right",
        ArrowUp: "Up",
        ArrowDown: "Down",
        " ": "Space",
    };
    const key = /** @type {Record<string, string>} */ (names)[event.key] ?? event.key;
    const name = key.length === 1 ? key.toUpperCase() : key;
    const found = Object.entries(theme.keys ?? {}).find(([, keys]) => keys.split(";").includes(name));
    return found ? found[0] : "";
}

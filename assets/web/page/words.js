/**
 * The words of the page, from the desktop client's catalogues (assets/i18n/*.po, GNU gettext): `_` gives a text in the
 * language that was loaded, English else. xgettext collects the texts from these files (assets/i18n/update.sh).
 */

const LANGUAGES = new Map([["zh", "zh_CN"]]);

/** @type {Map<string, string[]>} */
let catalogue = new Map();

/**
 * "" where it is broken: a text that stays English is better than a page that does not begin.
 * @param {string} quoted lines of "..."
 */
function unquote(quoted) {
    const lines = quoted.matchAll(/"((?:[^"\\]|\\.)*)"/g);
    try {
        return [...lines].map(([, text]) => JSON.parse(`"${text}"`)).join("");
    } catch {
        return "";
    }
}

/**
 * Reads a .po file: msgid -> its translations, of which the last is the plural's.
 * @param {string} text
 */
export function readCatalogue(text) {
    const read = new Map();
    for (const entry of text.split(/\n\s*\n/)) {
        const id = /^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)/m.exec(entry);
        const translations = [...entry.matchAll(/^msgstr(?:\[\d\])? ((?:"(?:[^"\\]|\\.)*"\s*)+)/gm)];
        if (id && unquote(id[1]))
            read.set(
                unquote(id[1]),
                translations.map(([, quoted]) => unquote(quoted)),
            );
    }
    return read;
}

/** @param {readonly string[]} wanted as navigator.languages @returns a catalogue's name, "" for English */
export function chooseLanguage(wanted) {
    for (const tag of wanted) {
        const [language] = tag.toLowerCase().split("-");
        if (language === "en" || LANGUAGES.has(language)) return LANGUAGES.get(language) ?? "";
    }
    return "";
}

/** @param {string} language a catalogue's name */
export async function loadLanguage(language) {
    if (!language) return;
    const answer = await fetch(new URL(`../i18n/${language}.po`, import.meta.url));
    if (!answer.ok) throw new Error(`there is no translation to ${language}`);
    catalogue = readCatalogue(await answer.text());
    document.documentElement.lang = language.replace("_", "-");
}

/** @param {string} text */
export function _(text) {
    return catalogue.get(text)?.[0] || text;
}

/** @param {string} one @param {string} many @param {number} n */
export function ngettext(one, many, n) {
    return catalogue.get(one)?.[0] || (n === 1 ? one : many);
}

/** @param {string} pattern a translation, with %s @param {string} name */
export function wordsWith(pattern, name) {
    return pattern.split("%s").join(name);
}

/** @param {string} reason @param {string} role @param {string} who how a call ended, or "" */
export function wordsOfEnd(reason, role, who) {
    const missed = role === "callee" && ["calling timeout", "remote timeout"].includes(reason);
    if (reason === "accepted elsewhere") return _("Answered on another device");
    const pattern = missed ? _("%s called") : patternOfEnd(reason);
    return pattern && wordsWith(pattern, who);
}

/** @param {string} reason */
function patternOfEnd(reason) {
    switch (reason) {
        case "remote rejected":
            return _("%s declined the call");
        case "remote busy":
            return _("%s is in another call");
        case "offline":
            return _("%s is not online");
        case "remote gone":
            return _("%s is gone");
        case "calling timeout":
        case "remote timeout":
            return _("No answer from %s");
        case "remote cancelled":
            return _("%s called");
        case "remote hangup":
            return _("%s ended the call");
        case "first frame timeout":
            return _("No picture came from %s");
        case "remote first frame timeout":
            return _("No picture reached %s");
        case "media lost":
            return _("The connection to %s was lost");
        case "message failed":
        case "not allowed":
            return _("%s cannot be called here");
        default:
            return "";
    }
}

/** @param {string} error of an operation */
export function wordsOfError(error) {
    switch (error) {
        case "offline":
            return _("Not online now: please try again later");
        case "signalling lost":
            return _("No connection: please try again in a moment");
        case "party":
        case "refused":
            return _("Calls are not allowed here");
        default:
            return _("Not possible now: please try again in a moment");
    }
}

/** @param {"" | "busy" | "forbidden" | "missing" | "insecure"} camera @param {boolean} microphoneMissing */
export function wordsOfMissing(camera, microphoneMissing) {
    if (camera === "insecure")
        return _(
            "Browsers give camera and microphone to https pages only: you see and hear, but are not seen or heard",
        );
    if (camera && microphoneMissing)
        return _("No camera and no microphone work here: you see and hear, but are not seen or heard");
    if (camera === "busy")
        return _("Another program uses the camera, please close it: you are heard, and your initials are seen");
    if (camera === "forbidden")
        return _("The camera is not allowed here, please allow it: you are heard, and your initials are seen");
    if (camera) return _("No camera works here: you are heard, and your initials are seen");
    return microphoneMissing ? _("No microphone works here: you are seen, but not heard") : "";
}

/** @param {number} seconds */
export function wordsOfTime(seconds) {
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
    return parts[0] ? `${parts[0]}:${two(parts[1])}:${two(parts[2])}` : `${parts[1]}:${two(parts[2])}`;
}

/**
 * "14:05" of today, "Mon 14:05" of this week, else the day.
 * @param {number} at ms since 1970
 */
export function wordsOfMoment(at, now = Date.now()) {
    const then = new Date(at),
        language = document.documentElement.lang;
    /** @type {Intl.DateTimeFormatOptions} */
    const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const today = then.toDateString() === new Date(now).toDateString();
    if (today) return then.toLocaleTimeString(language, time);
    if (now - at < 6 * 24 * 3600 * 1000) return then.toLocaleString(language, { weekday: "short", ...time });
    return then.toLocaleDateString(language);
}

/** @param {number} missed */
export function wordsOfMissed(missed) {
    return wordsWith(ngettext("%s missed call", "%s missed calls", missed), String(missed));
}

/** @param {number} bars that are lit, of four */
export function wordsOfQuality(bars) {
    return [
        _("Nothing comes"),
        _("Poor connection"),
        _("Fair connection"),
        _("Good connection"),
        _("Very good connection"),
    ][bars];
}

/** @param {number} viewers */
export function wordsOfWatching(viewers) {
    return wordsWith(ngettext("%s watching", "%s watching", viewers), String(viewers));
}

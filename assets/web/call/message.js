// Call messages as JSON (engine/call/call.h says what each member means). Reading is strict: what is missing, of the
// wrong type or out of range is an error, never a default. Members that are not known are ignored, for later versions.
import { byteLength } from "./address.js";
import { actions } from "./names.js";

/** @typedef {import("./names.js").CallReason} CallReason */
/** @typedef {{ [member: string]: unknown }} Json an object as JSON.parse makes it */

/**
 * @typedef {object} Message
 * @property {import("./names.js").CallAction} action
 * @property {string} callId
 * @property {number} sequence grows by one with each message of this call from this sender, from 1
 * @property {number} sentAt ms since 1970
 * @property {number} lifetime ms
 * @property {CallReason} reason as the sender names it: "local busy", "local rejected" ...
 * @property {boolean} video
 * @property {Json | null} media of invite and accept
 * @property {Json | null} extension at most 4 KiB as text
 * @property {string} acceptedBy "": not said
 * @property {string} name what its sender is called, by the signalling's word; "": not known
 */

export const LIFETIME_MAX_MS = 24 * 3600 * 1000;
const EXTENSION_MAX = 4096, ACCEPTED_BY_MAX = 127, NAME_MAX = 256, SEQUENCE_MAX = 0xffffffff;

// As the sender sees it, hence no local and remote; a reason that is not here is nobody else's business.
/** @type {ReadonlyMap<string, CallReason>} */
const reasonOfText = new Map([
    ["rejected", "local rejected"],
    ["cancelled", "local cancelled"],
    ["hangup", "local hangup"],
    ["busy", "local busy"],
    ["timeout", "calling timeout"],
    ["no first frame", "first frame timeout"],
    ["signalling failed", "signalling failed"],
    ["accepted elsewhere", "accepted elsewhere"],
    ["recall", "recall"],
    ["media lost", "media lost"],
    ["not allowed", "not allowed"],
    ["offline", "offline"],
    ["destroyed", "destroyed"],
]);
const textOfReason = new Map([...reasonOfText].map(([text, reason]) => [reason, text]));

/**
 * What operations and news bring in a message's place.
 * @returns {Message}
 */
export function noMessage() {
    return { action: "invite", callId: "", sequence: 0, sentAt: 0, lifetime: 0, reason: "none", video: false,
        media: null, extension: null, acceptedBy: "", name: "" };
}

/** @param {Message["action"]} action */
function carriesMedia(action) {
    return action === "invite" || action === "accept";
}

/** @param {Message} message @returns {Json} */
export function messageToJson(message) {
    const { action, callId: call, sequence: seq, sentAt: sent_at, lifetime } = message;
    /** @type {Json} */
    const json = { type: "call", action, call, seq, sent_at, lifetime };
    const reason = textOfReason.get(message.reason);
    if (reason && !carriesMedia(action))
        json.reason = reason;
    if (action === "invite")
        json.video = message.video;
    if (message.acceptedBy)
        json.accepted_by = message.acceptedBy;
    if (message.media && carriesMedia(action))
        json.media = message.media;
    if (message.extension)
        json.extension = message.extension;
    return json;
}

/** @param {unknown} extension */
export function extensionFits(extension) {
    return byteLength(JSON.stringify(extension)) <= EXTENSION_MAX;
}

/** @param {unknown} value @returns {value is Json} */
function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @param {number} min @param {number} max @returns {value is number} */
function isIntegerIn(value, min, max) {
    return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

/** @param {unknown} value @returns {value is string} */
function isUuid(value) {
    return typeof value === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}

/** @param {unknown} value @param {number} max bytes @returns {value is string} */
function isTextWithin(value, max) {
    return typeof value === "string" && byteLength(value) <= max;
}

/**
 * What all messages have; "": it is there.
 * @param {Json} json
 * @param {Message} message
 */
function readHead(json, message) {
    const action = actions.find(name => name === json.action);
    if (!action)
        return "action missing or unknown";
    if (!isUuid(json.call))
        return "call id missing or not a UUID";
    if (!isIntegerIn(json.seq, 1, SEQUENCE_MAX))
        return "seq missing or out of range";
    if (!isIntegerIn(json.sent_at, 0, Number.MAX_SAFE_INTEGER))
        return "sent_at missing or out of range";
    if (!isIntegerIn(json.lifetime, 0, LIFETIME_MAX_MS))
        return "lifetime missing or over 24 hours";
    Object.assign(message, { action, callId: json.call, sequence: json.seq, sentAt: json.sent_at,
        lifetime: json.lifetime });
    return "";
}

/**
 * What only some have.
 * @param {Json} json
 * @param {Message} message
 */
function readArguments(json, message) {
    const opens = carriesMedia(message.action);
    if (json.reason !== undefined && !opens) {
        const reason = typeof json.reason === "string" ? reasonOfText.get(json.reason) : undefined;
        if (!reason)
            return "reason unknown";
        message.reason = reason;
    }
    if (message.action === "invite" && typeof json.video !== "boolean")
        return "video missing or not true or false";
    message.video = message.action === "invite" && json.video === true; // an invite's alone
    if (json.accepted_by !== undefined) {
        if (!json.accepted_by || !isTextWithin(json.accepted_by, ACCEPTED_BY_MAX))
            return "accepted_by is empty, too long or no text";
        message.acceptedBy = json.accepted_by;
    }
    if (opens && isTextWithin(json.name, NAME_MAX)) // only for the eyes: a call with a bad one is a call all the same
        message.name = json.name;
    return "";
}

/**
 * Objects or nothing; null counts as nothing.
 * @param {Json} json
 * @param {Message} message
 */
function readObjects(json, message) {
    const media = carriesMedia(message.action) ? json.media ?? null : null, extension = json.extension ?? null;
    if (media !== null && !isObject(media))
        return "media is not an object";
    if (extension !== null && !isObject(extension))
        return "extension is not an object";
    if (extension !== null && !extensionFits(extension))
        return "extension is over 4 KiB";
    Object.assign(message, { media, extension });
    return "";
}

/**
 * @param {unknown} json
 * @returns {{ message: Message, error: string }} error: what is wrong with it; "": nothing
 */
export function messageFromJson(json) {
    const message = noMessage();
    if (!isObject(json) || json.type !== "call")
        return { message, error: "not a call message" };
    return { message, error: readHead(json, message) || readArguments(json, message) || readObjects(json, message) };
}

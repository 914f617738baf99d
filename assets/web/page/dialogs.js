/** What is asked and told beside the scenes: devices, a link with its code, a room's name. */
import { element } from "./paint.js";
import { makeLink } from "./links.js";
import { qrCode } from "./qr.js";
import { _ } from "./words.js";

/**
 * @param {string} title
 * @param {Node[]} content
 * @param {[string, string][]} buttons value and label; the first is the one that Enter presses
 * @returns {Promise<string>} the value of the button, "" where it was only closed
 */
function ask(title, content, buttons) {
    const dialog = /** @type {HTMLDialogElement} */ (element("dialog"));
    element("dialog-title").textContent = title;
    element("dialog-content").replaceChildren(...content);
    element("dialog-buttons").replaceChildren(
        ...buttons.map(([value, label], i) => {
            const button = document.createElement("button");
            Object.assign(button, { value, textContent: label, className: i === 0 ? "call" : "" });
            return button;
        }),
    );
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise(done => dialog.addEventListener("close", () => done(dialog.returnValue), { once: true }));
}

/** @param {string} label @param {HTMLElement} field */
function labelled(label, field) {
    const made = document.createElement("label"),
        words = document.createElement("span");
    words.textContent = label;
    made.append(words, field);
    return made;
}

/** @param {MediaDeviceInfo[]} devices @param {(id: string) => void} choose @param {string} now */
function chooser(devices, choose, now) {
    const select = document.createElement("select");
    select.append(
        ...devices.map(
            (device, i) => new Option(device.label || `${i + 1}`, device.deviceId, false, device.deviceId === now),
        ),
    );
    select.addEventListener("change", () => choose(select.value));
    return select;
}

/** @typedef {{label: string, on: boolean, set: (on: boolean) => void}} Choice */

/** @param {Choice} choice */
function tick({ label, on, set }) {
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", checked: on });
    box.addEventListener("change", () => set(box.checked));
    const made = labelled(label, box);
    made.className = "tick";
    return made;
}

/**
 * @param {import("./devices.js").Devices} devices
 * @param {HTMLVideoElement} remote whose loudspeaker may be chosen
 * @param {Choice[]} choices how calls are
 */
export async function showSettings(devices, remote, choices) {
    const [cameras, microphones, speakers] = await Promise.all([
        devices.list("videoinput"),
        devices.list("audioinput"),
        devices.list("audiooutput"),
    ]);
    const content = [];
    if (cameras.length)
        content.push(
            labelled(
                _("Camera"),
                chooser(
                    cameras,
                    id => devices.use("videoinput", id),
                    devices.camera?.getSettings().deviceId ?? devices.cameraId,
                ),
            ),
        );
    if (microphones.length)
        content.push(
            labelled(
                _("Microphone"),
                chooser(
                    microphones,
                    id => devices.use("audioinput", id),
                    devices.audio?.getSettings().deviceId ?? devices.microphoneId,
                ),
            ),
        );
    const output = /** @type {any} */ (remote); // setSinkId: Audio Output Devices API
    if (speakers.length && output.setSinkId)
        content.push(
            labelled(
                _("Loudspeaker"),
                chooser(speakers, id => output.setSinkId(id), output.sinkId),
            ),
        );
    if (!content.length) {
        const words = document.createElement("p");
        words.className = "soft";
        words.textContent = _("Camera and sound can be chosen as soon as a call has used them");
        content.push(words);
    }
    await ask(_("Settings"), [...choices.map(tick), ...content], [["done", _("Done")]]);
}

/** @param {import("./links.js").Link} link */
export async function showLink(link) {
    const address = makeLink(link),
        words = document.createElement("p"),
        code = document.createElement("div");
    words.className = "link";
    words.textContent = address;
    code.className = "code";
    code.setAttribute("role", "img");
    code.setAttribute("aria-label", address);
    code.append(qrCode(address));
    const answer = await ask(
        link.room ? _("Watch this room") : _("Call me"),
        [code, words],
        [
            ["copy", _("Copy")],
            ["done", _("Done")],
        ],
    );
    if (answer === "copy")
        await navigator.clipboard?.writeText(address).catch(error => console.info("copying:", String(error)));
}

/** @returns {Promise<boolean>} */
export async function askContinue() {
    const words = document.createElement("p");
    words.className = "soft";
    words.textContent = _(
        "It goes on here, with camera and microphone of this device, and ends where you have it now.",
    );
    return (await ask(_("Continue the call"), [words], [["go", _("Continue here")]])) === "go";
}

/** @param {string} suggestion @returns {Promise<string>} "" where it was thought better of */
export async function askRoom(suggestion) {
    const field = document.createElement("input");
    Object.assign(field, { value: suggestion, maxLength: 64, required: true, autocomplete: "off" });
    const answer = await ask(
        _("Go live"),
        [labelled(_("Name of the room"), field)],
        [
            ["go", _("Go live")],
            ["", _("Cancel")],
        ],
    );
    return answer === "go" ? field.value.trim().replaceAll("/", "-") : "";
}

/**
 * What is on the screen, as data: which pictures, words and buttons (app/screen/scene.h). Pure: the view in, the scene
 * out; page/paint.js shows it.
 */
import { _, wordsOfMissed, wordsOfMissing, wordsOfMoment, wordsOfTime, wordsOfWatching, wordsWith } from "./words.js";

/**
 * @typedef {"" | "comes" | "over" | "refused"} Visit of somebody who is here for one call; "": in one's own right
 *
 * @typedef {object} View
 * @property {"anyone" | "audience" | "broadcaster"} party
 * @property {string} state of the call
 * @property {string} role
 * @property {Visit} visit
 * @property {boolean} online
 * @property {boolean} refused the hub does not admit us
 * @property {string} self user id
 * @property {string} name what others see
 * @property {string} word how the last call ended, or why a press did nothing; ""
 * @property {{name: string, host: string, state: string, viewers: number, cameraOn: boolean, muted: boolean,
 *             only: boolean, goingTo: string, refused: boolean} | null} room watched, or one's own
 * @property {string} remote what the call's other side is called
 * @property {boolean} audioOnly
 * @property {boolean} delivered
 * @property {number} ringPartLeft of the time-out
 * @property {number} callSeconds
 * @property {boolean} muted
 * @property {boolean} cameraOn
 * @property {boolean} remoteMuted
 * @property {boolean} remoteCameraOn
 * @property {boolean} reconnecting
 * @property {"" | "busy" | "forbidden" | "missing" | "insecure"} cameraTrouble
 * @property {boolean} microphoneMissing
 * @property {boolean} canSwitchCamera
 * @property {boolean} canShareScreen
 * @property {boolean} sharesScreen
 * @property {boolean} hasRemotePicture
 * @property {boolean} needsTap the browser plays no sound before somebody has touched the page
 * @property {number} quality 1 to 5; 0: not known
 * @property {number[]} levels of remote and own sound, 0 to 1
 * @property {string} code the call's safety code; ""
 * @property {{volume: number, swapped: boolean, previewHidden: boolean, filled: boolean, search: string,
 *             fullscreen: boolean, doNotDisturb: boolean}} chosen
 * @property {{user: string, name?: string}[]} people those that match the search
 * @property {import("./history.js").Entry[] | null} calls there were; null: they are not looked at
 * @property {number} missed of them, since they were looked at
 * @property {import("../signal/hub.js").Room[]} rooms likewise
 *
 * @typedef {{command: string, label: string, icon: string, tone: "neutral" | "call" | "danger" | "off", round: boolean,
 *            disabled?: boolean, struck?: boolean, pressed?: boolean, aside?: boolean, away?: boolean}} Button
 * @typedef {{command: string, id: string, name: string, detail: string, live?: boolean, icon: string,
 *            key?: string}} Row `key`: where two lines are of the same person
 *
 * @typedef {object} Scene
 * @property {string} name
 * @property {"none" | "remote" | "own"} main
 * @property {"none" | "remote" | "own"} corner
 * @property {boolean} fill
 * @property {"" | "notice" | "ringing"} dim
 * @property {string} title
 * @property {string} subtitle
 * @property {string} badge
 * @property {boolean} badgeLive
 * @property {number} quality
 * @property {string} person whose initials stand in the middle
 * @property {number} ring part of the time left; -1: none
 * @property {number[]} levels
 * @property {string} notice
 * @property {string} detail
 * @property {string} toast
 * @property {boolean} list
 * @property {boolean} searches over the list is what is searched for
 * @property {Row[]} rows
 * @property {Button[]} buttons
 * @property {string} enter the button that has the focus first
 * @property {string} escape what this key does
 * @property {boolean} fading
 * @property {boolean} zaps arrow keys and swipes go from room to room
 */

/** @param {View} view @returns {Scene} */
function begin(view) {
    const watches = view.state === "prepared" && view.party === "audience";
    const missing = watches ? "" : wordsOfMissing(view.audioOnly ? "" : view.cameraTrouble, view.microphoneMissing);
    return {
        name: "",
        main: "none",
        corner: "none",
        fill: view.chosen.filled,
        dim: "",
        title: "",
        subtitle: "",
        badge: "",
        badgeLive: false,
        quality: 0,
        person: "",
        ring: -1,
        levels: [],
        notice: "",
        detail: "",
        toast: view.word || (view.state === "prepared" && view.party === "anyone" ? "" : missing),
        list: false,
        searches: false,
        rows: [],
        buttons: [],
        enter: "",
        escape: "",
        fading: false,
        zaps: false,
    };
}

/**
 * @param {string} command @param {string} label @param {string} icon @param {Partial<Button>} more
 * @returns {Button}
 */
function round(command, label, icon, more = {}) {
    return { command, label, icon, tone: "neutral", round: true, ...more };
}

/** @param {string} command @param {string} label @param {string} icon @param {Button["tone"]} tone @returns {Button} */
function pill(command, label, icon, tone) {
    return { command, label, icon, tone, round: false };
}

/** @param {string} command @param {boolean} on @param {string[]} labels turn off, turn on @param {string} icon */
function onOff(command, on, [turnOff, turnOn], icon) {
    return round(command, on ? turnOff : turnOn, icon, { tone: on ? "neutral" : "off", struck: !on });
}

/** @param {View} view */
function mute(view) {
    const on = !view.muted && !view.microphoneMissing;
    return { ...onOff("mute", on, [_("Mute"), _("Unmute")], "microphone"), disabled: view.microphoneMissing };
}

/** @param {View} view */
function camera(view) {
    const on = view.cameraOn && !view.cameraTrouble;
    return { ...onOff("camera", on, [_("Camera off"), _("Camera on")], "camera"), disabled: !!view.cameraTrouble };
}

/** @param {View} view */
function volume(view) {
    return round("volume", _("Volume"), "volume", view.chosen.volume ? {} : { tone: "off", struck: true });
}

/**
 * What is at the side of every screen.
 * @param {View} view
 */
function aside(view) {
    return [
        { ...volume(view), aside: true },
        round("fullscreen", _("Full screen"), "fullscreen", { aside: true, pressed: view.chosen.fullscreen }),
        round("settings", _("Settings"), "settings", { aside: true }),
    ];
}

/** @param {Scene} scene @param {View} view */
function trouble(scene, view) {
    if (view.online) return false;
    scene.notice = view.refused ? _("This device is not admitted") : _("No connection");
    scene.detail = view.refused
        ? _("Its token is missing, wrong or over. Please tell who looks after it.")
        : _("Trying again. Please check the network.");
    scene.dim = "notice";
    return true;
}

/** @param {View} view @returns {Scene} */
function directory(view) {
    const scene = begin(view),
        { people, rooms, chosen } = view;
    Object.assign(scene, { name: "directory", title: view.name || view.self });
    scene.buttons = [
        pill("go-live", _("Go live"), "broadcast", "call"),
        round("share", _("My link"), "share", { aside: true }),
        ...aside(view),
    ];
    if (trouble(scene, view)) return scene;
    scene.buttons.splice(1, 0, { ...pill("calls", _("Calls"), "", view.missed ? "off" : "neutral") });
    const ready = chosen.doNotDisturb ? _("Do not disturb") : _("Ready for calls");
    scene.subtitle = view.missed ? wordsOfMissed(view.missed) : ready;
    if (!people.length && !rooms.length && !chosen.search) {
        scene.notice = ready;
        scene.detail = wordsWith(_("Nobody else is online. Others call you as “%s”."), view.self);
        return scene;
    }
    scene.list = scene.searches = true;
    scene.rows = [...rooms.map(rowOfRoom), ...people.map(rowOfPerson)];
    if (!scene.rows.length) scene.notice = wordsWith(_("Nobody called “%s” is online"), chosen.search);
    return scene;
}

/** @param {View} view @returns {Scene} */
function history(view) {
    const scene = begin(view);
    Object.assign(scene, { name: "history", title: _("Calls"), escape: "calls" });
    scene.buttons = [pill("calls", _("Back"), "", "neutral"), ...aside(view)];
    scene.rows = (view.calls ?? []).map(rowOfCall);
    scene.list = scene.rows.length > 0;
    if (!scene.list) scene.notice = _("No calls yet");
    return scene;
}

/** @param {import("./history.js").Entry} entry @param {number} i @returns {Row} */
function rowOfCall({ user, name, at, kind, seconds }, i) {
    const words = kind === "missed" ? _("Missed") : kind === "outgoing" ? _("Outgoing") : _("Incoming");
    const detail = [words, wordsOfMoment(at), ...(seconds ? [wordsOfTime(seconds)] : [])].join(" · ");
    return { command: "call-person", id: user, name, detail, icon: "call", key: `${at} ${i}` };
}

/** @param {import("../signal/hub.js").Room} room @returns {Row} */
function rowOfRoom(room) {
    const who = room.host_name || room.host;
    const detail =
        room.state === "away"
            ? _("The broadcaster is away")
            : `${who} · ${room.state === "private" ? _("In a private call") : wordsOfWatching(room.viewers)}`;
    return { command: "watch", id: room.room, name: room.room, detail, live: room.state === "live", icon: "next" };
}

/** @param {{user: string, name?: string}} person @returns {Row} */
function rowOfPerson({ user, name }) {
    return { command: "call-person", id: user, name: name || user, detail: _("Online"), icon: "call" };
}

/** @param {Scene} scene @param {View} view */
function absence(scene, view) {
    const state = view.room?.state;
    if (view.room?.refused)
        [scene.notice, scene.detail] = [_("This room cannot be entered"), _("Please try another room.")];
    else if (!view.online && !view.hasRemotePicture) trouble(scene, view);
    else if (state === "away")
        [scene.notice, scene.detail] = [
            _("The broadcaster is away"),
            _("The room goes on as soon as the broadcaster is back"),
        ];
    else if (state === "private")
        [scene.notice, scene.detail] = [_("In a private call"), _("The live room goes on after it")];
    else if (!view.hasRemotePicture && view.room?.cameraOn) scene.notice = _("Connecting to the room");
    if (scene.notice) scene.dim = "notice";
}

/** @param {View} view @returns {Scene} */
function live(view) {
    const scene = begin(view),
        room = view.room;
    Object.assign(scene, {
        name: "live",
        main: "remote",
        zaps: true,
        enter: "call",
        escape: "leave",
        title: room?.name ?? "",
    });
    if (room?.host) scene.subtitle = `${room.host} · ${wordsOfWatching(room.viewers)}`;
    if (room?.goingTo) scene.subtitle = wordsWith(_("Going to %s"), room.goingTo);
    else if (!view.online) scene.subtitle = _("No connection");
    absence(scene, view);
    const absent = !!scene.notice;
    scene.buttons = [
        round("previous-room", _("Previous room"), "previous", { away: room?.only }),
        { ...pill("call", _("Call"), "call", "call"), disabled: absent || !view.online },
        round("next-room", _("Next room"), "next", { away: room?.only }),
        round("leave", _("Back"), "close", { aside: true }),
        ...aside(view),
    ];
    if (absent || !room) return scene;
    scene.badge = _("LIVE");
    scene.badgeLive = true;
    scene.quality = view.quality;
    if (!room.cameraOn)
        Object.assign(scene, {
            main: "none",
            person: room.host,
            notice: room.host,
            detail: room.muted ? _("Camera and sound are switched off") : _("The camera is switched off"),
        });
    else if (room.muted) scene.toast ||= _("The sound is switched off");
    return scene;
}

/** @param {View} view @returns {Scene} */
function broadcast(view) {
    const scene = begin(view),
        shown = (view.cameraOn && !view.cameraTrouble) || view.sharesScreen;
    Object.assign(scene, {
        name: "broadcast",
        main: shown ? "own" : "none",
        person: shown ? "" : view.name || view.self,
        title: view.room?.name ?? "",
        escape: "",
    });
    scene.buttons = [mute(view), camera(view)];
    if (view.canSwitchCamera) scene.buttons.push(round("switch-camera", _("Switch"), "switch-camera"));
    if (view.canShareScreen)
        scene.buttons.push(
            round("share-screen", view.sharesScreen ? _("Stop sharing") : _("Share screen"), "screen", {
                pressed: view.sharesScreen,
            }),
        );
    scene.buttons.push(
        { ...round("end-room", _("End"), "close", { tone: "danger" }) },
        round("share", _("Room’s link"), "share", { aside: true }),
        ...aside(view),
    );
    if (!view.online && trouble(scene, view)) return scene;
    if (view.room?.refused)
        return Object.assign(scene, {
            notice: _("This room cannot be opened"),
            detail: _("Please choose another name."),
            dim: "notice",
        });
    scene.badge = shown ? _("ON AIR") : _("ON AIR · CAMERA OFF");
    scene.badgeLive = true;
    scene.subtitle = wordsOfWatching(view.room?.viewers ?? 0);
    return scene;
}

/** @param {View} view @returns {Scene} */
function ringing(view) {
    const scene = begin(view),
        out = view.role === "caller";
    const own = view.cameraOn && !view.audioOnly && !view.cameraTrouble ? "own" : "none";
    const kind = view.audioOnly ? _("Voice call") : _("Video call");
    Object.assign(scene, {
        name: out ? "ringing-out" : "ringing-in",
        toast: "",
        dim: "ringing",
        person: view.remote,
        ring: view.ringPartLeft,
        main: view.party === "audience" ? "remote" : own,
        corner: view.party === "audience" ? own : "none",
    });
    scene.notice = wordsWith(out ? _("Calling %s") : _("%s is calling"), view.remote);
    scene.detail = out && view.delivered ? `${kind} · ${_("It rings there")}` : kind;
    scene.buttons = out
        ? [pill("cancel", _("Cancel"), "hang-up", "danger")]
        : [pill("accept", _("Accept"), "call", "call"), pill("reject", _("Reject"), "hang-up", "danger")];
    scene.escape = out ? "cancel" : "reject";
    scene.enter = out ? "cancel" : "accept";
    return scene;
}

/** @param {Scene} scene @param {View} view */
function chooseCallPictures(scene, view) {
    const connected = view.state === "connected";
    /** @type {Scene["main"]} */
    let remote =
        view.audioOnly || (connected && !view.remoteCameraOn) || (!connected && !view.hasRemotePicture)
            ? "none"
            : "remote";
    /** @type {Scene["main"]} */
    const own = view.cameraOn && !view.cameraTrouble && !view.audioOnly ? "own" : "none";
    const swap = own === "own" && (view.chosen.swapped || (!connected && remote === "none"));
    scene.main = swap ? own : remote;
    scene.corner = swap ? remote : own;
    if (view.chosen.previewHidden && scene.corner === "own") scene.corner = "none";
}

/** @param {Scene} scene @param {View} view */
function describeRemote(scene, view) {
    if (view.reconnecting)
        Object.assign(scene, {
            dim: "notice",
            notice: _("Reconnecting"),
            detail: wordsWith(_("Nothing comes from %s at the moment"), view.remote),
        });
    else if (view.audioOnly)
        Object.assign(scene, {
            person: view.remote,
            notice: view.remote,
            detail: _("Voice call"),
            levels: view.levels,
        });
    else if (!view.remoteCameraOn && !view.chosen.swapped)
        Object.assign(scene, { person: view.remote, notice: view.remote, detail: _("The camera is switched off") });
}

/**
 * Silence that somebody has chosen looks like a failure to the other.
 * @param {Scene} scene
 * @param {View} view
 */
function describeMuted(scene, view) {
    if (!view.muted && !view.remoteMuted) return;
    const words = !view.muted
        ? _("The other side is muted")
        : view.remoteMuted
          ? _("Both sides are muted")
          : _("You are muted");
    if (scene.notice) scene.detail += ` · ${words}`;
    else scene.toast ||= words;
}

/** @param {View} view @returns {Scene} */
function call(view) {
    const scene = begin(view);
    Object.assign(scene, {
        name: view.audioOnly ? "voice-call" : "call",
        badge: _("PRIVATE CALL"),
        title: view.remote,
        escape: "hang-up",
        enter: "hang-up",
    });
    chooseCallPictures(scene, view);
    scene.buttons = [mute(view)];
    if (!view.audioOnly) scene.buttons.push(camera(view));
    if (view.canSwitchCamera && !view.audioOnly)
        scene.buttons.push(round("switch-camera", _("Switch"), "switch-camera", { disabled: !view.cameraOn }));
    scene.buttons.push(round("hang-up", _("Hang up"), "hang-up", { tone: "danger" }), volume(view));
    if (!view.audioOnly)
        scene.buttons.push(
            round("preview", view.chosen.previewHidden ? _("Show me") : _("Hide me"), "person", {
                disabled: !view.cameraOn,
            }),
        );
    scene.buttons.push(
        round("pip", _("Small window"), "pip", { aside: true }),
        round("fullscreen", _("Full screen"), "fullscreen", { aside: true, pressed: view.chosen.fullscreen }),
    );
    if (view.state !== "connected") return Object.assign(scene, { subtitle: _("Connecting") });
    scene.quality = view.quality;
    scene.subtitle = wordsOfTime(view.callSeconds) + (view.code ? ` · ${view.code}` : "");
    describeRemote(scene, view);
    describeMuted(scene, view);
    scene.fading = !scene.notice;
    return scene;
}

/**
 * Nobody calls and nobody is called.
 * @param {View} view
 * @returns {Scene}
 */
function idle(view) {
    if (view.party === "audience") return live(view);
    if (view.party === "broadcaster") return broadcast(view);
    return view.calls && view.online ? history(view) : directory(view);
}

/** @param {View} view @returns {Scene} */
function visit(view) {
    const words = {
        comes: [_("Connecting"), _("The other device ends the call")],
        over: [_("The call is over"), _("You may close this page")],
        refused: [_("This code is over"), _("Please ask for another one")],
    };
    const [notice, detail] = words[view.visit || "comes"];
    return { ...begin(view), name: "visit", toast: "", notice, detail };
}

/**
 * The right one for the view.
 * @param {View} view
 * @returns {Scene}
 */
export function describe(view) {
    const inCall = view.state === "connecting" || view.state === "connected";
    const rest = view.visit ? visit : idle;
    const scene = view.state === "calling" ? ringing(view) : inCall ? call(view) : rest(view);
    if (view.needsTap) scene.buttons.unshift(pill("tap", _("Tap for sound"), "volume", "call"));
    return scene;
}

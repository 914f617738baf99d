/** What the page does: events of the api and presses in, a view for the scene out. */
import { userOf } from "../call/address.js";
import { motion } from "./theme.js";
import { describe } from "./scene.js";
import { newTold, viewOf } from "./view.js";
import { element, paint } from "./paint.js";
import { Devices } from "./devices.js";
import { Figures } from "./figures.js";
import { History } from "./history.js";
import { Input } from "./input.js";
import { Pictures } from "./pictures.js";
import { Sounds } from "./sounds.js";
import { askRoom, showLink, showSettings } from "./dialogs.js";
import { Attention } from "./attention.js";
import { Preview } from "./preview.js";
import { _, wordsOfEnd, wordsOfError, wordsWith } from "./words.js";

const VOLUME_PRESS = 25,
    VOLUME_STEP = 5,
    TICK_MS = 250;

/** @typedef {import("../callapi.js").CallApi} CallApi */

/** @returns {Storage | null} what this browser keeps for the page */
function storage() {
    try {
        return localStorage;
    } catch {
        return null; // it is not allowed to
    }
}

export class App {
    /** @type {any} */
    #wordTimer;
    /** What was told so far, and is not to be asked for. */
    told = newTold();
    /** @type {import("./scene.js").Scene | null} */
    #scene = null;
    #painting = false;

    /** @param {CallApi} api @param {{user: string, name: string}} who */
    constructor(api, who) {
        this.api = api;
        this.who = who;
        this.chosen = {
            volume: 100,
            swapped: false,
            previewHidden: false,
            filled: false,
            search: "",
            fullscreen: false,
            voice: false,
            doNotDisturb: false,
        };
        this.devices = new Devices({ changed: () => this.#send() });
        this.pictures = new Pictures({
            remote: element("remote"),
            held: element("held"),
            own: element("own"),
            blocked: blocked => ((this.told.needsTap = blocked), this.update()),
            pictured: () => this.update(),
        });
        this.sounds = new Sounds();
        this.history = new History(api.user, api.hub.pass ? null : storage());
        this.looksAtCalls = false;
        this.attention = new Attention({
            answer: accepted => (accepted ? this.press("accept") : this.press("reject")),
        });
        this.figures = new Figures(element("figures"), api);
        this.preview = new Preview(element("own"), () => this.press("swap"));
        this.input = new Input({
            press: (command, id) => this.press(command, id),
            scene: () => this.#scene,
            search: text => ((this.chosen.search = text), this.update()),
        });
        element("search").placeholder = _("Type to search");
        element("search").setAttribute("aria-label", _("Type to search"));
        this.#listen();
        api.directory.follow(true);
        api.prepare();
        setInterval(() => this.update(), TICK_MS);
        this.update();
    }

    #listen() {
        const { api } = this;
        api.on("call", notice => this.#call(notice));
        api.on("shown", shown => this.pictures.show(shown));
        api.on("media", media => ((this.told.remoteMedia = media), this.update()));
        api.on("safetyCode", () => this.update());
        api.on("room", () => this.#room());
        api.on("directory", () => this.update());
        api.on("online", () => ((this.told.refused.hub = false), this.update()));
        api.on("offline", ({ refused }) => this.#offline(refused));
        api.on("reconnecting", on => ((this.told.reconnecting = on), this.update()));
        api.on("refused", () => ((this.told.refused.room = true), this.update()));
        document.addEventListener("fullscreenchange", () => {
            this.chosen.fullscreen = !!document.fullscreenElement;
            this.update();
        });
    }

    // --- Links

    /** @param {import("./links.js").Link} link */
    follow(link) {
        if (link.room) this.press("watch", link.room);
        else if (link.call) this.#whenOnline(() => this.press("call-person", link.call ?? ""));
    }

    /** @param {() => void} what */
    #whenOnline(what) {
        if (this.api.hub.online) what();
        else this.api.once("online").then(what);
    }

    /**
     * Somebody is here for one call, which is another device's until then.
     * @param {string} [room] where it is
     */
    async visit(room) {
        this.told.visit = "comes";
        this.#open(true);
        await this.api.continueCall(room).catch(error => {
            console.warn("the call cannot be continued:", error.message);
            this.#leave("refused");
        });
    }

    /** @param {"over" | "refused"} how */
    #leave(how) {
        if (this.told.visit === "comes") this.told.visit = how;
        this.devices.close();
        this.api.destroy();
        this.update();
    }

    // --- What happens

    /** @param {boolean} refused */
    #offline(refused) {
        this.told.refused.hub = refused;
        if (refused && this.told.visit) this.#leave("refused");
        this.update();
    }

    #room() {
        const name = this.api.rooms.watched?.name ?? this.api.rooms.own?.name ?? "";
        if (name !== this.#roomName) {
            this.#roomName = name;
            this.told.refused.room = false;
            if (!name) this.pictures.forget();
        }
        this.update();
    }

    #roomName = "";

    /** @param {import("../callapi.js").CallNotice} notice */
    #call(notice) {
        const { state, previous, role, reason, event, name } = notice;
        if (event === "delivered") this.told.delivered = true;
        if (name) this.told.remoteName = name;
        if (state === "calling" && (previous !== "calling" || event === "glare")) this.#rings(role);
        if (state === "connecting" && previous === "calling") this.#open();
        if (state === "connected" && previous !== "connected") this.told.connectedAt = performance.now();
        if (state === "prepared" && ["calling", "connecting", "connected"].includes(previous)) {
            this.#remember(notice);
            this.#over(this.told.visit ? "" : wordsOfEnd(reason, role, name));
            if (this.told.visit) this.#leave("over");
        }
        this.sounds.play(
            state !== "calling" ? "" : role === "callee" ? "ring" : this.told.delivered ? "ring-back" : "",
        );
        this.attention.call(state, role, name);
        this.update();
    }

    /** @param {import("../callapi.js").CallNotice} notice of a call that is over */
    #remember({ role, remote, name, reason, duration }) {
        const user = userOf(remote),
            seconds = Math.floor(duration / 1000);
        this.history.add({ role, user, name: name || user, reason, seconds, at: Date.now() - duration });
    }

    /** @param {string} role */
    async #rings(role) {
        this.told.ringFrom = performance.now();
        this.told.delivered = false;
        Object.assign(this.chosen, { swapped: false, previewHidden: false });
        if (role === "callee" && (await this.devices.mayOpen())) this.#open();
    }

    /**
     * Camera and microphone, for the call or the room; who only watches is not asked for them.
     * @param {boolean} video
     */
    #open(video = this.api.engine.video) {
        const opened = this.devices.open(video).then(() => this.#opened());
        this.api.setTracks(opened).then(() => this.update());
    }

    /** The call may be over by then, and nobody is seen who did not want to be. */
    #opened() {
        if (this.api.state === "prepared" && !this.api.rooms.own && this.told.visit !== "comes") this.devices.close();
        return this.devices.stream;
    }

    #send() {
        this.api.setTracks(this.devices.stream);
        this.update();
    }

    /** @param {string} words */
    #over(words) {
        this.told.connectedAt = 0;
        this.told.reconnecting = false;
        if (!this.api.rooms.own) (this.devices.close(), this.api.setTracks(null));
        if (!this.api.rooms.watched) this.pictures.forget();
        if (words) this.say(words);
    }

    /**
     * A short word over the buttons.
     * @param {string} words
     */
    say(words) {
        clearTimeout(this.#wordTimer);
        this.told.word = words;
        this.#wordTimer = setTimeout(() => ((this.told.word = ""), this.update()), motion("toast"));
        this.update();
    }

    // --- Presses

    /** @param {string} command @param {string} id */
    press(command, id = "") {
        const { api, chosen, devices } = this;
        switch (command) {
            case "call":
                this.#dial(api.rooms.watched?.description.host ?? "");
                break;
            case "call-person":
                this.#dial(id);
                break;
            case "cancel":
                api.cancel();
                break;
            case "accept":
                this.attention.ask();
                api.accept();
                break;
            case "reject":
                api.reject();
                break;
            case "hang-up":
                api.hangUp();
                break;
            case "mute":
                api.setMuted(!api.muted);
                break;
            case "camera":
                this.#switchCameraOn();
                break;
            case "switch-camera":
                devices.switchCamera();
                break;
            case "share-screen":
                this.#shareScreen();
                break;
            case "volume":
                this.#setVolume(chosen.volume ? chosen.volume - VOLUME_PRESS : 100);
                break;
            case "volume-up":
                this.#setVolume(chosen.volume + VOLUME_STEP);
                break;
            case "volume-down":
                this.#setVolume(chosen.volume - VOLUME_STEP);
                break;
            case "swap":
                chosen.swapped = !chosen.swapped;
                break;
            case "preview":
                chosen.previewHidden = !chosen.previewHidden;
                break;
            case "fill":
                chosen.filled = !chosen.filled;
                break;
            case "watch":
                this.#watch(id);
                break;
            case "next-room":
                this.#step(1);
                break;
            case "previous-room":
                this.#step(-1);
                break;
            case "leave":
                api.unwatch();
                this.#forgetLink();
                break;
            case "go-live":
                this.#goLive();
                break;
            case "end-room":
                api.closeRoom();
                devices.close();
                api.setTracks(null);
                this.#forgetLink();
                break;
            case "tap":
                this.pictures.touch(api.shown.audible);
                break;
            case "fullscreen":
                this.#fullscreen();
                break;
            case "pip":
                this.#pictureInPicture();
                break;
            case "figures":
                this.figures.toggle();
                break;
            case "calls":
                this.#lookAtCalls(!this.looksAtCalls);
                break;
            case "settings":
                this.#settings();
                break;
            case "share":
                showLink(api.rooms.own ? { room: api.rooms.own.name } : { call: api.user });
                break;
        }
        this.update();
    }

    /** @param {string} user */
    #dial(user) {
        const video = !this.chosen.voice;
        this.attention.ask();
        this.#open(video);
        const result = this.api.call(user, { video });
        if (result !== "ok") this.#over(wordsOfError(result));
    }

    #settings() {
        const { api, chosen } = this;
        showSettings(this.devices, this.pictures.remote, [
            { label: _("Call without pictures"), on: chosen.voice, set: on => (chosen.voice = on) },
            {
                label: _("Do not disturb"),
                on: chosen.doNotDisturb,
                set: on => {
                    chosen.doNotDisturb = on;
                    api.setDoNotDisturb(on);
                    this.update();
                },
            },
        ]);
    }

    /** @param {string} name */
    #watch(name) {
        if (this.api.state !== "prepared" && this.api.state !== "idle") return;
        this.api.watch(name);
        history.replaceState(null, "", `#${new URLSearchParams({ room: name })}`);
    }

    /** @param {boolean} on */
    #lookAtCalls(on) {
        this.looksAtCalls = on;
        if (on) this.history.look();
    }

    #forgetLink() {
        history.replaceState(null, "", location.pathname + location.search);
    }

    /** @param {number} by */
    #step(by) {
        const rooms = this.api.directory.rooms(),
            here = this.api.rooms.target?.name ?? this.api.rooms.watched?.name;
        const at = rooms.findIndex(({ room }) => room === here);
        const next = rooms[(at + by + rooms.length) % Math.max(rooms.length, 1)];
        if (next && next.room !== here) this.#watch(next.room);
    }

    async #goLive() {
        const name = await askRoom(this.who.name || this.api.user);
        if (!name) return;
        this.api.openRoom(name);
        history.replaceState(null, "", location.pathname + location.search);
        this.#open(true);
    }

    /** The light of the camera goes out with it. */
    async #switchCameraOn() {
        const on = !this.api.cameraOn;
        this.api.setCamera(on);
        if (on) await this.devices.open(true);
        else this.devices.closeCamera();
        this.#send();
    }

    async #shareScreen() {
        try {
            if (this.devices.screen) this.devices.stopScreen();
            else await this.devices.shareScreen();
        } catch (error) {
            console.info("the screen is not shared:", String(error));
        }
        this.#send();
    }

    /** @param {number} volume */
    #setVolume(volume) {
        this.chosen.volume = Math.min(Math.max(volume, 0), 100);
        this.pictures.remote.volume = this.chosen.volume / 100;
        this.sounds.setVolume(this.chosen.volume);
        this.say(wordsWith(_("Volume %s"), `${this.chosen.volume} %`));
    }

    #fullscreen() {
        const done = document.fullscreenElement
            ? document.exitFullscreen()
            : document.documentElement.requestFullscreen();
        done.catch(error => console.info("full screen:", String(error)));
    }

    #pictureInPicture() {
        const done = document.pictureInPictureElement
            ? document.exitPictureInPicture()
            : this.pictures.remote.requestPictureInPicture?.();
        done?.catch(error => console.info("a small window:", String(error)));
    }

    // --- The view

    /** Once for all that happens at the same time. */
    update() {
        if (this.#painting) return;
        this.#painting = true;
        queueMicrotask(() => {
            this.#painting = false;
            this.#paint();
        });
    }

    #paint() {
        const { api } = this,
            own = api.rooms.own || api.state !== "prepared" ? this.devices.stream : null;
        this.pictures.showOwn(own, !this.devices.screen);
        this.#scene = describe(viewOf(this));
        paint(this.#scene);
        this.input.painted(this.#scene);
        this.preview.painted(this.#scene);
    }
}

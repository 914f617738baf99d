// The page's buttons and pictures. Texts from outside are only ever set as textContent.
import { CallApi } from "./callapi.js";

const element = id => document.getElementById(id);
let api = null;

function say(text, isError = false) {
    element("status").textContent = text;
    element("status").classList.toggle("error", isError);
}

async function ownCamera() {
    if (!navigator.mediaDevices) {
        say("The browser gives camera and microphone to https pages and to localhost only; you can watch.", true);
        return null;
    }
    try {
        return await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    } catch (error) {
        say("No camera or microphone: " + error.message + ". You can watch, but nobody sees you.", true);
        return null;
    }
}

function show(video, stream) {
    if (video.srcObject === stream)
        return;
    video.srcObject = stream;
    if (stream)
        video.play().catch(() => say("Press the picture to hear it."));
}

const streams = { live: null, call: null };

function streamChanged({ stream, kind }) {
    streams[kind] = stream;
    const shown = streams.call || streams.live;
    if (shown || !api || api.state === "idle")
        show(element("remote"), shown);
    element("stage").classList.toggle("empty", !shown);
}

const words = {
    idle: "Ready", calling: "Calling", ringing: "is calling", connecting: "Connecting to", connected: "In a call with",
};

function stateChanged({ state, reason, name }) {
    say(state === "idle" ? "Ready" + (reason ? " (" + reason + ")" : "")
      : state === "ringing" ? name + " " + words.ringing : words[state] + " " + name);
    document.body.dataset.state = state;
    element("ringing").hidden = state !== "ringing";
    element("caller").textContent = name;
    element("call").hidden = state !== "idle";
    element("hangup").hidden = state === "idle" || state === "ringing";
    element("hangup").textContent = state === "calling" ? "Cancel" : "Hang up";
}

function roomChanged(room) {
    const text = !room ? "" : room.state === "away" ? room.room + ": nobody broadcasts at the moment"
               : room.room + ": " + (room.host_name || room.host) + ", " + room.state + ", " + room.viewers +
                 (room.viewers === 1 ? " viewer" : " viewers");
    element("room-state").textContent = text;
    element("callee").placeholder = room && room.host ? room.host_name || room.host : "user id";
}

// Who sends no picture is still there, and heard.
function mediaChanged({ muted, camera }) {
    const off = !camera && muted ? "Camera and sound are off" : !camera ? "The camera is off"
        : muted ? "The sound is off" : "";
    element("off").textContent = off;
    element("stage").classList.toggle("camera-off", !camera);
}

// Beside this page, whatever the path that a proxy has it under.
function hubAddress() {
    const address = new URL(".", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    return address.href;
}

// "#token=...": where the hub wants one. Behind the "#" it is sent to nobody by loading the page.
function token() {
    return new URLSearchParams(location.hash.slice(1)).get("token") || undefined;
}

async function enter(event) {
    event.preventDefault();
    const user = element("user").value.trim();
    if (!user)
        return;
    const stream = await ownCamera();
    element("own").srcObject = stream;
    element("own").hidden = !stream;
    const name = element("name").value.trim() || undefined;
    api = new CallApi({ user, name, hub: hubAddress(), token: token(), stream });
    api.addEventListener("online", () => {
        say("Ready");
        element("login").hidden = true;
        element("controls").hidden = false;
    });
    api.addEventListener("offline", event => say("Not connected: " + event.detail.why, true));
    api.addEventListener("state", event => stateChanged(event.detail));
    api.addEventListener("stream", event => streamChanged(event.detail));
    api.addEventListener("media", event => mediaChanged(event.detail));
    api.addEventListener("room", event => roomChanged(event.detail));
}

function report(promise) {
    promise.catch(error => say(error.message, true));
}

function watch(event) {
    event.preventDefault();
    const room = element("room").value.trim();
    if (room)
        report(api.watch(room));
    else if (api.watched)
        report(api.unwatch());
}

function call(event) {
    event.preventDefault();
    const callee = element("callee").value.trim() || (api.room && api.room.host) || "";
    if (callee)
        report(api.call(callee));
    else
        say("Whom? Enter a user id, or watch a room first.", true);
}

element("login").addEventListener("submit", enter);
element("watch-form").addEventListener("submit", watch);
element("call-form").addEventListener("submit", call);
element("hangup").addEventListener("click", () => api.hangUp());
element("accept").addEventListener("click", () => api.accept());
element("reject").addEventListener("click", () => api.reject());
element("remote").addEventListener("click", () => element("remote").play());
addEventListener("pagehide", () => api && api.close());

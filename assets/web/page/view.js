/** The view that the scenes are made of: what the api, the devices and the page say now, and what was told. */

/**
 * @typedef {import("./app.js").App} App
 * @typedef {import("./scene.js").View} View
 *
 * @typedef {object} Told what events said, and cannot be asked for
 * @property {string} word how the last call ended, or why a press did nothing; ""
 * @property {boolean} delivered it rings at the other side
 * @property {number} ringFrom since when; performance.now
 * @property {number} connectedAt likewise; 0: there is no call
 * @property {boolean} reconnecting
 * @property {boolean} needsTap
 * @property {{hub: boolean, room: boolean}} refused who does not let us in
 * @property {import("../media/session.js").MediaState} remoteMedia
 * @property {string} remoteName
 * @property {import("./scene.js").Visit} visit
 */

/** @returns {Told} */
export function newTold() {
    return {
        word: "",
        delivered: false,
        ringFrom: 0,
        connectedAt: 0,
        reconnecting: false,
        needsTap: false,
        refused: { hub: false, room: false },
        remoteMedia: { muted: false, camera: true },
        remoteName: "",
        visit: "",
    };
}

/** @param {App} app */
function roomOf({ api: { rooms, directory }, told }) {
    const { watched, target, own } = rooms,
        room = watched ?? own;
    if (!room) return null;
    const { description } = room,
        media = watched?.session?.remoteMedia;
    return {
        name: room.name,
        host: description.host_name || description.host,
        state: own ? "live" : description.state,
        viewers: description.viewers,
        cameraOn: media ? media.camera : description.camera !== false,
        muted: media?.muted ?? false,
        only: directory.rooms().length < 2,
        goingTo: target?.name ?? "",
        refused: told.refused.room,
    };
}

/** @param {App} app @returns {View} */
export function viewOf(app) {
    const { api, chosen, devices, told, figures, history } = app,
        now = performance.now();
    return {
        party: api.rooms.party,
        state: api.state === "idle" ? "prepared" : api.state,
        role: api.engine.role,
        visit: told.visit,
        online: api.hub.online,
        refused: told.refused.hub,
        self: api.user,
        name: app.who.name,
        word: told.word,
        room: roomOf(app),
        remote: told.remoteName,
        audioOnly: !api.engine.video && api.state !== "prepared",
        delivered: told.delivered,
        ringPartLeft: api.timeout ? Math.max(1 - (now - told.ringFrom) / api.timeout, 0) : 1,
        callSeconds: told.connectedAt ? Math.floor((now - told.connectedAt) / 1000) : 0,
        muted: api.muted,
        cameraOn: api.cameraOn,
        remoteMuted: told.remoteMedia.muted,
        remoteCameraOn: told.remoteMedia.camera,
        reconnecting: told.reconnecting,
        cameraTrouble: devices.cameraTrouble,
        microphoneMissing: devices.microphoneMissing,
        canSwitchCamera: devices.cameras > 1,
        canShareScreen: devices.canShareScreen,
        sharesScreen: !!devices.screen,
        hasRemotePicture: app.pictures.hasPicture,
        needsTap: told.needsTap,
        quality: figures.quality,
        levels: figures.levels,
        code: api.safety.code,
        chosen,
        people: api.directory.people(chosen.search),
        calls: app.looksAtCalls ? history.entries : null,
        missed: history.missed,
        rooms: api.directory.rooms(chosen.search).filter(({ host }) => host !== api.user),
    };
}

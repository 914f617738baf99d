// What the modules of the call share; the page sees CallEngine (engine.js) only.
//   engine.js   the public operations
//   queue.js    what happens to the call, one after the other
//   receive.js  which messages count, and what they mean to us
//   devices.js  at which of the callee's devices it rings
//   step.js     one step: look up, store, act
//   notice.js   what is told
//   send.js     what goes out, and what has to go out again
//   history.js  calls that are over
import { noMessage } from "./message.js";

/** @typedef {import("./names.js").CallReason} CallReason */
/** @typedef {import("./names.js").CallRole} CallRole */
/** @typedef {import("./names.js").CallState} CallState */
/** @typedef {import("./message.js").Json} Json */
/** @typedef {import("./message.js").Message} Message */

/**
 * @typedef {object} Notice
 * @property {CallState} state
 * @property {CallState} previous
 * @property {CallRole} role
 * @property {import("./names.js").CallEvent} event
 * @property {CallReason} reason
 * @property {string} callId
 * @property {string} remote the address of the other side; "" where none
 * @property {string} name what it is called; "" where that is not known
 * @property {boolean} video
 * @property {Json | null} extension of the message that caused it
 * @property {number} connectedAt when this call became connected, ms since 1970; 0: it was not
 * @property {number} duration ms since then, now or at the end; 0: not connected
 */

/**
 * What became of a message that an operation sent.
 * @typedef {object} Completion
 * @property {string} callId
 * @property {import("./names.js").CallAction} action which tells the operation
 * @property {import("./names.js").CallError} error "ok": on the other side's device
 */

/**
 * @typedef {object} Callbacks
 * @property {(to: string, message: Json) => void} send to a signal address
 * @property {(command: import("./names.js").CallMediaCommand, role: CallRole, callId: string, remote: string,
 *     media: Json | null) => void} media `media`: of the invite for "connect" as callee, of the accept for "release" as
 *     caller, else null
 * @property {(notice: Notice) => void} notify the state is already stored when this is called
 * @property {(role: CallRole, remote: string, extension: Json | null) => import("./names.js").CallPolicy} policy asked
 *     once per call, before it rings; `extension` is the invite's
 * @property {(completion: Completion) => void} completed after "signalling lost" another one comes if the message was
 *     sent again
 */

/**
 * @typedef {object} Settings
 * @property {import("./rules.js").Rules} rules
 * @property {string} user own user id, without device. Decides glare
 * @property {import("./names.js").CallParty} party
 * @property {number} timeout ms from invite to connected; 0: none
 * @property {boolean} waitFirstFrame connected only with firstFrame(); false: at accept
 * @property {number} firstFrameTimeout ms from accept to the first remote picture, where it is waited for; 0: none
 * @property {boolean} doNotDisturb refuse every invite with busy
 * @property {() => string} newId a random UUID
 */

/** @typedef {Settings & Callbacks} Config */

/**
 * One thing that happens to the call. Operations use the message's media, extension, reason and video as their
 * arguments.
 * @typedef {object} Incoming
 * @property {import("./names.js").CallInput} input
 * @property {number} now
 * @property {string} address of the message's sender, or whom to call
 * @property {Message} message
 * @property {import("./names.js").CallEvent} event of a media event
 * @property {import("./names.js").CallError} result what became of a message
 * @property {readonly string[] | null} devices those that the invite was delivered to; null: not known
 */

/**
 * The running call.
 * @typedef {object} Session
 * @property {string} id
 * @property {string} remote caller before the accept: as dialled, maybe all devices of a user
 * @property {string} name what the remote is called
 * @property {string} dialled caller
 * @property {string} acceptedBy caller: the name of the device that accepted; callee: ours, once accepted
 * @property {CallRole} role
 * @property {boolean} video
 * @property {boolean} answered
 * @property {boolean} earlyFrame
 * @property {boolean} mediaConnected "connect" was given: "stop" is due at the end
 * @property {Set<string>} told the media events that were
 * @property {number} sent sequence numbers: our last one
 * @property {number} seen the remote's highest
 * @property {number} inviteSequence of the newest invite; 0: none
 * @property {number} deliveredSequence of the invite that is known to have arrived; 0: none
 * @property {number} acceptSequence of the accept we sent; 0: none
 * @property {number} invitedAt when those were
 * @property {number} acceptedAt
 * @property {number} connectedAt 0: not connected
 * @property {number} remoteSentAt when the remote sent its newest message of this call
 * @property {number} deadline Infinity: none
 * @property {number} frameDeadline for the first picture after the accept
 * @property {Set<string> | null} ringing caller: the callee's devices at which it rings; null: not known
 * @property {Json | null} media of the invite, which may have to be sent again (caller) or connects only at the accept
 *     (callee); once a callee has accepted: of its accept, which may have to be sent again
 * @property {Json | null} extension likewise
 */

/**
 * The call before, for what is told of it late.
 * @typedef {Pick<Session, "id" | "remote" | "name" | "role" | "video" | "told">} Ended
 */

/** @typedef {{ to: string, message: Message, obsolete: boolean }} Unanswered obsolete: never sent again */

/**
 * Messages that changed nothing, by why.
 * @typedef {{ expired: number, duplicate: number, reordered: number, foreign: number, mismatch: number }} Counters
 */

/**
 * @typedef {object} Call
 * @property {Config} config
 * @property {string} device the name this device gives itself when it accepts
 * @property {CallState} state
 * @property {Session} session
 * @property {Ended} ended
 * @property {boolean} signallingLost
 * @property {Unanswered[]} outbox sent, and not known to have arrived; send.js's
 * @property {string} endedBy the operation that ended the last call: repeating it is no mistake
 * @property {import("./history.js").History} history
 * @property {import("./attempts.js").Attempts} invites
 * @property {Counters} counters
 * @property {Incoming[]} later what callbacks did
 * @property {boolean} busy something is being handled: what comes now is queued
 */

/**
 * No call.
 * @returns {Session}
 */
export function newSession() {
    return {
        id: "", remote: "", name: "", dialled: "", acceptedBy: "", role: "none",
        video: false, answered: false, earlyFrame: false, mediaConnected: false, told: new Set(),
        sent: 0, seen: 0, inviteSequence: 0, deliveredSequence: 0, acceptSequence: 0,
        invitedAt: 0, acceptedAt: 0, connectedAt: 0, remoteSentAt: 0,
        deadline: Infinity, frameDeadline: Infinity, ringing: null, media: null, extension: null,
    };
}

/**
 * @param {Incoming["input"]} input
 * @param {number} now
 * @param {Partial<Message>} message
 * @param {Partial<Incoming>} more
 * @returns {Incoming}
 */
export function newIncoming(input, now, message = {}, more = {}) {
    return { input, now, address: "", message: { ...noMessage(), ...message }, event: "none", result: "ok",
        devices: null, ...more };
}

/**
 * What a callback throws is the application's, and comes to light as an error that nobody caught; the call goes on, or
 * it would stand between two states for ever.
 * @template T
 * @param {() => T} callback
 * @returns {T | undefined}
 */
export function guarded(callback) {
    try {
        return callback();
    } catch (error) {
        queueMicrotask(() => {
            throw error;
        });
    }
    return undefined;
}

/* @roamhq/wrtc as the other side: wrtc_client.mjs HUB vp8 live|call|called (hub.mjs says what it does) */
import wrtc from '@roamhq/wrtc';
import { draw, HEIGHT, RATE, tone, WIDTH } from './coded.mjs';
import { visit } from './hub.mjs';

const { RTCAudioSink, RTCAudioSource, RTCVideoSink, RTCVideoSource } = wrtc.nonstandard;
const PICTURE_MS = 33, PORTION = RATE / 100;
let number = 0;                 // of all pictures that are sent, whatever the connection

class Connection {
  #early = [];
  #sinks = [];
  #timers = [];
  #audio = new RTCAudioSource();
  #video = new RTCVideoSource();

  constructor(_codec, witness, trickle) {
    this.peer = new wrtc.RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.peer.onicecandidate = ({ candidate }) => candidate?.candidate && trickle(candidate.candidate);
    this.peer.ontrack = ({ track }) => {
      const sink = track.kind === 'video' ? new RTCVideoSink(track) : new RTCAudioSink(track);
      sink.onframe = ({ frame }) => witness.picture(frame.data, frame.width, frame.height);
      sink.ondata = ({ samples, channelCount = 1 }) =>
        witness.samples(samples.filter((_, i) => i % channelCount === 0));
      this.#sinks.push(sink);
    };
    this.tracks = { audio: this.#audio.createTrack(), video: this.#video.createTrack() };
  }

  async offer() {
    for (const kind of ['audio', 'video']) this.peer.addTransceiver(this.tracks[kind], { direction: 'sendrecv' });
    await this.peer.setLocalDescription(await this.peer.createOffer());
    return this.peer.localDescription.sdp;
  }

  async answer(sdp) {
    await this.peer.setRemoteDescription({ type: 'offer', sdp });
    for (const transceiver of this.peer.getTransceivers()) {
      transceiver.direction = 'sendrecv';
      await transceiver.sender.replaceTrack(this.tracks[transceiver.receiver.track.kind]);
    }
    await this.peer.setLocalDescription(await this.peer.createAnswer());
    return this.peer.localDescription.sdp;
  }

  async takeAnswer(sdp) {
    await this.peer.setRemoteDescription({ type: 'answer', sdp });
    for (const candidate of this.#early) await this.add(candidate);
  }

  async add(candidate) {
    if (this.peer.remoteDescription) await this.peer.addIceCandidate({ candidate, sdpMLineIndex: 0 });
    else this.#early.push(candidate);
  }

  send(on) {
    this.#timers.splice(0).forEach(clearInterval);
    if (!on) return;
    const start = performance.now();
    let portions = 0;
    this.#timers = [
      setInterval(() => this.#video.onFrame({ width: WIDTH, height: HEIGHT, data: draw(++number) }), PICTURE_MS),
      setInterval(() => {
        for (; portions * 10 < performance.now() - start; portions++)
          this.#audio.onData({ samples: tone(portions * PORTION, PORTION), sampleRate: RATE, bitsPerSample: 16,
            channelCount: 1, numberOfFrames: PORTION });
      }, 10),
    ];
  }

  async close() {
    this.send(false);
    this.#sinks.forEach((sink) => sink.stop());
    this.peer.close();
  }
}

await visit(Connection);

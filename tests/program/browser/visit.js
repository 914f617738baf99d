/* Plays the browser's side of a call, or of a visit to a live room with a call to its broadcaster, and says on the
 * console what was seen. Sends pictures with frame numbers of source 9 and reads those of the other side
 * (engine/statistics/framecode.h has the code). */
import { CallApi, loadRules } from './callapi.js';
import { frameCode } from './framecode.js';

const WIDTH = 640, HEIGHT = 360, SOURCE = 9, ENOUGH = 15;
const code = frameCode();
const parameters = new URLSearchParams(location.search);
const remote = document.getElementById('remote');

function canvas() {
  const element = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
  return element.getContext('2d', { willReadFrequently: true });
}

function drawCode(context, number) {
  code.draw(SOURCE, number, WIDTH, HEIGHT, (x, y, width, height, black) => {
    context.fillStyle = black ? '#000' : '#fff';
    context.fillRect(x, y, width + 0.5, height);
  });
}

function readCode(context) {
  context.drawImage(remote, 0, 0, WIDTH, HEIGHT);
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  return code.read(WIDTH, HEIGHT, (x, y) => data[4 * (y * WIDTH + x) + 1] < 128);
}

function camera() {
  const context = canvas();
  let number = 0;
  setInterval(() => {
    context.fillStyle = `hsl(${number % 360} 60% 55%)`;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    drawCode(context, ++number);
  }, 33);
  const sound = new AudioContext(), tone = sound.createOscillator(), to = sound.createMediaStreamDestination();
  tone.connect(to);
  tone.start();
  return new MediaStream([...context.canvas.captureStream(30).getTracks(), ...to.stream.getTracks()]);
}

const seen = [];
const reader = canvas();
function look() {
  const code = readCode(reader);
  if (code && code.number !== seen.at(-1)?.number) seen.push(code);
  remote.requestVideoFrameCallback(look);
}
remote.requestVideoFrameCallback(look);

const until = async (condition) => { while (!await condition()) await new Promise((done) => setTimeout(done, 50)); };
const increasing = () => { const from = seen.length; return until(() => seen.length >= from + ENOUGH); };

const connections = [];         // made by the client under test
const Connection = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Connection {
  paths = new Set();            // what ICE was begun with: another one after a restart
  constructor(...options) {
    super(...options);
    connections.push(this);
    this.addEventListener('signalingstatechange', () => {
      if (this.signalingState === 'stable')
        this.paths.add([this.localDescription, this.remoteDescription]
          .map(({ sdp }) => /a=ice-ufrag:(\S+)/.exec(sdp)[1]).join());
    });
  }
};
const restarts = () => connections.reduce((sum, { paths }) => sum + Math.max(paths.size - 1, 0), 0);
// Which video streams have a retransmission stream beside them (RFC 4588): "inbound-rtp", "outbound-rtp".
const retransmitted = async () => {
  const types = new Set();
  for (const connection of connections)
    for (const row of (await connection.getStats()).values())
      if (row.kind === 'video' && row.rtxSsrc) types.add(row.type);
  return [...types].sort();
};

const api = new CallApi({ hub: location.origin.replace(/^http/, 'ws'), user: 'browser', rules: await loadRules(),
  autoAccept: parameters.has('accept') });
api.setTracks(parameters.has('blind') ? null : camera());
const states = [];
let called = '';                // what the other side is called
api.on('call', ({ state, reason, name }) => {
  states.push(`${state} (${reason})`);
  called = name || called;
});
let shown = '';
api.on('shown', ({ tracks }) => {
  const key = tracks.map((track) => track.id).join();
  if (key && key !== shown) remote.srcObject = new MediaStream(tracks);
  shown = key || shown;
});
api.on('offline', ({ why }) => console.log('PROBLEM ' + why));
api.prepare();
await api.once('online');

const result = (what) => console.log('RESULT ' + JSON.stringify(what) + ' END');
if (parameters.has('rings')) {  // called, on one of several devices
  console.log('READY');
  await until(() => states.some((state) => /^connected|elsewhere/.test(state)));
  if (api.state === 'connected') await increasing();
  result({ states, called, pictures: seen.length });
  await new Promise(() => {});
}

const room = parameters.get('room');
if (room) {
  api.watch(room);
  await increasing();           // the live room
}
const begun = api.call(room ? parameters.get('host') : parameters.get('to'));
if (begun !== 'ok') console.log('PROBLEM not called: ' + begun);
await until(() => api.state === 'connected');
await increasing();             // the call
console.log('CONNECTED');
await new Promise((done) => setTimeout(done, parameters.get('stay') ?? 1500));
await increasing();
if (parameters.has('until'))    // the other side has seen enough as well
  await until(async () => (await fetch(parameters.get('until'), { cache: 'no-store' })).ok);
const rtx = await retransmitted();
api.hangUp();
if (room) await increasing();   // the live room again
await until(() => api.state === 'prepared');
result({ states, called, rtx, restarts: restarts(), connections: connections.filter(({ paths }) => paths.size).length,
  sources: [...new Set(seen.map(({ source }) => source))], pictures: seen.length,
  forwards: seen.every(({ number }, i) => !i || number > seen[i - 1].number) });

/* One end of a call from browser to browser, measured: when each new picture was on the screen, and the browser's own
 * statistics. Parameters: role (caller, callee), to, seconds, delay (ms until it is accepted), size, numbers (1:
 * pictures carry their number). The result goes to the console in pieces: "PIECE <n> <base64>", then "END <pieces>".
 * Times in ms since 1970. */
import { CallApi } from './callapi.js';

const parameters = new URLSearchParams(location.search);
const [WIDTH, HEIGHT] = (parameters.get('size') || '1280x720').split('x').map(Number);
const numbers = parameters.get('numbers') === '1', role = parameters.get('role');
const remote = document.getElementById('remote');
const now = () => performance.timeOrigin + performance.now();
const sleep = ms => new Promise(done => setTimeout(done, ms));

// A picture's number: 16 large black or white cells along the top.
const BITS = 16, CELL = WIDTH / BITS;
const drawn = [];               // number → when it was drawn

function draw(context, number) {
  context.fillStyle = `hsl(${number % 360} 60% 55%)`;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = '#fff';
  for (let i = 0; i < 12; i++)          // something that moves and has edges
    context.fillRect((number * (3 + i) + i * 97) % WIDTH, HEIGHT * (0.25 + i * 0.06), WIDTH / 9, HEIGHT / 22);
  for (let i = 0; i < BITS; i++) {
    context.fillStyle = number >> i & 1 ? '#fff' : '#000';
    context.fillRect(i * CELL, 0, CELL + 1, HEIGHT / 8);
  }
  drawn[number] = now();
}

function camera() {
  const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext('2d');
  const stream = canvas.captureStream(0), [track] = stream.getVideoTracks();
  let number = 0;
  setInterval(() => { draw(context, ++number & 0xffff); track.requestFrame(); }, 1000 / 30);
  const sound = new AudioContext(), tone = sound.createOscillator(), to = sound.createMediaStreamDestination();
  tone.connect(to);
  tone.start();
  return new MediaStream([track, ...to.stream.getTracks()]);
}

const reader = Object.assign(document.createElement('canvas'), { width: BITS, height: 1 })
  .getContext('2d', { willReadFrequently: true });
function readNumber() {
  reader.drawImage(remote, 0, 0, remote.videoWidth, remote.videoHeight / 8, 0, 0, BITS, 1);
  const { data } = reader.getImageData(0, 0, BITS, 1);
  let number = 0;
  for (let i = 0; i < BITS; i++) number |= (data[4 * i + 1] > 127) << i;
  return number;
}

const frames = [];              // [time, number or null]
function look() {
  frames.push([now(), numbers ? readNumber() : null]);
  remote.requestVideoFrameCallback(look);
}
remote.requestVideoFrameCallback(look);

const connections = [];
const Connection = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Connection {
  constructor(...options) { super(...options); connections.push(this); }
};
async function statistics() {
  const rows = [];
  for (const connection of connections)
    for (const row of (await connection.getStats()).values())
      if (/^(inbound-rtp|outbound-rtp|candidate-pair|media-playout)$/.test(row.type)) rows.push(row);
  return rows;
}

const api = new CallApi({ hub: location.origin.replace(/^http/, 'ws'), user: role, stream: camera() });
const times = {};
const note = name => { times[name] ??= now(); };
api.addEventListener('state', async ({ detail }) => {
  note(detail.state);
  console.log('STATE ' + detail.state + ' ' + detail.reason);
  if (detail.state !== 'ringing') return;
  await sleep(Number(parameters.get('delay') || 0));
  note('accepted');
  api.accept();
});
api.addEventListener('stream', ({ detail }) => { if (detail.stream) remote.srcObject = detail.stream; });
await new Promise(done => api.addEventListener('online', done, { once: true }));
console.log('READY');
if (role === 'caller') {
  await sleep(Number(parameters.get('wait') || 1500));
  note('called');
  api.call(parameters.get('to'));
}
while (!times.connected) await sleep(20);
await sleep(1000 * Number(parameters.get('seconds')));
const text = btoa(JSON.stringify({ times, frames, drawn: drawn.length && numbers ? Object.entries(drawn) : [],
                                   stats: await statistics() }));
const pieces = text.match(/.{1,1500}/g);
pieces.forEach((piece, i) => console.log(`PIECE ${i} ${piece}`));
console.log(`END ${pieces.length}`);

/* werift as the other side: werift_client.mjs HUB h264|vp8 live|call|called (hub.mjs says what it does). It carries RTP
 * only, so FFmpeg encodes what is sent and decodes what comes; between them the packets go over the loopback. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { MediaStreamTrack, RTCPeerConnection, useH264, useOPUS, useVP8 } from 'werift';
import { draw, HEIGHT, TONE_HZ, WIDTH } from './coded.mjs';
import { visit } from './hub.mjs';

const CODECS = { h264: useH264, vp8: useVP8 };
const ENCODERS = {
  h264: '-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -x264-params repeat-headers=1',
  vp8: '-c:v libvpx -deadline realtime -cpu-used 8',
};
const PICTURE_MS = 33, KEY_FRAME_MS = 500;
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

function ffmpeg(words) {
  const child = spawn('ffmpeg', ['-v', 'fatal', ...words.split(' ')], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child.on('exit', () => children.delete(child)));
  child.stdin.on('error', () => {});    // it has ended
  return child;
}

const bound = (socket) => new Promise((done) => socket.bind(0, '127.0.0.1', () => done(socket.address().port)));

/** Our film, whatever the connection: who wants it sets `film.to`. */
class Film {
  to = null;
  #number = 0;

  async begin(codec) {
    const [video, audio] = [createSocket('udp4'), createSocket('udp4')];
    video.on('message', (packet) => this.to?.video.writeRtp(packet));
    audio.on('message', (packet) => this.to?.audio.writeRtp(packet));
    const encoder = ffmpeg(`-f rawvideo -pix_fmt yuv420p -s ${WIDTH}x${HEIGHT} -r 30 -i - ${ENCODERS[codec]} -g 15
      -b:v 800k -f rtp rtp://127.0.0.1:${await bound(video)}?pkt_size=1100`.replace(/\s+/g, ' '));
    ffmpeg(`-re -f lavfi -i sine=frequency=${TONE_HZ}:sample_rate=48000 -c:a libopus -f rtp rtp://127.0.0.1:${
      await bound(audio)}`).stdout.resume();
    encoder.stdout.resume();
    setInterval(() => this.to && encoder.stdin.write(draw(++this.#number)), PICTURE_MS);
  }
}
const film = new Film();

/** Decodes a track, and gives what ends that; `portion` bytes at once go to `take`. */
function decode(track, { map, output, portion, take }) {
  const way = createSocket('udp4');
  let port = 0, child = null, ended = false;

  /** Once more where FFmpeg ends, as it does when somebody else was quicker to take its port or the one beside it. */
  async function begin() {
    const probe = createSocket('udp4');
    port = await bound(probe);
    await new Promise((done) => probe.close(done));
    if (ended) return;
    // It has time to see a key frame that was asked for again: in a third of a second it gave up for good when it
    // began late.
    child = ffmpeg(`-protocol_whitelist pipe,udp,rtp -analyzeduration 3000000 -flags low_delay
      -reorder_queue_size 0 -f sdp -i - ${output} -`.replace(/\s+/g, ' '));
    child.stdin.end(`v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n` +
      `m=${track.kind} ${port} RTP/AVP 96\na=rtpmap:96 ${map}\n`);
    let rest = Buffer.alloc(0);
    child.stdout.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      for (; rest.length >= portion; rest = rest.subarray(portion)) take(rest.subarray(0, portion));
    });
    child.on('exit', () => ended || begin());
  }

  begin();
  track.onReceiveRtp.subscribe((packet) => {
    const copy = packet.serialize();
    copy[1] = copy[1] & 0x80 | 96;
    if (!ended && children.has(child)) way.send(copy, port, '127.0.0.1');
  });
  return () => {
    ended = true;
    child?.kill('SIGKILL');
    way.close();
  };
}

class Connection {
  #decoders = [];
  #timer;

  constructor(codec, witness, trickle) {
    const video = { map: `${codec.toUpperCase()}/90000`, portion: WIDTH * HEIGHT,
      output: `-f rawvideo -pix_fmt gray -s ${WIDTH}x${HEIGHT}`,
      take: (luma) => witness.picture(luma, WIDTH, HEIGHT) };
    const audio = { map: 'opus/48000/2', portion: 960, output: '-f s16le -ac 1 -ar 48000',
      take: (bytes) => witness.samples(Array.from({ length: 480 }, (_, i) => bytes.readInt16LE(2 * i))) };
    this.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [],
      iceUseIpv6: false,        // one socket, so that hellos come in the order in which they were sent
      codecs: { audio: [useOPUS()], video: [CODECS[codec]()] } });
    this.peer.onIceCandidate.subscribe((candidate) => candidate?.candidate && trickle(candidate.candidate));
    this.peer.onRemoteTransceiverAdded.subscribe((transceiver) => { transceiver.setDirection('sendrecv'); });
    this.peer.onTrack.subscribe((track) => {
      this.#decoders.push(decode(track, track.kind === 'video' ? video : audio));
      if (track.kind === 'video') this.#askFor(track, witness);
    });
    this.tracks = { audio: new MediaStreamTrack({ kind: 'audio' }), video: new MediaStreamTrack({ kind: 'video' }) };
    for (const kind of ['audio', 'video']) this.peer.addTransceiver(this.tracks[kind], { direction: 'sendrecv' });
    for (const { connection } of this.peer.iceTransports) connection.stunServer = undefined;    // else it has one
  }

  /** A key frame whenever no pictures come: the decoder begins later than the track, and stands still at a packet that
   * was lost on the way to it. werift itself asks for none. */
  #askFor(track, witness) {
    let before = witness.pictures.length;
    this.#timer = setInterval(() => {
      if (witness.pictures.length === before && track.ssrc)
        this.peer.getReceivers().find(({ kind }) => kind === 'video').sendRtcpPLI(track.ssrc);
      before = witness.pictures.length;
    }, KEY_FRAME_MS);
  }

  async offer() {
    await this.peer.setLocalDescription(await this.peer.createOffer());
    return this.peer.localDescription.sdp;
  }

  async answer(sdp) {
    await this.peer.setRemoteDescription({ type: 'offer', sdp });
    await this.peer.setLocalDescription(await this.peer.createAnswer());
    return this.peer.localDescription.sdp;
  }

  takeAnswer(sdp) { return this.peer.setRemoteDescription({ type: 'answer', sdp }); }

  add(candidate) { return this.peer.addIceCandidate({ candidate, sdpMLineIndex: 0 }); }

  send(on) { film.to = on ? this.tracks : null; }

  async close() {
    clearInterval(this.#timer);
    for (const end of this.#decoders) end();
    await this.peer.close();
  }
}

await film.begin(process.argv[3]);
await visit(Connection);

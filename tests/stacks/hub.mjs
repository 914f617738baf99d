/* A client of the hub's protocol (net/protocol/PROTOCOL.md) for the JavaScript stacks, and what they do as visitors, as
 * hub.py does: `new Connection(codec, witness, trickle)` is the stack's. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { Witness } from './coded.mjs';

const ENOUGH = 15, HEARD = 5;   // pictures; tenths of a second of a tone
const LIFETIME_MS = 60000;   // of a busy machine; people's ring for 15 s
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(condition) {
  while (!condition()) await pause(20);
}

class Hub {
  #pending = new Map();
  #last = 0;

  async open(address, receive) {
    this.socket = new WebSocket(address, 'callapi');
    await new Promise((done, failed) => this.socket.on('open', done).on('error', failed));
    let following = Promise.resolve();
    this.socket.on('message', (text) => {
      const message = JSON.parse(text);
      if ('ack' in message) this.#pending.get(message.ack)(message);
      else if (message.notice === 'message') following = following.then(() => receive(message.from, message.body));
    });
    const { time } = await this.request('login', { user: 'stack', name: 'Other Stack' });
    this.clock = time - performance.now();
  }

  now() { return Math.round(performance.now() + this.clock); }

  async request(op, members) {
    const id = ++this.#last;
    const reply = await new Promise((done) => {
      this.#pending.set(id, done);
      this.socket.send(JSON.stringify({ id, op, ...members }));
    });
    if (!reply.ok) throw Object.assign(new Error(`${op}: ${reply.message}`), { code: reply.error });
    return reply;
  }

  send(to, body) { return this.request('send', { to, body }); }
}

/** Repeats it until there is whom it is for. */
async function onceThere(begin) {
  for (;;)
    try {
      return await begin();
    } catch (error) {
      if (!['offline', 'not-found'].includes(error.code)) throw error;
      await pause(200);
    }
}

/** One call's messages to the other side. */
class Call {
  #sequence = 0;

  constructor(hub, remote, identity = randomUUID()) { Object.assign(this, { hub, remote, identity }); }

  say(action, more) {
    return this.hub.send(this.remote, { type: 'call', action, call: this.identity, seq: ++this.#sequence,
      sent_at: this.hub.now(), lifetime: LIFETIME_MS, ...more });
  }
}

class Visitor {
  hub = new Hub();
  witness = new Witness();
  sessions = new Map();
  calls = [];

  constructor(Connection, codec) { Object.assign(this, { Connection, codec }); }

  async receive(sender, body) {
    if (body.type === 'call') {
      if (body.action === 'invite' && body.media?.sdp) await this.answer(sender, body.media);
      this.calls.push({ sender, body });
    } else if (body.type === 'media' && body.kind === 'offer') {
      await this.answer(sender, body);
    } else if (body.type === 'media' && this.sessions.has(body.session)) {
      const connection = this.sessions.get(body.session);
      if (body.kind === 'answer') await connection.takeAnswer(body.sdp);
      if (body.kind === 'candidate' && body.candidate) await connection.add(body.candidate);
    }
  }

  /** A connection whose candidates wait until the other side knows of it: until `release`. */
  session(session, to) {
    let release;
    const known = new Promise((done) => { release = done; });
    const connection = new this.Connection(this.codec, this.witness, (candidate) =>
      known.then(() => this.hub.send(to, { type: 'media', kind: 'candidate', session, candidate })));
    this.sessions.set(session, connection);
    return { connection, release };
  }

  async answer(sender, { session, sdp }) {
    const { connection, release } = this.session(session, sender);
    await this.hub.send(sender, { type: 'media', kind: 'answer', session, sdp: await connection.answer(sdp) });
    release();
  }

  see() {
    const wanted = this.witness.pictures.length + ENOUGH;
    return until(() => this.witness.pictures.length >= wanted);
  }

  async message(identity, action) {
    for (;;) {
      await until(() => this.calls.length);
      const { sender, body } = this.calls.shift();
      if (identity && body.call !== identity) continue;
      if (body.action !== action) throw new Error(`waited for ${action}, there came ${JSON.stringify(body)}`);
      return { sender, body };
    }
  }

  /** The call that was accepted, until the other side is content, too; then hangs up. */
  async talk(call, connection) {
    connection.send(true);
    const before = this.witness.heard.length;
    await this.see();
    await until(() => this.witness.heard.length >= before + HEARD);
    console.log('TALKING');
    await lines.next();
    await this.see();
    await call.say('hangup', { reason: 'hangup' });
    connection.send(false);
  }

  async live(room, host) {
    await onceThere(() => this.hub.request('room-join', { room }));
    await this.see();
    const [[session, connection]] = this.sessions;
    const call = new Call(this.hub, host);
    await call.say('invite', { video: true, media: { session } });
    call.remote = (await this.message(call.identity, 'accept')).sender;
    await this.talk(call, connection);
    await this.see();
    await this.hub.request('room-leave', { room });
    await connection.close();
  }

  async call(user) {
    const session = randomUUID(), { connection, release } = this.session(session, user);
    const call = new Call(this.hub, user), media = { session, sdp: await connection.offer() };
    await onceThere(() => call.say('invite', { video: true, media }));
    release();
    call.remote = (await this.message(call.identity, 'accept')).sender;
    await this.talk(call, connection);
    await connection.close();
  }

  async called() {
    const { sender, body } = await this.message(null, 'invite');
    const { session } = body.media, call = new Call(this.hub, sender, body.call);
    await call.say('accept', { accepted_by: 'stack', media: { session, muted: false, camera: true } });
    await this.talk(call, this.sessions.get(session));
    await this.sessions.get(session).close();
  }
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Plays the scenario (hub.py's `visit` says what it prints) and ends the process. */
export async function visit(Connection) {
  const [address, codec, scenario] = process.argv.slice(2), visitor = new Visitor(Connection, codec);
  await visitor.hub.open(address, (sender, body) => visitor.receive(sender, body));
  console.log('READY');
  if (scenario === 'live') await visitor.live('studio', 'anna');
  else if (scenario === 'called') await visitor.called();
  else for (let i = 0; i < 3; i++) await visitor.call('desk');
  const { pictures, heard } = visitor.witness;
  process.stdout.write(`${JSON.stringify({ pictures, tones: heard })}\n`, () => process.exit(0));
}

"""A client of the hub's protocol (net/protocol/PROTOCOL.md) for the Python stacks, and what they do as visitors: watch
a room and call its broadcaster, call somebody, be called. A stack brings its Connection."""
import asyncio
import json
import sys
import time
import uuid

import aiohttp

from coded import Witness

ENOUGH, HEARD = 15, 5   # pictures; tenths of a second of a tone
LIFETIME_MS = 60000  # of a busy machine; people's ring for 15 s


class NotYet(Exception):
    """The room or the user is not there."""


async def once_there(begin):
    """Repeats it until there is whom it is for."""
    while True:
        try:
            return await begin()
        except NotYet:
            await asyncio.sleep(0.2)


class Hub:
    def __init__(self, socket):
        self.socket, self.pending, self.notices = socket, {}, asyncio.Queue()
        self.reader = asyncio.ensure_future(self.read())

    async def read(self):
        async for message in self.socket:
            body = json.loads(message.data)
            if "ack" in body:
                self.pending.pop(body["ack"]).set_result(body)
            else:
                self.notices.put_nowait(body)

    async def request(self, op, **members):
        number = self.last = getattr(self, "last", 0) + 1
        acknowledged = self.pending[number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": number, "op": op, **members})
        reply = await acknowledged
        if not reply["ok"]:
            if reply["error"] in ("offline", "not-found"):
                raise NotYet(reply["message"])
            raise RuntimeError(f"{op}: {reply['message']}")
        return reply

    async def log_in(self, user):
        reply = await self.request("login", user=user, name="Other Stack")
        self.clock = reply["time"] - time.monotonic() * 1000

    def now(self):
        return round(time.monotonic() * 1000 + self.clock)

    async def send(self, to, **body):
        return await self.request("send", to=to, body=body)


class Call:
    """One call's messages to the other side."""

    def __init__(self, hub, remote, identity=None):
        self.hub, self.remote, self.sequence = hub, remote, 0
        self.identity = identity or str(uuid.uuid4())

    async def say(self, action, **more):
        self.sequence += 1
        await self.hub.send(self.remote, type="call", action=action, call=self.identity, seq=self.sequence,
                            sent_at=self.hub.now(), lifetime=LIFETIME_MS, **more)


class Visitor:
    """`connect(codec, witness, trickle)` makes a Connection:
         offer() -> SDP, answer(SDP) -> SDP, take_answer(SDP), add(candidate), send(bool), close(), all of them async;
         trickle(candidate) is called with its own candidates that are not in the descriptions."""

    def __init__(self, hub, connect, codec):
        self.hub, self.connect, self.codec = hub, connect, codec
        self.witness, self.sessions, self.calls = Witness(), {}, asyncio.Queue()
        self.failed = asyncio.get_running_loop().create_future()
        self.following = asyncio.ensure_future(self.follow())

    async def follow(self):
        try:
            while True:
                notice = await self.hub.notices.get()
                if notice["notice"] == "message":
                    await self.receive(notice["from"], notice["body"])
        except Exception as error:
            self.failed.set_exception(error)
            raise

    async def receive(self, sender, body):
        if body["type"] == "call":
            if body["action"] == "invite" and "sdp" in body.get("media", {}):
                await self.answer(sender, body["media"])
            self.calls.put_nowait((sender, body))
        elif body["type"] == "media" and body["kind"] == "offer":
            await self.answer(sender, body)
        elif body["type"] == "media" and body["session"] in self.sessions:
            session = self.sessions[body["session"]]
            if body["kind"] == "answer":
                await session.take_answer(body["sdp"])
            elif body["kind"] == "candidate" and body["candidate"]:
                await session.add(body["candidate"])

    def session(self, identity, to):
        """A connection whose candidates wait until the other side knows of it: until `release` is set."""
        release, loop = asyncio.Event(), asyncio.get_running_loop()

        async def tell(candidate):
            await release.wait()
            await self.hub.send(to, type="media", kind="candidate", session=identity, candidate=candidate)
        connection = self.connect(self.codec, self.witness, lambda candidate: loop.call_soon_threadsafe(
            lambda: asyncio.ensure_future(tell(candidate))))
        self.sessions[identity] = connection
        return connection, release

    async def answer(self, sender, media):
        connection, release = self.session(media["session"], sender)
        sdp = await connection.answer(media["sdp"])
        await self.hub.send(sender, type="media", kind="answer", session=media["session"], sdp=sdp)
        release.set()

    async def until(self, condition):
        while not condition():
            if self.failed.done():
                self.failed.result()
            await asyncio.sleep(0.02)

    async def see(self):
        """That many more pictures."""
        wanted = len(self.witness.pictures) + ENOUGH
        await self.until(lambda: len(self.witness.pictures) >= wanted)

    async def message(self, identity, action):
        """That message of the call; another one is wrong. Returns who sent it, and it."""
        while True:
            waiting = asyncio.ensure_future(self.calls.get())
            await self.until(waiting.done)
            sender, body = waiting.result()
            if identity in (None, body["call"]):
                if body["action"] != action:
                    raise RuntimeError(f"waited for {action}, there came {body}")
                return sender, body

    async def talk(self, call, connection):
        """The call that was accepted, until the other side is content, too; then hangs up."""
        await connection.send(True)
        before = len(self.witness.heard)
        await self.see()
        await self.until(lambda: len(self.witness.heard) >= before + HEARD)
        print("TALKING", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
        await self.see()
        await call.say("hangup", reason="hangup")
        await connection.send(False)

    async def leave(self, identity):
        await self.sessions.pop(identity).close()

    async def live(self, room, host):
        """Watches, calls the broadcaster over the room's connection, watches again."""
        await once_there(lambda: self.hub.request("room-join", room=room))
        await self.see()
        (identity, connection), = self.sessions.items()
        call = Call(self.hub, host)
        await call.say("invite", video=True, media={"session": identity})
        call.remote = (await self.message(call.identity, "accept"))[0]
        await self.talk(call, connection)
        await self.see()
        await self.hub.request("room-leave", room=room)
        await self.leave(identity)

    async def call(self, user):
        identity = str(uuid.uuid4())
        connection, release = self.session(identity, user)
        call = Call(self.hub, user)
        media = {"session": identity, "sdp": await connection.offer()}
        await once_there(lambda: call.say("invite", video=True, media=media))
        release.set()
        call.remote = (await self.message(call.identity, "accept"))[0]
        await self.talk(call, connection)
        await self.leave(identity)

    async def called(self):
        caller, invite = await self.message(None, "invite")
        identity = invite["media"]["session"]
        call = Call(self.hub, caller, invite["call"])
        await call.say("accept", accepted_by="stack", media={"session": identity, "muted": False, "camera": True})
        await self.talk(call, self.sessions[identity])
        await self.leave(identity)


async def visit(connect, address, codec, scenario):
    """scenario: live, call (three times) or called. Prints READY, TALKING in each call (which ends when a line is read
    from standard input), and at the end what was seen, as JSON."""
    async with aiohttp.ClientSession() as web, web.ws_connect(address, protocols=["callapi"]) as socket:
        hub = Hub(socket)
        await hub.log_in("stack")
        visitor = Visitor(hub, connect, codec)
        print("READY", flush=True)
        if scenario == "live":
            await visitor.live("studio", "anna")
        elif scenario == "called":
            await visitor.called()
        else:
            for _ in range(3):
                await visitor.call("desk")
        print(json.dumps({"pictures": visitor.witness.pictures, "tones": visitor.witness.heard}), flush=True)
        visitor.following.cancel()


def main(connect):
    asyncio.run(visit(connect, *sys.argv[1:4]))

#!/usr/bin/env python3
"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) in front of a Janus and its VideoRoom plugin: README.md.

  POST /whip/ROOM    publishes into a room; whoever published there before is ended
  POST /whep/ROOM    plays it. Janus offers itself, so the answer is a counter-offer (406), which is answered by PATCH
  PATCH, DELETE      on the session that the Location names: candidates, ICE restart of a publisher, the end
  GET  /health       how many rooms and viewers there are, as JSON; 503 while Janus is away"""
import argparse
import asyncio
import base64
import hashlib
import hmac
import itertools
import os
import random
import re
import secrets
import signal
import sys
import time

from aiohttp import web

from janus import Gone, Janus, Refused

MAX_BODY = 64 * 1024
PATIENCE_S = 4  # so long a request waits for a Janus, or for a publisher, that was just there
RECENT_S = 60  # "just"
CONNECT_S = 20  # a session over which nothing flows by then is ended
TURN_LIFETIME_S = 6 * 3600
NAME = re.compile(r"[A-Za-z0-9._~-]{1,64}$")
FRAGMENT = "application/trickle-ice-sdpfrag"
SDP = "application/sdp"


def answer(status, text="", kind="text/plain", **fields):
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    return web.Response(status=status, text=text, content_type=kind, headers=fields)


class Tokens:
    """Lines "ROOM TOKEN", ROOM may be "*", of a file that is read anew when it changes. No file: nobody needs one."""

    def __init__(self, path):
        self.path, self.changed, self.tokens = path, None, []

    def read(self):
        changed = os.stat(self.path).st_mtime_ns
        if changed != self.changed:
            with open(self.path, encoding="utf-8") as lines:
                self.tokens = [line.split() for line in lines if len(line.split()) == 2]
            self.changed = changed
        return self.tokens

    def allow(self, room, request):
        if not self.path:
            return True
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return False
        return any(name in ("*", room) and hmac.compare_digest(token.encode(), given.strip().encode())
                   for name, token in self.read())


class Session:
    """One client: a handle, and what the HTTP side has to know of it."""

    def __init__(self, room, handle, tokens):
        self.room, self.handle, self.tokens = room, handle, tokens
        self.name, self.tag = secrets.token_urlsafe(12), secrets.token_hex(4)
        self.offer = None  # a publisher's: an ICE restart is that with other credentials
        self.began, self.flows = time.monotonic(), False

    @property
    def etag(self):
        return f'"{self.tag}"'


class Room:
    """A name that may be published to."""

    def __init__(self, name):
        self.name = name
        self.number = self.feed = self.publisher = None
        self.viewers = set()
        self.lock = asyncio.Lock()
        self.ready = asyncio.Event()  # somebody publishes
        self.left = 0.0  # when somebody did last, time.monotonic

    def was_just_there(self, began):
        return time.monotonic() - max(self.left, began) < RECENT_S


class Endpoint:
    def __init__(self, options):
        self.options = options
        self.janus = Janus(options.janus, self.forget_all)
        self.publish_tokens, self.play_tokens = Tokens(options.publish_tokens), Tokens(options.play_tokens)
        self.rooms, self.sessions = {}, {}
        self.numbers = itertools.count(random.randrange(1 << 40) << 8)
        self.began = time.monotonic()

    # ---- what comes and goes

    def forget_all(self):
        """Janus is gone: so is everything. Clients learn it by the silence, or by a 404, and come back."""
        self.sessions.clear()
        for room in self.rooms.values():
            self.unpublish(room)
            room.viewers.clear()

    def unpublish(self, room):
        if room.publisher:
            room.left = time.monotonic()
        room.number = room.feed = room.publisher = None
        room.ready.clear()

    def add(self, room, handle, tokens):
        session = Session(room, handle, tokens)
        self.sessions[session.name] = session
        handle.up = lambda: self.flows(session)
        handle.ended = lambda: asyncio.ensure_future(self.end(session))
        return session

    def flows(self, session):
        """Who comes before a publisher's media do is refused by Janus."""
        session.flows = True
        if session is session.room.publisher:
            session.room.ready.set()

    async def end(self, session):
        """The end of a publisher is that of its room, and so of its viewers, who ask again at once."""
        if not self.sessions.pop(session.name, None):
            return
        room = session.room
        room.viewers.discard(session)
        viewers, number = [], room.number
        if session is room.publisher:
            viewers = list(room.viewers)
            self.unpublish(room)
            try:
                await session.handle.ask(request="destroy", room=number)
            except (Gone, Refused):
                pass
        await asyncio.gather(session.handle.detach(), *(self.end(viewer) for viewer in viewers))

    async def sweep(self):
        """Ends what never came to be, and forgets rooms that nobody has used for long."""
        while True:
            await asyncio.sleep(CONNECT_S / 4)
            now = time.monotonic()
            for session in [s for s in self.sessions.values() if not s.flows and now - s.began > CONNECT_S]:
                await self.end(session)
            for room in [r for r in self.rooms.values() if not r.publisher and not r.lock.locked()]:
                if not room.viewers and not room.was_just_there(self.began):
                    self.rooms.pop(room.name)

    # ---- WHIP

    async def publish(self, room, offer):
        handle = await self.janus.attach()
        number = next(self.numbers)
        try:
            await handle.ask(request="create", room=number, publishers=1, videocodec="h264,vp8", audiocodec="opus",
                             bitrate=self.options.bitrate, is_private=True, notify_joining=False)
            data, description = await handle.ask({"type": "offer", "sdp": offer}, request="joinandconfigure",
                                                 ptype="publisher", room=number)
        except (Gone, Refused):
            await handle.detach()
            raise
        session = self.add(room, handle, self.publish_tokens)
        session.offer = offer
        room.number, room.feed, room.publisher = number, data["id"], session
        return session, description

    async def post_whip(self, room, request):
        async with room.lock:
            if room.publisher:
                await self.end(room.publisher)
            session, description = await self.publish(room, await request.text())
        return self.describe(201, session, description)

    # ---- WHEP

    async def post_whep(self, room, request):
        await request.text()  # our offer takes its place
        if not room.ready.is_set() and (room.publisher or room.was_just_there(self.began)):
            await wait_for(room.ready)
        if not room.ready.is_set():
            return answer(404, "nobody publishes there", Retry_After="1")
        if len(room.viewers) >= self.options.viewers:
            return answer(503, "too many watch", Retry_After="10")
        handle = await self.janus.attach()
        session = self.add(room, handle, self.play_tokens)
        room.viewers.add(session)
        try:
            _, description = await handle.ask(request="join", ptype="subscriber", room=room.number,
                                              streams=[{"feed": room.feed}], autoupdate=False)
        except (Gone, Refused):
            await self.end(session)
            raise
        return self.describe(406, session, description)

    # ---- what both have

    def describe(self, status, session, description):
        response = answer(status, description, SDP, Location=f"{self.options.prefix}/session/{session.name}",
                          ETag=session.etag, Accept_Patch=FRAGMENT)
        for link in self.links():
            response.headers.add("Link", link)
        return response

    def links(self):
        """TURN servers, with credentials that end by themselves (draft-uberti-behave-turn-rest)."""
        for url in self.options.ice_server:
            link = f'<{url}>; rel="ice-server"'
            if url.startswith("turn") and self.options.turn_secret:
                user = f"{int(time.time()) + TURN_LIFETIME_S}:viewer"
                digest = hmac.new(self.options.turn_secret.encode(), user.encode(), hashlib.sha1).digest()
                link += f'; username="{user}"; credential="{base64.b64encode(digest).decode()}"'
                link += '; credential-type="password"'
            yield link

    async def post(self, request):
        kind, name = request.match_info["kind"], request.match_info["room"]
        tokens = self.publish_tokens if kind == "whip" else self.play_tokens
        if not tokens.allow(name, request):
            return answer(401, "a bearer token is needed", WWW_Authenticate="Bearer")
        if not NAME.match(name):
            return answer(404, "no name of a room")
        if request.content_type != SDP:
            return answer(415, "an offer is " + SDP, Accept=SDP)
        if name not in self.rooms and len(self.rooms) >= self.options.rooms:
            return answer(503, "too many rooms", Retry_After="10")
        await wait_for(self.janus.there)
        room = self.rooms.setdefault(name, Room(name))
        return await (self.post_whip if kind == "whip" else self.post_whep)(room, request)

    async def patch(self, request):
        session = self.find(request)
        text = await request.text()
        if request.content_type == SDP:
            await session.handle.ask({"type": "answer", "sdp": text}, request="start")
            return answer(204, ETag=session.etag)
        if request.content_type != FRAGMENT:
            return answer(415, "an answer or a fragment is patched", Accept_Patch=FRAGMENT)
        condition = request.headers.get("If-Match")
        if condition == "*":
            return await self.restart(session, text)
        if condition and condition != session.etag:
            return answer(412, "of another ICE session")
        candidates = candidates_of(text)
        if candidates:
            await session.handle.trickle(candidates)
        return answer(204)

    async def restart(self, session, fragment):
        """A publisher's offer with other credentials. A viewer's would have to be Janus's offer, which WHEP has not."""
        if not session.offer:
            return answer(405, "no ICE restart", Allow="DELETE")
        session.offer = with_credentials(session.offer, fragment)
        _, description = await session.handle.ask({"type": "offer", "sdp": session.offer}, request="configure")
        await session.handle.trickle(candidates_of(fragment) or [{"completed": True}])
        session.tag = secrets.token_hex(4)
        return answer(200, fragment_of(description), FRAGMENT, ETag=session.etag)

    async def delete(self, request):
        await self.end(self.find(request))
        return answer(200)

    def find(self, request):
        session = self.sessions.get(request.match_info["session"])
        if not session:
            raise web.HTTPNotFound(text="no such session (any more)")
        if not session.tokens.allow(session.room.name, request):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return session

    async def health(self, _request):
        rooms = {room.name: len(room.viewers) for room in self.rooms.values() if room.publisher}
        return web.json_response({"rooms": len(rooms), "viewers": sum(rooms.values())},
                                 status=200 if self.janus.there.is_set() else 503)

    # ---- the server

    @web.middleware
    async def guard(self, request, handler):
        """Browsers of every origin may use it (a token is no cookie); what Janus says is an answer, too."""
        try:
            response = answer(204) if request.method == "OPTIONS" else await handler(request)
        except web.HTTPException as error:
            response = error
        except Refused as refused:
            response = answer(422, str(refused))
        except Gone as gone:
            response = answer(503, str(gone), Retry_After="1")
        response.headers.update({"Access-Control-Allow-Origin": "*",
                                 "Access-Control-Allow-Methods": "POST, PATCH, DELETE, GET",
                                 "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
                                 "Access-Control-Expose-Headers": "Location, ETag, Link, Accept-Patch, Retry-After"})
        return response

    def application(self):
        application = web.Application(client_max_size=MAX_BODY, middlewares=[self.guard])
        prefix = self.options.prefix
        application.router.add_post(prefix + "/{kind:whip|whep}/{room}", self.post)
        application.router.add_patch(prefix + "/session/{session}", self.patch)
        application.router.add_delete(prefix + "/session/{session}", self.delete)
        application.router.add_get(prefix + "/health", self.health)
        application.router.add_route("OPTIONS", "/{any:.*}", self.health)
        return application


async def wait_for(event):
    try:
        await asyncio.wait_for(event.wait(), PATIENCE_S)
    except asyncio.TimeoutError:
        pass


# ---- descriptions, as far as they have to be understood here


def value(text, name):
    found = re.search(rf"^a={name}:(.*?)\r?$", text, re.MULTILINE)
    return found.group(1) if found else ""


def candidates_of(fragment):
    lines = fragment.splitlines()
    found = [{"candidate": line[2:], "sdpMLineIndex": 0} for line in lines if line.startswith("a=candidate:")]
    return found + ([{"completed": True}] if "a=end-of-candidates" in lines else [])


def with_credentials(offer, fragment):
    lines = [line for line in offer.splitlines() if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    text = "\r\n".join(lines) + "\r\n"
    for name in ("ice-ufrag", "ice-pwd"):
        text = re.sub(rf"a={name}:[^\r]*", lambda _, name=name: f"a={name}:{value(fragment, name)}", text)
    return text


def fragment_of(description):
    lines = [f"a={name}:{value(description, name)}" for name in ("ice-ufrag", "ice-pwd")]
    media = next(line for line in description.splitlines() if line.startswith("m="))
    candidates = [line for line in description.split("m=")[1].splitlines() if line.startswith("a=candidate:")]
    return "\r\n".join([*lines, media, f"a=mid:{value(description, 'mid')}", *candidates, "a=end-of-candidates", ""])


def parse():
    parser = argparse.ArgumentParser(description="WHIP and WHEP in front of Janus's VideoRoom")
    parser.add_argument("--listen", action="append", metavar="HOST:PORT", help="default 127.0.0.1:7080; several")
    parser.add_argument("--janus", default="ws://127.0.0.1:8188", metavar="URL")
    parser.add_argument("--prefix", default="", metavar="/PATH", help="before /whip and /whep")
    parser.add_argument("--publish-tokens", metavar="FILE", help='lines "ROOM TOKEN"; ROOM * is any')
    parser.add_argument("--play-tokens", metavar="FILE")
    parser.add_argument("--bitrate", type=int, default=3000000, help="of a publisher's pictures, bit/s")
    parser.add_argument("--viewers", type=int, default=500, help="of a room, at most")
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--ice-server", action="append", default=[], metavar="URL", help="for clients, in Link")
    parser.add_argument("--turn-secret", metavar="FILE", help="coturn's static-auth-secret")
    options = parser.parse_args()
    if options.turn_secret:
        with open(options.turn_secret, encoding="utf-8") as file:
            options.turn_secret = file.read().strip()
    return options


async def main():
    options = parse()
    endpoint = Endpoint(options)
    runner = web.AppRunner(endpoint.application(), access_log=None)
    await runner.setup()
    for place in options.listen or ["127.0.0.1:7080"]:
        host, _, port = place.rpartition(":")
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    tasks = [asyncio.ensure_future(endpoint.janus.run()), asyncio.ensure_future(endpoint.sweep())]
    print("ready", file=sys.stdout, flush=True)
    await over.wait()
    for task in tasks:
        task.cancel()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())

"""A Janus, as the endpoint uses it: one WebSocket, one session, a handle of the VideoRoom plugin for each client.

Why a WebSocket: Janus's HTTP API wants a request that hangs for each session, and a WebSocket that breaks tells at
once that Janus is gone, and Janus that we are: it ends all that was ours then."""
import asyncio
import itertools
import json
import uuid

import aiohttp

KEEPALIVE_S = 20  # Janus ends a session of which it has heard nothing for 60 s
ANSWER_S = 8
SILENCE_S = 6  # a Janus that answers no ping for so long is gone, whatever TCP says


class Gone(Exception):
    """Janus is not there, or ends what it was asked about."""


class Refused(Exception):
    """Janus says no: its code and its words."""

    def __init__(self, code, words):
        super().__init__(words)
        self.code = code


class Handle:
    """The plugin's side of one client. `ended` is called once when Janus ends it, `up` when media may flow."""

    def __init__(self, janus, number):
        self.janus, self.number = janus, number
        self.up = self.ended = lambda: None

    async def ask(self, jsep=None, **body):
        """What the plugin says: (data, description or None)."""
        fields = {"janus": "message", "body": body, **({"jsep": jsep} if jsep else {})}
        answer = await self.janus.request(handle_id=self.number, **fields)
        data = answer.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise Refused(data.get("error_code"), data["error"])
        return data, answer.get("jsep", {}).get("sdp")

    async def trickle(self, candidates):
        await self.janus.request(janus="trickle", handle_id=self.number, candidates=candidates)

    async def detach(self):
        self.ended = lambda: None
        if self.janus.handles.pop(self.number, None):
            try:
                await self.janus.request(janus="detach", handle_id=self.number)
            except (Gone, Refused):
                pass  # so it has ended


class Janus:
    """`lost` is called when the connection breaks: every handle is gone with it."""

    def __init__(self, url, lost):
        self.url, self.lost = url, lost
        self.socket = self.session = None
        self.waiting, self.handles = {}, {}
        self.names = itertools.count()
        self.there = asyncio.Event()

    async def run(self):
        """Connects, again and again."""
        async with aiohttp.ClientSession() as client:
            while True:
                try:
                    await self.serve(client)
                except (aiohttp.ClientError, asyncio.TimeoutError, OSError, Gone, Refused):
                    pass
                self.forget()
                await asyncio.sleep(0.2)

    async def serve(self, client):
        async with client.ws_connect(self.url, protocols=["janus-protocol"], heartbeat=SILENCE_S,
                                     max_msg_size=1 << 20) as self.socket:
            reader = asyncio.create_task(self.read())
            try:
                self.session = (await self.request(janus="create"))["data"]["id"]
                self.there.set()
                while not reader.done():
                    await asyncio.wait([reader], timeout=KEEPALIVE_S)
                    await self.request(janus="keepalive")
            finally:
                reader.cancel()

    def forget(self):
        was_there = self.there.is_set()
        self.there.clear()
        self.socket = self.session = None
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(Gone("Janus is away"))
        self.waiting.clear()
        self.handles.clear()
        if was_there:
            self.lost()

    async def read(self):
        async for message in self.socket:
            if message.type == aiohttp.WSMsgType.TEXT:
                self.take(json.loads(message.data))
        self.forget()

    def take(self, event):
        kind, handle = event.get("janus"), self.handles.get(event.get("sender"))
        future = self.waiting.get(event.get("transaction"))
        if future and kind != "ack" and not future.done():
            future.set_result(event)
        elif handle and kind == "webrtcup":
            handle.up()
        elif handle and kind in ("hangup", "detached"):
            self.handles.pop(handle.number)
            handle.ended()

    async def request(self, **fields):
        """Its answer; for a trickle or keepalive an acknowledgement is enough, which is not waited for."""
        if not self.socket:
            raise Gone("Janus is away")
        name = f"{next(self.names)}-{uuid.uuid4().hex[:6]}"
        waits = fields["janus"] not in ("trickle", "keepalive")
        future = asyncio.get_running_loop().create_future()
        if waits:
            self.waiting[name] = future
        if self.session:
            fields["session_id"] = self.session
        try:
            await self.socket.send_json({"transaction": name, **fields})
            answer = await asyncio.wait_for(future, ANSWER_S) if waits else {}
        except (asyncio.TimeoutError, ConnectionError, RuntimeError) as error:
            raise Gone("Janus does not answer") from error
        finally:
            self.waiting.pop(name, None)
        if answer.get("janus") == "error":
            raise Refused(answer["error"].get("code"), answer["error"].get("reason"))
        return answer

    async def attach(self):
        answer = await self.request(janus="attach", plugin="janus.plugin.videoroom")
        handle = Handle(self, answer["data"]["id"])
        self.handles[handle.number] = handle
        return handle

#!/usr/bin/env python3
"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) in front of a Janus, over its HTTP API: what tests publish to and
play from, where no package has it.

live_whep.py JANUS_URL PORT [TOKEN]: prints "ready" when it serves on 127.0.0.1:PORT (0: one that it prints).
  POST /whip/ROOM            publishes into a room of the VideoRoom plugin, which is made for it
  POST /whep/ROOM            plays it: the VideoRoom plugin offers itself, so that the answer is a counter-offer (406)
  POST /whep/mountpoint-N    plays what the Streaming plugin has under this number, in the same way
Janus's plugins that give media all offer themselves in Debian's version (1.1.2), the Streaming plugin too, whatever
offer it is sent. Each answers with a session to PATCH candidates to and to DELETE. There are no ICE restarts (405)."""
import http.server
import itertools
import json
import queue
import sys
import threading
import urllib.request
import uuid

LIMIT_S = 10


class Janus:
    """A session with one handle. A thread of its own polls for its events, which keeps it alive, too."""

    def __init__(self, url, plugin):
        self.answers = {}
        self.alive = True
        self.url = url
        self.url = f"{url}/{self.request(janus='create')['data']['id']}"
        self.session = self.url
        self.url = f"{self.url}/{self.request(janus='attach', plugin='janus.plugin.' + plugin)['data']['id']}"
        threading.Thread(target=self.poll, daemon=True).start()

    def request(self, url=None, **fields):
        body = json.dumps({"transaction": uuid.uuid4().hex, **fields}).encode()
        request = urllib.request.Request(url or self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return json.load(answer)

    def poll(self):
        while self.alive:
            try:
                with urllib.request.urlopen(self.session + "?maxev=1", timeout=60) as answer:
                    event = json.load(answer)
            except OSError:
                return
            waiting = self.answers.get(event.get("transaction"))
            if event.get("janus") in ("event", "error") and waiting:
                waiting.put(event)

    def ask(self, jsep=None, **body):
        """What the plugin says to a request: (data, jsep or None)."""
        transaction = uuid.uuid4().hex
        waiting = self.answers[transaction] = queue.Queue()
        fields = {"janus": "message", "body": body, "transaction": transaction, **({"jsep": jsep} if jsep else {})}
        answer = self.request(**fields)
        if answer["janus"] == "ack":
            answer = waiting.get(timeout=LIMIT_S)
        data = answer.get("plugindata", {}).get("data", {})
        if "error" in data or "error" in answer:
            raise LookupError(data.get("error") or answer["error"])
        return data, answer.get("jsep")

    def trickle(self, lines):
        candidates = [{"candidate": line[2:], "sdpMLineIndex": 0} for line in lines if line.startswith("a=candidate:")]
        if "a=end-of-candidates" in lines:
            candidates.append({"completed": True})
        if candidates:
            self.request(janus="trickle", candidates=candidates)

    def end(self):
        self.alive = False
        self.request(self.session, janus="destroy")


class Rooms:
    """The rooms by name, and who publishes there."""

    def __init__(self, url):
        self.url, self.rooms, self.numbers = url, {}, itertools.count(1000)
        self.lock = threading.Lock()

    def publish(self, name, offer):
        janus = Janus(self.url, "videoroom")
        room = next(self.numbers)
        janus.ask(request="create", room=room, publishers=1, videocodec="h264", audiocodec="opus", bitrate=3000000)
        data, jsep = janus.ask({"type": "offer", "sdp": offer}, request="joinandconfigure", ptype="publisher",
                               room=room)
        with self.lock:
            self.rooms[name] = {"room": room, "feed": data["id"]}
        return janus, jsep["sdp"]

    def subscribe(self, name):
        if name.startswith("mountpoint-"):
            return self.watch(int(name.partition("-")[2]))
        with self.lock:
            room = self.rooms[name]
        janus = Janus(self.url, "videoroom")
        _, jsep = janus.ask(request="join", ptype="subscriber", room=room["room"], streams=[{"feed": room["feed"]}])
        return janus, jsep["sdp"]

    def watch(self, number):
        janus = Janus(self.url, "streaming")
        _, jsep = janus.ask(request="watch", id=number)
        return janus, jsep["sdp"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    rooms = token = None
    sessions = {}

    def answer(self, status, text="", kind="text/plain", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def body(self):
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 16)).decode()

    def allowed(self):
        if self.token and self.headers.get("Authorization") != "Bearer " + self.token:
            self.answer(401)
            return False
        return True

    def do_POST(self):
        offer, (_, kind, name) = self.body(), self.path.split("/")
        if not self.allowed():
            return
        try:
            janus, sdp = {"whip": lambda: self.rooms.publish(name, offer),
                          "whep": lambda: self.rooms.subscribe(name)}[kind]()
        except (KeyError, LookupError) as error:
            self.answer(404, str(error))
            return
        except OSError as error:
            self.answer(503, str(error))
            return
        session = uuid.uuid4().hex
        self.sessions[session] = janus
        self.answer(406 if kind == "whep" else 201, sdp, "application/sdp", Location="/session/" + session,
                    ETag=f'"{session[:8]}"')

    def session(self):
        janus = self.sessions.get(self.path.rpartition("/")[2])
        if not janus:
            self.answer(404)
        return janus

    def do_PATCH(self):
        text, janus = self.body(), self.allowed() and self.session()
        if not janus:
            return
        try:
            if self.headers["Content-Type"] == "application/sdp":
                janus.ask({"type": "answer", "sdp": text}, request="start")
            elif self.headers.get("If-Match") == "*":
                self.answer(405)
                return
            else:
                janus.trickle(text.split("\r\n"))
            self.answer(204)
        except OSError as error:
            self.answer(503, str(error))

    def do_DELETE(self):
        janus = self.allowed() and self.session()
        if janus:
            self.sessions.pop(self.path.rpartition("/")[2])
            janus.end()
            self.answer(200)

    def log_message(self, *arguments):
        pass


def main():
    Handler.rooms = Rooms(sys.argv[1])
    Handler.token = sys.argv[3] if len(sys.argv) > 3 else None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
    print("ready", server.server_address[1], flush=True)
    server.serve_forever()


main()

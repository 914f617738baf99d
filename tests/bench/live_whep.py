#!/usr/bin/env python3
"""live_whep.py JANUS_URL PORT: WHEP (draft-ietf-wish-whep) in front of mountpoint 1 of a Janus's Streaming plugin, over
its HTTP API. Janus offers itself, so that the answer is a counter-offer (406). Prints "ready"."""
import http.server, json, sys, threading, urllib.request, uuid

LIMIT_S = 10


class Janus:
    """A session with one handle. A thread of its own polls for its events, which keeps it alive, too."""

    def __init__(self, url):
        self.session = f"{url}/{self.request(url, janus='create')['data']['id']}"
        attached = self.request(self.session, janus="attach", plugin="janus.plugin.streaming")
        self.handle, self.offered, self.offer = f"{self.session}/{attached['data']['id']}", threading.Event(), None
        threading.Thread(target=self.poll, daemon=True).start()

    def request(self, url, **fields):
        body = json.dumps({"transaction": uuid.uuid4().hex, **fields}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return json.load(answer)

    def poll(self):
        while True:
            try:
                with urllib.request.urlopen(self.session + "?maxev=1", timeout=60) as answer:
                    event = json.load(answer)
            except OSError:
                return      # it is over
            if "jsep" in event:
                self.offer = event["jsep"]["sdp"]
                self.offered.set()

    def watch(self):
        self.request(self.handle, janus="message", body={"request": "watch", "id": 1})
        if not self.offered.wait(LIMIT_S):
            raise OSError("Janus offers nothing")
        return self.offer

    def start(self, answer):
        self.request(self.handle, janus="message", body={"request": "start"}, jsep={"type": "answer", "sdp": answer})

    def trickle(self, lines):
        candidates = [{"candidate": line[2:], "sdpMLineIndex": 0} for line in lines if line.startswith("a=candidate:")]
        if "a=end-of-candidates" in lines:
            candidates.append({"completed": True})
        if candidates:
            self.request(self.handle, janus="trickle", candidates=candidates)

    def end(self):
        self.request(self.session, janus="destroy")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    url, sessions = "", {}

    def answer(self, status, text="", **fields):
        self.send_response(status)
        for name, value in {"Content-Type": "application/sdp", **fields, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def body(self):
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 16)).decode()

    def do_POST(self):
        self.body()         # our offer takes its place
        janus = Janus(self.url)
        name = uuid.uuid4().hex
        self.sessions[name] = janus
        self.answer(406, janus.watch(), Location="/session/" + name, ETag=f'"{name[:8]}"')

    def do_PATCH(self):
        text, janus = self.body(), self.sessions.get(self.path.rpartition("/")[2])
        if janus and self.headers["Content-Type"] == "application/sdp":
            janus.start(text)
        elif janus:
            janus.trickle(text.split("\r\n"))
        self.answer(204 if janus else 404)

    def do_DELETE(self):
        self.body()
        janus = self.sessions.pop(self.path.rpartition("/")[2], None)
        if janus:
            janus.end()
        self.answer(200 if janus else 404)

    def log_message(self, *arguments):
        pass


def main():
    Handler.url = sys.argv[1]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
    print("ready", flush=True)
    server.serve_forever()


main()

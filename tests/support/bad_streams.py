#!/usr/bin/env python3
"""bad_streams.py PORT: an HTTP server whose streams are none: 404.flv, 401.flv, garbage.flv, empty.flv."""
import http.server
import random
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.split("?")[0].strip("/").split(".")[0]
        if name.isdigit():
            self.send_error(int(name))
            return
        self.send_response(200)
        self.send_header("Content-Type", "video/x-flv")
        self.end_headers()
        if name == "garbage":
            self.wfile.write(random.Random(7).randbytes(1 << 20))

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

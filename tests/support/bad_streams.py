#!/usr/bin/env python3
"""bad_streams.py PORT [CERTIFICATE KEY FILM]: an HTTP server whose streams are none: 404.flv, 401.flv, garbage.flv,
empty.flv. With a certificate: an HTTPS server that has a film at film.ts."""
import http.server
import random
import ssl
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
        if name == "film":
            with open(sys.argv[4], "rb") as film:
                self.wfile.write(film.read())

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()

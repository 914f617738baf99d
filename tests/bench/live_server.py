#!/usr/bin/env python3
"""live_server.py PORT FOLDER: HTTP as media servers do it. /live.flv: the FLV that comes on standard input, to
everybody who asks, beginning with the last key frame (SRS's and node-media-server's GOP cache); any other path: a file
of FOLDER (HLS)."""
import functools, http.server, queue, sys, threading

HEADER, TAG, SIZE_AFTER = 13, 11, 4
SOUND, PICTURE, SCRIPT = 8, 9, 18
MOST_WAITING = 4096


class Room:
    """What one sender sends, and who gets it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.head, self.since_key, self.viewers = [], [], set()

    def take(self, kind, body, tag):
        """`head`: the file's header, metadata, and the codecs' parameters (packet type 0 of AVC and AAC)."""
        with self.lock:
            if kind == SCRIPT or body[1:2] == b"\0" and (kind == PICTURE or body[0] >> 4 == 10):
                self.head.append(tag)
            else:
                if kind == PICTURE and body[0] >> 4 == 1:
                    self.since_key = []
                self.since_key.append(tag)
            for viewer in list(self.viewers):
                try:
                    viewer.put_nowait(tag)
                except queue.Full:
                    self.viewers.discard(viewer)

    def join(self):
        viewer = queue.Queue(MOST_WAITING)
        with self.lock:
            viewer.put(b"".join(self.head + self.since_key))
            self.viewers.add(viewer)
        return viewer

    def leave(self, viewer):
        with self.lock:
            self.viewers.discard(viewer)


def read_flv(pipe, room):
    room.head.append(pipe.read(HEADER))
    while len(head := pipe.read(TAG)) == TAG:
        body = pipe.read(int.from_bytes(head[1:4], "big"))
        room.take(head[0] & 31, body, head + body + pipe.read(SIZE_AFTER))


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, *arguments, room, **options):
        self.room = room
        super().__init__(*arguments, **options)

    def do_GET(self):
        if self.path != "/live.flv":
            return super().do_GET()
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "video/x-flv")
        self.send_header("Connection", "close")
        self.end_headers()
        viewer = self.room.join()
        try:
            while True:
                self.wfile.write(viewer.get())
        except OSError:
            pass
        finally:
            self.room.leave(viewer)

    def log_message(self, *arguments):
        pass


def main():
    room = Room()
    threading.Thread(target=read_flv, args=[sys.stdin.buffer, room], daemon=True).start()
    handler = functools.partial(Handler, room=room, directory=sys.argv[2])
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler).serve_forever()


main()

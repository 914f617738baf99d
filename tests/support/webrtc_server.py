#!/usr/bin/python3
"""A WHIP and WHEP endpoint by another WebRTC implementation (aiortc), which takes the offers of both: what is published
is decoded, encoded anew and given to all who play it.

webrtc_server.py PORT: on 127.0.0.1.
  POST /whip   publishes        POST /whep   plays, once somebody publishes (404)
Each answers with a session to DELETE; no candidates are taken after the offer (405)."""
import sys
import uuid

from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

relay = MediaRelay()
published = {}
sessions = {}


async def answer(connection, offer):
    await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    session = uuid.uuid4().hex
    sessions[session] = connection
    return web.Response(status=201, text=connection.localDescription.sdp, content_type="application/sdp",
                        headers={"Location": f"/session/{session}"})


async def publish(request):
    connection = RTCPeerConnection()
    connection.on("track", lambda track: published.__setitem__(track.kind, track))
    return await answer(connection, await request.text())


async def play(request):
    if len(published) < 2:
        raise web.HTTPNotFound()
    connection = RTCPeerConnection()
    for kind in ("audio", "video"):
        connection.addTrack(relay.subscribe(published[kind], buffered=False))
    return await answer(connection, await request.text())


async def end(request):
    await sessions.pop(request.match_info["session"]).close()
    return web.Response()


application = web.Application()
application.add_routes([web.post("/whip", publish), web.post("/whep", play), web.delete("/session/{session}", end)])
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)

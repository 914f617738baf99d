#!/usr/bin/python3
"""aiortc as the other side: aiortc_client.py HUB h264|vp8 live|call|called (hub.py says what it does and prints)"""
import asyncio
import fractions
import itertools
import time

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, VideoFrame

import coded
import hub

PER_SECOND, PORTION = 30, 960
numbers = itertools.count(1)            # of all pictures that are sent, whatever the connection


class Paced(MediaStreamTrack):
    """Frames at their times: frame n of `make(n)` at n * `period` seconds."""

    def __init__(self, kind, period, make):
        super().__init__()
        self.kind, self.period, self.make, self.count, self.start = kind, period, make, 0, time.monotonic()

    async def recv(self):
        await asyncio.sleep(self.start + self.count * self.period - time.monotonic())
        self.count += 1
        return self.make(self.count)


def picture(count):
    frame = VideoFrame.from_ndarray(coded.draw_i420(next(numbers)), format="yuv420p")
    frame.pts, frame.time_base = count * 90000 // PER_SECOND, fractions.Fraction(1, 90000)
    return frame


def sound(count):
    frame = AudioFrame.from_ndarray(coded.tone(count * PORTION, PORTION)[None], format="s16", layout="mono")
    frame.pts, frame.sample_rate, frame.time_base = count * PORTION, coded.RATE, fractions.Fraction(1, coded.RATE)
    return frame


class Connection:
    def __init__(self, codec, witness, _trickle):       # its candidates are in its descriptions
        self.codec, self.witness, self.early, self.readers = codec, witness, [], []
        self.peer = RTCPeerConnection()
        self.peer.on("track", self.take)
        self.senders = {kind: self.peer.addTransceiver(kind, direction="sendrecv").sender
                        for kind in ("audio", "video")}

    def take(self, track):
        self.readers.append(asyncio.ensure_future(self.read(track)))

    async def read(self, track):
        try:
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    self.witness.picture(frame.to_ndarray(format="gray"))
                else:
                    channels = len(frame.layout.channels)
                    self.witness.samples(frame.to_ndarray().reshape(-1, channels)[:, 0])
        except MediaStreamError:
            pass

    def prefer(self):
        """The codec, and the retransmission that belongs to it."""
        codecs = RTCRtpSender.getCapabilities("video").codecs
        wanted = [one for one in codecs if one.mimeType.lower() in (f"video/{self.codec}", "video/rtx")]
        for transceiver in self.peer.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(wanted)

    async def offer(self):
        self.prefer()
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription.sdp

    async def answer(self, sdp):
        self.prefer()
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return self.peer.localDescription.sdp

    async def take_answer(self, sdp):
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))
        for candidate in self.early:
            await self.add(candidate)

    async def add(self, text):
        if not self.peer.remoteDescription:
            self.early.append(text)
            return
        candidate = candidate_from_sdp(text.split(":", 1)[1])
        candidate.sdpMLineIndex = 0
        await self.peer.addIceCandidate(candidate)

    async def send(self, on):
        self.senders["video"].replaceTrack(Paced("video", 1 / PER_SECOND, picture) if on else None)
        self.senders["audio"].replaceTrack(Paced("audio", PORTION / coded.RATE, sound) if on else None)

    async def close(self):
        await self.peer.close()
        for reader in self.readers:
            reader.cancel()


hub.main(Connection)

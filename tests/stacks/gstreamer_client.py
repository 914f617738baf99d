#!/usr/bin/python3
"""GStreamer's webrtcbin as the other side: gstreamer_client.py HUB h264|vp8 live|call|called (hub.py says what it does
and prints)"""
import asyncio
import itertools
import re
import threading
import time

import gi
import numpy

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402

import coded  # noqa: E402
import hub  # noqa: E402

PER_SECOND = 30
ENCODERS = {"h264": "openh264enc ! h264parse config-interval=-1 ! rtph264pay aggregate-mode=zero-latency",
            "vp8": "vp8enc deadline=1 keyframe-max-dist=60 error-resilient=default ! rtpvp8pay"}
DECODERS = {"H264": "rtph264depay ! h264parse ! openh264dec", "VP8": "rtpvp8depay ! vp8dec",
            "OPUS": "rtpopusdepay ! opusdec"}
SINKS = {"video": "videoconvert ! video/x-raw,format=GRAY8 ! appsink name=sink sync=false emit-signals=true",
         "audio": "audioconvert ! audioresample ! audio/x-raw,format=S16LE,channels=1,rate=48000 ! "
                  "appsink name=sink sync=false emit-signals=true"}
numbers = itertools.count(1)            # of all pictures that are sent, whatever the connection


class Connection:
    """webrtcbin speaks from threads of its own: what it says comes into the loop by call_soon_threadsafe."""

    def __init__(self, codec, witness, trickle):
        self.codec, self.witness, self.early, self.sending = codec, witness, [], threading.Event()
        self.closed, self.described = False, False
        self.loop = asyncio.get_running_loop()
        self.pipeline = Gst.Pipeline()
        self.bin = Gst.ElementFactory.make("webrtcbin")
        self.bin.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.bin.connect("on-ice-candidate", lambda _bin, _line, candidate: trickle(candidate))
        self.bin.connect("pad-added", self.take)
        self.pipeline.add(self.bin)

    # --- What is sent

    def feed(self, types):
        """The encoders, with the payload types of the descriptions."""
        video = Gst.parse_bin_from_description(
            f"appsrc name=source is-live=true do-timestamp=true format=time caps=video/x-raw,format=I420,"
            f"width={coded.WIDTH},height={coded.HEIGHT},framerate={PER_SECOND}/1 ! {ENCODERS[self.codec]} "
            f"pt={types['video']} ! capsfilter caps=application/x-rtp,media=video,encoding-name={self.codec.upper()},"
            f"payload={types['video']}", True)
        audio = Gst.parse_bin_from_description(
            f"audiotestsrc is-live=true freq={coded.TONE_HZ} volume=0.1 ! audio/x-raw,rate=48000,channels=2 ! "
            f"valve name=gate drop=true ! opusenc ! rtpopuspay pt={types['audio']} ! capsfilter "
            f"caps=application/x-rtp,media=audio,encoding-name=OPUS,encoding-params=(string)2,"
            f"payload={types['audio']}", True)
        self.source, self.gate = video.get_by_name("source"), audio.get_by_name("gate")
        for part in audio, video:       # the order of the m-lines
            self.pipeline.add(part)
            part.link(self.bin)
        threading.Thread(target=self.film, daemon=True).start()

    def film(self):
        while not self.closed:
            if self.sending.wait(0.1):
                picture = coded.draw_i420(next(numbers))
                self.source.emit("push-buffer", Gst.Buffer.new_wrapped(picture.tobytes()))
                time.sleep(1 / PER_SECOND)

    async def send(self, on):
        self.gate.set_property("drop", not on)
        (self.sending.set if on else self.sending.clear)()

    # --- What comes

    def take(self, _bin, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        caps = pad.get_current_caps().get_structure(0)
        decoder = DECODERS.get(caps.get_string("encoding-name"))
        if not decoder:
            return
        kind = caps.get_string("media")
        part = Gst.parse_bin_from_description(f"{decoder} ! {SINKS[kind]}", True)
        part.get_by_name("sink").connect("new-sample", self.see if kind == "video" else self.hear)
        self.pipeline.add(part)
        part.sync_state_with_parent()
        pad.link(part.get_static_pad("sink"))

    def see(self, sink):
        sample = sink.emit("pull-sample")
        shape = sample.get_caps().get_structure(0)
        width, height = shape.get_value("width"), shape.get_value("height")
        buffer = sample.get_buffer()
        luma = numpy.frombuffer(buffer.extract_dup(0, buffer.get_size()), numpy.uint8)
        stride = len(luma) // height
        self.loop.call_soon_threadsafe(self.witness.picture, luma.reshape(height, stride)[:, :width])
        return Gst.FlowReturn.OK

    def hear(self, sink):
        buffer = sink.emit("pull-sample").get_buffer()
        samples = numpy.frombuffer(buffer.extract_dup(0, buffer.get_size()), numpy.int16)
        self.loop.call_soon_threadsafe(self.witness.samples, samples)
        return Gst.FlowReturn.OK

    # --- Descriptions

    async def promised(self, signal, *arguments):
        """The reply to a signal of webrtcbin's."""
        done = self.loop.create_future()

        def changed(promise):
            self.loop.call_soon_threadsafe(done.set_result, promise.get_reply())
        self.bin.emit(signal, *arguments, Gst.Promise.new_with_change_func(changed))
        reply = await done
        if reply and reply.has_field("error"):
            raise RuntimeError(f"{signal}: {reply.get_value('error').message}")
        return reply

    async def describe(self, signal, kind, text):
        _, message = GstSdp.SDPMessage.new_from_text(text)
        await self.promised(signal, GstWebRTC.WebRTCSessionDescription.new(kind, message))

    async def make(self, kind):
        reply = await self.promised(f"create-{kind}", None)
        description = reply.get_value(kind)
        text = description.sdp.as_text()
        await self.promised("set-local-description", description)
        return text

    async def offer(self):
        self.feed({"video": 96, "audio": 97})
        self.pipeline.set_state(Gst.State.PLAYING)
        return await self.make("offer")

    async def answer(self, sdp):
        self.feed({"video": re.search(rf"a=rtpmap:(\d+) {self.codec}/90000", sdp, re.I)[1],
                   "audio": re.search(r"a=rtpmap:(\d+) opus/48000", sdp, re.I)[1]})
        self.pipeline.set_state(Gst.State.PLAYING)
        await self.describe("set-remote-description", GstWebRTC.WebRTCSDPType.OFFER, sdp)
        self.described = True
        return await self.make("answer")

    async def take_answer(self, sdp):
        await self.describe("set-remote-description", GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.described = True
        for candidate in self.early:
            await self.add(candidate)

    async def add(self, candidate):
        if self.described:
            self.bin.emit("add-ice-candidate", 0, candidate)
        else:
            self.early.append(candidate)

    async def close(self):
        self.closed = True
        await self.loop.run_in_executor(None, self.pipeline.set_state, Gst.State.NULL)


Gst.init(None)
hub.main(Connection)

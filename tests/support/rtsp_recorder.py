#!/usr/bin/python3
"""GStreamer's RTSP server, to which anybody may record (RFC 2326, 10.11): rtsp_recorder.py PORT FILE.flv

Debian's own Python, which has the bindings."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer

Gst.init(None)
server = GstRtspServer.RTSPServer(address="127.0.0.1", service=sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
factory.set_latency(200)
factory.set_launch(
    f"( flvmux name=file streamable=true latency=1000000000 ! filesink buffer-mode=unbuffered location={sys.argv[2]} "
    "rtph264depay name=depay0 ! video/x-h264,stream-format=avc,alignment=au ! queue ! file. "
    "rtpmp4gdepay name=depay1 ! queue ! file. )"
)
server.get_mount_points().add_factory("/d0ntT3ll", factory)
server.attach(None)
GLib.MainLoop().run()

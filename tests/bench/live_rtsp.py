#!/usr/bin/env python3
"""live_rtsp.py PORT VIDEO_PORT AUDIO_PORT AUDIO_CONFIG: GStreamer's RTSP server, as a camera: what comes as RTP on
these UDP ports (H.264, type 96; AAC of 48 kHz whose AudioSpecificConfig is AUDIO_CONFIG, type 97) is live at /live. Its
pipeline waits for nobody: it runs as long as one viewer is there, so keep one."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

port, video, audio, config = sys.argv[1:]
Gst.init(None)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
factory.set_latency(0)
factory.set_launch(
    f'( udpsrc port={video} caps="application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=96" '
    "! rtph264depay ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 aggregate-mode=zero-latency "
    f'udpsrc port={audio} caps="application/x-rtp,media=audio,encoding-name=MPEG4-GENERIC,clock-rate=48000,payload=97,'
    f'streamtype=(string)5,mode=(string)AAC-hbr,sizelength=(string)13,indexlength=(string)3,'
    f'indexdeltalength=(string)3,config=(string){config}" '
    "! rtpmp4gdepay ! aacparse ! rtpmp4gpay name=pay1 pt=97 )")
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
GLib.MainLoop().run()

#!/usr/bin/env python3
"""rtsp_server.py FILM PORT udp|tcp|user: GStreamer's RTSP server with an MP4 film at /live, over one transport only;
user: over any, for anna with a password that has all that can be hard in one."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

film, port, access = sys.argv[1:]
Gst.init(None)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
factory.set_launch(
    f"( filesrc location={film} ! qtdemux name=d d.video_0 ! queue ! rtph264pay name=pay0 pt=96 "
    "config-interval=-1 d.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )")
lower = GstRtsp.RTSPLowerTrans
factory.set_protocols({"udp": lower.UDP, "tcp": lower.TCP}.get(access, lower.UDP | lower.TCP))
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
if access == "user":
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest("anna", "p@ss/w?#rd%", token)
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
GLib.MainLoop().run()

"""A real RTSP server for tests: pictures in a loop, as H.264. The system's Python runs it, which has GStreamer.

`python3 rtsp_server.py FOLDER SIZE FPS PORT`: the numbered JPEG files of FOLDER (00001.jpg ...), scaled to SIZE (WxH),
at rtsp://127.0.0.1:PORT/street; port 0 is one that the system chooses. Prints the port when it listens.
"""

from __future__ import annotations

import sys

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # type: ignore[import-not-found] # noqa: E402 - after the versions are chosen


def main(folder: str, size: str, fps: str, port: str) -> None:
    """Serve until the process is ended."""
    Gst.init(None)
    width, height = size.split("x")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    factory.set_launch(
        f"( multifilesrc location={folder}/%05d.jpg start-index=1 loop=true caps=image/jpeg,framerate={fps}/1"
        f" ! jpegdec ! videoscale ! videoconvert ! video/x-raw,format=I420,width={width},height={height}"
        f" ! clocksync ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={fps}"
        " ! rtph264pay name=pay0 config-interval=1 )"
    )
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    server.get_mount_points().add_factory("/street", factory)
    if server.attach(None) == 0:
        sys.exit(f"port {port} cannot be had")
    print(server.get_bound_port(), flush=True)  # noqa: T201 - whoever started it reads it
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A real RTSP server and `vinofleet run`: a minute lossless, a minute `freshest` with a slow worker, and an outage.

    python bench/rtsp.py FOLDER_OF_JPEGS [SECONDS]

FOLDER_OF_JPEGS holds 00001.jpg, 00002.jpg ...: `ffmpeg -i clip.avi -q:v 4 folder/%05d.jpg`. The server (GStreamer's,
run by the system's Python, see tests/process/rtsp_server.py) streams them in a loop at 10 frames a second, in H.264. Of
each run its counts and latencies are printed, how many frames the last result is behind the camera's clock, and what
became of the source's outages; a count that does not add up ends it with an error.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
FPS: Final = 10
AWAY_S: Final = 10.0
SLOW: Final = "scripted://?service_ms=200&requests=1&unnumbered=1"
"""A worker of 5 frames a second."""


def pause(seconds: float) -> None:
    """Let time pass."""
    threading.Event().wait(seconds)


class Server:
    """The camera.

    Args:
        folder: its pictures.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self, size: str) -> None:
        """Begin to serve pictures of this size, at the same port as before."""
        script = str(ROOT / "tests/process/rtsp_server.py")
        words = ["/usr/bin/python3", script, str(self._folder), size, str(FPS), str(self.port)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def address(self) -> str:
        """Where it is; the password is none, and must not be found anywhere."""
        return f"rtsp://somebody:secret@127.0.0.1:{self.port}/street"


def measure(server: Server, what: str, seconds: float, model: str, policy: str, *, outage: bool = False) -> None:
    """Run for so long, and print what came of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = ["run", server.address, "--model", model, "--policy", policy, "--read-timeout", "3"]
        outputs = ["--json", str(folder / "out.jsonl"), "--report", str(folder / "report.json")]
        run = subprocess.Popen(
            [sys.executable, "-m", "vinofleet", *words, *outputs],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        rows = folder / "out.jsonl"
        while not rows.exists() or not rows.stat().st_size:
            assert run.poll() is None, run.communicate()[0]
            pause(0.05)
        began = time.monotonic()
        if outage:
            pause(seconds / 2)
            server.kill()
            pause(AWAY_S)
            server.start("320x240")
            pause(AWAY_S)
        pause(max(0.0, seconds - (time.monotonic() - began)))
        lasted_s = time.monotonic() - began
        run.send_signal(signal.SIGINT)
        text = run.communicate(timeout=60)[0]
        report = json.loads((folder / "report.json").read_text())
        tell(what, text, report, [json.loads(line) for line in rows.read_text().splitlines()], lasted_s)
        assert "secret" not in text + (folder / "report.json").read_text() + rows.read_text()


def tell(what: str, text: str, report: dict[str, Any], rows: list[dict[str, Any]], lasted_s: float) -> None:
    """Print the figures of a run.

    Raises:
        AssertionError: a frame is missing, or time goes backwards.
    """
    frames = report["frames"]
    assert frames["captured"] == frames["ok"] + frames["failed"] + frames["dropped"], frames
    assert [row["frame"] for row in rows] == list(range(frames["captured"]))
    times = [row["pts"] for row in rows if row["pts"] is not None]
    assert all(later > earlier for earlier, later in pairwise(times)), "time goes backwards"
    ok = [row for row in rows if row["status"] == "ok"]
    print(f"{what}: {lasted_s:.1f} s, {frames}, {report['reasons']}")
    print(f"  latency ms {report['latency_ms']}; behind the camera at the end {lasted_s - ok[-1]['pts']:.2f} s")
    print(f"  outages {[stream.get('outages') for stream in report['streams']]}")
    print("".join(f"  | {line}\n" for line in text.splitlines() if "street" in line), end="")


def main(folder: str, seconds: str = "60") -> None:
    """Measure everything."""
    server = Server(Path(folder))
    server.start("640x480")
    try:
        measure(server, "lossless", float(seconds), "scripted://?service_ms=20&requests=2&unnumbered=1", "lossless")
        measure(server, "freshest, 5 frames a second", float(seconds), SLOW, "freshest")
        measure(server, "outage", float(seconds) / 2, SLOW, "freshest", outage=True)
    finally:
        server.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])

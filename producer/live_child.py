"""Reads one source in a process of its own, which may hang or die: `python -m producer.live_child FD`.

FD is a socket to whoever started it, and its lifeline: at its end of file this process is gone at once, whatever it is
doing. It is told what to open, then where to begin, then which slots are free again; it answers with a line of JSON
each (`producer.decoder` reads them): that it is open or is not, where its memory is, each frame, its end.

Frames go, in the size that they have (both sides made even), as I420 upright in BT.601 limited range into a ring of
shared memory, so that every rule of `producer.planes` holds here and none is needed where they are read. Where memory
cannot be shared their bytes follow their line. No slot is written before whoever reads it has let go of it, and none of
a new ring before that is mapped there: so a ring is given up only when it is no longer needed to be found.

What this file does not know: patience, other attempts, what becomes of a frame.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from common.errors import VinofleetError
from common.job import InputSpec
from common.redaction import redacted
from common.shm import Segment

if TYPE_CHECKING:
    from producer.source import RawFrame, Source

SLOTS: Final = 3
"""One is written, one is read, one holds what has come meanwhile: more would be frames that grow old unseen."""

ALIVE_S: Final = 0.5
"""How often it is said that frames are skipped."""

PIPE_FD: Final = 0


class Outbox:
    """What is said, and the frames, to whoever reads them.

    Args:
        said: takes bytes in order, and waits while nobody takes them.
        shared: whether memory may be shared.
    """

    def __init__(self, said: Callable[[bytes | memoryview], None], *, shared: bool) -> None:
        self._said: Final = said
        self._shared = shared
        self._ring: Segment | None = None
        self._first = 0
        self._free: Final[SimpleQueue[int]] = SimpleQueue()

    def say(self, **words: Any) -> None:  # noqa: ANN401 - whatever JSON can say
        """Say something."""
        self._said(json.dumps(words).encode() + b"\n")

    def free(self, slot: int) -> None:
        """Note that a slot is free again; called from another thread."""
        self._free.put(slot)

    def frame(self, frame: RawFrame) -> None:
        """Hand a frame over; waits for a free slot."""
        spec = full_size(frame.width, frame.height)
        facts = [frame.pts, frame.width, frame.height, frame.decode_us]
        slot = self._slot(spec.nbytes)
        if slot is None:
            pixels = np.empty(spec.nbytes, np.uint8)
            frame.write_to(spec, pixels)
            self.say(frame=[-1, *facts])
            self._said(pixels.data)
            return
        assert self._ring is not None
        frame.write_to(spec, self._ring.pixels(slot - self._first)[: spec.nbytes])
        self.say(frame=[slot, *facts])

    def _slot(self, nbytes: int) -> int | None:
        """Wait for a slot that is large enough; None where there is no ring."""
        if self._shared and (self._ring is None or self._ring.slot_bytes < nbytes):
            self._make(nbytes)
        if self._ring is None:
            return None
        while (slot := self._free.get()) < self._first:
            pass  # of an earlier ring
        return slot

    def _make(self, nbytes: int) -> None:
        if self._ring is not None:
            self._first += SLOTS
            self._ring.close()
        self._ring = Segment.create(SLOTS, nbytes)
        offer = self._ring.offer()
        if offer is None:
            self._shared, self._ring = False, None
            return
        self.say(ring=[self._first, offer.pid, offer.fd, offer.size, offer.slots, offer.slot_bytes])


class Start:
    """When to begin, and where, as the other end says once."""

    def __init__(self) -> None:
        self._said: Final = threading.Event()
        self._first = 0

    def begin(self, first: int) -> None:
        """Begin with this frame; called from another thread."""
        self._first = first
        self._said.set()

    def get(self, *, wait: bool) -> int | None:
        """The first frame that is wanted; None as long as nobody wants any, unless it is waited for."""
        if wait:
            self._said.wait()
        return self._first if self._said.is_set() else None


def full_size(width: int, height: int) -> InputSpec:
    """A whole picture: I420 of that size in pixels, both sides made even."""
    return InputSpec("", width + width % 2, height + height % 2, "i420", "BGR", "stretch")


def open_requested(request: Mapping[str, Any]) -> tuple[Source, bool, bool]:
    """Open what was asked for; whether it is live, and whether its timestamps mean anything.

    Raises:
        InputError: it cannot be opened.
    """
    kind, uri, name = request["kind"], request["uri"], request["name"]
    if kind == "camera":
        from producer.camera import open_camera_source  # noqa: PLC0415 - loads cv2's devices

        return open_camera_source(uri, name), True, True
    from producer.container import open_pipe_container  # noqa: PLC0415 - loads libav
    from producer.media import MediaSource  # noqa: PLC0415
    from producer.remote_container import has_time, is_live, open_remote_container  # noqa: PLC0415

    if kind == "pipe":
        # Without a buffer of Python's, which would wait until it is full.
        return MediaSource(open_pipe_container(os.fdopen(PIPE_FD, "rb", 0), "the pipe"), "the pipe", name), False, True
    shown = redacted(uri)
    opened = open_remote_container(uri, shown)
    return MediaSource(opened, shown, name), is_live(opened.container), has_time(opened.container)


def serve(request: Mapping[str, Any], outbox: Outbox, start: Start) -> None:
    """Open a source, and hand its frames over until its end.

    Args:
        request: see `producer.decoder.Request`.
        outbox: takes everything.
        start: when somebody wants frames.
    """
    source, live, timed = open_requested(request)
    with closing(source):
        header = source.header
        time_base, rate = header.time_base.as_integer_ratio(), header.rate.as_integer_ratio()
        outbox.say(opened=[header.width, header.height, time_base, rate, header.expected, live, timed])
        told_at = time.monotonic()
        for number, frame in enumerate(source.frames()):
            first = start.get(wait=not live)
            if first is None:
                continue  # a live source goes on, whoever looks: what nobody wants now is old when somebody does
            if number >= first:
                outbox.frame(frame)
            elif time.monotonic() >= told_at + ALIVE_S:
                told_at = time.monotonic()
                outbox.say(skipped=[])
        outbox.say(ended=[str(source.ending), source.ending_reason])


def main(descriptor: int) -> None:
    """Serve whoever holds the other end of a socket."""
    lifeline = socket.socket(fileno=descriptor)
    lines = lifeline.makefile("rb")
    request = json.loads(lines.readline() or os._exit(0))
    outbox = Outbox(lifeline.sendall, shared=request["shared"])
    start = Start()

    def listen() -> None:
        try:
            for line in lines:
                heard = json.loads(line)
                if "free" in heard:
                    outbox.free(heard["free"])
                else:
                    start.begin(heard["begin"])
        finally:
            # Nobody is left who wants anything, and this process may hang. Whoever dies with words of this process
            # unread leaves an error here, not an end of file.
            os._exit(0)

    threading.Thread(target=listen, name="lifeline", daemon=True).start()
    try:
        serve(request, outbox, start)
    except VinofleetError as error:
        broken = error.what, error.remedy
    except Exception as error:  # noqa: BLE001 - whoever started this says it to people
        broken = redacted(" ".join(f"{type(error).__name__}: {error}".split())), ""
    else:
        return
    with suppress(OSError):  # nobody may read any more
        outbox.say(broken=broken)


if __name__ == "__main__":
    main(int(sys.argv[1]))

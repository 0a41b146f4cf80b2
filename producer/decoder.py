"""A process that reads one source (`producer.live_child`), as its parent has it: started, heard, killed.

Guarantees that no call waits longer than it is told to, whatever the process does; that nothing of it is left after
`close`; and that a slot of its ring is given back when the last reference to its frame goes, and not before.
What this file does not know: when to start another, and what becomes of frames.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

from common.errors import InputError
from common.shm import Attachment, ShmOffer, attach

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOME: Final = Path(__file__).resolve().parents[1]
"""Where the packages lie."""

_READ_BYTES: Final = 1 << 20


class Request(NamedTuple):
    """What is to be read.

    Attributes:
        kind: `remote`, `camera` or `pipe`, which is this process's stdin.
        uri: where it is, with its secrets: it is told over a socket, as command lines are no secrets.
        name: the stream's.
    """

    kind: str
    uri: str
    name: str


class Opened(NamedTuple):
    """It is open; see `common.rows.StreamHeader`.

    Attributes:
        timed: whether timestamps mean anything.
    """

    width: int
    height: int
    time_base: tuple[int, int]
    rate: tuple[int, int]
    expected: int
    live: bool
    timed: bool


class Picture(NamedTuple):
    """A frame.

    Attributes:
        pixels: I420, uint8 flat, both sides made even; read-only by agreement, and this frame's own while referenced.
    """

    pts: int
    width: int
    height: int
    decode_us: int
    pixels: NDArray[np.uint8]


class Skipped(NamedTuple):
    """It passes frames that nobody wants."""


class Ended(NamedTuple):
    """It has read everything; see `common.rows.Ending`."""

    ending: str
    reason: str


class Broken(NamedTuple):
    """It gives no more, or could not begin.

    Attributes:
        reason: for people.
        remedy: the same; empty where it is not known what helps.
    """

    reason: str
    remedy: str = ""


Heard: TypeAlias = Opened | Picture | Skipped | Ended | Broken

_WORDS: Final[Mapping[str, Callable[..., Heard]]] = {
    "opened": Opened,
    "skipped": Skipped,
    "ended": Ended,
    "broken": Broken,
}


class Decoder:
    """One process. All but `close` belong to one thread.

    Args:
        request: what it reads.
    """

    def __init__(self, request: Request) -> None:
        self._ours, theirs = socket.socketpair()
        paths = [str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "producer.live_child", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=None if request.kind == "pipe" else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Ctrl-C is for its parent, which has frames of it under way.
                process_group=0,
            )
        self._lock: Final = threading.Lock()
        self._closed = False
        self._heard = bytearray()
        self._ring: Attachment | None = None
        self._first = 0
        self._say(**request._asdict(), shared=sys.platform == "linux")

    def __repr__(self) -> str:
        return f"Decoder({self._process.pid}, {'closed' if self._closed else self._ring})"

    def begin(self, first: int) -> None:
        """Let it hand frames over, from this one on."""
        self._say(begin=first)

    def hear(self, timeout_s: float | None) -> Heard | None:
        """Wait for what it says next; None if it says nothing for so long. None as time-out waits for ever."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while True:
                heard = self._understood(self._line(until), until)
                if heard is not None:
                    return heard
        except TimeoutError:
            return None
        except (ConnectionError, OSError):
            return Broken(self._how_it_ended())

    def close(self) -> None:
        """End it at once; safe to repeat, and from any thread: whoever hears then hears that it is broken."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._process.kill()
            self._process.wait()
            with suppress(OSError):
                self._ours.shutdown(socket.SHUT_RDWR)
            self._ours.close()

    def _understood(self, line: bytes, until: float | None) -> Heard | None:
        """What a line means; None for one that is no news."""
        ((kind, said),) = json.loads(line).items()
        if kind == "frame":
            slot, pts, width, height, decode_us = said
            return Picture(pts, width, height, decode_us, self._pixels(slot, width, height, until))
        if kind == "ring":
            return self._attached(*said)
        return _WORDS[kind](*said)

    def _attached(self, first: int, *offer: int) -> Broken | None:
        found = attach(ShmOffer(*offer))
        if isinstance(found, str):
            return Broken(f"its decoder's memory cannot be read: {found}")
        self._ring, self._first = found, first
        return None

    def _pixels(self, slot: int, width: int, height: int, until: float | None) -> NDArray[np.uint8]:
        nbytes = (width + width % 2) * (height + height % 2) * 3 // 2
        if slot < 0:
            return np.frombuffer(self._take(nbytes, until), np.uint8)
        if self._ring is None:
            raise ConnectionError("a frame without memory")
        pixels: NDArray[np.uint8] = self._ring.pixels(slot - self._first)[:nbytes]
        weakref.finalize(pixels, self._free, slot).atexit = False
        return pixels

    def _free(self, slot: int) -> None:
        with suppress(OSError):
            self._say(free=slot)

    def _say(self, **words: Any) -> None:  # noqa: ANN401 - whatever JSON can say
        with suppress(ConnectionError, OSError):  # it is gone, as `hear` says
            self._ours.sendall(json.dumps(words).encode() + b"\n")

    def _line(self, until: float | None) -> bytes:
        while (end := self._heard.find(b"\n")) < 0:
            self._receive(until)
        return bytes(self._take(end + 1, until))

    def _take(self, count: int, until: float | None) -> bytearray:
        while len(self._heard) < count:
            self._receive(until)
        taken = self._heard[:count]
        del self._heard[:count]
        return taken

    def _receive(self, until: float | None) -> None:
        left_s = None if until is None else until - time.monotonic()
        if left_s is not None and left_s <= 0:
            raise TimeoutError
        self._ours.settimeout(left_s)
        data = self._ours.recv(_READ_BYTES)
        if not data:
            raise ConnectionError
        self._heard += data

    def _how_it_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            status = self._process.wait(1.0)
            if status < 0:
                return f"its decoder died ({signal.Signals(-status).name})"
        return "its decoder has ended"


def opened(decoder: Decoder, timeout_s: float | None, shown: str) -> Opened:
    """Wait until a decoder has opened its source.

    Args:
        decoder: just started.
        timeout_s: how long that may take; None is for ever.
        shown: the source's name for people.

    Raises:
        InputError: it has not.
    """
    heard = decoder.hear(timeout_s)
    if isinstance(heard, Opened):
        return heard
    if isinstance(heard, Broken):
        raise InputError(heard.reason, heard.remedy)
    raise InputError(f"{shown} gave no picture for {timeout_s:g} s", "see whether it is there, or raise --open-timeout")

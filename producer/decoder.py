"""A process that reads one source (`producer.live_child`), as its parent has it: started, heard, killed.

Guarantees that no call waits longer than it is told to, whatever the process does; that nothing of it is left after
`close`, unless a driver holds it that even SIGKILL does not interrupt; that a slot of its ring is given back when the
last reference to its frame goes, and not before; and that a process whose words mean nothing is ended.
What this file does not know: when to start another, and what becomes of frames.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

from common.child_environment import environment
from common.errors import InputError
from common.shm import Attachment, ShmOffer, attach
from producer.child_words import (
    LINE_MAX_BYTES,
    Broken,
    Ended,
    Handed,
    NonsenseError,
    Opened,
    Ring,
    Said,
    Skipped,
    understood,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_READ_BYTES: Final = 1 << 20
KILL_S: Final = 2.0
"""How long a process may take to be gone once it is killed; what a driver holds for longer is left to the system."""


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


Heard: TypeAlias = Opened | Picture | Skipped | Ended | Broken

CHILD: Final = (sys.executable, "-P", "-m", "producer.live_child")


class Decoder:
    """One process. All but `close` belong to one thread.

    Args:
        request: what it reads.
        command: what is run, before the number of its socket.

    Raises:
        InputError: the system gives no more processes or descriptors now.
    """

    def __init__(self, request: Request, command: Sequence[str] = CHILD) -> None:
        self._ours, self._process = _started(command, reads_stdin=request.kind == "pipe")
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
                heard = self._meaning(understood(self._line(until)), until)
                if heard is not None:
                    return heard
        except TimeoutError:
            return None
        except OSError:
            return Broken(self._how_it_ended())
        except NonsenseError:
            self.close()
            return Broken("its decoder said what means nothing")

    def close(self) -> None:
        """End it at once; safe to repeat, and from any thread: whoever hears then hears that it is broken."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(KILL_S)
            with suppress(OSError):
                self._ours.shutdown(socket.SHUT_RDWR)
            self._ours.close()

    def _meaning(self, said: Said, until: float | None) -> Heard | None:
        """What is new to whoever hears; None for what is not."""
        if isinstance(said, Handed):
            return Picture(said.pts, said.width, said.height, said.decode_us, self._pixels(said, until))
        return self._attached(said) if isinstance(said, Ring) else said

    def _attached(self, ring: Ring) -> Broken | None:
        """Map its ring; only then are its slots free to be written, as it gives up those before."""
        found = attach(ShmOffer(*ring[1:]))
        if isinstance(found, str):
            return Broken(f"its decoder's memory cannot be read: {found}")
        self._ring, self._first = found, ring.first
        for slot in range(ring.first, ring.first + found.slots):
            self._free(slot)
        return None

    def _pixels(self, said: Handed, until: float | None) -> NDArray[np.uint8]:
        if said.slot < 0:
            return np.frombuffer(self._take(said.nbytes, until), np.uint8)
        ring, number = self._ring, said.slot - self._first
        if ring is None or said.nbytes > ring.slot_bytes or not 0 <= number < ring.slots:
            raise NonsenseError
        pixels: NDArray[np.uint8] = ring.pixels(number)[: said.nbytes]
        weakref.finalize(pixels, self._free, said.slot).atexit = False
        return pixels

    def _free(self, slot: int) -> None:
        self._say(free=slot)

    def _say(self, **words: Any) -> None:  # noqa: ANN401 - whatever JSON can say
        with suppress(OSError):  # it is gone, as `hear` says
            self._ours.sendall(json.dumps(words).encode() + b"\n")

    def _line(self, until: float | None) -> bytes:
        while (end := self._heard.find(b"\n")) < 0:
            if len(self._heard) > LINE_MAX_BYTES:
                raise NonsenseError
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


def _started(command: Sequence[str], *, reads_stdin: bool) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a process with a socket to it.

    Raises:
        InputError: that is not possible now.
    """
    try:
        ours, theirs = socket.socketpair()
        with ExitStack() as left, theirs:
            left.callback(ours.close)
            process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                env=environment(),
                stdin=None if reads_stdin else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                # Ctrl-C is for its parent, which has frames of it under way.
                process_group=0,
            )
            left.pop_all()
            return ours, process
    except OSError as error:
        why = f"no process can be started that reads it ({error.strerror})"
        raise InputError(why, "see the limits of open files and processes") from error


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

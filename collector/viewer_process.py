"""A viewer that is a process of its own: what a window or a server does cannot hold up, or end, a collector.

The child is told pictures and figures over a pair of sockets (`collector.viewer_link`), says what it wants, and ends
when its end of the pair is all that is left. One that does not take a picture for `HUNG_S` is taken for hung.
What this file does not know: what the child shows, and how.
"""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from collector.seat import Seat
from collector.viewer_link import message, picture_message, receive
from common.child_environment import environment
from common.errors import NetworkError, OutputError, VinofleetError

BEGIN_S: Final = 30.0
"""How long a child may take to begin: 0.5 s where nothing else is going on."""

HUNG_S: Final = 10.0
"""How long it may take for a picture."""

_SLICE_S: Final = 0.5
"""Waiting is counted in these: a process that was halted (Ctrl-Z) has not waited meanwhile."""

_ERRORS: Final[dict[str, type[VinofleetError]]] = {each.exit_code.name: each for each in (NetworkError, OutputError)}


class ViewerProcess:
    """See `collector.viewers.Viewer`; `begin` first, and go on when `is_up`.

    Args:
        what: for people: "the window (--show)".
        module: what the child runs; its last argument is the descriptor of its end of the link.
        arguments: of it, before that.
        interval_s: between two pictures of a stream.
        watches_all: whether the child shows every stream all the time, so that it need not say which.
        no_start: what to say where it ends before it is up, without a word: what failed, and what to do.
        on_closed: told that the user wants the run to end, in a thread of this viewer.
    """

    def __init__(
        self,
        *,
        what: str,
        module: str,
        arguments: Sequence[str] = (),
        interval_s: float,
        watches_all: bool,
        no_start: OutputError,
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self.what: Final = what
        self.interval_s: Final = interval_s
        self.watches_all: Final = watches_all
        self.place = ""
        """Where it is seen, once it is up."""
        self._command: Final = [sys.executable, "-P", "-m", module, *arguments]
        self._no_start: Final = no_start
        self._on_closed: Final = on_closed
        self._up: Final = threading.Event()
        self._ready: Final = threading.Event()
        self._over: Final = threading.Event()  # apart from `_ready`, which is cleared for each picture
        self._closed = False
        self._failure: VinofleetError | None = None
        self._seat: Seat | None = None
        self._watched: list[str] = []
        self._child: subprocess.Popen[bytes] | None = None
        self._link, self._theirs = socket.socketpair()
        # Not `settimeout`, which would hold for the thread that listens as well.
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", round(HUNG_S), 0))

    def begin(self) -> None:
        """Start the child.

        Raises:
            OutputError: the system has no room for a process.
        """
        with self._theirs as theirs:
            try:
                self._child = subprocess.Popen(
                    [*self._command, str(theirs.fileno())],
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,  # Qt complains of fonts that nobody needs
                    pass_fds=[theirs.fileno()],
                    process_group=0,  # a terminal's Ctrl-C is the collector's
                )
            except OSError as error:
                raise OutputError(f"{self.what} cannot be started ({error.strerror})", "free some memory") from error
        # A daemon: it waits for as long as the child lives.
        threading.Thread(target=self._listen, name="viewer-link", daemon=True).start()

    def is_up(self, within_s: float) -> bool:
        """Wait until it is ready to show something.

        Raises:
            VinofleetError: it has ended instead.
        """
        if not self._up.wait(within_s):
            return False
        if self._failure is not None:
            raise self._failure
        return True

    def attend(self, seat: Seat) -> None:
        """See `Viewer.attend`."""
        self._seat = seat
        if self._watched:
            seat.watch(self._watched)
        while not self._ended(seat):
            taken = seat.take(_SLICE_S)
            if taken.figures is not None:
                self._send(message("figures", taken.figures))
            if taken.picture is not None:
                self._ready.clear()
                self._send(picture_message(taken.picture), taken.picture.i420.data)
                self._await_taken(seat)
        if self._failure is not None and not self._closed:
            raise self._failure

    def close(self) -> None:
        """See `Viewer.close`: nothing in the child is worth waiting for."""
        self._closed = True
        self._ready.set()
        with suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        if self._child is None:
            self._theirs.close()
        else:
            self._child.kill()
            self._child.wait()
        self._link.close()

    def _ended(self, seat: Seat) -> bool:
        return seat.left or self._closed or self._failure is not None

    def _send(self, head: bytes, pixels: memoryview | None = None) -> None:
        try:
            self._link.sendall(head)
            if pixels is not None:
                self._link.sendall(pixels.cast("B"))
        except BlockingIOError:
            self._give_up()
        except OSError:  # it has ended; why, the other thread knows or learns
            self._over.wait(HUNG_S)

    def _await_taken(self, seat: Seat) -> None:
        slices = round(HUNG_S / _SLICE_S)
        while not self._ready.wait(_SLICE_S):
            slices -= 1
            if self._ended(seat):
                return
            if slices == 0:
                self._give_up()
                return

    def _give_up(self) -> None:
        self._failure = OutputError(f"it has not taken a picture for {HUNG_S:g} s")
        if self._child is not None:
            self._child.kill()

    def _listen(self) -> None:
        """Hear the child out, in a thread; then nothing waits for it any more."""
        try:
            while (heard := receive(self._link, pixels_max=0)) is not None:
                self._hear(heard[0], heard[1])
        except OSError:
            pass  # it may go with something unread
        except ValueError:  # it reads what strangers send: it is not believed, and not heard any further
            self._failure = self._failure or OutputError("its process said what means nothing")
            if self._child is not None:
                self._child.kill()
        self._failure = self._failure or self._last_word()
        self._up.set()
        self._ready.set()
        self._over.set()

    def _hear(self, word: str, fields: list[object]) -> None:
        match word, fields:
            case "up", [str(place)]:
                self.place = place
                self._up.set()
            case "took", []:
                self._ready.set()
            case "watch", [list(streams)] if all(type(name) is str for name in streams):
                self._watched = streams
                if self._seat is not None:
                    self._seat.watch(streams)
            case "closed", []:
                self._closed = True
                self._on_closed()
            case "failed", [str(what), str(remedy), str(code)]:
                self._failure = _ERRORS.get(code, OutputError)(what, remedy)
            case _:
                raise ValueError(f"nothing that a viewer says: {word}")

    def _last_word(self) -> VinofleetError:
        """Why a child has ended that does not say so itself."""
        if not self._up.is_set():
            return self._no_start
        status = 0 if self._child is None else self._child.wait()
        return OutputError(f"its process ended with {_signal_name(-status) if status < 0 else f'exit code {status}'}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

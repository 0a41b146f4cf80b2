"""One `vinofleet run` as a child process: the one that supervises the fleet, as it does for a person at a shell.

Guarantees that it ends with this process, however that ends, by the socket that both hold (`vinofleet.run.leash`), and
that no signal handler of this process is touched: it may be started in any thread, in a notebook, several at once.
What it says besides rows goes to the logger `vinofleet`: a warning as such, all else as information.
What this file does not know: rows.
"""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Any, Final

from common.child_environment import environment
from common.errors import VinofleetError, error_of
from common.exits import Exit
from common.tap import REPORT
from producer.sources import reads_stdin
from vinofleet.api.receiver import accept, read_report
from vinofleet.run.children import ERROR

ENDS_S: Final = 2.8
"""What a run has to end in order, which it promises to do within 3 s."""

_LOGGER: Final = logging.getLogger("vinofleet")


class FleetProcess:
    """Started when it is made; `leave` or `ended` must follow.

    Args:
        words: of its command line, after `run`.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.control, theirs = socket.socketpair()
        self.report: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self._words = ""
        self._is_leaving = False
        with theirs:
            tap = theirs.fileno()
            command = [sys.executable, "-P", "-m", "vinofleet", "run", f"--tap={tap}", *words]
            self._process = subprocess.Popen(
                command,
                env=environment(),
                stdin=None if any(map(reads_stdin, words)) else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[tap],
                start_new_session=True,  # a terminal's Ctrl-C is this process's to hear of
            )
        assert self._process.stderr is not None
        self._listener = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._listener.start()

    def ended(self) -> VinofleetError | None:
        """Wait for its end, which has begun; say why where it did not end well."""
        with self._lock:
            code = self._process.wait()
            self._release()
        if code == Exit.OK:
            return None
        known = {each.value for each in Exit}
        return error_of(Exit(code) if code in known else Exit.INTERNAL, self._words or _ending(code))

    def leave(self) -> None:
        """End it in order, and wait for that; if it takes too long, or the caller is interrupted, at once."""
        with self._lock:
            if self._process.poll() is None:
                self._is_leaving = True
                try:
                    self._process.send_signal(signal.SIGINT)
                    self._drain(time.monotonic() + ENDS_S)
                finally:
                    self._process.kill()  # if it is still there; whoever it has started ends with it
                    self._process.wait()
            self._release()

    def _drain(self, until: float) -> None:
        """Wait for the end, and take the report that comes before it."""
        while (left_s := until - time.monotonic()) > 0:
            self.control.settimeout(left_s)
            try:
                handed = accept(self.control)
            except TimeoutError:
                return
            if handed is None:
                self._process.wait(max(0.1, until - time.monotonic()))
                return
            kind, descriptor = handed
            self.take(kind, descriptor)

    def take(self, kind: bytes, descriptor: int) -> None:
        """Take what is handed over while nobody wants rows any more."""
        if kind == REPORT:
            self.report = read_report(descriptor)
        else:
            socket.socket(fileno=descriptor).close()

    def _release(self) -> None:
        self._listener.join(ENDS_S)
        self.control.close()

    def _listen(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                text = line.decode("utf-8", "backslashreplace").rstrip()
                if text.startswith(ERROR):
                    self._words = text.removeprefix(ERROR)
                elif text:
                    # What they say of an end that was asked for is no news.
                    warns = ": warning: " in text and not self._is_leaving
                    _LOGGER.log(logging.WARNING if warns else logging.INFO, "%s", text)


def _ending(code: int) -> str:
    if code == Exit.INTERRUPTED:
        return "the run was interrupted"
    if code == Exit.INCOMPLETE:
        return "a stream is incomplete: its report says why"
    return f"vinofleet run ended with {code}: set VINOFLEET_DEBUG=1 and the log level to see more"

"""The processes of a run: started, listened to, waited for, killed. The one place that waits.

Each role is a process in a session of its own, so a terminal's Ctrl-C reaches `run` alone, and a kill takes whatever
the role has started with it. It is tied to this process by a lifeline (see `common.lifeline`), over which it says what
it has to say; what it writes to stdout is kept, and what it writes to stderr is passed on line by line. A role that was
halted (SIGSTOP) could not see that its lifeline ended: on Linux it is woken up when this process dies.

Guarantees that after `close` no process of this run is left, and that whoever kills this one ends them too.
What this file does not know: when a role is started or ended, and what sayings mean.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from types import FrameType
from typing import IO, Final, NamedTuple, Self, TypeAlias

from common.actions import Notice
from common.exits import Exit
from common.sayings import Saying, parse_line
from vinofleet.run.actions import Death

_PRCTL: Final = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_PR_SET_PDEATHSIG: Final = 1
"""linux/prctl.h"""

READ_BYTES: Final = 65_536
LINE_MAX_BYTES: Final = 65_536
"""What is longer than this without an end is cut there: nothing that a role writes may fill this process's memory."""

ERROR: Final = "vinofleet: error: "
"""How `common.entry` begins the line that says why a command failed."""

ENDS: Final = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""What asks for the end of the run."""


class Said(NamedTuple):
    """A role says something."""

    name: str
    saying: Saying


class Wrote(NamedTuple):
    """A role wrote a line to stderr."""

    name: str
    text: str


class Exited(NamedTuple):
    """A role's process has ended."""

    name: str
    death: Death


class Interrupted(NamedTuple):
    """The user wants to end."""


Event: TypeAlias = Said | Wrote | Exited | Interrupted
Command: TypeAlias = Callable[[int], Sequence[str]]
"""Gives a command line to the descriptor of its lifeline."""


class _Lines:
    """Cuts bytes into lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes, *, last: bool = False) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if self._rest and (last or len(self._rest) > LINE_MAX_BYTES):
            lines.append(self._rest)
            self._rest = b""
        return lines


class Process:
    """One process of a role."""

    def __init__(
        self,
        name: str,
        command: Command,
        environment: dict[str, str],
        inherited: Sequence[int] = (),
        *,
        reads_stdin: bool = False,
    ) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.popen = subprocess.Popen(
                command(theirs.fileno()),
                env=environment,
                stdin=None if reads_stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno(), *inherited],
                start_new_session=True,
                preexec_fn=partial(prepare, signal.SIGCONT),  # noqa: PLW1509 - it takes no lock, and asking later may be too late
            )
        self.name: Final = name
        self.lifeline: Final = ours
        self.printed = b""
        self.words = ""
        self._lines = {"says": _Lines(), "stderr": _Lines()}
        for part in (ours.fileno(), self._pipe("stdout").fileno(), self._pipe("stderr").fileno()):
            os.set_blocking(part, False)

    def descriptors(self) -> dict[int, str]:
        """What is to be read from it, by descriptor."""
        return {
            self.lifeline.fileno(): "says",
            self._pipe("stdout").fileno(): "stdout",
            self._pipe("stderr").fileno(): "stderr",
        }

    def read(self, descriptor: int, kind: str) -> tuple[list[Event], int | None]:
        """Read what there is, at most `READ_BYTES`; and how much that was: None is nothing yet, 0 nothing ever."""
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return [], None
        except ConnectionError:
            data = b""
        if kind == "stdout":
            self.printed += data
            return [], len(data)
        lines = self._lines[kind].feed(data, last=not data)
        hear = self._hear if kind == "says" else self._see
        return [event for line in lines for event in hear(line)], len(data)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; SIGKILL also to whatever it has started."""
        with suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(self.popen.pid, number)
            else:
                os.kill(self.popen.pid, number)

    def has_ended(self) -> bool:
        """Whether it is over; it is not reaped, so that its number stays its own."""
        if self.popen.returncode is not None:
            return True
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.popen.pid, flags) is not None

    def bury(self) -> Death:
        """End what it has left behind, and say how it ended."""
        self.signal(signal.SIGKILL)
        status = self.popen.wait()
        self.lifeline.close()
        for pipe in (self._pipe("stdout"), self._pipe("stderr")):
            pipe.close()
        if status < 0:
            killed, asked = -status == signal.SIGKILL, -status == signal.SIGTERM
            return Death(None, _signal_name(-status), self.words, killed=killed, asked=asked)
        known = {code.value for code in Exit}
        return Death(Exit(status) if status in known else None, f"exit code {status}", self.words)

    def _pipe(self, name: str) -> IO[bytes]:
        pipe: IO[bytes] | None = getattr(self.popen, name)
        assert pipe is not None
        return pipe

    def _hear(self, line: bytes) -> Iterator[Event]:
        with suppress(ValueError):  # cut off by its end
            saying = parse_line(line)
            if isinstance(saying, Notice) and saying.level == "error":
                self.words = " ".join(saying.text.split())
            else:
                yield Said(self.name, saying)

    def _see(self, line: bytes) -> Iterator[Event]:
        text = line.decode("utf-8", "backslashreplace").rstrip()
        if text.startswith(ERROR):
            self.words = text.removeprefix(ERROR)
        elif text:
            yield Wrote(self.name, text)


class Children(ExitStack):
    """All processes of a run. Use it as a context, from the main thread: it owns the signals meanwhile.

    Args:
        environment: of the processes.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__()
        self._environment: Final = environment
        self._processes: dict[str, Process] = {}
        self._selector = selectors.DefaultSelector()
        self._bell, self._ring = socket.socketpair()
        self.printed: dict[str, str] = {}
        """What the latest process of each role that has ended wrote to stdout."""

    def __enter__(self) -> Self:
        for end in (self._bell, self._ring):
            end.settimeout(0)
            self.enter_context(end)
        self.enter_context(self._selector)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self.enter_context(_handlers(self._ring.fileno()))
        self.callback(self._bury_all)
        return super().__enter__()

    def start(
        self,
        name: str,
        command: Command,
        cores: AbstractSet[int] | None,
        inherited: Sequence[int] = (),
        *,
        reads_stdin: bool = False,
    ) -> None:
        """Start a role, on some cores or on all, with these descriptors of this process.

        With `reads_stdin` it has this process's, which others never touch.

        Raises:
            OSError: the system has no room for another process.
        """
        with _on_cores(cores):
            process = Process(name, command, self._environment, inherited, reads_stdin=reads_stdin)
        self._processes[name] = process
        for descriptor, kind in process.descriptors().items():
            self._selector.register(descriptor, selectors.EVENT_READ, (process, kind))

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a role, if it is still there."""
        if name in self._processes:
            self._processes[name].signal(number)

    def wait(self, timeout_s: float | None) -> list[Event]:
        """Wait until something happened, and say what; at most so many seconds, None for as long as it takes."""
        events: list[Event] = []
        rang = False
        for key, _ in self._selector.select(timeout_s):
            if key.data is None:
                rang = True
                events += self._answer()
            else:
                process, kind = key.data
                events += self._read(process, key.fd, kind)
        return events + (self._reap() if rang else [])

    def _bury_all(self) -> None:
        for process in self._processes.values():
            process.bury()

    def _answer(self) -> list[Event]:
        numbers = self._bell.recv(READ_BYTES)
        return [Interrupted() for number in numbers if number in ENDS]

    def _read(self, process: Process, descriptor: int, kind: str) -> list[Event]:
        events, count = process.read(descriptor, kind)
        if count == 0:
            self._selector.unregister(descriptor)
        return events

    def _reap(self) -> list[Event]:
        events: list[Event] = []
        for process in [each for each in self._processes.values() if each.has_ended()]:
            events += self._last_words(process)
            del self._processes[process.name]
            death = process.bury()
            self.printed[process.name] = process.printed.decode("utf-8", "backslashreplace")
            events.append(Exited(process.name, death))
        return events

    def _last_words(self, process: Process) -> list[Event]:
        """Read all that it has left; somebody whom it started may hold the other end, so the end is not waited for."""
        events: list[Event] = []
        for descriptor, kind in process.descriptors().items():
            if descriptor not in self._selector.get_map():
                continue
            self._selector.unregister(descriptor)
            count: int | None = 1
            while count:
                said, count = process.read(descriptor, kind)
                events += said
        return events


def prepare(when_orphaned: signal.Signals) -> None:
    """Make a child ready, between fork and exec; both still hold after that (prctl(2), sigprocmask(2)).

    The kernel is to send it a signal when its parent dies; a role SIGCONT, which does nothing to one that runs. And an
    interrupt waits until it is ready for one (see `common.interrupt`): an interpreter that has just begun would print a
    traceback.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if _PRCTL is not None:
        _PRCTL(_PR_SET_PDEATHSIG, int(when_orphaned), 0, 0, 0)


@contextmanager
def _handlers(descriptor: int) -> Iterator[None]:
    """Have signals write their number to a descriptor; what they did before comes back. `nohup` keeps its effect."""
    earlier_descriptor = signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)
    spared = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()
    earlier = {number: signal.signal(number, _note) for number in {*ENDS, signal.SIGCHLD} - spared}
    try:
        yield
    finally:
        for number, before in earlier.items():
            signal.signal(number, before)
        signal.set_wakeup_fd(earlier_descriptor)


def _note(_number: int, _frame: FrameType | None) -> None:
    """Do nothing more: the number was written already."""


@contextmanager
def _on_cores(cores: AbstractSet[int] | None) -> Iterator[None]:
    """Run this thread on some cores, and what it starts for good."""
    if cores is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

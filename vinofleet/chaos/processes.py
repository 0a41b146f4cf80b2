"""Processes of roles: found in /proc, and signalled so that no other process of the same number is ever hit.

Guarantees that a signal reaches the process that was found, or nobody: it goes by a descriptor (pidfd_open(2)), which
was opened before the process's start time was read a second time. Linux only; elsewhere `check_system` says so.
What this file does not know: what is done to whom, and when.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from common.errors import UsageError

PROC: Final = Path("/proc")
ROLES: Final = ("producer", "worker", "collector")


class GoneError(Exception):
    """There is no such process any more."""


def check_system() -> None:
    """Refuse where processes cannot be found.

    Raises:
        UsageError: this is no Linux.
    """
    if sys.platform != "linux":
        raise UsageError("processes are harmed on Linux only", "run it there; the other machines may be any")


@dataclass(frozen=True, slots=True)
class Victim:
    """A process of a role.

    Attributes:
        name: for people: a worker's `--name`, else the role.
        role: one of `ROLES`.
        pid: its number.
        started: its start time in ticks since the machine's, which tells it from an earlier one of the same number.
    """

    name: str
    role: str
    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"

    @property
    def is_stopped(self) -> bool:
        """Whether it is stopped now, by whomever."""
        try:
            return _stat(self.pid)[0] in "Tt"
        except GoneError:
            return False


class Hold:
    """A process that is held by a descriptor; close it after use.

    Raises:
        GoneError: it has ended.
    """

    def __init__(self, pid: int, started: int | None = None) -> None:
        try:
            self._descriptor = os.pidfd_open(pid)
        except ProcessLookupError as error:
            raise GoneError(pid) from error
        if started is not None and not _is_of(pid, started):
            self.close()
            raise GoneError(pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """A descriptor that becomes readable when the process ends."""
        return self._descriptor

    def send(self, number: signal.Signals) -> None:
        """Send a signal.

        Raises:
            GoneError: it has ended.
            UsageError: it is somebody else's.
        """
        try:
            signal.pidfd_send_signal(self._descriptor, number)
        except ProcessLookupError as error:
            raise GoneError(self._descriptor) from error
        except PermissionError as error:
            raise UsageError("a process is another user's", "run this as that user, or as root") from error

    def has_ended(self, within_s: float = 0.0) -> bool:
        """Whether it has ended, or does so within a time."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(within_s * 1e3))

    def close(self) -> None:
        """Let go of it; it is not ended."""
        os.close(self._descriptor)


def victim(pid: int, name: str = "", role: str = "") -> Victim:
    """Look at a process.

    Args:
        pid: its number.
        name: what to call it; by default what its command line says.
        role: what it is, where its command line does not say.

    Raises:
        GoneError: there is none, or it is a zombie.
        UsageError: nobody says which role it has.
    """
    state, started = _stat(pid), started_at(pid)
    words = command_of(pid)
    if state[0] == "Z" or not words:
        raise GoneError(pid)
    role = role_of(words) or role
    if not role:
        raise UsageError(f"process {pid} is no role of a fleet", f"call it {', '.join(ROLES)} and what you like")
    return Victim(name or name_of(words) or role, role, pid, started)


def roles_under(pid: int) -> list[Victim]:
    """The roles that are children of a process, such as `vinofleet run`, by name."""
    found: list[Victim] = []
    for entry in PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(GoneError, UsageError):
            if int(_stat(int(entry.name))[1]) == pid:
                found.append(victim(int(entry.name)))
    return sorted(found, key=lambda each: (each.name, each.pid))


def has_gone(each: Victim) -> bool:
    """Whether a process has ended, or is a zombie."""
    try:
        return _stat(each.pid)[0] == "Z" or not _is_of(each.pid, each.started)
    except GoneError:
        return True


def command_of(pid: int) -> list[str]:
    """A process's command line; empty for a zombie.

    Raises:
        GoneError: there is none.
    """
    return [os.fsdecode(word) for word in _read(pid, "cmdline").split(b"\0")[:-1]]


def role_of(words: Sequence[str]) -> str:
    """Which role a command line starts; empty if none."""
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        if before == "-m" and word in ROLES:
            return word
        if (before == "-m" and word == "vinofleet") or (Path(word).name == "vinofleet" and before != "-m"):
            return after if after in ROLES else ""
    return ""


def name_of(words: Sequence[str]) -> str:
    """What `--name` says on a command line; empty if nothing."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--name="):
            return word.removeprefix("--name=")
        if word == "--name":
            return after
    return ""


def _stat(pid: int) -> list[str]:
    """The fields of proc(5) `stat` from the third on: state, parent, ... The second may hold anything."""
    return _read(pid, "stat").decode("utf-8", "replace").rpartition(")")[2].split()


def _is_of(pid: int, started: int) -> bool:
    """Whether a number is still that of a process with this start time."""
    try:
        return started_at(pid) == started
    except GoneError:
        return False


def started_at(pid: int) -> int:
    """When a process started, in ticks since the machine did.

    Raises:
        GoneError: there is none.
    """
    return int(_stat(pid)[19])


def _read(pid: int, name: str) -> bytes:
    try:
        return (PROC / str(pid) / name).read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError) as error:  # the last one by `hidepid`
        raise GoneError(pid) from error

"""The fleets that can be harmed: one that is started for it, one that runs already, and processes named by hand.

Guarantees that a fleet which was started here is ended with this process, however that ends, and that one which was not
is left alone. What this file does not know: what is done to its processes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol

from common.child_environment import environment
from common.errors import UsageError, VinofleetError
from vinofleet.chaos.processes import (
    PROC,
    ROLES,
    GoneError,
    Hold,
    Victim,
    command_of,
    has_gone,
    role_of,
    roles_under,
    started_at,
    victim,
)
from vinofleet.run.children import prepare

STOP_S: Final = 5.0
"""`run` leaves nothing behind after 3 s."""

KILL_S: Final = 10.0
"""How long the kernel may take to end a process that was killed."""


class Fleet(Protocol):
    """Processes that can be harmed.

    Attributes:
        code: its exit code after its end, where that is known.
    """

    code: int | None

    def present(self) -> list[Victim]:
        """The processes of roles that live now."""

    def has_ended(self) -> bool:
        """Whether all is over."""

    def stop(self) -> None:
        """End it, if it was started here."""


class OwnFleet:
    """`vinofleet run`, started here.

    Args:
        words: its command line after `run`.

    Raises:
        OSError: the system has no room for another process.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "vinofleet", "run", *words],
            env={**environment(), "TERM": "dumb"},  # lines, which go together with ours; no bars
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C is ours
            preexec_fn=partial(prepare, signal.SIGTERM),  # noqa: PLW1509 - it takes no lock, see there
        )
        self.code: int | None = None

    def present(self) -> list[Victim]:
        """See `Fleet`."""
        return roles_under(self._popen.pid)

    def has_ended(self) -> bool:
        """See `Fleet`."""
        self.code = self._popen.poll()
        return self.code is not None

    def stop(self) -> None:
        """Interrupt it, and kill it if that does not end it: its roles end with it in any case."""
        self._popen.send_signal(signal.SIGINT)
        try:
            self.code = self._popen.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self.code = self._popen.wait(KILL_S)


class AttachedFleet:
    """A `vinofleet run` of somebody else's.

    Args:
        pid: its number.

    Raises:
        UsageError: there is no such process, or it is no `vinofleet run`.
    """

    code: int | None = None

    def __init__(self, pid: int) -> None:
        try:
            words = run_words(command_of(pid))
            self.folder: Final = (PROC / str(pid) / "cwd").readlink()
            self._hold: Final = Hold(pid)
        except (GoneError, OSError):
            raise UsageError(f"there is no process {pid} that is yours", "see `ps`, or be root") from None
        if words is None:
            raise UsageError(f"process {pid} is no `vinofleet run`", "name single roles by --process NAME=PID")
        self.words: Final = words
        self._pid: Final = pid

    def present(self) -> list[Victim]:
        """See `Fleet`."""
        return roles_under(self._pid)

    def has_ended(self) -> bool:
        """See `Fleet`."""
        return self._hold.has_ended()

    def stop(self) -> None:
        """See `Fleet`: it goes on."""


class HandMadeFleet:
    """Roles that somebody started one by one; one that is restarted is started as he did it.

    Args:
        named: their numbers, by the names that he gives them.

    Raises:
        UsageError: there is no such process, or nobody says which role it has.
    """

    code: int | None = None

    def __init__(self, named: Mapping[str, int]) -> None:
        self._victims: dict[str, Victim] = {}
        self._away: set[str] = set()
        self._started: list[subprocess.Popen[bytes]] = []
        for name, pid in named.items():
            role = next((role for role in ROLES if name.startswith(role)), "")
            try:
                self._victims[name] = victim(pid, name, role)
            except GoneError:
                raise UsageError(f"there is no process {pid}", "see `ps`") from None

    def present(self) -> list[Victim]:
        """See `Fleet`."""
        there = [each for each in self._victims.values() if not has_gone(each)]
        for each in self._started:
            each.poll()  # whoever is gone is reaped; the other way round one might be gone, and left a zombie
        return there

    def has_ended(self) -> bool:
        """See `Fleet`; one that will be started again is not gone.

        A worker that was cut off when its producer ended waits for ever: it is waited for only where no other role is.
        """
        there = {each.name for each in self.present()} | self._away
        others = {name for name, each in self._victims.items() if each.role != "worker"}
        return not there & (others or self._victims.keys())

    def stop(self) -> None:
        """See `Fleet`: it goes on."""

    def restart(self, chosen: Victim) -> partial[None]:
        """Kill a process; returns what starts it again, where it was, with what it had.

        Raises:
            GoneError: it has ended.
            UsageError: it is another user's.
        """
        recipe = Recipe(chosen.pid)
        try:
            with Hold(chosen.pid, chosen.started) as hold:
                hold.send(signal.SIGKILL)
                hold.has_ended(KILL_S)
        except BaseException:
            recipe.close()
            raise
        self._away.add(chosen.name)
        return partial(self._start_again, chosen, recipe)

    def _start_again(self, chosen: Victim, recipe: Recipe) -> None:
        self._away.discard(chosen.name)
        popen = recipe.start()
        self._started.append(popen)
        started = started_at(popen.pid)  # it is our child: it is there until we look, though it may have failed
        self._victims[chosen.name] = replace(chosen, pid=popen.pid, started=started)


class RestartError(VinofleetError):
    """A process that could not be started again."""


class Recipe:
    """How a process was started, read while it lives: its command, folder, environment, output. `start` or `close` it.

    Args:
        pid: its number.

    Raises:
        GoneError: it has ended.
        UsageError: it is another user's.
    """

    def __init__(self, pid: int) -> None:
        place = PROC / str(pid)
        self.words: Final = continuing(command_of(pid))
        try:
            self._folder = (place / "cwd").readlink()
            pairs = (place / "environ").read_bytes().split(b"\0")
        except PermissionError as error:
            raise UsageError(f"process {pid} is another user's", "run this as that user, or as root") from error
        except OSError as error:
            raise GoneError(pid) from error
        self._environment = dict(pair.split(b"=", 1) for pair in pairs if b"=" in pair)
        self._outputs = [_opened(place / "fd" / number) for number in ("1", "2")]

    def start(self) -> subprocess.Popen[bytes]:
        """Start another one.

        Raises:
            RestartError: the system refused.
        """
        stdout, stderr = self._outputs
        try:
            return subprocess.Popen(
                self.words,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,  # it outlives us, as the one before did
            )
        except OSError as error:
            raise RestartError(f"{self.words[0]} cannot be started again ({error.strerror})") from error
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the output."""
        for descriptor in self._outputs:
            os.close(descriptor)


def continuing(words: Sequence[str]) -> list[str]:
    """A role's command line as it takes up what it had begun: a producer resumes, a collector replaces nothing."""
    role = role_of(words)
    if role == "collector":
        return [word for word in words if word != "--force"]
    if role == "producer" and "--resume" not in words:
        place = list(words).index(role) + 1
        return [*words[:place], "--resume", *words[place:]]
    return list(words)


def run_words(words: Sequence[str]) -> list[str] | None:
    """What follows `run` on the command line of a `vinofleet run`; None if it is none."""
    for place, (word, after) in enumerate(pairwise(words)):
        if Path(word).name == "vinofleet" and after == "run":
            return list(words[place + 2 :])
    return None


def _opened(output: Path) -> int:
    """Open again what a process writes to; nothing where that is a socket, a pipe that nobody reads, or gone."""
    try:
        found = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.set_blocking(found, True)
    return found

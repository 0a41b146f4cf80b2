"""All processes of a command, found by a mark in their environment: `run` gives each role a session of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from tests.process.roles import until

VARIABLE = "FLEET_MARK"


class Family:
    """Whoever was started with `environment`, and whomever they have started."""

    def __init__(self) -> None:
        self.mark = f"run-{uuid4().hex}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process one of them."""
        return {VARIABLE: self.mark}

    def processes(self, role: str = "") -> list[int]:
        """All that are there, or those of a role."""
        return [pid for pid, words in self.commands() if not role or (role in words[:6] and "run" not in words[:4])]

    def process(self, role: str) -> int:
        """The one of a role, when it is there."""
        until(lambda: bool(self.processes(role)))
        return self.processes(role)[0]

    def commands(self) -> Iterator[tuple[int, list[str]]]:
        """The command line of each."""
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    yield int(folder.name), (folder / "cmdline").read_text().split("\0")
            except OSError:
                continue  # it ended meanwhile, or is somebody else's

    def kill(self, role: str = "") -> int:
        """SIGKILL to all at once, or to those of a role; how many there were."""
        victims = self.processes(role)
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(victims)

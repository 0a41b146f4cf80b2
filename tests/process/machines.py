"""Two machines, as network namespaces joined by a cable that can be harmed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from common.errors import UsageError
from vinofleet.chaos.link import Link, check_tools

CABLE: Final = "veth0"
NETWORK: Final = "10.77.0"


@dataclass(frozen=True)
class Machine:
    """One end of the cable.

    Attributes:
        name: of its namespace.
        address: IPv4, as the other one reaches it.
    """

    name: str
    address: str

    @property
    def prefix(self) -> list[str]:
        """What stands before a command that is to run on it."""
        return ["ip", "netns", "exec", self.name]

    @property
    def cable(self) -> Link:
        """Its end of the cable, which can be cut one way or both, lose packets, and be unplugged."""
        return Link(CABLE, self.prefix)


def obstacle() -> str:
    """Why machines cannot be made here, or nothing."""
    try:
        check_tools(CABLE)
    except UsageError as error:
        return str(error)
    return ""


@contextmanager
def joined() -> Iterator[tuple[Machine, Machine]]:
    """Two machines with nothing but a cable between them."""
    made = [Machine(f"vf{side}{os.getpid()}", f"{NETWORK}.{number}") for number, side in ((1, "a"), (2, "b"))]
    here, there = made
    try:
        for machine in made:
            _ip("netns", "add", machine.name)
        _ip("link", "add", CABLE, "netns", here.name, "type", "veth", "peer", "name", CABLE, "netns", there.name)
        for machine in made:
            _ip("-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", CABLE)
            for device in ("lo", CABLE):
                _ip("-n", machine.name, "link", "set", device, "up")
        yield here, there
    finally:
        for machine in made:
            subprocess.run(["ip", "netns", "del", machine.name], check=False, capture_output=True)


def _ip(*arguments: str) -> None:
    """Run iproute2's ip."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)

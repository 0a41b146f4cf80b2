"""Two machines, as network namespaces joined by a cable, and what can happen to it: cut, lossy, unplugged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

CABLE: Final = "veth0"
NETWORK: Final = "10.77.0"
TOOLS: Final = ("ip", "nft")


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

    def loses(self, percent: int) -> None:
        """Let so many of the packets that arrive by the cable be lost, from now on; 100 is a cut one way."""
        self._rules(
            f"table inet cable {{ chain arriving {{ type filter hook input priority 0; policy accept;\n"
            f'iifname "{CABLE}" numgen random mod 100 < {percent} drop\n}}\n}}'
        )

    def heals(self) -> None:
        """Let everything arrive again."""
        self._rules("")

    def lost(self) -> bool:
        """Whether a rule is there by which packets are lost."""
        listed = subprocess.run([*self.prefix, "nft", "list", "ruleset"], check=True, capture_output=True)
        return b"drop" in listed.stdout

    def plugged(self, way: str) -> None:
        """Set its end of the cable `up` or `down`."""
        _ip("-n", self.name, "link", "set", CABLE, way)

    def _rules(self, text: str) -> None:
        """Replace all rules at once."""
        rules = f"flush ruleset\n{text}\n".encode()
        subprocess.run([*self.prefix, "nft", "-f", "-"], input=rules, check=True, capture_output=True)


def obstacle() -> str:
    """Why machines cannot be made here, or nothing."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        return f"needs root, iproute2 and nftables to make network namespaces (missing: {missing or 'root'})"
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

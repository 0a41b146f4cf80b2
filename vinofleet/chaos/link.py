"""Harm to a network device of this machine, or of a network namespace: loss, a cut one way or both, the link down.

Packets are dropped by a table of nftables that holds nothing else, so that undoing it cannot touch anybody's rules.
It needs Linux, root, nft and iproute2. What this file does not know: who is reached over the device, and when.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from enum import Enum
from typing import Final

from common.errors import NetworkError, UsageError

TABLE: Final = "vinofleet_chaos"
MILLIONTHS: Final = 1_000_000
COMMAND_S: Final = 10.0
"""How long nft or ip may take; they answer within milliseconds."""


class Side(Enum):
    """Which packets of a device are meant."""

    IN = "in"
    OUT = "out"


def check_tools(device: str) -> None:
    """Refuse where a device cannot be harmed.

    Raises:
        UsageError: it is no Linux, this user is not root, or a tool is missing.
    """
    what = f"{device} cannot be harmed"
    if sys.platform != "linux":
        raise UsageError(f"{what}: that needs Linux", "use --proxy instead")
    missing = [name for name in ("nft", "ip") if shutil.which(name) is None]
    if missing:
        raise UsageError(f"{what}: there is no {missing[0]}", "install nftables and iproute2, or use --proxy instead")
    if os.geteuid() != 0:
        raise UsageError(f"{what}: only root may", "run it as root, or use --proxy instead")


def check_device(device: str) -> None:
    """Refuse a device that is not there, in the network namespace of this process.

    Raises:
        UsageError: there is none of that name.
    """
    if device not in {name for _, name in socket.if_nameindex()}:
        raise UsageError(f"there is no network device {device} here", "see `ip link`")


class Link:
    """A network device, and what is done to it.

    Args:
        device: its name, such as `eth0`.
        prefix: begins each command, such as `ip netns exec NAME` for a device of another namespace.
    """

    def __init__(self, device: str, prefix: Sequence[str] = ()) -> None:
        self.device: Final = device
        self._prefix: Final = tuple(prefix)

    def lose(self, share: float, *sides: Side) -> None:
        """Drop packets by chance, a share (0 to 1) of each side's, until `heal`; it replaces what was said before.

        Args:
            share: of packets; 1 is all of them.
            sides: both, if none is named.

        Raises:
            NetworkError: nft refused.
            ValueError: there is no such share.
        """
        if not 0 < share <= 1:
            raise ValueError(f"a share is more than 0 and at most 1, not {share}")
        self._run("nft", "-f", "-", script=rules(self.device, share, sides or tuple(Side)))

    def cut(self, *sides: Side) -> None:
        """Drop every packet, one way or both, until `heal`: nobody is told, as after a cable was pulled."""
        self.lose(1.0, *sides)

    def heal(self) -> None:
        """Drop nothing any more; also where nothing was dropped."""
        self._run("nft", "-f", "-", script=_without(""))

    def down(self) -> None:
        """Take the link down: the system knows, and routes over the device are gone."""
        self._run("ip", "link", "set", "dev", self.device, "down")

    def up(self) -> None:
        """Set the link up again."""
        self._run("ip", "link", "set", "dev", self.device, "up")

    def _run(self, *command: str, script: str = "") -> None:
        words = [*self._prefix, *command]
        try:
            subprocess.run(words, input=script, text=True, capture_output=True, check=True, timeout=COMMAND_S)
        except (OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or str(error)).partition("\n")[0]
            remedy = "check the device's name, and that this is root with nftables and iproute2"
            raise NetworkError(f"{self.device} cannot be harmed or healed ({said})", remedy) from error


def rules(device: str, share: float, sides: Sequence[Side]) -> str:
    """The script for nft that puts our table in place, whether or not it is there; all of it or nothing."""
    chance = "" if share >= 1 else f"numgen random mod {MILLIONTHS} < {max(1, round(share * MILLIONTHS))} "
    places = {Side.IN: ("input", "iifname"), Side.OUT: ("output", "oifname")}
    body = "\n".join(
        f"chain {hook} {{ type filter hook {hook} priority 0; {match} {_quoted(device)} {chance}drop; }}"
        for hook, match in (places[side] for side in sides)
    )
    return _without(f"table inet {TABLE} {{\n{body}\n}}\n")


def _without(rest: str) -> str:
    """Adding a table that is there does nothing, so that deleting it always succeeds."""
    return f"table inet {TABLE}\ndelete table inet {TABLE}\n{rest}"


def _quoted(device: str) -> str:
    """A device's name as nft reads it; it has no way to write a quote, and Linux names none so."""
    if not device or '"' in device or not device.isprintable():
        raise UsageError(f"{device!r} is no device's name", "see `ip link`")
    return f'"{device}"'

"""Finds the roles that run on this machine, and where they listen, from what Linux tells of its processes (proc(5)).

A producer or collector is known by its command line, its addresses by its listening sockets. Other users' processes,
and those of other containers, are not seen. What this file does not know: whether anybody answers.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

from common.address import Address
from common.errors import UsageError

PROC: Final = Path("/proc")
ROLES: Final = frozenset({b"producer", b"collector"})

_LISTENING_UNIX: Final = "00010000"
"""__SO_ACCEPTCON of linux/net.h, in the column of flags."""
_LISTENING_TCP: Final = "0A"
"""TCP_LISTEN of linux/tcp_states.h."""


def running_roles(proc: Path = PROC) -> list[str]:
    """Where every producer and collector of this user listens, in the order of their process numbers.

    Raises:
        UsageError: this system does not tell.
    """
    return _addresses([pid for pid in _pids(proc) if _is_role(proc, pid)], proc)


def roles_of(pid: int, proc: Path = PROC) -> list[str]:
    """Where a process listens, and all that it has started; empty if nobody of them does, or it is not there.

    Raises:
        UsageError: this system does not tell.
    """
    children: dict[int, list[int]] = {}
    for each in _pids(proc):
        children.setdefault(_parent(proc, each), []).append(each)
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return _addresses(found, proc)


def _pids(proc: Path) -> list[int]:
    if sys.platform != "linux":
        raise UsageError(
            "this system does not tell who runs vinofleet", "name an address, such as tcp://127.0.0.1:5555"
        )
    return sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal())


def _is_role(proc: Path, pid: int) -> bool:
    """Whether it is `vinofleet ROLE` or `python -m ROLE`; who runs a file of that name is asked in vain."""
    try:
        words = (proc / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:  # it has ended
        return False
    plain = [word for word in words if not word.startswith(b"--")]
    return any(
        second in ROLES and (first == b"-m" or first.rpartition(b"/")[2] == b"vinofleet")
        for first, second in pairwise(plain)
    )


def _parent(proc: Path, pid: int) -> int:
    try:
        fields = (proc / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:  # it has ended
        return 0
    return int(fields[1])


def _addresses(pids: Iterable[int], proc: Path) -> list[str]:
    listening = dict(_listening(proc))
    found = (listening[inode] for pid in pids for inode in _sockets(proc, pid) if inode in listening)
    return list(dict.fromkeys(found))


def _sockets(proc: Path, pid: int) -> list[int]:
    """Numbers of the sockets that a process has open."""
    inodes = []
    with suppress(OSError):  # it has ended, or is another user's
        for entry in (proc / str(pid) / "fd").iterdir():
            with suppress(OSError):
                match = re.fullmatch(r"socket:\[(\d+)\]", str(entry.readlink()))
                inodes += [int(match[1])] if match else []
    return inodes


def _listening(proc: Path) -> Iterator[tuple[int, str]]:
    """Listening sockets of this machine: number and address."""
    for fields in _table(proc / "net" / "unix"):
        if len(fields) > 7 and fields[3] == _LISTENING_UNIX and fields[7][0] in "@/":  # noqa: PLR2004 - Path is the 8th
            yield int(fields[6]), f"ipc://{fields[7]}"
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for fields in _table(proc / "net" / name):
            if fields[3] == _LISTENING_TCP:
                yield int(fields[9]), _tcp(fields[1], family)


def _table(path: Path) -> list[list[str]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # a kernel without that protocol
        return []
    return [line.split() for line in lines[1:]]


def _tcp(text: str, family: socket.AddressFamily) -> str:
    """`0100007F:15B3`, 32 bits of the address at a time in native order, as an address that can be connected to."""
    digits, _, port = text.partition(":")
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    host = socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words))
    bound = Address("tcp", host.removeprefix("::ffff:"), int(port, 16))
    if bound.is_wildcard:
        bound = Address("tcp", "::1" if bound.is_ipv6 else "127.0.0.1", bound.port)
    return str(bound)

"""Machines with cables of a given speed, as network namespaces of this one; for `links.py`, as root on Linux.

One machine with producer and collector, and any number for workers, each joined to a switch. The first one's cable is
limited in both directions by the kernel's token bucket (tc tbf), the others are as fast as the CPU.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

NETWORK: Final = "10.78.0"
DEVICE: Final = "veth0"
BUCKET_S: Final = 0.004
"""What the bucket holds, in seconds of its rate: more than a tick of the kernel's clock."""
BUCKET_MIN_BYTES: Final = 128 * 1024
"""Two of the largest packets that a sender hands to the device in one piece."""

_SEND: Final = """
import socket, sys, time
with socket.create_connection((sys.argv[1], 7077)) as line:
    end, block = time.monotonic() + float(sys.argv[2]), bytes(1 << 20)
    while time.monotonic() < end:
        line.sendall(block)
"""
_TAKE: Final = """
import socket, time
with socket.create_server(("0.0.0.0", 7077)) as server:
    print("listening", flush=True)
    line, _ = server.accept()
    total, began = 0, 0.0
    while taken := line.recv(1 << 20):
        began, total = began or time.monotonic(), total + len(taken)
    print(total / (time.monotonic() - began))
"""


@dataclass(frozen=True)
class Machine:
    """A network namespace with an address."""

    name: str
    address: str

    def prefix(self) -> list[str]:
        """What stands before a command that is to run on it."""
        return ["ip", "netns", "exec", self.name]

    def sent_bytes(self) -> int:
        """What its cable has carried away so far, headers of packets included."""
        path = f"/sys/class/net/{DEVICE}/statistics/tx_bytes"
        done = subprocess.run([*self.prefix(), "cat", path], check=True, capture_output=True, text=True)
        return int(done.stdout)


@contextmanager
def network(workers: int, mbit: float) -> Iterator[tuple[Machine, list[Machine]]]:
    """The first machine and those for workers; a limit of 0 is none."""
    if sys.platform != "linux" or os.geteuid() != 0:
        sys.exit("this needs network namespaces: Linux, and root")
    mark = f"vb{os.getpid()}"
    machines = [Machine(f"{mark}m{number}", f"{NETWORK}.{number}") for number in range(1, workers + 2)]
    switch = f"{mark}s"
    try:
        for name in (switch, *(machine.name for machine in machines)):
            _run("ip", "netns", "add", name)
        _run("ip", "-n", switch, "link", "add", "bridge", "type", "bridge")
        _run("ip", "-n", switch, "link", "set", "bridge", "up")
        for number, machine in enumerate(machines):
            _plug(machine, switch, f"port{number}")
        if mbit:
            _limit(machines[0].name, DEVICE, mbit)
            _limit(switch, "port0", mbit)
        yield machines[0], machines[1:]
    finally:
        for name in (switch, *(machine.name for machine in machines)):
            _run("ip", "netns", "del", name, check=False)


def goodput(sender: Machine, receiver: Machine, seconds: float) -> float:
    """Bytes a second that one TCP connection carries from one machine to another."""
    taker = subprocess.Popen([*receiver.prefix(), sys.executable, "-c", _TAKE], stdout=subprocess.PIPE, text=True)
    assert taker.stdout is not None
    taker.stdout.readline()
    subprocess.run([*sender.prefix(), sys.executable, "-c", _SEND, receiver.address, str(seconds)], check=True)
    return float(taker.communicate()[0])


def _plug(machine: Machine, switch: str, port: str) -> None:
    _run("ip", "link", "add", DEVICE, "netns", machine.name, "type", "veth", "peer", "name", port, "netns", switch)
    _run("ip", "-n", switch, "link", "set", port, "master", "bridge", "up")
    _run("ip", "-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", DEVICE)
    for device in ("lo", DEVICE):
        _run("ip", "-n", machine.name, "link", "set", device, "up")


def _limit(namespace: str, device: str, mbit: float) -> None:
    bucket = max(BUCKET_MIN_BYTES, int(mbit * 1e6 / 8 * BUCKET_S))
    _run(
        "tc", "-n", namespace, "qdisc", "add", "dev", device, "root", "tbf",
        "rate", f"{mbit}mbit", "burst", str(bucket), "latency", "50ms",
    )  # fmt: skip


def _run(*words: str, check: bool = True) -> None:
    subprocess.run(words, check=check, capture_output=True)

"""The command lines of a fleet's roles, and their addresses.

What this file does not know: when a role is started, and how.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from common.address import PORT_MAX, Address, parse_address
from common.errors import UsageError
from common.redaction import redacted
from producer.sources import reads_stdin
from vinofleet.run.actions import Start
from vinofleet.run.options import as_arguments
from vinofleet.run.supervisor import COLLECTOR, PRODUCER

_CONTINUING: Final[Mapping[str, Mapping[str, Any]]] = {
    PRODUCER: {"resume": True},
    COLLECTOR: {"force": False, "resume": False},
}
"""Options by which a process takes up what one before it has begun, which has replaced or resumed an earlier run."""


@dataclass(frozen=True, slots=True)
class Links:
    """A fleet's addresses: where producer and collector bind, and how this machine's processes reach them."""

    work_bind: str
    work: str
    results_bind: str
    results: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What each role is asked to do.

    Attributes:
        source: videos.
        passed: options of roles that were given, by name.
        links: the addresses.
        debug: whether failures show their traceback.
    """

    source: tuple[str, ...]
    passed: Mapping[str, Any]
    links: Links
    debug: bool = False

    def command(self, start: Start, lifeline: int) -> list[str]:
        """The command line of a role; `lifeline` is the descriptor of its end of that."""
        role = start.name if start.name in {PRODUCER, COLLECTOR} else "worker"
        passed = {**self.passed, **_CONTINUING.get(role, {})} if start.again else self.passed
        words = [sys.executable, "-P", "-m", "vinofleet", role, f"--parent={lifeline}"]
        words += ["--debug"] if self.debug else []
        return [*words, *as_arguments(role, passed), *self._own(role, start)]

    def reads_stdin(self, start: Start) -> bool:
        """Whether a role reads what is piped into the run; one that continues another's work cannot have it whole."""
        return start.name == PRODUCER and not start.again and any(map(reads_stdin, self.source))

    def inherited(self, name: str) -> tuple[int, ...]:
        """Descriptors that a role gets besides its lifeline."""
        return (self.passed["tap"],) if name == COLLECTOR and "tap" in self.passed else ()

    def _own(self, role: str, start: Start) -> Sequence[str]:
        links = self.links
        if role == PRODUCER:
            return [f"--bind={links.work_bind}", f"--collector={links.results}", "--", *self.source]
        if role == COLLECTOR:
            return [f"--bind={links.results_bind}", f"--part-of={json.dumps([redacted(word) for word in sys.argv])}"]
        # A name of its own for each process: the producer may not have noticed yet that the one before is gone.
        name = start.name.replace(" ", "-") + (f".{start.restarts + 1}" if start.restarts else "")
        return [f"--connect={links.work}", f"--name={name}"]


def private_links() -> Links:
    """Addresses that only this machine reaches, and that leave nothing behind.

    On Linux they are names that no file stands for (unix(7), "abstract"): they go with their processes.
    """
    if sys.platform == "linux":
        name = f"ipc://@vinofleet-{secrets.token_hex(8)}"
        work, results = f"{name}-work", f"{name}-results"
    else:
        work, results = (f"tcp://127.0.0.1:{port}" for port in _free_ports(2))
    return Links(work, work, results, results)


def shared_links(bind: str) -> Links:
    """Addresses that other machines reach: a port and the one after it.

    Raises:
        NetworkError: it is no address.
        UsageError: it names no port, or the last.
    """
    work = parse_address(bind)
    if work.scheme != "tcp" or not 0 < work.port < PORT_MAX:
        raise UsageError(f"--bind {bind} names no port that has one after it", "write tcp://HOST:PORT, such as :5555")
    results = replace(work, port=work.port + 1)
    return Links(str(work), _reached(work), str(results), _reached(results))


def _reached(bound: Address) -> str:
    """How this machine reaches what is bound."""
    loopback = "::1" if bound.is_ipv6 else "127.0.0.1"
    return str(replace(bound, host=loopback) if bound.is_wildcard else bound)


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that were free a moment ago."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()

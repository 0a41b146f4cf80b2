"""Starts roles as a user does from a shell, waits for what they print or write, and leaves no process behind."""

from __future__ import annotations

import json
import os
import queue
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import jsonschema

from vinofleet.schema import schema_text

PATIENCE_S: Final = 90.0
"""How long a test waits for something that must happen; two cores may be busy."""

PORTS_FROM: Final = 12_000
PORTS: Final = 20_000
"""Below those that Linux chooses from (ip_local_port_range)."""

ROOT: Final = Path(__file__).resolve().parents[2]


def free_address() -> str:
    """Return a loopback address that was free a moment ago: roles are started in any order, so both need to know it.

    Its port is one that the system gives to nobody who connects, so nobody takes it meanwhile.
    """
    while True:
        port = PORTS_FROM + secrets.randbelow(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return f"tcp://127.0.0.1:{port}"


def until(happened: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    """Wait until a file shows what a process did; fails when it does not come."""
    deadline = time.monotonic() + within_s
    never = threading.Event()
    while not happened():
        assert time.monotonic() < deadline, f"{happened} did not come within {within_s} s"
        never.wait(0.02)


class Role:
    """One process of a role."""

    def __init__(
        self,
        arguments: Sequence[str],
        prefix: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        folder: Path = ROOT,
    ) -> None:
        command = [*prefix, sys.executable, "-m", "vinofleet", *arguments]
        self.name = arguments[0]
        self.text: list[str] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __repr__(self) -> str:
        return f"Role({self.name}, {self.process.poll()})\n" + "".join(self.text)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self.process.pid

    def says(self, pattern: str, within_s: float = PATIENCE_S) -> str:
        """Wait for a line, and return it."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no line with {pattern!r} from {self!r}") from None
            if re.search(pattern, line):
                return line

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it is still there."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def ends(self, within_s: float = PATIENCE_S) -> int:
        """Wait for its end, and return its exit code."""
        try:
            code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there after {within_s} s: {self!r}") from None
        self._reader.join(PATIENCE_S)
        return code

    def close(self) -> None:
        """Make sure that it is gone, with everything in its session."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.text.append(line)
            self._lines.put(line)


class Shell:
    """A user with several terminals: one collector's outputs, one pair of addresses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.frames = free_address()
        self.results = free_address()
        self.roles: list[Role] = []

    def run(
        self,
        *arguments: str,
        prefix: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        folder: Path = ROOT,
    ) -> Role:
        """Start any role, in a folder."""
        role = Role(arguments, prefix, environment, folder)
        self.roles.append(role)
        return role

    def collector(self, *arguments: str) -> Role:
        """Start a collector that writes `out.jsonl` and `report.json`."""
        outputs = ("--json", str(self.folder / "out.jsonl"), "--report", str(self.folder / "report.json"))
        return self.run("collector", "--bind", self.results, *outputs, *arguments)

    def producer(self, *arguments: str) -> Role:
        """Start a producer; the sources and the model are arguments."""
        return self.run("producer", "--bind", self.frames, "--collector", self.results, *arguments)

    def worker(self, name: str = "w1", *arguments: str) -> Role:
        """Start a worker."""
        return self.run("worker", "--connect", self.frames, "--name", name, *arguments)

    def fleet(
        self, frames: int, *names: str, script: str = "service_ms=20&requests=2", options: Sequence[str] = ()
    ) -> tuple[Role, Role, list[Role]]:
        """Start a producer of so many small frames and workers of these names (`w0` and `w1`), and then a collector.

        Frames begin to flow when all workers are ready, on a busy machine as well.
        """
        source = f"synthetic://counter?frames={frames}&size=64x48"
        producer = self.producer(source, "--model", f"scripted://?{script}", *options)
        workers = [self.worker(name) for name in names or ("w0", "w1")]
        for worker in workers:
            worker.says("ready")
        return self.collector(), producer, workers

    def reaches(self, frames: int) -> None:
        """Wait until so many results are in the file."""
        until(lambda: self.written() >= frames)

    def close(self) -> None:
        """Leave nothing behind."""
        for role in self.roles:
            role.close()

    @property
    def jsonl(self) -> bytes:
        """The result file as it is now."""
        path = self.folder / "out.jsonl"
        return path.read_bytes() if path.exists() else b""

    def rows(self) -> list[dict[str, Any]]:
        """All results."""
        return [json.loads(line) for line in self.jsonl.splitlines()]

    def written(self) -> int:
        """How many whole lines there are."""
        return self.jsonl.count(b"\n")

    @property
    def report_file(self) -> Path:
        """Where the report lies."""
        return self.folder / "report.json"

    def report(self) -> dict[str, Any]:
        """The collector's report, which is what its schema says."""
        document: dict[str, Any] = json.loads(self.report_file.read_text())
        jsonschema.validate(document, json.loads(schema_text("report")))
        return document


def assert_end_well(*roles: Role) -> None:
    """All of them end by themselves, with 0."""
    assert [role.ends() for role in roles] == [0] * len(roles), roles


def sent_to_another(report: dict[str, Any]) -> int:
    """How many frames were: after a worker's loss was noticed, or before, as they were late."""
    count: int = report["redispatched"] + report["hedged"]
    return count


def assert_conserved(shell: Shell, captured: int, stream: str | None = None, *, ok: int | None = None) -> None:
    """Every frame once, in order, in the file; and the report agrees."""
    rows = [row for row in shell.rows() if stream in {None, row["stream"]}]
    assert [row["frame"] for row in rows] == list(range(captured))
    statuses = Counter(row["status"] for row in rows)
    assert sum(statuses.values()) == captured
    assert statuses["ok"] == (captured if ok is None else ok), statuses
    frames = shell.report()["frames"]
    if stream is None:
        assert frames == {"captured": captured, **{status: statuses[status] for status in ("ok", "failed", "dropped")}}
    assert frames["captured"] == frames["ok"] + frames["failed"] + frames["dropped"]

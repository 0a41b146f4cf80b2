"""Two machines, as network namespaces joined by a cable: worker on one, producer and collector on the other."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.process.roles import Shell, assert_conserved

pytestmark = [pytest.mark.process, pytest.mark.netns]

HERE, THERE = "10.77.0.1", "10.77.0.2"


def ip(*arguments: str) -> None:
    """Run iproute2's ip."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def namespaces() -> Iterator[tuple[list[str], list[str]]]:
    """Command prefixes that run a process in the one or the other namespace."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("needs root and iproute2 to make network namespaces")
    here, there = (f"vf{side}{os.getpid()}" for side in "ab")
    try:
        for name in (here, there):
            ip("netns", "add", name)
        ip("link", "add", "veth0", "netns", here, "type", "veth", "peer", "name", "veth0", "netns", there)
        for name, address in ((here, HERE), (there, THERE)):
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "veth0")
            for device in ("lo", "veth0"):
                ip("-n", name, "link", "set", device, "up")
        yield ["ip", "netns", "exec", here], ["ip", "netns", "exec", there]
    finally:
        for name in (here, there):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def run_apart(shell: Shell, namespaces: tuple[list[str], list[str]], folder: Path, *arguments: str) -> None:
    """Run producer and collector here and a worker there, which has an empty cache and shares no memory."""
    here, there = namespaces
    outputs = ("--json", str(folder / "out.jsonl"), "--report", str(folder / "report.json"))
    shell.run("collector", "--bind", "tcp://0.0.0.0:5556", "--insecure", *outputs, prefix=here)
    shell.run(
        "producer", *arguments, "--bind", "tcp://0.0.0.0:5555", "--collector", "tcp://127.0.0.1:5556", "--insecure",
        "--transport", "inline", prefix=here,
    )  # fmt: skip
    cache = {"XDG_CACHE_HOME": str(folder / "cache")}
    shell.run("worker", "--connect", f"tcp://{HERE}:5555", "--name", "far", prefix=there, environment=cache)
    assert [role.ends() for role in shell.roles] == [0, 0, 0]


def test_a_worker_in_another_namespace_needs_one_address(shell: Shell, namespaces: tuple[list[str], list[str]]) -> None:
    """It learns the collector's address from the producer, though that one calls it by loopback."""
    run_apart(shell, namespaces, shell.folder, "synthetic://counter?frames=100", "--model", "scripted://?service_ms=2")
    assert_conserved(shell, 100)
    assert [(worker["name"], worker["transport"]) for worker in shell.report()["workers"]] == [("far", "inline")]


@pytest.mark.assets
@pytest.mark.slow
def test_a_far_worker_fetches_the_model_and_gives_the_same_bytes(
    shell: Shell, namespaces: tuple[list[str], list[str]], short_clip: Path, reference_model: Path
) -> None:
    """With no file shared, the result is byte-equal to that of a worker beside the producer."""
    arguments = (str(short_clip), "--model", str(reference_model), "--precision", "f32", "--labels", "person")
    run_apart(shell, namespaces, shell.folder, *arguments)
    near = Shell(shell.folder / "near")
    near.folder.mkdir()
    try:
        near.collector()
        near.producer(*arguments)
        near.worker()
        assert [role.ends() for role in near.roles] == [0, 0, 0]
        assert shell.jsonl == near.jsonl
    finally:
        near.close()

"""Two machines, as network namespaces joined by a cable: worker on one, producer and collector on the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.machines import Machine
from tests.process.roles import Shell, assert_conserved

pytestmark = [pytest.mark.process, pytest.mark.netns]

Pair = tuple[Machine, Machine]


def run_apart(shell: Shell, two_machines: Pair, folder: Path, *arguments: str) -> None:
    """Run producer and collector here and a worker there, which has an empty cache and shares no memory."""
    here, there = two_machines
    outputs = ("--json", str(folder / "out.jsonl"), "--report", str(folder / "report.json"))
    shell.run("collector", "--bind", "tcp://0.0.0.0:5556", "--insecure", *outputs, prefix=here.prefix)
    shell.run(
        "producer", *arguments, "--bind", "tcp://0.0.0.0:5555", "--collector", "tcp://127.0.0.1:5556", "--insecure",
        "--transport", "inline", prefix=here.prefix,
    )  # fmt: skip
    cache = {"XDG_CACHE_HOME": str(folder / "cache")}
    shell.run(
        "worker", "--connect", f"tcp://{here.address}:5555", "--name", "far", prefix=there.prefix, environment=cache
    )
    assert [role.ends() for role in shell.roles] == [0, 0, 0]


def test_a_worker_in_another_namespace_needs_one_address(shell: Shell, two_machines: Pair) -> None:
    """It learns the collector's address from the producer, though that one calls it by loopback."""
    run_apart(
        shell, two_machines, shell.folder, "synthetic://counter?frames=100", "--model", "scripted://?service_ms=2"
    )
    assert_conserved(shell, 100)
    assert [(worker["name"], worker["transport"]) for worker in shell.report()["workers"]] == [("far", "inline")]


@pytest.mark.assets
@pytest.mark.slow
def test_a_far_worker_fetches_the_model_and_gives_the_same_bytes(
    shell: Shell, two_machines: Pair, short_clip: Path, reference_model: Path
) -> None:
    """With no file shared, the result is byte-equal to that of a worker beside the producer."""
    arguments = (str(short_clip), "--model", str(reference_model), "--precision", "f32", "--labels", "person")
    run_apart(shell, two_machines, shell.folder, *arguments)
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


@pytest.mark.parametrize("wire", ["jpeg", "auto"])
def test_what_travels_is_chosen_and_told(shell: Shell, two_machines: Pair, wire: str) -> None:
    """Each frame keeps its number as a JPEG file; the report says in what form the last one went, and its bytes."""
    run_apart(
        shell, two_machines, shell.folder, "synthetic://counter?frames=100", "--model", "scripted://?service_ms=2",
        "--wire", wire,
    )  # fmt: skip
    assert_conserved(shell, 100)
    (worker,) = shell.report()["workers"]
    carried = worker["wire"]
    assert carried["form"] == "jpeg" if wire == "jpeg" else carried["form"] in {"i420", "jpeg"}
    assert carried["frames"] > 0
    assert 0 < carried["bytes_a_frame"] <= 64 * 48 * 3 // 2
    assert carried["mbit_s"] > 0

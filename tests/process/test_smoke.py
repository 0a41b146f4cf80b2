"""The shortest whole run there is: one of each role, ports chosen by the system, addresses passed on by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.roles import Shell, assert_conserved, until

pytestmark = pytest.mark.process

ANY = "tcp://127.0.0.1:*"


def address(path: Path) -> str:
    """What a role wrote with `--address-file`, once it did."""
    until(path.exists)
    return path.read_text().strip()


@pytest.mark.parametrize("transport", ["auto", "inline"])
def test_every_frame_of_two_streams_arrives(shell: Shell, tmp_path: Path, transport: str) -> None:
    """Over shared memory and over the socket: all frames ok, all roles end with 0, and each says where it listens."""
    outputs = ["--json", str(tmp_path / "out.jsonl"), "--report", str(tmp_path / "report.json")]
    places = {role: tmp_path / f"{role}.address" for role in ("collector", "producer")}
    collector = shell.run("collector", "--bind", ANY, "--address-file", str(places["collector"]), *outputs)
    sources = ["synthetic://counter?frames=40&size=64x48", "synthetic://counter?frames=20&size=32x24"]
    model = ["--model", "scripted://?service_ms=1", "--labels", "a,b,c", "--transport", transport]
    upstream = ["--collector", address(places["collector"]), "--stream", "left", "--stream", "right"]
    listening = ["--bind", ANY, "--address-file", str(places["producer"])]
    producer = shell.run("producer", *sources, *model, *upstream, *listening)
    worker = shell.run("worker", "--connect", address(places["producer"]), "--name", "w1")
    assert [role.ends() for role in (collector, producer, worker)] == [0, 0, 0], shell.roles
    assert f"listening on {address(places['collector'])}\n" in collector.text[0]
    assert f"listening on {address(places['producer'])}\n" in producer.text[0]
    assert_conserved(shell, 40, "left")
    assert_conserved(shell, 20, "right")
    report = shell.report()
    assert report["frames"] == {"captured": 60, "ok": 60, "failed": 0, "dropped": 0}
    assert report["transport"] == {"auto": "shm", "inline": "inline"}[transport]

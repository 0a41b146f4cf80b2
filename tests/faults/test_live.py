"""Sources that do not wait, three times as fast as the fleet: what is dropped is counted, whatever else goes wrong."""

from __future__ import annotations

from collections import Counter
from typing import Final

import av
import pytest

from tests.process.roles import Role, Shell, assert_end_well

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES: Final = 240
SOURCE: Final = f"synthetic://counter?frames={FRAMES}&fps=60"
MODEL: Final = "scripted://?service_ms=50&requests=1"
FULL_WINDOW_MS: Final = 64 * 50
"""How old results are where nothing is dropped, and a frame waits behind a full window."""


def live(shell: Shell, policy: str, *arguments: str, source: str = SOURCE) -> Role:
    """A producer of that source."""
    return shell.producer(source, "--model", MODEL, "--live", "--policy", policy, *arguments)


def assert_counted(shell: Shell, *reasons: str, frames: int = FRAMES) -> None:
    """Each frame has its row in its place, ok or dropped for one of these reasons; the report counts the same."""
    rows = shell.rows()
    assert [row["frame"] for row in rows] == list(range(frames))
    counts = Counter(row["status"] for row in rows)
    assert counts["ok"] + counts["dropped"] == frames, counts
    assert min(counts["ok"], counts["dropped"]) > 0, counts
    report = shell.report()
    assert report["frames"] == {"captured": frames, "ok": counts["ok"], "failed": 0, "dropped": counts["dropped"]}
    dropped = Counter(f"dropped({row['reason']})" for row in rows if row["status"] == "dropped")
    assert report["reasons"] == dropped
    assert set(dropped) <= {f"dropped({reason})" for reason in reasons}, dropped


@pytest.mark.parametrize(
    ("policy", "reasons"), [("freshest", ("superseded",)), ("max-age=300ms", ("too_old", "no_room"))]
)
def test_frames_come_three_times_as_fast_as_they_are_served(
    shell: Shell, policy: str, reasons: tuple[str, ...]
) -> None:
    """Those that nobody has time for are dropped and counted; the others are younger than if they had queued up."""
    collector, producer, worker = shell.collector(), live(shell, policy), shell.worker()
    assert_end_well(producer, collector, worker)
    assert_counted(shell, *reasons)
    assert shell.report()["latency_ms"]["p50"] < FULL_WINDOW_MS
    assert f"= ok {shell.report()['frames']['ok']} + failed 0 + dropped" in collector.text[-1]


@pytest.mark.parametrize("transport", ["shm", "inline"])
def test_dropped_frames_have_their_place_in_a_video(shell: Shell, transport: str) -> None:
    """Picture k of the file is row k; one that was dropped shows the one before."""
    video = shell.folder / "out.mp4"
    collector = shell.collector("--output", str(video))
    producer, worker = live(shell, "freshest", "--transport", transport), shell.worker()
    assert_end_well(producer, collector, worker)
    assert_counted(shell, "superseded")
    with av.open(str(video)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([row["pts"] for row in shell.rows()], abs=0.001)
    assert "picture" not in shell.report()["refused"]


def test_a_live_source_falls_behind_where_nothing_may_be_dropped(shell: Shell) -> None:
    """It says so, and every frame is ok."""
    source = "synthetic://counter?frames=100&fps=60"
    collector, producer = shell.collector(), live(shell, "lossless", "--window", "4", source=source)
    worker = shell.worker()
    producer.says(r"stream counter is \d+\.\d s behind its source: more frames come than are settled")
    assert_end_well(producer, collector, worker)
    assert {row["status"] for row in shell.rows()} == {"ok"}
    assert shell.report()["frames"]["captured"] == 100


def test_a_worker_is_killed_while_frames_are_dropped(shell: Shell) -> None:
    """What it held is old when that is known; what came meanwhile is counted, and the next worker goes on."""
    collector, producer, worker = shell.collector(), live(shell, "freshest"), shell.worker("w0")
    shell.reaches(60)
    worker.kill()
    producer.says("worker w0 is gone")
    other = shell.worker("w1")
    assert_end_well(producer, collector, other)
    assert_counted(shell, "superseded")


def test_the_collector_is_killed_while_frames_are_dropped(shell: Shell) -> None:
    """Frames of the time without it are dropped one by one, and told to the next collector: none is missing."""
    frames = 2 * FRAMES
    collector, worker = shell.collector(), shell.worker()
    producer = live(shell, "freshest", source=f"synthetic://counter?frames={frames}&fps=60")
    shell.reaches(60)
    collector.kill()
    producer.says("the collector is gone")
    again = shell.collector()
    assert_end_well(producer, again, worker)
    rows = shell.rows()
    assert [row["frame"] for row in rows] == list(range(frames))
    assert {(row["status"], row.get("reason")) for row in rows} == {("ok", None), ("dropped", "superseded")}
    assert again.text[-1].startswith(f"captured {frames} = ok "), again

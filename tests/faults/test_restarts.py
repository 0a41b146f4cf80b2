"""Collector and producer are killed and started again: the outputs are those of a run that nobody disturbed."""

from __future__ import annotations

from pathlib import Path
from random import Random

import av
import pytest

from tests.faults.runs import Run, undisturbed
from tests.process.roles import Role, Shell, assert_conserved, until

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES = 330
SOURCE = f"synthetic://counter?frames={FRAMES}&size=160x120"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What a run gives that nobody disturbs."""
    return undisturbed(tmp_path_factory.mktemp("calm"), SOURCE, FRAMES)


@pytest.mark.long
def test_a_collector_that_is_killed_ten_times_leaves_no_trace(shell: Shell, calm: Run) -> None:
    """In the middle of rows and pictures, and while it begins: `run` starts it again, and the outputs are whole."""
    run = Run(shell, SOURCE, FRAMES)
    role = run.start()
    for kill in range(10):
        if kill % 3 != 2:
            run.until_written((kill + 1) * FRAMES // 12)
        until(lambda: run.family.kill("collector") > 0)
    assert role.ends() == 0, role
    assert any(line.startswith("started again: collector ") for line in role.text), role
    run.assert_whole(calm)


@pytest.mark.parametrize("times", [1, 2])
def test_a_collector_that_is_killed_between_its_last_row_and_its_report_is_no_failure(
    shell: Shell, calm: Run, times: int
) -> None:
    """Another one finds that all has ended, tells the producer if that does not know, and writes the report."""
    run = Run(shell, SOURCE, FRAMES)
    role = run.start()
    run.until_written(FRAMES)
    for _ in range(times):
        until(lambda: run.family.kill("collector") > 0 or role.process.poll() is not None)
    assert role.ends() == 0, role
    assert role.text[-1] == f"captured {FRAMES} = ok {FRAMES} + failed 0 + dropped 0\n"
    run.assert_whole(calm)


def test_producers_hold_what_is_unacknowledged_while_the_collector_is_away(shell: Shell) -> None:
    """They say that it is gone, stop at a full window, and go on with another one: nothing is lost, nothing twice."""
    collector = shell.collector()
    producer = shell.producer("synthetic://counter?frames=300&size=64x48", "--model", "scripted://?service_ms=4")
    worker = shell.worker()
    until(lambda: shell.written() >= 60)
    collector.kill()
    producer.says("the collector is gone")
    held = shell.written()
    worker.says("collector")
    assert (producer.process.poll(), worker.process.poll(), shell.written()) == (None, None, held)
    again = shell.collector()
    assert [role.ends() for role in (producer, worker, again)] == [0, 0, 0]
    assert_conserved(shell, 300)


def test_a_producer_that_is_killed_goes_on_at_the_first_frame_that_is_missing(shell: Shell) -> None:
    """Again and again, with `--resume`."""
    random = Random(5)
    arguments = ("synthetic://counter?frames=300&size=64x48", "--model", "scripted://?service_ms=4")
    collector, producer, worker = shell.collector(), shell.producer(*arguments), shell.worker()
    for _ in range(3):
        rows = shell.written() + random.randrange(10, 50)
        until(lambda: shell.written() >= rows)  # noqa: B023 - it is called at once
        producer.kill()
        producer = shell.producer(*arguments, "--resume")
    assert [role.ends() for role in (producer, worker, collector)] == [0, 0, 0]
    assert_conserved(shell, 300)


def transcoded(clip: Path, target: Path, frames: int) -> Path:
    """The first frames of a clip with three B-frames in a row, and groups of pictures that are open."""
    with av.open(str(clip)) as reading, av.open(str(target), "w") as writing:
        source = reading.streams.video[0]
        made = writing.add_stream("libx264", rate=10)
        made.width, made.height, made.pix_fmt = source.width // 2, source.height // 2, "yuv420p"
        made.options = {"preset": "ultrafast", "x264-params": "bframes=3:open-gop=1:keyint=24:min-keyint=24:b-adapt=0"}
        for number, frame in enumerate(reading.decode(source)):
            if number == frames:
                break
            picture = frame.reformat(made.width, made.height, "yuv420p")
            picture.pts = None
            writing.mux(made.encode(picture))
        writing.mux(made.encode(None))
    return target


def test_a_producer_resumes_a_video_exactly(shell: Shell, assets: Path) -> None:
    """Real pixels, B-frames and open groups: each row is that of a run that nobody disturbed."""
    clip = transcoded(assets / "videos/vtest.avi", shell.folder / "clip.mkv", 150)
    model = "vinofleet-person"
    calm, run = Run(shell, str(clip), 150, "undisturbed"), Run(shell, str(clip), 150, "killed")
    first: Role = calm.start(model=model)
    assert first.ends() == 0, first
    assert sum(len(row["detections"]) for row in calm.mine.rows()) > 0
    again = run.start(model=model)
    for rows in (7, 61, 110):
        run.until_written(rows)
        until(lambda: run.family.kill("producer") > 0)
    assert again.ends() == 0, again
    run.assert_whole(calm)

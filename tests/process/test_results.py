"""`from vinofleet import results`: a fleet in a loop, which ends with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from common.errors import InputError, UsageError
from common.exits import Exit
from tests.process.family import VARIABLE, Family
from tests.process.roles import PATIENCE_S, until
from vinofleet import Result, results

pytestmark = [pytest.mark.process, pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")]

SOURCE = "synthetic://counter?frames=60&size=66x49"
LONG = "synthetic://counter?frames=100000&size=64x48"
SCRIPT = "scripted://?service_ms=2&detections=2"


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Family]:
    """Whoever is started here; none of them is left, and no file."""
    made = Family()
    monkeypatch.setenv(VARIABLE, made.mark)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield made
    until(lambda: not made.processes())
    assert not list(tmp_path.iterdir())


def frames_of(found: list[Result], stream: str) -> list[int]:
    """The frames of one stream, as they came."""
    return [result.frame for result in found if result.stream == stream]


def test_every_frame_once_with_what_became_of_it(family: Family) -> None:  # noqa: ARG001 - nothing is left
    """Of several sources, of two workers, in a thread; the report tells what the rows do."""
    run = results([SOURCE, SOURCE], model="scripted://?detections=2&poison=17", stream=["a", "b"], workers=2)
    found: list[Result] = []
    thread = threading.Thread(target=lambda: found.extend(run))
    thread.start()
    thread.join(PATIENCE_S)
    assert frames_of(found, "a") == frames_of(found, "b") == list(range(60))
    assert [(each.frame, each.reason) for each in found if each.status == "failed"] == [(17, "poison")] * 2
    first = found[0]
    assert (first.pts, first.picture, first.detections[1].label, first.detections[1].class_id) == (0.0, None, "1", 1)
    assert first.detections[0].box == (0.0, 0.0, 8.0, 16.0)
    assert run.report["frames"] == {"captured": 120, "ok": 118, "failed": 2, "dropped": 0}
    with pytest.raises(UsageError, match="call results"):
        list(run)


@pytest.mark.parametrize("annotated", [False, True])
def test_pictures_are_those_of_their_frames(family: Family, annotated: bool) -> None:  # noqa: ARG001, FBT001
    """BGR, of the frame's own size, also where that is odd; boxes are on them where they are asked for."""
    source = "synthetic://counter?frames=8&size=66x49"
    plain = [each.picture for each in results(source, model=SCRIPT, pictures=True, annotated=annotated)]
    again = [each.picture for each in results(source, model=SCRIPT, pictures=True)]
    assert len(plain) == len(again) == 8
    for one, other in zip(plain, again, strict=True):
        assert one is not None
        assert other is not None
        assert (one.shape, one.dtype.name) == ((49, 66, 3), "uint8")
        assert np.array_equal(one, other) is not annotated


def test_a_collector_that_is_killed_costs_no_row(family: Family) -> None:
    """What comes again is left out, and what was torn comes again."""
    run = results("synthetic://counter?frames=300&size=64x48", model="scripted://?service_ms=6&detections=3")
    found = []
    for result in run:
        found.append(result.frame)
        if result.frame in {60, 160}:
            os.kill(family.process("collector"), signal.SIGKILL)
    assert found == list(range(300))


def test_a_loop_that_is_left_ends_the_fleet(family: Family) -> None:
    """By `break`, by an exception, and by both of two at once; what has come until then is reported."""
    run = results(LONG, model=SCRIPT)
    other = results(LONG, model=SCRIPT).__iter__()
    assert next(other).frame == 0
    for result in run:
        if result.frame == 20:
            break
    assert len(family.processes("collector")) == 1
    assert run.report["frames"]["captured"] > 20

    with pytest.raises(ZeroDivisionError):
        other.throw(ZeroDivisionError)
    assert not family.processes("collector")


def test_a_slow_loop_slows_the_fleet_and_hears_no_untrue_word(family: Family, caplog: pytest.LogCaptureFixture) -> None:  # noqa: ARG001
    """It is not far behind, however far the source could be; and the end comes when it is done."""
    caplog.set_level("INFO", "vinofleet")
    run = results(LONG, model="scripted://")
    for result in run:
        threading.Event().wait(0.1)
        if result.frame == 20:
            break
    assert run.report["frames"]["captured"] < 1000
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


def test_an_error_is_that_of_the_command(family: Family) -> None:  # noqa: ARG001
    """Its class, its code and its line; options are refused before anything is started."""
    with pytest.raises(InputError, match=r"^missing\.mp4 cannot be opened") as failed:
        list(results("missing.mp4", model=SCRIPT))
    assert failed.value.exit_code == Exit.INPUT
    with pytest.raises(UsageError, match="threshold"):
        results(SOURCE, model=SCRIPT, threshold=7)
    with pytest.raises(TypeError, match="'nonsense'"):
        results(SOURCE, model=SCRIPT, nonsense=1)  # type: ignore[call-arg]


SCRIPT_FILE = f"""
from vinofleet import results
seen = iter(results({LONG!r}, model={SCRIPT!r}))
print(next(seen).frame, flush=True)
"""


@pytest.mark.parametrize("ending", ["", "input()"])
def test_a_script_without_a_main_guard_takes_its_fleet_with_it(family: Family, ending: str) -> None:
    """Run with -c; at its end, by Ctrl-C."""
    environment = {**os.environ, **family.environment}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT_FILE + ending],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "0\n"
    if ending == "input()":
        process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode == 0) is (ending != "input()"), said
    assert not family.processes()


def test_a_killed_program_leaves_no_fleet(family: Family) -> None:
    """The run sees that its reader is gone."""
    environment = {**os.environ, **family.environment}
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT_FILE + "input()"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate()
    until(lambda: not family.processes())


def test_outputs_of_a_run_are_there_as_well(family: Family, tmp_path_factory: pytest.TempPathFactory) -> None:  # noqa: ARG001
    """The rows in a file are those that were looped over."""
    path = tmp_path_factory.mktemp("rows") / "out.jsonl"
    found = [result.frame for result in results(SOURCE, model=SCRIPT, json=path)]
    assert [json.loads(line)["frame"] for line in path.read_text().splitlines()] == found == list(range(60))

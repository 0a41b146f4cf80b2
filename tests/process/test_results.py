"""`from vinofleet import results`: a fleet in a loop, which ends with it."""

from __future__ import annotations

import json
import os
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


@pytest.mark.usefixtures("family")
def test_every_frame_once_with_what_became_of_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of several sources, of two workers, in a thread; report and file tell what the rows do."""
    path = tmp_path_factory.mktemp("rows") / "out.jsonl"
    model = "scripted://?detections=2&poison=17"
    run = results([SOURCE, SOURCE], model=model, stream=["a", "b"], workers=2, json=path)
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
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["stream"], row["frame"]) for row in rows] == [(each.stream, each.frame) for each in found]
    with pytest.raises(UsageError, match="call results"):
        list(run)


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


def test_pictures_are_those_of_their_frames(family: Family) -> None:  # noqa: ARG001 - nothing is left
    """BGR, of the frame's own size, also where that is odd; boxes are on them where they are asked for."""
    source = "synthetic://counter?frames=8&size=66x49"
    plain, drawn = [
        [each.picture for each in results(source, model=SCRIPT, pictures=True, annotated=annotated)]
        for annotated in (False, True)
    ]
    assert len(plain) == len(drawn) == 8
    for one, other in zip(plain, drawn, strict=True):
        assert one is not None
        assert other is not None
        assert (one.shape, one.dtype.name) == (other.shape, other.dtype.name) == ((49, 66, 3), "uint8")
        assert not np.array_equal(one, other)


def test_a_script_without_a_main_guard_takes_its_fleet_with_it(family: Family) -> None:
    """At its end, with a loop that was left in the middle."""
    script = f"""
from vinofleet import results
seen = iter(results({LONG!r}, model={SCRIPT!r}))
print(next(seen).frame)
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={**os.environ, **family.environment},
    )
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr
    assert not family.processes()

"""The three ways through frames: each frame once, in order, each drawn on itself."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from common.job import JobDocument
from common.job_builder import Wish, build_job
from common.model_choices import Asked
from common.zoo.names import resolve
from vinofleet.compare import loops
from vinofleet.compare.detector import Detector
from vinofleet.compare.frames import bgr_frames
from vinofleet.compare.modes import Hint
from vinofleet.compare.screen import Screen
from vinofleet.compare.stages import Stages
from vinofleet.measure import device

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frame = NDArray[np.uint8]

STREET = "synthetic://street?frames=5&size=640x360"


@pytest.fixture(scope="module")
def model() -> tuple[JobDocument, Path]:
    """The embedded one."""
    found = resolve("vinofleet-person")
    wish = Wish(threshold=0.5, asked=Asked(), precision="f32", pixels=None)
    return build_job(str(found.path), found.entry, wish)[0], found.path


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """A short street."""
    return list(bgr_frames(STREET, 0, 4))


def detector(model: tuple[JobDocument, Path], hint: Hint = "latency") -> Detector:
    """The model on the CPU."""
    return Detector(*model, "CPU", hint)


def test_all_ways_find_the_same_and_draw_it_in_order(model: tuple[JobDocument, Path], frames: list[Frame]) -> None:
    """A row a frame, numbered as frames come, and something drawn on each."""
    rows: dict[str, str] = {}
    ways = {"sync": loops.sync, "async": loops.swapped}
    for name in ("sync", "async", "latency", "throughput"):
        written, mine, stages = io.BytesIO(), [frame.copy() for frame in frames], Stages()
        screen = Screen(written, ("person",))
        hint: Hint = "throughput" if name == "throughput" else "latency"
        if name in ways:
            ways[name](iter(mine), detector(model), screen, stages)
        else:
            loops.queued(iter(mine), detector(model, hint), screen, stages, hint)
        rows[name] = written.getvalue().decode()
        assert screen.count == 4
        assert all((drawn != frame).any() for drawn, frame in zip(mine, frames, strict=True))
        assert {"decode", "preprocess", "draw"} <= stages.means_ms(4).keys()
    assert [json.loads(line)["frame"] for line in rows["sync"].splitlines()] == [0, 1, 2, 3]
    assert any(json.loads(line)["detections"] for line in rows["sync"].splitlines())
    for name, text in rows.items():
        for line, expected in zip(text.splitlines(), rows["sync"].splitlines(), strict=True):
            found, there = (json.loads(each)["detections"] for each in (line, expected))
            assert len(found) == len(there), name
            assert [each["box"] for each in found] == [pytest.approx(each["box"], abs=2) for each in there]


def test_no_frames_are_no_rows(model: tuple[JobDocument, Path]) -> None:
    """Whichever way."""
    made = detector(model)
    none: Iterator[Frame] = iter(())
    screen, stages = Screen(io.BytesIO(), ()), Stages()
    loops.sync(none, made, screen, stages)
    loops.swapped(none, made, screen, stages)
    loops.queued(none, made, screen, stages, "latency")
    assert screen.count == 0
    assert stages.means_ms(0) == {}


def test_what_a_callback_cannot_raise_is_raised_at_the_end(
    model: tuple[JobDocument, Path], frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full, say."""
    screen = Screen(io.BytesIO(), ())
    monkeypatch.setattr(screen, "show", _fails)
    with pytest.raises(OSError, match="no room"):
        loops.queued(iter(frames), detector(model), screen, Stages(), "latency")


def _fails(*_: object) -> None:
    raise OSError("no room")


def test_the_device_alone_has_a_rate(
    model: tuple[JobDocument, Path], frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And uses the CPU for it."""
    monkeypatch.setattr(device, "LEAST_S", 0.0)
    requests, fps, cpu_ms = loops.ceiling(frames[0], detector(model, "throughput"), 4)
    assert requests >= 1
    assert fps > 0
    assert cpu_ms > 0

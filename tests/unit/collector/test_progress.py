"""How far streams are."""

from __future__ import annotations

from fractions import Fraction

import pytest

from collector.progress import Progress
from common.rows import StreamHeader


def header(name: str, expected: int = 0) -> StreamHeader:
    """A stream of which this many frames are announced."""
    return StreamHeader(name, 64, 48, Fraction(1, 25), Fraction(25), expected)


def test_a_step_says_how_many_of_how_many_and_how_fast() -> None:
    """The rate is that of the last seconds; a stream of unknown length has no total."""
    progress = Progress()
    progress.begin(header("clip", 795), 0)
    progress.begin(header("live"), 0)
    for tick in range(1, 41):
        progress.written({"clip": tick, "live": 2 * tick}, tick / 10)
    steps = progress.steps(4.0)
    assert [step[:3] for step in steps] == [("clip", 40, 795), ("live", 80, 0)]
    assert [step.fps for step in steps] == pytest.approx([10, 20], rel=0.05)


def test_a_stream_that_stands_still_is_not_told() -> None:
    """Silence is for whoever waits to explain; only what moved is told, also after a resumption."""
    progress = Progress()
    progress.begin(header("a"), 100)
    progress.begin(header("b"), 0)
    progress.written({"a": 100, "b": 0}, 1.0)
    assert progress.steps(1.0) == []
    progress.written({"b": 5}, 2.0)
    assert [step[:3] for step in progress.steps(2.0)] == [("b", 5, 0)]
    assert progress.steps(3.0) == []

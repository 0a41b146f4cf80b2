"""Sums of what parts of a frame's way take, on a clock of the test's."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from vinofleet.compare.stages import Stages


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock; its one item is what time it is, in seconds."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    return now


def test_times_of_a_stage_add_up_and_are_means_of_the_frames(clock: list[float]) -> None:
    """Each stage by itself; what happens outside of them is in none."""
    seen = Stages()
    for _ in range(2):
        with seen("draw"):
            clock[0] += 0.003
        clock[0] += 5
    seen.add("infer", 0.01)
    assert seen.means_ms(2) == {"draw": pytest.approx(3.0), "infer": pytest.approx(5.0)}


def test_an_iterator_is_timed_while_it_is_asked_and_not_while_its_items_are_used(clock: list[float]) -> None:
    """Or decoding would seem to take as long as everything else."""

    def frames() -> Iterator[int]:
        for number in (1, 2):
            clock[0] += 0.004
            yield number

    seen, used = Stages(), []
    for item in seen.timed("decode", frames()):
        used.append(item)
        clock[0] += 1
    assert used == [1, 2]
    assert seen.means_ms(2) == {"decode": pytest.approx(4.0)}


def test_of_no_frames_there_is_no_mean() -> None:
    """A source that is empty divides nothing by nothing."""
    assert Stages().means_ms(0) == {}

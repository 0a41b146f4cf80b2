"""A search finds what is best, within its time."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from vinofleet.tune.search import UNTIL, Better, Phase, Search

TRIALS = 30


def near(number: int) -> list[int]:
    """Integers beside this one."""
    return [number + 1, number - 1]


def searched(value: Callable[[int], float], better: Better = "more") -> Search[int]:
    """A search over integers of which these are tried first, to its end."""
    search = Search([0, 10, 20, 30], near, better)
    for trial in range(TRIALS):
        search.tell(one := search.next(trial / TRIALS), value(one))
        search.check()
    return search


def test_it_goes_from_coarse_to_fine_to_turns_with_the_reference() -> None:
    """The best of the coarse is refined; in the end what is best is surely so."""
    chance = random.Random(1)
    search = searched(lambda one: (100 - abs(one - 21)) * chance.uniform(0.999, 1.001))
    assert list(search.values)[:4] == [0, 10, 20, 30]
    assert search.phase is Phase.FINAL
    assert search.best() == 21
    gain = search.gain(21)
    assert gain is not None
    assert gain.is_above_one
    assert gain.ratio == pytest.approx(100 / 79, rel=0.01)


def test_less_may_be_better() -> None:
    """A latency: the gain says how many times shorter it is."""
    chance = random.Random(2)
    search = searched(lambda one: (10 + abs(one - 9)) * chance.uniform(0.999, 1.001), "less")
    assert search.best() == 9
    gain = search.gain(9)
    assert gain is not None
    assert gain.ratio == pytest.approx(1.9, rel=0.01)


def test_where_all_are_alike_the_reference_stays() -> None:
    """What is not surely better is not chosen, however lucky it was."""
    chosen = []
    for seed in range(20):
        chance = random.Random(seed)
        chosen.append(searched(lambda _, chance=chance: chance.uniform(90, 110)).best())  # type: ignore[misc]
    assert chosen.count(0) >= 16


def test_without_two_rounds_the_best_so_far_is_what_was_fastest() -> None:
    """And nothing is said of how sure that is."""
    search = Search([0, 10, 20, 30], near, "more")
    for _ in range(3):
        search.tell(one := search.next(0.0), 1 + one)
    assert search.best() == 20
    assert search.gain(20) is None


def test_a_phase_ends_when_its_time_is_over() -> None:
    """Trials that take long leave time for turns with the reference."""
    search = Search(list(range(50)), near, "more")
    for spent in (0.0, 0.1, 0.2, 0.3, UNTIL[Phase.COARSE], UNTIL[Phase.AGAIN], UNTIL[Phase.FINE]):
        search.tell(search.next(spent), 1.0 + len(search.values))
    assert search.phase is Phase.FINAL
    assert len(search.values) < 10


def test_what_cannot_be_is_not_tried_again() -> None:
    """Nor chosen, though it was measured once."""
    search = Search([0, 10, 20], near, "more")
    for trial in range(TRIALS):
        one = search.next(trial / TRIALS)
        assert one not in search.failed
        if one in {10, 19, 21}:
            search.fails(one, "no memory")
        else:
            search.tell(one, 1.0 + one)
        search.check()
    assert search.failed == {10: "no memory", 21: "no memory", 19: "no memory"}
    assert search.best() == 20


def test_a_finalist_that_fails_leaves() -> None:
    """The others go on."""
    search = searched(lambda one: 1.0 + one)
    last = search.ranked()[0]
    search.fails(last, "gone")
    assert last not in [search.next(1.0) for _ in range(4)][1:]
    assert last != search.best()


def test_nothing_measured_is_nothing_found() -> None:
    """There is no best of none."""
    search = Search([0], near, "more")
    with pytest.raises(ValueError, match="nothing"):
        search.best()
    assert "coarse" in repr(search)

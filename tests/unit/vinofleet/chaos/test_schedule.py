"""The schedule: the same from the same seed, and nothing stays begun."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinofleet.chaos.schedule import (
    INFINITY,
    INSTANT,
    OF_PROCESSES,
    Act,
    Begin,
    End,
    Fault,
    Timeline,
    plan,
)

TARGETS = {fault: ("worker", "collector") if fault in OF_PROCESSES else (f"{fault} a", "shared") for fault in Fault}


def made(seed: int, faults: list[Fault] | None = None, for_s: float = 60.0, every_s: float = 1.0) -> list[Act]:
    """A schedule."""
    chosen = list(Fault) if faults is None else faults
    return plan(Random(seed), faults=chosen, targets=TARGETS, every_s=every_s, for_s=for_s, lasting_s=2.0)


def act(number: int, at_s: float, lasts_s: float) -> Act:
    """A freeze or a kill."""
    return Act(number, at_s, lasts_s, Fault.FREEZE if lasts_s else Fault.KILL, "worker", 0)


seeds = st.integers(0, 10_000)


@given(seeds)
def test_a_seed_is_a_schedule(seed: int) -> None:
    """The same again; and another one is another."""
    assert made(seed) == made(seed)
    assert made(seed) != made(seed + 1)


@given(seeds, st.floats(0.1, 5.0))
def test_acts_are_in_order_within_their_time(seed: int, every_s: float) -> None:
    """All undone at the end of the schedule; what happens at once does not last, everything else does."""
    acts = made(seed, every_s=every_s)
    assert [each.number for each in acts] == list(range(len(acts)))
    assert all(before.at_s <= after.at_s for before, after in pairwise(acts))
    assert all(0 < each.at_s <= each.ends_s <= 60.0 + 1e-9 for each in acts)
    assert all((each.lasts_s == 0) == (each.fault in INSTANT) for each in acts)


@given(seeds)
def test_a_thing_is_under_one_act_at_a_time(seed: int) -> None:
    """Undoing one must not undo another: a healed proxy is whole."""
    busy_until: dict[str, float] = {}
    for each in made(seed, every_s=0.2):
        if each.fault not in OF_PROCESSES:
            assert busy_until.get(each.target, 0.0) <= each.at_s
            busy_until[each.target] = each.ends_s


def test_a_fault_that_is_named_twice_comes_twice_as_often() -> None:
    """Within what chance allows in a thousand acts."""
    acts = made(1, [Fault.KILL, Fault.KILL, Fault.DRAIN], for_s=1000.0)
    share = sum(each.fault is Fault.KILL for each in acts) / len(acts)
    assert 0.6 < share < 0.73


def test_acts_come_as_often_as_asked() -> None:
    """A thousand seconds, one a second on the mean."""
    assert len(made(2, [Fault.KILL], for_s=1000.0)) == pytest.approx(1000, rel=0.05)


@given(seeds, st.lists(st.floats(0.0, 9.0), max_size=20), st.booleans())
def test_what_has_begun_and_lasts_is_ended_once(
    seed: int,
    pauses: list[float],
    called_off: bool,  # noqa: FBT001 - drawn
) -> None:
    """However coarse the turns are, and wherever it is called off; an end is never before its beginning."""
    timeline, now, steps = Timeline(made(seed)), 0.0, list[Begin | End]()
    for pause in pauses:
        now += pause
        steps += timeline.due(now)
        timeline.check()
        assert timeline.deadline() > now
    steps += timeline.call_off() if called_off else timeline.due(61.0)
    timeline.check()
    assert timeline.is_over
    assert timeline.deadline() == INFINITY
    open_acts: set[int] = set()
    for step in steps:
        if isinstance(step, Begin):
            assert step.act.number not in open_acts
            open_acts |= {step.act.number} if step.act.lasts_s else set()
        else:
            open_acts.remove(step.act.number)
    assert not open_acts


def test_steps_come_in_their_order() -> None:
    """What ends at the time at which another begins goes first; a step that is late stays in its place."""
    first, second, third = act(0, 1.0, 1.0), act(1, 2.0, 5.0), act(2, 3.0, 0.0)
    timeline = Timeline([first, second, third])
    assert (timeline.deadline(), timeline.due(0.9)) == (1.0, [])
    assert timeline.due(1.0) == [Begin(first)]
    assert timeline.due(3.5) == [End(first), Begin(second), Begin(third)]
    assert (timeline.deadline(), timeline.is_over) == (7.0, False)
    assert timeline.due(7.0) == [End(second)]
    assert timeline.is_over


def test_called_off_the_latest_is_undone_first() -> None:
    """And nothing begins any more."""
    acts = [act(0, 1.0, 9.0), act(1, 2.0, 9.0), act(2, 3.0, 0.0)]
    timeline = Timeline(acts)
    timeline.due(2.0)
    assert timeline.call_off() == [End(acts[1]), End(acts[0])]
    assert timeline.due(100.0) == []

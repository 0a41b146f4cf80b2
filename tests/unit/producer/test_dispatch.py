"""Tests of producer.dispatch: frames meet credit; suspects run alone; the oldest frame gets a second worker."""

from __future__ import annotations

import pytest

from common import limits
from producer.credits import CreditBook
from producer.dispatch import Dispatcher, Grant
from producer.frames import Frame, FrameState
from producer.leases import LeaseTable
from producer.service import LEASE_INITIAL_S, SAMPLES_MIN

OLDEST = [("a", 0)]


class Bench:
    """A dispatcher with its table and book."""

    def __init__(self, *capacities: int, frames: int = 0) -> None:
        self.leases = LeaseTable()
        self.credits = CreditBook()
        self.dispatcher = Dispatcher(self.leases, self.credits)
        for worker, capacity in enumerate(capacities, 1):
            self.credits.open(worker)
            self.credits.state(worker, capacity, 0, 0.0)
        for seq in range(frames):
            self.leases.add(Frame(("a", seq), 1, seq, 0, (64, 48), float(seq)))

    def grants(self, now: float = 10.0) -> list[Grant]:
        """Everything that can be granted now."""
        made = []
        while (grant := self.dispatcher.next(now)) is not None:
            made.append(grant)
            self.credits.check()
            self.leases.check()
        return made

    def answer(self, grant: Grant) -> None:
        """The worker gives a frame back."""
        self.credits.answer(grant.worker, (grant.frame.key, grant.lease.attempt))
        self.leases.returned(grant.frame, grant.lease)

    def suspect(self, seq: int) -> Frame:
        """A frame that was with a worker of no account when it died."""
        frame = Frame(("a", seq), 1, seq, 0, (64, 48), float(seq))
        frame.deaths.append(b"x")
        self.leases.add(frame)
        return frame


def who(grants: list[Grant]) -> list[tuple[int, int]]:
    """Worker and frame of each grant."""
    return [(grant.worker, grant.frame.key[1]) for grant in grants]


def test_frames_go_to_workers_in_turn_as_far_as_credit_goes() -> None:
    """What is left waits."""
    bench = Bench(2, 1, frames=4)
    assert who(bench.grants()) == [(1, 0), (2, 1), (1, 2)]
    assert bench.leases.frames["a", 3].state is FrameState.QUEUED


def test_without_frames_or_workers_nothing_is_granted() -> None:
    """And nobody loses a turn by it."""
    assert Bench(2).grants() == []
    assert Bench(frames=2).grants() == []


def test_a_suspect_waits_for_an_idle_worker_and_one_is_kept_free_for_it() -> None:
    """With one worker that means that it drains first; nothing runs beside the suspect."""
    bench = Bench(2, frames=2)
    first, second = bench.grants()
    suspect = bench.suspect(7)
    bench.suspect(8)
    assert bench.grants() == []
    bench.answer(first)
    assert bench.grants() == [], "one is still out, and nothing is added"
    bench.answer(second)
    (alone,) = bench.grants()
    assert alone.frame is suspect
    bench.answer(alone)
    suspect.deaths.clear()
    (alone,) = bench.grants()
    assert alone.frame.key == ("a", 8)


def test_with_two_workers_the_other_goes_on() -> None:
    """A suspect costs one worker's time only."""
    bench = Bench(2, 2, frames=9)
    given = bench.grants()
    assert who(given) == [(1, 0), (2, 1), (1, 2), (2, 3)]
    bench.suspect(20)
    assert bench.grants() == []
    bench.answer(given[0])
    assert bench.grants() == []
    bench.answer(given[1])
    assert who(bench.grants()) == [(2, 0)]
    bench.answer(given[2])
    assert who(bench.grants()) == [(1, 20)]


def test_when_the_suspect_is_gone_its_worker_is_released() -> None:
    """The collector had received it after all."""
    bench = Bench(2, frames=3)
    first, _ = bench.grants()
    suspect = bench.suspect(7)
    bench.answer(first)
    assert bench.grants() == []
    bench.leases.hint(suspect.key)
    assert who(bench.grants()) == [(1, 0)]


def test_a_slow_oldest_frame_gets_a_second_worker() -> None:
    """Once, after the hedge time, from another worker."""
    bench = Bench(1, 1, frames=1)
    (first,) = bench.grants(now=10.0)
    due = 10.0 + bench.dispatcher.service.hedge_s
    assert bench.dispatcher.hedge(OLDEST, due - 0.01) is None
    second = bench.dispatcher.hedge(OLDEST, due)
    assert second is not None
    assert (first.worker, second.worker, second.frame, second.lease.attempt) == (1, 2, first.frame, 2)
    assert bench.dispatcher.hedge(OLDEST, due) is None


def test_all_that_a_halted_worker_holds_is_hedged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Oldest first, past what is settled otherwise, and up to what was sent of late."""
    monkeypatch.setattr(limits, "HEDGE_BUDGET", 1.0)
    bench = Bench(3, 4, frames=6)
    first = bench.grants(now=10.0)
    assert who(first) == [(1, 0), (2, 1), (1, 2), (2, 3), (1, 4), (2, 5)]
    due = 10.0 + bench.dispatcher.service.hedge_s
    for grant in first[1::2]:  # worker 2 answers, and the collector has the results
        bench.credits.answer(2, (grant.frame.key, grant.lease.attempt))
        bench.leases.hint(grant.frame.key)
    bench.leases.add(Frame(("a", 6), 1, 6, 0, (64, 48), 10.0))
    assert who(bench.grants(now=due - 0.1)) == [(2, 6)]
    hedges = [bench.dispatcher.hedge(OLDEST, due) for _ in range(4)]
    assert [(grant.worker, grant.frame.key[1]) for grant in hedges if grant] == [(2, 0), (2, 2), (2, 4)]
    assert not bench.dispatcher.owes_hedge


def test_the_next_credit_is_for_a_late_frame() -> None:
    """Where everybody is busy; what waits for its first worker has to wait."""
    bench = Bench(1, 1, frames=3)
    _, other = bench.grants(now=10.0)
    due = 10.0 + bench.dispatcher.service.hedge_s
    assert bench.dispatcher.hedge(OLDEST, due) is None
    assert bench.dispatcher.owes_hedge
    bench.answer(other)
    second = bench.dispatcher.hedge(OLDEST, due)
    assert second is not None
    assert (second.worker, second.frame.key) == (2, OLDEST[0])


def test_only_another_worker_is_of_use() -> None:
    """The one that has the frame is not asked again."""
    bench = Bench(2, frames=1)
    bench.grants()
    assert bench.dispatcher.hedge(OLDEST, 1e6) is None


def test_a_reported_frame_is_not_hedged() -> None:
    """Its result is on the way."""
    bench = Bench(1, 1, frames=1)
    (grant,) = bench.grants()
    bench.leases.grant(grant.frame, 2, 10.0, 5.0, hedge=True)
    bench.leases.returned(grant.frame, grant.lease)
    (hedged,) = grant.frame.leases.values()
    hedged.reported = True
    assert bench.dispatcher.hedge(OLDEST, 1e6) is None


def test_frames_that_are_not_with_a_worker_are_not_hedged() -> None:
    """Nor those that do not exist."""
    bench = Bench(1, 1, frames=1)
    assert bench.dispatcher.hedge([*OLDEST, ("b", 0)], 1e6) is None


def test_a_slow_worker_is_measured_against_itself() -> None:
    """Its leases are long, those of the others are not; a new one has everybody's."""
    bench = Bench(1, 1, 1, frames=3)
    for _ in range(100 * SAMPLES_MIN):
        bench.dispatcher.served(1, 0.01)
    for _ in range(SAMPLES_MIN):
        bench.dispatcher.served(2, 3.0)
    leases = {grant.worker: grant.lease.deadline - 10.0 for grant in bench.grants(now=10.0)}
    assert leases[1] == leases[3] == limits.LEASE_MIN_S
    assert leases[2] == pytest.approx(limits.LEASE_OVER_P99 * 3.0, rel=0.03)
    bench.dispatcher.forget(2)
    bench.dispatcher.forget(2)
    bench.credits.answer(2, (("a", 1), 1))
    bench.leases.add(Frame(("a", 9), 1, 9, 0, (64, 48), 9.0))
    (again,) = bench.grants(now=10.0)
    assert again.lease.deadline == pytest.approx(10.0 + limits.LEASE_MIN_S)


def test_leases_are_generous_before_anything_is_measured() -> None:
    """A first inference is slow."""
    (grant,) = Bench(1, frames=1).grants(now=10.0)
    assert grant.lease.deadline == 10.0 + LEASE_INITIAL_S

"""Tests of producer.leases: one rule at a time; test_lease_model.py has them all at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.rows import Status
from producer.frames import Frame, FrameState, Key, Lease
from producer.leases import REPORT_PATIENCE_S, LeaseTable, in_ranges

W1, W2, W3 = 1, 2, 3
ONE, TWO, THREE = b"1" * 16, b"2" * 16, b"3" * 16


def table(frames: int = 1, stream: str = "a") -> LeaseTable:
    """With so many captured frames."""
    leases = LeaseTable()
    for seq in range(frames):
        leases.add(Frame((stream, seq), 1, seq, 40 * seq, (64, 48), 0.0))
    return leases


def give(leases: LeaseTable, worker: int = W1, now: float = 0.0) -> tuple[Frame, Lease]:
    """Hand the next frame to a worker, for 5 s."""
    frame = leases.queues.peek_suspect()
    if frame is not None:
        leases.queues.pop_suspect()
    else:
        frame = leases.queues.pop_ordinary()
    assert frame is not None
    return frame, leases.grant(frame, worker, now, 5.0)


def die(leases: LeaseTable, worker: int, instance: bytes, *started: Key, now: float = 1.0) -> None:
    """A worker crashes, having begun these frames."""
    leases.worker_gone(worker, instance, now, crashed=True, started=lambda frame, _: frame.key in started)


def test_a_frame_stays_until_it_is_settled() -> None:
    """Reported and hinted, it is still here; settlement returns it with its slot."""
    leases = table()
    frame, lease = give(leases)
    leases.reported(frame, lease, 1.0)
    leases.hint(frame.key)
    assert leases.frames == {("a", 0): frame}
    assert leases.settle(("a", 0)) is frame
    assert leases.frames == {}
    assert repr(leases) == "LeaseTable(0 unsettled, 0 sent again, 0 hedged)"


@pytest.mark.parametrize("settled_in", ["queued", "leased", "reported", "fated"])
def test_a_frame_may_be_settled_in_any_state(settled_in: str) -> None:
    """The collector has the last word."""
    leases = table()
    if settled_in == "fated":
        leases.abandon("a", "interrupted")
    elif settled_in != "queued":
        frame, lease = give(leases)
        if settled_in == "reported":
            leases.reported(frame, lease, 0.0)
    assert leases.settle(("a", 0)).state == settled_in
    leases.check()
    assert leases.queues.pop_ordinary() is None


def test_a_word_about_a_lease_is_only_heard_from_its_worker() -> None:
    """Other frame, epoch, attempt or worker: there is no such lease."""
    leases = table()
    frame, lease = give(leases)
    assert leases.find(("a", 0), 1, 1, W1) == (frame, lease)
    for key, epoch, attempt, worker in [
        (("a", 1), 1, 1, W1),
        (("a", 0), 2, 1, W1),
        (("a", 0), 1, 2, W1),
        (("a", 0), 1, 1, W2),
    ]:
        assert leases.find(key, epoch, attempt, worker) is None


def test_a_returned_frame_is_sent_again_and_counted() -> None:
    """As the second attempt."""
    leases = table()
    leases.returned(*give(leases))
    frame, lease = give(leases, W2)
    assert (frame.attempts, lease.attempt, leases.redispatched, leases.sends) == (2, 2, 1, 2)


def test_a_lease_that_runs_out_names_its_worker() -> None:
    """The frame waits again."""
    leases = table()
    frame, _ = give(leases)
    assert leases.deadline() == 5.0
    assert leases.expire(4.9) == []
    assert leases.expire(5.0) == [W1]
    assert frame.state is FrameState.QUEUED
    assert leases.deadline() == float("inf")


def test_a_reported_result_that_nobody_acknowledges_is_not_its_workers_fault() -> None:
    """The frame is sent again after a while, and no worker is late."""
    leases = table()
    frame, lease = give(leases)
    leases.reported(frame, lease, 1.0)
    assert leases.deadline() == 1.0 + REPORT_PATIENCE_S
    assert leases.expire(1.0 + REPORT_PATIENCE_S) == []
    assert frame.state is FrameState.QUEUED


def convict(leases: LeaseTable, frame: Frame) -> None:
    """Have an engine fail on a frame in company, so that it runs alone from now on."""
    assert leases.queues.pop_ordinary() is frame
    leases.failed(frame, leases.grant(frame, 99, 0.0, 5.0))


def test_a_death_makes_suspects_of_what_was_begun_only() -> None:
    """Without a strike, for they had company; the others wait without suspicion."""
    leases = table(3)
    for _ in range(3):
        give(leases)
    die(leases, W1, ONE, ("a", 1))
    assert [frame.is_suspect for frame in leases.frames.values()] == [False, True, False]
    assert [frame.strikes for frame in leases.frames.values()] == [0, 0, 0]


def test_where_nobody_knows_what_was_begun_all_are_suspects_without_a_strike() -> None:
    """Innocent frames must not be failed for a guilty one."""
    leases = table(2)
    for _ in range(2):
        give(leases)
    leases.worker_gone(W1, ONE, 1.0, crashed=True, started=lambda _frame, _lease: None)
    assert [(frame.is_suspect, frame.strikes) for frame in leases.frames.values()] == [(True, 0), (True, 0)]


def test_what_is_known_to_have_begun_clears_the_unknown() -> None:
    """With one frame begun, the others are not suspected."""
    leases = table(2)
    for _ in range(2):
        give(leases)
    leases.worker_gone(W1, ONE, 1.0, crashed=True, started=lambda frame, _: True if frame.key[1] == 0 else None)
    assert [frame.is_suspect for frame in leases.frames.values()] == [True, False]


def test_who_takes_leave_leaves_no_suspicion() -> None:
    """Begun or not, its frames wait again."""
    leases = table()
    frame, _ = give(leases)
    leases.worker_gone(W1, ONE, 1.0, crashed=False, started=lambda _frame, _lease: True)
    assert (frame.state, frame.is_suspect) == (FrameState.QUEUED, False)


@pytest.mark.parametrize(("crashed", "believed_s"), [(True, 2 * limits.HEARTBEAT_S), (False, REPORT_PATIENCE_S)])
def test_the_word_of_the_dead_is_believed_for_a_shorter_time(crashed: bool, believed_s: float) -> None:  # noqa: FBT001
    """A result may have been lost with a crash, not with a goodbye; neither makes a suspect."""
    leases = table()
    frame, lease = give(leases)
    leases.reported(frame, lease, 1.0)
    leases.worker_gone(W1, ONE, 1.0, crashed=crashed, started=lambda _frame, _lease: True)
    assert (frame.state, frame.is_suspect) == (FrameState.REPORTED, False)
    leases.check()
    leases.expire(1.0 + believed_s - 0.01)
    assert str(frame.state) == "reported"
    leases.expire(1.0 + believed_s)
    assert str(frame.state) == "queued"


@pytest.mark.parametrize("started", [False, None])
def test_a_death_is_not_held_against_a_frame_alone_that_was_not_begun(started: bool | None) -> None:  # noqa: FBT001
    """Its beginning is announced in time to be heard, so silence is an answer."""
    leases = table()
    convict(leases, leases.frames["a", 0])
    frame, lease = give(leases)
    assert lease.alone
    leases.worker_gone(W1, ONE, 1.0, crashed=True, started=lambda _frame, _lease: started)
    assert (frame.strikes, frame.suspected_by) == (0, [])


def test_three_deaths_alone_fail_a_frame() -> None:
    """It is told once, as poison, and never sent again."""
    leases = table()
    convict(leases, leases.frames["a", 0])
    for worker, instance in ((W1, ONE), (W2, TWO), (W3, THREE)):
        assert leases.take_condemned() == []
        frame, _ = give(leases, worker)
        die(leases, worker, instance, frame.key)
    (fated,) = leases.take_condemned()
    assert (fated.state, fated.verdict) == (FrameState.FATED, (Status.FAILED, "poison"))
    assert leases.take_condemned() == []
    assert leases.queues.peek_suspect() is None


def test_three_errors_alone_fail_a_frame() -> None:
    """As an error, and with the fourth failure: the first was in company."""
    leases = table()
    for worker in (W1, W2, W3, W1):
        assert leases.take_condemned() == []
        leases.failed(*give(leases, worker))
    (fated,) = leases.take_condemned()
    assert fated.verdict == (Status.FAILED, "error")


def test_a_fate_ends_the_other_attempts() -> None:
    """A hedge of a frame that is failed is of no use any more."""
    leases = table()
    for worker in (W1, W2, W3):
        leases.failed(*give(leases, worker))
    frame, _ = give(leases, W1)
    leases.expire(5.0)
    give(leases, W2, now=5.0)
    assert leases.failed_late(frame.key, 1, 4, W1)
    assert (frame.state, frame.leases) == (FrameState.FATED, {})
    assert leases.take_condemned() == [frame]
    leases.check()


def test_a_late_failure_counts_where_nobody_has_finished_the_frame() -> None:
    """It makes a suspect of one that waits; who has it keeps it; what is reported, gone or another's is not heard."""
    leases = table(4)
    for worker in (W1, W1, W1, W2):
        give(leases, worker)
    waiting, leased, reported, gone = leases.frames.values()
    leases.expire(5.0)
    leases.queues.pop_ordinary()
    give(leases, W3, now=6.0)
    leases.reported(*give(leases, W3, now=6.0), 6.0)
    leases.worker_gone(W2, TWO, 7.0, crashed=False, started=lambda _frame, _lease: False)
    for frame, worker, heard in ((waiting, W2, False), (waiting, W1, True), (waiting, W1, False)):
        assert leases.failed_late(frame.key, 1, 1, worker) == heard
    assert leases.queues.peek_suspect() is waiting
    assert leases.failed_late(leased.key, 1, 1, W1)
    assert (leased.state, leased.is_suspect) == (FrameState.LEASED, True)
    assert not leases.failed_late(reported.key, 1, 1, W1)
    assert not leases.failed_late(gone.key, 1, 1, W2)
    assert not leases.failed_late(("a", 9), 1, 1, W1)
    leases.check()


def test_a_death_counts_for_a_frame_whose_lease_had_run_out() -> None:
    """What kills slowly is poison as well: a suspect after the first death, failed after three more, alone."""
    leases = table()
    for number, worker in enumerate((W1, W2, W3, 4)):
        assert leases.take_condemned() == []
        frame, lease = give(leases, worker, now=10.0 * number)
        assert lease.alone == (number > 0)
        leases.expire(10.0 * number + 5)
        die(leases, worker, bytes([worker]) * 16, frame.key)
    (fated,) = leases.take_condemned()
    assert fated.verdict == (Status.FAILED, "poison")
    leases.check()


def test_a_death_is_not_held_against_what_was_answered_late_or_not_begun() -> None:
    """Nor against what another worker has finished, nor where the worker took leave."""
    leases = table(5)
    for worker in (W1, W1, W1, W1, W2):
        give(leases, worker)
    answered, waiting, begun, reported, left = leases.frames.values()
    leases.expire(5.0)
    assert not leases.failed_late(waiting.key, 1, 2, W1)
    late = leases.done_late(answered.key, 1, 1, W1)
    assert late is not None
    assert late.attempt == 1
    assert leases.done_late(answered.key, 1, 1, W1) is None
    assert leases.queues.pop_ordinary() is answered
    reported_lease = leases.grant(reported, W3, 5.0, 5.0)
    leases.reported(reported, reported_lease, 5.0)
    die(leases, W1, ONE, answered.key, begun.key, reported.key, now=6.0)
    leases.worker_gone(W2, TWO, 6.0, crashed=False, started=lambda _frame, _lease: True)
    suspects = [frame for frame in (answered, waiting, begun, reported, left) if frame.is_suspect]
    assert suspects == [begun]
    assert leases.queues.peek_suspect() is begun
    assert all(not frame.late for frame in leases.frames.values())


def test_what_ran_out_is_remembered_once_a_worker() -> None:
    """However often a frame goes round: memory does not grow with it."""
    leases = table()
    for number in range(5):
        give(leases, W1, now=5.0 * number)
        leases.expire(5.0 * (number + 1))
    assert [lease.attempt for lease in leases.frames["a", 0].late.values()] == [5]


def test_absolution_takes_back_the_strikes_of_a_process_that_lives() -> None:
    """Only its own."""
    leases = table()
    frame, _ = give(leases)
    die(leases, W1, ONE, frame.key)
    give(leases, W2)
    die(leases, W2, TWO, frame.key)
    assert (frame.suspected_by, frame.deaths) == ([ONE], [TWO])
    leases.absolve(ONE)
    assert (frame.deaths, frame.strikes) == ([TWO], 1)
    leases.absolve(TWO)
    assert leases.queues.peek_suspect() is None
    assert leases.queues.pop_ordinary() is frame


def test_a_hint_ends_the_work_but_not_the_frame() -> None:
    """Repeated, or for a frame that is not here, it changes nothing."""
    leases = table()
    frame, _ = give(leases)
    for key in (frame.key, frame.key, ("a", 99)):
        leases.hint(key)
    assert (frame.state, frame.leases, list(leases.frames)) == (FrameState.HINTED, {}, [frame.key])
    assert leases.find(frame.key, 1, 1, W1) is None


def test_a_new_collector_voids_hints_and_reports_of_its_stream() -> None:
    """What was queued, leased or of another stream stays as it is."""
    leases = table(4)
    leases.add(Frame(("b", 0), 1, 9, 0, (64, 48), 0.0))
    hinted, other = leases.frames["a", 0], leases.frames["b", 0]
    leases.hint(hinted.key)
    leases.hint(other.key)
    reported, lease = give(leases)
    leases.reported(reported, lease, 0.0)
    leased, _ = give(leases)
    leases.distrust("a")
    assert hinted.state is reported.state is FrameState.QUEUED
    assert leased.state is FrameState.LEASED
    assert other.state is FrameState.HINTED
    leases.check()


def test_a_new_collector_is_told_a_fate_again() -> None:
    """Even where the one before had shown that it knew."""
    leases = table()
    leases.abandon("a", "interrupted")
    leases.hint(("a", 0))
    leases.distrust("a")
    assert leases.frames["a", 0].state is FrameState.FATED


def test_abandonment_drops_what_the_collector_has_not_received() -> None:
    """Hinted frames have an outcome there, fated ones have one here, other streams go on."""
    leases = table(4)
    leases.add(Frame(("b", 0), 1, 9, 0, (64, 48), 0.0))
    leases.hint(("a", 0))
    give(leases)
    reported, lease = give(leases, W2)
    leases.reported(reported, lease, 0.0)
    assert leases.abandon("a", "interrupted")
    assert not leases.abandon("a", "again")
    fated = {frame.key: frame.verdict for frame in leases.frames.values() if frame.state is FrameState.FATED}
    assert fated == {("a", seq): (Status.DROPPED, "interrupted") for seq in (1, 2, 3)}
    leases.check()


@pytest.mark.parametrize("first_is_done", [True, False])
def test_of_two_attempts_one_result_is_enough(first_is_done: bool) -> None:  # noqa: FBT001
    """A report while the other computes keeps the frame LEASED; when the other returns it is REPORTED."""
    leases = table()
    frame, first = give(leases)
    second = leases.grant(frame, W2, 0.0, 5.0, hedge=True)
    done, other = (first, second) if first_is_done else (second, first)
    leases.reported(frame, done, 1.0)
    assert str(frame.state) == "leased"
    leases.returned(frame, other)
    assert str(frame.state) == "reported"
    leases.check()


def test_a_hedged_frame_waits_again_when_both_are_gone() -> None:
    """Not before."""
    leases = table()
    frame, _ = give(leases)
    leases.grant(frame, W2, 0.0, 5.0, hedge=True)
    die(leases, W1, ONE)
    assert str(frame.state) == "leased"
    die(leases, W2, TWO)
    assert str(frame.state) == "queued"


RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=5)


@given(RANGES, st.integers(0, 40), st.integers(0, 40))
def test_ranges_are_walked_within_bounds(ranges: list[tuple[int, int]], low: int, high: int) -> None:
    """Both ends of a range count; reversed ones hold nothing."""
    expected = {seq for first, last in ranges for seq in range(first, last + 1) if low <= seq < high}
    assert set(in_ranges(ranges, low, high)) == expected


def test_a_range_of_astronomical_length_costs_nothing() -> None:
    """Only what is within the bounds is walked."""
    assert list(in_ranges([(0, 2**48)], 5, 8)) == [5, 6, 7]

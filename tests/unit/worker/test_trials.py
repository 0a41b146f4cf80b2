"""Whose fault a failure is: which frames wait for which trial."""

from __future__ import annotations

from common.messages import WorkItem
from worker.held import Frame
from worker.trials import Trials

X, Y = b"x" * 32, b"y" * 32


def _frame(session: int, seq: int, digest: bytes = X) -> Frame:
    work = WorkItem("s", 1, seq, 1, seq, 8, 4, -1, 0, alone=False)
    return Frame(session, work, "producer:0", "collector", digest, None, 0.0)


def test_failures_before_a_trial_share_it_and_those_during_it_have_the_next() -> None:
    """A trial says nothing about what came after its beginning."""
    trials = Trials()
    frames = [_frame(7, seq) for seq in range(3)]
    for frame in frames[:2]:
        trials.accuse(frame, "no")
    [first] = trials.begin(1.0)
    trials.accuse(frames[2], "no more")
    trials.check()
    assert trials.begin(2.0) == []
    assert (trials.of(7), trials.on(X), trials.oldest_start()) == (3, 1, 1.0)
    assert trials.passed(first.token) == [(frames[0], "no"), (frames[1], "no")]
    [second] = trials.begin(3.0)
    assert second.token not in {first.token, 0}
    assert (trials.of(7), trials.oldest_start(), trials.accused()) == (1, 3.0, [frames[2]])
    assert trials.passed(second.token) == [(frames[2], "no more")]
    assert (len(trials), trials.of(7), trials.oldest_start()) == (0, 0, float("inf"))
    trials.check()


def test_each_engine_is_tried_for_itself() -> None:
    """By the token it is known whose trial has ended; no frame has such a token."""
    trials = Trials()
    trials.accuse(_frame(7, 0), "no")
    trials.accuse(_frame(8, 0, Y), "no")
    tries = trials.begin(0.0)
    assert {one.digest for one in tries} == trials.jobs() == {X, Y}
    assert all(one.token < 0 and trials.is_under_way(one.token) for one in tries)
    [(frame, _)] = trials.passed(tries[1].token)
    assert frame.digest == tries[1].digest
    assert not trials.is_under_way(tries[1].token)
    assert repr(trials) == "Trials(1, for 1 frames)"

"""Patience: what waits for company, for how long, and what never does."""

from __future__ import annotations

import numpy as np
import pytest

from collector.actions import Action, Attach, Begin, EndStream
from collector.company import SHARE, UNSEEN_MAX
from common import limits
from common.messages import Ack, Open, ResultItem, Results, Seen
from tests.unit.collector.playbook import JOB, OFFER, TOKEN, Peer, Play, emitted, only

WINDOW = 80
PATIENCE_S = 0.1


class Patient:
    """A stream whose producer can wait; one frame of it is written, and acknowledged."""

    def __init__(self, *, draws: bool = False, patience_ms: int = 100) -> None:
        self.play = Play(draws=draws)
        self.producer, self.worker = self.play.producer(), self.play.worker()
        self.patience_ms = patience_ms
        self.opened("clip")

    def opened(self, stream: str) -> None:
        """Open a stream."""
        times = (1, 30), (30, 1), 100
        wish = Open(0, stream, 0, 0, False, WINDOW, 1920, 1080, *times, "clip.mp4", "", self.patience_ms)  # noqa: FBT003
        self.play.written(stream, only(Begin, self.producer.say(wish)).start)

    def results(self, *seqs: int, stream: str = "clip") -> list[int]:
        """Deliver results; say which frames went out."""
        items = tuple(ResultItem(stream, 1, seq, 1, seq, 1, 0, 0) for seq in seqs)
        payload = np.zeros((len(seqs), 6), np.float32).tobytes()
        return emitted(self.worker.say(Results(0, JOB.digest, items), payload))

    def written(self, upto: int) -> list[int]:
        """Let the outputs report; say what is acknowledged."""
        return uptos(self.producer, self.play.written("clip", upto))

    def after(self, seconds: float) -> tuple[list[int], list[int]]:
        """Let time pass; say what went out, and what was acknowledged."""
        actions = self.play.wait(seconds, self.producer, self.worker)
        return emitted(actions), uptos(self.producer, actions)


def uptos(producer: Peer, actions: list[Action]) -> list[int]:
    """What was acknowledged."""
    return [
        acked.upto
        for message in producer.play.to(producer, actions)
        if isinstance(message, Ack)
        for acked in message.streams
    ]


def test_the_first_row_does_not_wait_the_next_ones_do() -> None:
    """Until so much time has passed since the last that went out; then all go together, and are acknowledged."""
    patient = Patient()
    assert patient.results(0) == [0]
    assert patient.written(1) == [1]
    assert patient.results(1) == []
    patient.play.now += PATIENCE_S / 2
    assert patient.results(2) == []
    assert patient.after(PATIENCE_S / 2) == ([1, 2], [])
    assert patient.written(3) == [3]


def test_after_a_pause_nothing_waits() -> None:
    """Frames that come more slowly than patience lasts are out as soon as they are in."""
    patient = Patient()
    for seq in range(3):
        assert patient.results(seq) == [seq]
        assert patient.written(seq + 1) == [seq + 1]
        patient.play.now += PATIENCE_S


def test_a_part_of_the_window_is_company_enough() -> None:
    """So a window that fills quickly never stands still for it."""
    patient = Patient()
    patient.results(0)
    patient.written(1)
    share = WINDOW // SHARE
    assert patient.results(*range(1, share)) == []
    assert patient.results(share) == [*range(1, share + 1)]


def test_outputs_that_are_slow_have_their_rows_acknowledged_together() -> None:
    """By the part of the window, or when patience ends, or when they have caught up; a heartbeat repeats the last."""
    patient = Patient(patience_ms=200)
    share = WINDOW // SHARE
    patient.results(*range(2 * share))
    assert patient.written(1) == [1]
    assert patient.written(2) == []
    assert patient.written(share) == []
    assert patient.written(share + 1) == [share + 1]
    assert patient.written(share + 2) == []
    assert patient.after(0.2) == ([], [share + 2])
    assert patient.written(2 * share) == [2 * share]


def test_many_pictures_are_company_enough() -> None:
    """A producer does not tell of more until it hears of these."""
    patient = Patient(draws=True, patience_ms=1000)
    patient.play.attached(only(Attach, patient.producer.show(OFFER)), TOKEN)
    first = seens(patient, patient.producer.picture(0, slot=0))
    said = seens(patient, patient.producer.picture(*range(1, UNSEEN_MAX + 1), slot=0))
    assert [seen.upto for seen in first + said] == [1, UNSEEN_MAX + 1]


def test_the_end_of_a_stream_waits_for_nobody() -> None:
    """The last rows go out with it."""
    patient = Patient()
    patient.results(0)
    assert patient.results(1) == []
    actions = patient.producer.end(2)
    assert emitted(actions) == [1]
    assert only(EndStream, actions).captured == 2


def test_an_interrupt_waits_for_nobody() -> None:
    """What is in order goes out, and its acknowledgement with the goodbye at the latest."""
    patient = Patient()
    patient.results(0)
    assert patient.results(1, 3) == []
    assert emitted(patient.play.interrupt()) == [1]
    assert patient.written(2) == [2]


def test_what_is_due_takes_others_along() -> None:
    """The rows of another stream, which came later."""
    patient = Patient()
    patient.opened("other")
    patient.results(0)
    patient.play.now += PATIENCE_S / 2
    assert patient.results(0, stream="other") == [0]
    assert patient.results(1, stream="other") == []
    assert patient.results(1) == []
    assert patient.after(PATIENCE_S / 2)[0] == [1, 1]


def test_a_gap_holds_rows_up_not_others() -> None:
    """However many are behind it, and whether they are due."""
    patient = Patient()
    patient.opened("other")
    patient.results(0)
    assert patient.results(*range(2, WINDOW)) == []
    assert patient.after(1.0)[0] == []
    assert patient.results(0, stream="other") == [0]
    assert patient.results(1) == [*range(1, WINDOW)]


def test_rows_wait_for_a_producer_that_is_gone() -> None:
    """No longer than for one that is there."""
    patient = Patient()
    patient.results(0)
    assert patient.results(1) == []
    actions = patient.play.wait(limits.LOST_AFTER_S + PATIENCE_S, patient.worker)
    assert emitted(actions) == [1]


@pytest.mark.parametrize("patience_ms", [0, 100])
def test_pictures_in_shared_memory_are_seen_together(patience_ms: int) -> None:
    """Nobody waits for that word; where nothing else is patient it is said at once."""
    patient = Patient(draws=True, patience_ms=patience_ms)
    patient.play.attached(only(Attach, patient.producer.show(OFFER)), TOKEN)
    said = [message for seq in range(3) for message in seens(patient, patient.producer.picture(seq, slot=seq))]
    assert [seen.upto for seen in said] == ([1, 2, 3] if patience_ms == 0 else [1])
    later = seens(patient, patient.play.wait(PATIENCE_S, patient.producer, patient.worker))
    assert [seen.upto for seen in later] == ([] if patience_ms == 0 else [3])


def seens(patient: Patient, actions: list[Action]) -> list[Seen]:
    """What was said of pictures."""
    return [message for message in patient.play.to(patient.producer, actions) if isinstance(message, Seen)]

"""Which form gets more frames through: decided by answers alone, on a clock that the test moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.messages import JPEG, RAW
from producer.form_trial import AGAIN_S, ROUNDS, SAMPLE_FRAMES, SAMPLE_S, FormTrial


class Link:
    """A worker that answers so many frames a second, by form; a few are always under way."""

    def __init__(self, raw: float, jpeg: float, *, under_way: int = 4, bunch: int = 1) -> None:
        self.trial = FormTrial()
        self.rates = {RAW: raw, JPEG: jpeg}
        self.now = 1000.0
        self.sent = {RAW: 0, JPEG: 0}
        self._bunch = bunch
        self._under_way = [(self.trial.form, self.now)] * under_way

    def run(self, seconds: float) -> int:
        """Let time pass; return the form at its end."""
        end = self.now + seconds
        while self.now < end:
            form, granted_at = self._under_way.pop(0)
            self.now += self._bunch / self.rates[form]
            for _ in range(self._bunch):
                self.trial.answered(granted_at, self.now)
            self.sent[self.trial.form] += self._bunch
            self._under_way.append((self.trial.form, self.now))
        return self.trial.form


@pytest.mark.parametrize("bunch", [1, 3])
@pytest.mark.parametrize(
    ("raw", "jpeg", "wanted"), [(15, 180, JPEG), (150, 900, JPEG), (1500, 900, RAW), (3, 30, JPEG)]
)
def test_the_faster_form_is_found(raw: float, jpeg: float, wanted: int, bunch: int) -> None:
    """From slow links to fast ones, also where news come in bunches."""
    link = Link(raw, jpeg, bunch=bunch)
    assert link.run(20.0) == wanted


@pytest.mark.parametrize("jpeg", [100.0, 105.0])
def test_no_gain_is_no_reason_to_lose_anything(jpeg: float) -> None:
    """A device, or a source, that is as fast either way gets every bit."""
    assert Link(100.0, jpeg).run(20.0) == RAW


def test_it_is_tried_again_and_a_link_that_got_faster_shows() -> None:
    """And trials get rarer while nothing changes."""
    link = Link(15, 180)
    assert link.run(20.0) == JPEG
    link.rates[RAW] = 1500
    assert link.run(AGAIN_S * 3) == RAW


def test_trials_cost_little_where_nothing_changes() -> None:
    """An hour at 15 or 180 frames a second: less than a percent goes the slow way."""
    link = Link(15, 180)
    link.run(3600.0)
    assert link.sent[RAW] < 0.01 * link.sent[JPEG]


def test_what_was_granted_before_the_turn_tells_nothing() -> None:
    """It went in the other form."""
    trial = FormTrial()
    for number in range(SAMPLE_FRAMES + 2):
        trial.answered(0.0, number * SAMPLE_S)
        if trial.form == JPEG:
            break
    turned_at = number * SAMPLE_S
    before = repr(trial)
    trial.answered(turned_at - 0.1, turned_at + 0.1)
    assert repr(trial) == before


@given(steps=st.lists(st.floats(0.0, 5.0), max_size=200))
def test_any_times_of_answers_are_taken(steps: list[float]) -> None:
    """Also many at once, and none for long."""
    trial, now = FormTrial(), 0.0
    for step in steps:
        now += step
        trial.answered(now, now)
        assert trial.form in {RAW, JPEG}
    assert ROUNDS >= 1

"""Tests of common.meter against numpy's percentiles and plain counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.meter import Durations, Rate

DURATION_S = st.floats(1e-6, 3600.0)


def measured(values: list[float]) -> Durations:
    """A distribution of these."""
    durations = Durations()
    for value in values:
        durations.add(value)
    return durations


@given(st.lists(DURATION_S, min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_a_percentile_is_right_to_three_percent(values: list[float], share: float) -> None:
    """From a microsecond to an hour, never below the true value and at most 3 % above."""
    true = float(np.quantile(values, share, method="inverted_cdf"))
    found = measured(values).quantile(share)
    assert true * (1 - 1e-9) <= found <= true * 1.03 * (1 + 1e-9)


@given(st.lists(st.lists(st.floats(-1.0, 1e5), max_size=300), max_size=4))
def test_many_at_once_are_counted_as_one_by_one(lots: list[list[float]]) -> None:
    """Whenever it is asked."""
    together, apart = Durations(), Durations()
    for lot in lots:
        together.add_all(lot)
        for value in lot:
            apart.add(value)
        assert together.summary_ms() == pytest.approx(apart.summary_ms())
        assert together.count == apart.count


@given(st.lists(DURATION_S, min_size=1, max_size=50))
def test_count_mean_and_maximum_are_exact(values: list[float]) -> None:
    """Only percentiles are approximate."""
    durations = measured(values)
    assert durations.count == len(values)
    assert durations.mean == pytest.approx(np.mean(values))
    assert durations.maximum == max(values)
    assert durations.quantile(1.0) <= durations.maximum


def test_nothing_measured_is_zero() -> None:
    """An empty distribution has a summary like any other."""
    assert Durations().summary_ms() == {"p50": 0.0, "p95": 0.0, "p99": 0.0, "max": 0.0, "mean": 0.0}


def test_a_summary_is_in_milliseconds() -> None:
    """Rounded to a microsecond, percentiles never above the maximum."""
    summary = measured([0.010] * 99 + [0.100]).summary_ms()
    assert summary["p50"] == pytest.approx(10.0, rel=0.03)
    assert summary["max"] == 100.0
    assert summary["mean"] == 10.9


@pytest.mark.parametrize(("value", "counted"), [(-1.0, 0.0), (0.0, 0.0), (1e-9, 1e-9)])
def test_what_is_too_short_to_measure_falls_into_the_first_bucket(value: float, counted: float) -> None:
    """A clock that stepped back counts as nothing; a percentile is not above the maximum."""
    durations = measured([value])
    assert durations.maximum == counted
    assert durations.quantile(0.5) == counted


def test_what_is_too_long_falls_into_the_last_bucket() -> None:
    """A day is counted, if not measured; the maximum says how long it was."""
    durations = measured([86_400.0])
    assert durations.maximum == 86_400.0
    assert 3600.0 < durations.quantile(0.99) <= 86_400.0
    assert repr(durations) == "Durations(1, mean 86400.000000 s, max 86400.000000 s)"


@given(st.integers(1, 1000), st.floats(0.0, 10.0), st.floats(2.0, 20.0))
def test_a_steady_rate_is_what_it_is(per_s: int, start: float, lasts_s: float) -> None:
    """At any moment after the first window, to within one event more or less at each end of the window."""
    rate = Rate()
    now = start
    count = min(int(per_s * lasts_s), 4000)
    for i in range(count):
        now = start + i / per_s
        rate.add(now)
    if count / per_s >= 2 * rate.window_s:
        assert rate.recent(now) == pytest.approx(per_s, abs=2 / (0.9 * rate.window_s))
    if count > 1:
        assert rate.overall() == pytest.approx(per_s)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(1, 5)), max_size=60), st.floats(0.0, 3.0))
def test_a_window_holds_what_happened_in_it(steps: list[tuple[float, int]], pause_s: float) -> None:
    """The count in the window lies between those of 9/10 of it and of all of it; memory is bounded."""
    rate = Rate()
    now = 0.0
    happened: list[tuple[float, int]] = []
    for wait_s, events in steps:
        now += wait_s
        rate.add(now, events)
        happened.append((now, events))
    now += pause_s
    rate.recent(now)
    counted = sum(events for _, events in rate._buckets)
    assert counted <= sum(events for at, events in happened if at > now - rate.window_s - 1e-6)
    assert counted >= sum(events for at, events in happened if at > now - 0.9 * rate.window_s + 1e-6)
    assert len(rate._buckets) <= 11
    assert rate.count == sum(events for _, events in steps)


def test_a_rate_fades_when_nothing_happens() -> None:
    """After a window without events the recent rate is 0, and the overall rate is what it was."""
    rate = Rate(window_s=1.0)
    rate.add(0.0)
    rate.add(0.5)
    assert rate.recent(10.0) == 0.0
    assert rate.overall() == 2.0


def test_before_the_second_event_there_is_no_overall_rate() -> None:
    """One event has no distance to another; the recent rate takes a tenth of the window for one."""
    rate = Rate(window_s=1.0)
    assert (rate.recent(5.0), rate.overall()) == (0.0, 0.0)
    rate.add(5.0)
    assert (rate.recent(5.0), rate.overall()) == (10.0, 0.0)


@given(st.lists(st.floats(0, 100)), st.lists(st.floats(0, 100)))
def test_durations_that_are_merged_are_those_of_both(ours: list[float], theirs: list[float]) -> None:
    """As if all had been counted in one place."""
    merged, other, whole = Durations(), Durations(), Durations()
    for durations, values in ((merged, ours), (other, theirs), (whole, [*ours, *theirs])):
        for value in values:
            durations.add(value)
    merged.merge(other)
    assert merged.summary_ms() == pytest.approx(whole.summary_ms(), abs=1e-3)
    assert merged.count == whole.count


def test_rates_that_are_merged_count_over_all_time() -> None:
    """From the first event of either to the last; an empty one changes nothing."""
    rate, other = Rate(), Rate()
    rate.merge(other)
    assert rate.overall() == 0
    other.add(2.0)
    rate.merge(other)
    other.add(12.0, 9)
    later = Rate()
    later.add(7.0)
    later.merge(other)
    assert (rate.count, later.count, later.overall()) == (1, 11, 1.0)

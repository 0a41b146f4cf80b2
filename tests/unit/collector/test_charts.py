"""Curves and bars: what is drawn where."""

from __future__ import annotations

from math import inf

from collector.charts import Hint, Series, bar, curves, sparkline


def path_of(points: list[tuple[float, float]], gap_s: float = inf, span_s: float = 10.0) -> str:
    """The path of a single curve."""
    drawn = curves("T", "u", [Series("a", "one", points, gap_s)], [], span_s)
    return drawn.split('<path d="')[2].split('"')[0]


def test_a_curve_goes_through_its_points() -> None:
    """Time to the right, value upwards; a tick above the greatest is the top."""
    assert path_of([(0.0, 0.0), (5.0, 1.0), (10.0, 2.0)]) == "M0.0 1000L500.0 500L1000.0 0"


def test_a_gap_is_not_bridged_and_a_lone_point_is_a_dash() -> None:
    """A line where nothing was measured would be invented."""
    assert path_of([(0.0, 1.0), (1.0, 1.0), (9.0, 1.0)], gap_s=2.0) == "M0.0 0L100.0 0M897.0 0h6"


def test_a_run_without_length_is_drawn_in_the_middle() -> None:
    """One frame, one dash."""
    assert path_of([(0.0, 1.0)], span_s=0.0) == "M497.0 0h6"
    assert path_of([]) == ""


def test_a_legend_is_there_where_it_says_something() -> None:
    """For two curves, or where times are marked."""
    series = [Series("p50", "one", [(0.0, 1.0)], inf), Series("p95", "two", [(0.0, 2.0)], inf)]
    assert 'class="key"' not in curves("T", "u", series[:1], [], 1.0)
    assert curves("T", "u", series, [], 1.0).count('class="key"') == 2
    assert "failed or dropped" in curves("T", "u", series[:1], [Hint(0.0, 1.0, "x", marked=True)], 1.0)


def test_a_small_curve_is_made_of_steps() -> None:
    """Of nothing, it is the base line."""
    assert 'd="M0 1000L0.0 0H500.0L500.0 500H1000.0V1000Z"' in sparkline([2.0, 1.0], 2.0, "x")
    assert 'd="M0 1000L0.0 1000H1000.0V1000Z"' in sparkline([0.0], 0.0, "x")


def test_a_bar_reaches_as_far_as_its_share() -> None:
    """The paler one is there where it is longer."""
    assert bar(0.25).count("<i") == 1
    assert 'class="reach" style="width:75%"' in bar(0.25, 0.75)

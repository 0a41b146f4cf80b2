"""Numbers for people: units, digits, and round ticks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import quantities as q


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        (q.count_text, 1234567, "1,234,567"),
        (q.figure_text, 0, "0"),
        (q.figure_text, 0.0004, "0.000"),
        (q.figure_text, 0.1234, "0.123"),
        (q.figure_text, 4.567, "4.57"),
        (q.figure_text, 78.94, "78.9"),
        (q.figure_text, 12345.6, "12,346"),
        (q.fps_text, 24.83, "24.8 FPS"),
        (q.fps_text, None, q.NOTHING),
        (q.ms_text, None, q.NOTHING),
        (q.ms_text, 0.0, "0 ms"),
        (q.ms_text, 342.4, "342 ms"),
        (q.ms_text, 1234.5, "1.23 s"),
        (q.duration_text, 0.1, "0.100 s"),
        (q.duration_text, 560.0, "9 min 20 s"),
        (q.duration_text, 3599.7, "1 h 0 min"),
        (q.duration_text, 36_059.0, "10 h 0 min"),
        (q.share_text, 0.4341, "43.4 %"),
        (q.bytes_text, 16_758_394_880, "15.6 GiB"),
        (q.bytes_text, None, q.NOTHING),
    ],
)
def test_a_number_is_said_with_its_unit(text: Callable[[Any], str], value: float | None, expected: str) -> None:
    """In as many digits as are of use."""
    assert text(value) == expected


@pytest.mark.parametrize(
    ("top", "end", "texts"),
    [
        (24.8, 30.0, ["0", "10", "20", "30"]),
        (0.3, 0.3, ["0.0", "0.1", "0.2", "0.3"]),
        (1.0, 1.0, ["0.0", "0.5", "1.0"]),
        (0.0, 1.0, ["0", "1"]),
        (4100.0, 6000.0, ["0", "2,000", "4,000", "6,000"]),
    ],
)
def test_values_have_round_ticks(top: float, end: float, texts: list[str]) -> None:
    """From 0 to one that is not below the greatest value."""
    reached, ticks = q.value_ticks(top)
    assert reached == pytest.approx(end)
    assert [tick.text for tick in ticks] == texts


@pytest.mark.parametrize(
    ("span_s", "texts"),
    [
        (0.0, ["0 s"]),
        (0.1, ["0.00 s", "0.02 s", "0.04 s", "0.06 s", "0.08 s", "0.10 s"]),
        (33.0, ["0 s", "10 s", "20 s", "30 s"]),
        (600.0, ["0 min", "2 min", "4 min", "6 min", "8 min", "10 min"]),
        (36_000.0, ["0 h", "2 h", "4 h", "6 h", "8 h", "10 h"]),
    ],
)
def test_times_have_round_ticks_of_one_unit(span_s: float, texts: list[str]) -> None:
    """A tenth of a second and ten hours alike."""
    assert [tick.text for tick in q.time_ticks(span_s)] == texts


@given(st.floats(1e-6, 1e9))
def test_ticks_are_few_ascend_and_stay_on_the_axis(value: float) -> None:
    """Whatever the range is."""
    end, values = q.value_ticks(value)
    assert end >= value * (1 - 1e-6)
    for ticks, most in ((values, 5), (q.time_ticks(value), 7)):
        assert 1 <= len(ticks) <= most
        assert [tick.at for tick in ticks] == sorted({tick.at for tick in ticks})
        assert all(0 <= tick.at <= 1 + 1e-9 for tick in ticks)
        assert len({tick.text for tick in ticks}) == len(ticks)

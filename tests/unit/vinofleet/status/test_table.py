"""Tables fit, and say what they leave out; durations are read at a glance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinofleet.status.table import COLUMNS, ROWS_MAX, cut, duration, table


def test_names_are_to_the_left_and_figures_to_the_right() -> None:
    """Under their names."""
    assert table(("worker", "FPS"), [("one", "12.5"), ("another", "7.0")], 0) == [
        "  worker     FPS",
        "  one       12.5",
        "  another    7.0",
    ]


def test_a_table_without_rows_is_none() -> None:
    """Not even its names."""
    assert table(("worker", "FPS"), [], 0) == []


def test_what_is_left_out_is_counted() -> None:
    """Here and elsewhere."""
    lines = table(("worker",), [("w",)] * (ROWS_MAX + 3), 4)
    assert len(lines) == 1 + ROWS_MAX + 1
    assert lines[-1] == "  and 7 more"


@given(
    st.lists(
        st.tuples(st.text("ab", min_size=1, max_size=64), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=4
    )
)
def test_a_long_name_gives_way(rows: list[tuple[str, int, int]]) -> None:
    """Figures never do."""
    for line in table(("stream", "captured", "settled"), rows, 0):
        assert len(line) <= COLUMNS


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1.0, "0.0 s"),
        (12.34, "12.3 s"),
        (60, "1 min 00 s"),
        (245, "4 min 05 s"),
        (7384, "2 h 03 min"),
        (273_600, "3 d 04 h"),
    ],
)
def test_durations_are_read_at_a_glance(seconds: float, text: str) -> None:
    """Two units at most."""
    assert duration(seconds) == text


def test_a_line_that_is_too_long_is_cut() -> None:
    """And says so."""
    assert cut("a" * 80) == "a" * 80
    assert cut("a" * 81) == "a" * 77 + "..."

"""Tables and durations for people, in at most 80 columns. Pure.

What this file does not know: what the figures are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

COLUMNS: Final = 80
ROWS_MAX: Final = 20
"""Rows of a table; `--json` has more."""

Cell: TypeAlias = str | int

_LEAST_NAME: Final = 8
_INDENT: Final = "  "


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], left_out: int) -> list[str]:
    """Lay out columns under their names: the first to the left, the others to the right; nothing without rows.

    Args:
        columns: their names; the first, of names, gives way where it is tight.
        rows: the cells.
        left_out: how many more rows there are elsewhere.
    """
    if not rows:
        return []
    shown = [tuple(map(str, row)) for row in rows[:ROWS_MAX]]
    widths = [max(map(len, column)) for column in zip(columns, *shown, strict=True)]
    others = sum(widths[1:]) + len(_INDENT) * len(widths)
    widths[0] = max(_LEAST_NAME, min(widths[0], COLUMNS - others))
    more = len(rows) - len(shown) + left_out
    return [_row(row, widths) for row in (columns, *shown)] + ([f"{_INDENT}and {more} more"] if more else [])


def duration(seconds: float) -> str:
    """`12.3 s`, `4 min 05 s`, `2 h 03 min`, `3 d 04 h`."""
    whole = int(max(0.0, seconds))
    for size, step, unit, smaller in ((86_400, 3600, "d", "h"), (3600, 60, "h", "min"), (60, 1, "min", "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // step:02d} {smaller}"
    return f"{max(0.0, seconds):.1f} s"


def fits(line: str) -> bool:
    """Whether a line is short enough."""
    return len(line) <= COLUMNS


def cut(line: str) -> str:
    """Shorten a line that is too long."""
    return line if fits(line) else line[: COLUMNS - 3] + "..."


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    name = cells[0] if len(cells[0]) <= widths[0] else cells[0][: widths[0] - 3] + "..."
    figures = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return (_INDENT + _INDENT.join([name.ljust(widths[0]), *figures])).rstrip()

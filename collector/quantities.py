"""Numbers as people read them, with units, and the ticks of an axis. Pure text and arithmetic."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

NOTHING: Final = "–"  # noqa: RUF001 - a dash, as typographers have it
"""What stands for a figure that was not measured."""

_SECOND_MS: Final = 1000.0
_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0


def count_text(count: int) -> str:
    """12345 is 12,345."""
    return f"{count:,}"


def figure_text(value: float) -> str:
    """Three significant digits, and all of those before the point: 0.123, 4.56, 78.9, 12,345."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{value:,.{min(3, max(0, digits))}f}"


def fps_text(fps: float | None) -> str:
    """A rate, "24.8 FPS"."""
    return NOTHING if fps is None else f"{figure_text(fps)} FPS"


def ms_text(ms: float | None) -> str:
    """A duration given in milliseconds: in these below a second."""
    if ms is None:
        return NOTHING
    return f"{figure_text(ms)} ms" if ms < _SECOND_MS else duration_text(ms / _SECOND_MS)


def duration_text(seconds: float) -> str:
    """0.1 s, 32.1 s, 9 min 20 s, 10 h 0 min."""
    if seconds < _MINUTE_S:
        return f"{figure_text(seconds)} s"
    whole = round(seconds)
    if whole < _HOUR_S:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def share_text(share: float) -> str:
    """0.434 is 43.4 %."""
    return f"{100 * share:.1f} %"


def bytes_text(size: int | None) -> str:
    """16758394880 is 15.6 GiB."""
    return NOTHING if size is None else f"{size / 2**30:.1f} GiB"


class Tick(NamedTuple):
    """A mark of an axis: where it is, as a share of the axis (0..1), and what it says."""

    at: float
    text: str


def value_ticks(top: float, most: int = 4) -> tuple[float, list[Tick]]:
    """Round values from 0 up; returns the value at the axis' end, which is not below `top`, and the ticks."""
    step = _round_step(top / most) if top > 0 else 1.0
    steps = max(1, math.ceil(top / step - 1e-9))
    return step * steps, [Tick(index / steps, _decimal(index * step, step)) for index in range(steps + 1)]


def time_ticks(span_s: float, most: int = 6) -> list[Tick]:
    """Round times from 0 on, in seconds, minutes or hours as the span has them."""
    if span_s <= 0:
        return [Tick(0.0, "0 s")]
    unit_s, unit = next((size, name) for least, size, name in _UNITS if span_s > least)
    step = _round_step(span_s / unit_s / most)
    steps = math.floor(span_s / unit_s / step + 1e-9)
    return [
        Tick(index * step * unit_s / span_s, f"{_decimal(index * step, step)} {unit}") for index in range(steps + 1)
    ]


_UNITS: Final = ((3 * _HOUR_S, _HOUR_S, "h"), (3 * _MINUTE_S, _MINUTE_S, "min"), (0.0, 1.0, "s"))
"""Spans above the first number have ticks in the second's unit."""


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 ... (and 0.5, 0.2 ...) that is not below."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least * (1 - 1e-9))


def _decimal(value: float, step: float) -> str:
    return f"{value:,.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"

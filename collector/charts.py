"""Curves and bars of the report's page, as inline SVG and HTML.

The drawing area is stretched to the page's width, its strokes and its labels are not: so a curve is legible on a
telephone and on a wide screen, without a script. A tick's place is a share of an axis. Does NOT know reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from collector.markup import Html, el, join
from collector.quantities import time_ticks, value_ticks

SIZE: Final = 1000
"""Width and height of a drawing area in its own units."""

DASH: Final = 6
"""Length of a point that stands alone; a few pixels."""


class Series(NamedTuple):
    """One curve.

    Attributes:
        name: in the legend.
        style: a class of the page's style.
        points: (seconds, value), ascending.
        gap_s: points further apart than that are not joined.
    """

    name: str
    style: str
    points: Sequence[tuple[float, float]]
    gap_s: float


class Hint(NamedTuple):
    """What a pointer that rests between two times is told, and whether these are marked."""

    begin_s: float
    end_s: float
    text: str
    marked: bool = False


def curves(title: str, unit: str, series: Sequence[Series], hints: Sequence[Hint], span_s: float) -> Html:
    """A figure of curves over time, from 0 to `span_s`, values from 0 on; with a legend where it says something."""
    top, ticks = value_ticks(max((value for one in series for _, value in one.points), default=0.0))
    times = time_ticks(span_s)
    grid = [f"M0 {_y(tick.at)}H{SIZE}" for tick in ticks]
    drawn = [el("path", d="".join(grid), class_="grid")]
    drawn += [_curve(one, span_s, top) for one in series]
    drawn += [_hint(hint, span_s) for hint in hints]
    legend = [_key(one.style, one.name) for one in series] if len(series) > 1 else []
    legend += [_key("bad", "failed or dropped")] if any(hint.marked for hint in hints) else []
    return el(
        "figure",
        el("figcaption", el("b", title), el("span", unit, class_="unit"), *legend),
        el(
            "div",
            el("div", *(el("span", tick.text, style=f"bottom:{_percent(tick.at)}") for tick in ticks), class_="y"),
            _drawing("curves", f"{title}, {unit}", drawn),
            el("div", *(el("span", tick.text, style=f"left:{_percent(tick.at)}") for tick in times), class_="x"),
            class_="plot",
        ),
    )


def sparkline(values: Sequence[float], top: float, label: str) -> Html:
    """A small curve without axes, of steps of equal length; `top` is the value of its full height."""
    width = SIZE / max(1, len(values))
    level = [SIZE - SIZE * value / top if top > 0 else SIZE for value in values]
    steps = "".join(f"L{index * width:.1f} {y:.0f}H{(index + 1) * width:.1f}" for index, y in enumerate(level))
    area = el("path", d=f"M0 {SIZE}{steps}V{SIZE}Z", class_="area")
    return _drawing("spark", label, [area])


def bar(share: float, reach: float = 0.0) -> Html:
    """A bar to `share` of its width (0..1), and a paler one behind it to `reach`."""
    longer = [el("i", class_="reach", style=f"width:{_percent(reach)}")] if reach > share else []
    return el("div", *longer, el("i", style=f"width:{_percent(share)}"), class_="bar")


def _drawing(style: str, label: str, children: Sequence[Html]) -> Html:
    box = f"0 0 {SIZE} {SIZE}"
    attributes = {"viewBox": box, "preserveAspectRatio": "none", "aria-label": label}
    return el("svg", *children, class_=style, role="img", **attributes)


def _curve(series: Series, span_s: float, top: float) -> Html:
    """The path of a curve; a point without a neighbour is a dash."""
    runs: list[list[tuple[float, float]]] = []
    for point in series.points:
        joined = runs and point[0] - runs[-1][-1][0] <= series.gap_s
        runs = runs if joined else [*runs, []]
        runs[-1].append(point)
    path = "".join(_run([(_x(at, span_s), _y(value / top)) for at, value in run]) for run in runs)
    return el("path", d=path, class_=f"line {series.style}")


def _run(points: Sequence[tuple[float, str]]) -> str:
    if len(points) == 1:
        ((x, y),) = points
        return f"M{x - DASH / 2:.1f} {y}h{DASH}"
    return "M" + "L".join(f"{x:.1f} {y}" for x, y in points)


def _hint(hint: Hint, span_s: float) -> Html:
    begin, end = _x(hint.begin_s, span_s), _x(hint.end_s, span_s)
    place = {"x": f"{begin:.1f}", "width": f"{max(1.0, end - begin):.1f}"}
    marked = [el("rect", y=f"{SIZE - 25}", height="25", class_="bad", **place)] if hint.marked else []
    rest = el("rect", y="0", height=f"{SIZE}", class_="hint", **place)
    return el("g", el("title", hint.text), *marked, rest)


def _key(style: str, name: str) -> Html:
    return join(el("span", el("i", class_=style), name, class_="key"))


def _x(at_s: float, span_s: float) -> float:
    return SIZE * min(1.0, at_s / span_s) if span_s > 0 else SIZE / 2


def _y(share: float) -> str:
    return f"{SIZE - SIZE * share:.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"

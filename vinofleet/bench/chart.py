"""Stacked bars of where the CPU time of a frame goes: by cause, and by role.

What causes have is what each takes alone; what they take more in company stands beside them.

What this file does not know: how anything was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vinofleet.bench.explain import headline
from vinofleet.bench.parts import FLEET
from vinofleet.bench.result import Result
from vinofleet.measure.chart import GRID, INK, save, sheet, write_small_print

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_INCHES: Final = 4.2
COLOURS: Final = {
    "decode": "#5b83a6",
    "resize": "#9dbbd6",
    "inference": "#d9822b",
    "transport": "#8a5a9e",
    "beside each other": "#c98bb0",
    "producer": "#5b83a6",
    "worker": "#d9822b",
    "collector": "#6aa56a",
    "run": "#9aa5b1",
    "idle": "#eeeeee",
}
NARROW: Final = 0.045
"""A part of less than this share of the longest bar has no room for its name: the legend has it."""

Parts = Sequence[tuple[str, float]]


def bars_of(result: Result) -> list[tuple[str, Parts]]:
    """The bars from top to bottom: what each is, and its parts from left to right, milliseconds a frame."""
    alone, gap = result.alone, result.gap
    decode_ms, prepare_ms = alone.decode_ms or 0.0, alone.prepare_ms or 0.0
    causes: list[tuple[str, float]] = [("decode", decode_ms), ("resize", max(0.0, prepare_ms - decode_ms))]
    causes += [("inference", alone.inference_ms or 0.0), ("transport", gap.transport_ms or 0.0)]
    causes += [("beside each other", max(0.0, sum(gap.beside_ms.values())))]
    idle = [("idle", max(0.0, gap.idle_ms or 0.0))]
    return [("by cause", [*causes, *idle]), ("by role", [*gap.used_ms.items(), *idle])]


def draw(result: Result, path: Path) -> None:
    """Write the chart as a PNG.

    Raises:
        OutputError: it cannot be written.
    """
    figure = sheet(HEIGHT_INCHES)
    axes = figure.add_axes((0.1, 0.43, 0.87, 0.46))
    bars = bars_of(result)
    longest = max(sum(length for _, length in parts) for _, parts in bars)
    for place, (_, parts) in enumerate(bars):
        _draw_bar(axes, place, parts, longest)
    axes.set_yticks(range(len(bars)), [name for name, _ in bars])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.02 * longest)
    axes.set_xlabel(f"milliseconds of {result.alone.cores} cores a frame")
    axes.set_title(headline(result.gap), fontsize=10)
    axes.grid(axis="x", color=GRID, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    found = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))  # idle is in both bars
    handles, names = list(found.values()), list(found)
    figure.legend(handles, names, loc="upper left", bbox_to_anchor=(0.07, 0.31), ncols=5, fontsize=8, frameon=False)
    repeats = len(result.runs[FLEET.kind])
    first = f"{result.model} in {result.infers_in} on {result.passed['device']}; {result.source_name}; "
    write_small_print(figure, first + f"medians of {repeats} repeats in turns", result.machine, result.versions)
    save(figure, path)


def _draw_bar(axes: Axes, place: int, parts: Parts, longest: float) -> None:
    start = 0.0
    for name, length in parts:
        if length <= 0:
            continue
        label = f"{name} {length:.2f}"
        axes.barh(place, length, left=start, height=0.6, color=COLOURS[name], label=label, zorder=2)
        if length >= NARROW * longest:
            text = f"{length:.1f}"
            axes.text(start + length / 2, place, text, ha="center", va="center", fontsize=9, color=INK, zorder=3)
        start += length

"""The notebook's bar chart: frames a second of each mode, with what the device alone can do as a line.

What this file does not know: how anything was
measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vinofleet.compare.modes import CEILING
from vinofleet.compare.result import Result
from vinofleet.measure.chart import GRID, LINE, save, sheet, write_small_print

HEIGHT_INCHES: Final = 5.4
COLOURS: Final = {"sync": "#9aa5b1", "async": "#7b93a8", "queue": "#5b83a6", "fleet": "#d9822b"}


def draw(result: Result, path: Path) -> None:
    """Write the chart as a PNG.

    Raises:
        OutputError: it cannot be written.
    """
    figure = sheet(HEIGHT_INCHES)
    axes = figure.add_axes((0.08, 0.22, 0.89, 0.66))
    modes = [mode for mode in result.modes if mode.kind != "ceiling"]
    spreads = [result.fps(mode.name) for mode in modes]
    known = [(mode, found) for mode, found in zip(modes, spreads, strict=True) if found is not None]
    medians = [found.median for _, found in known]
    whiskers = [[found.median - found.least for _, found in known], [found.most - found.median for _, found in known]]
    places = list(range(len(known)))
    axes.bar(places, medians, width=0.62, color=[COLOURS[mode.kind] for mode, _ in known], zorder=2)
    axes.errorbar(places, medians, yerr=whiskers, fmt="none", ecolor=LINE, capsize=4, lw=1.1, zorder=3)
    ceiling = result.ceiling
    top = max([found.most for _, found in known] + ([ceiling.median] if ceiling else []))
    for place, (_, found) in zip(places, known, strict=True):
        axes.text(place, found.most + 0.015 * top, f"{found.median:.1f}", ha="center", va="bottom", fontsize=10)
    if ceiling is not None:
        axes.axhline(ceiling.median, color=LINE, ls="--", lw=1.1, zorder=1)
        text = f"{CEILING.name}: {ceiling.median:.1f}"
        axes.text(-0.45, ceiling.median + 0.01 * top, text, ha="left", va="bottom", fontsize=9, color=LINE)
    axes.set_xlim(-0.5, len(known) - 0.5)
    axes.set_ylim(0, 1.14 * top)
    axes.set_xticks(places, [mode.name.replace("queue-", "queue\n") for mode, _ in known])
    axes.set_ylabel("frames a second")
    axes.set_title(f"{result.model} on {result.device}: the same {result.frames} frames in each mode", fontsize=11)
    axes.grid(axis="y", color=GRID, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    repeats = len(result.runs[result.modes[0].name])
    figures = "one run of each" if repeats == 1 else f"median, least and most of {repeats} repeats in turns"
    first = f"{figures}; infers in {result.infers_in()}; {result.source_name}"
    write_small_print(figure, first, result.machine, result.versions)
    save(figure, path)

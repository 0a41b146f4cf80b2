"""The curves of `scale.py`, drawn from its results.

What this file does not know: how anything was measured.
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from vinofleet.measure.chart import GRID, LINE, save, sheet, write_small_print

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_INCHES: Final = 10.0
ROLES: Final = {"producer": "#5b83a6", "collector": "#d9822b", "workers": "#c9d1d8"}
"""The simulated workers as well: what their curve does too, the machine has done."""

SPEEDS: Final = ("#9aa5b1", "#7b93a8", "#5b83a6", "#3f5f7d")
PROCESSES: Final = "#d9822b"

Run: TypeAlias = Mapping[str, Any]
"""Its `setup` and its `figures`."""


def draw(results: Path, path: Path) -> None:
    """Write the chart of all measures that are there.

    Raises:
        OSError: a file of them cannot be read.
        OutputError: the chart cannot be written.
    """
    found = {each.stem.removeprefix("scale-"): json.loads(each.read_text()) for each in results.glob("scale-*.json")}
    runs: dict[str, Sequence[Run]] = defaultdict(list, {name: each["runs"] for name, each in found.items()})
    figure = sheet(HEIGHT_INCHES)
    axes = figure.subplot_mosaic([["devices", "pairs"], ["workers", "streams"], ["length", "length"]])
    figure.subplots_adjust(left=0.08, right=0.97, top=0.96, bottom=0.14, wspace=0.22, hspace=0.38)
    _throughput(axes["devices"], runs)
    _costs(axes["pairs"], runs["pairs"], "streams of 25 FPS, a worker each", lambda setup: setup["streams"], each=True)
    _costs(axes["workers"], runs["workers"], "simulated workers", lambda setup: setup["workers"])
    _costs(axes["streams"], runs["streams"], "streams", lambda setup: setup["streams"])
    _length(axes["length"], runs["length"])
    one = next(iter(found.values()))
    first = "a producer, a collector and simulated workers on the machine; one run of each, by bench/scale.py"
    write_small_print(figure, first, one["machine"], one["versions"])
    save(figure, path)


def _throughput(axes: Axes, runs: Mapping[str, Sequence[Run]]) -> None:
    """Frames a second beside what the devices could do, and what a producer and a collector can."""
    by_speed = defaultdict[float, list[Run]](list)
    for run in runs["devices"]:
        by_speed[run["setup"]["service_ms"]].append(run)
    for colour, (service_ms, these) in zip(SPEEDS, by_speed.items(), strict=False):
        counts = [run["setup"]["workers"] for run in these]
        axes.plot(counts, [1000 / service_ms * count for count in counts], color=LINE, lw=0.7, ls=":")
        label = f"devices of {1000 / service_ms:g} FPS"
        axes.plot(counts, [run["figures"]["fps"] for run in these], color=colour, marker="o", ms=4, label=label)
    if real := runs["processes"]:
        counts, fps = [run["setup"]["workers"] for run in real], [run["figures"]["fps"] for run in real]
        label = f"{1000 / real[0]['setup']['service_ms']:g} FPS, worker processes"
        axes.plot(counts, fps, color=PROCESSES, marker="s", ms=4, lw=0, label=label)
    if runs["rate"]:
        limit = statistics.median(run["figures"]["fps"] for run in runs["rate"])
        axes.axhline(limit, color=LINE, lw=1, ls="--")
        axes.text(1, limit * 1.1, f"producer and collector: {limit:,.0f}", fontsize=8, color=LINE)
    axes.set(xscale="log", yscale="log", xlabel="workers", ylabel="frames a second")
    axes.set_title("Throughput; dotted: workers x speed of a device", fontsize=10)
    _finish(axes)


def _costs(
    axes: Axes, runs: Sequence[Run], what: str, count: Callable[[Mapping[str, Any]], int], *, each: bool = False
) -> None:
    """CPU time a frame, by how many there are of something; `each` brings frames of its own."""
    counts = [count(run["setup"]) for run in runs]
    for role, colour in ROLES.items():
        axes.plot(counts, [run["figures"]["us"][role] for run in runs], color=colour, marker="o", ms=4, label=role)
    axes.set(xscale="log", xlabel=what, ylabel="CPU us a frame", yscale="log" if each and runs else "linear")
    if not each:
        axes.set_ylim(bottom=0)
    fps = statistics.median([run["figures"]["fps"] for run in runs] or [0])
    axes.set_title(f"By {what}" if each else f"By {what}, together {fps:,.0f} frames a second", fontsize=10)
    _finish(axes)


def _length(axes: Axes, runs: Sequence[Run]) -> None:
    """CPU time a frame over one run."""
    ends = [frames / 1e6 for frames in accumulate(run["figures"]["frames"] for run in runs)]
    for role, colour in ROLES.items():
        axes.plot(ends, [run["figures"]["us"][role] for run in runs], color=colour, marker="o", ms=4, label=role)
    axes.set(xlabel="million frames", ylabel="CPU us a frame")
    axes.set_ylim(bottom=0)
    fps = statistics.median([run["figures"]["fps"] for run in runs] or [0])
    axes.set_title(f"In the course of one run, {fps:,.0f} frames a second", fontsize=10)
    _finish(axes)


def _finish(axes: Axes) -> None:
    axes.grid(color=GRID, zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, frameon=False)

"""What every chart has: a canvas in memory, its small print, its file.

Only charts load this, and by it matplotlib, and only when one is asked for. What this file does not know: what is
drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from collector.paths import output_error

WIDTH_INCHES: Final = 9.0
DPI: Final = 120
LINE: Final = "#333333"
INK: Final = "#444444"
GRID: Final = "#e5e5e5"
SMALL: Final = 7.5


def sheet(height_inches: float) -> Figure:
    """An empty one; it draws to memory, whatever display there is."""
    figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def write_small_print(
    figure: Figure, first: str, machine: Mapping[str, Any], versions: Mapping[str, str | None]
) -> None:
    """Say at the bottom what the figures must be read with.

    Args:
        figure: on which.
        first: its first line.
        machine: as `common.machine` tells it.
        versions: the same.
    """
    named = ", ".join(f"{name} {versions[name]}" for name in ("vinofleet", "openvino", "opencv-python", "av"))
    system = str(machine["platform"]).partition("-")[0]  # which kernel it is, the JSON file says
    lines: Sequence[str] = (
        first,
        f"{machine['cpu']}, {machine['usable_cores']} cores, {system}",
        f"{named}, Python {versions['python']}",
    )
    figure.text(0.08, 0.03, "\n".join(lines), fontsize=SMALL, color=INK, va="bottom")


def save(figure: Figure, path: Path) -> None:
    """Write it as a PNG.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        with path.open("wb") as file:
            figure.savefig(file, format="png")
    except OSError as error:
        raise output_error("written", path, error, passing=False) from error

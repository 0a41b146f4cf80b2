"""What `vinofleet compare` has to say: as a table and sentences for people, as an object for programs. Pure.

What this file does not know: how it was measured, and what a chart of it looks like.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from vinofleet.compare.agreement import ALONE_MAX_SHARE, IOU_MIN, SCORE_TOLERANCE, Agreement
from vinofleet.compare.explain import why
from vinofleet.compare.modes import CEILING, Mode
from vinofleet.measure.figures import Run, Spread, last_measured, spread, stages
from vinofleet.status.table import COLUMNS, table

SCHEMA: Final = "vinofleet-compare/1"
NONE: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A comparison that is done.

    Attributes:
        source, model, device: as asked for.
        precision: as asked for.
        draw: whether each mode drew what it found.
        threshold: the least score of a detection.
        skipped: frames of the source that were left out at first.
        frames: of each run.
        modes: in the order of the table, the ceiling last.
        runs: of each mode, by name, in the order of the repeats.
        agreements: of each mode with the first one, over all repeats the worst, by name.
        machine, versions: what a figure must be read with.
    """

    source: str
    model: str
    device: str
    precision: str
    draw: bool
    threshold: float
    skipped: int
    frames: int
    modes: Sequence[Mode]
    runs: Mapping[str, Sequence[Run]]
    agreements: Mapping[str, Agreement]
    machine: Mapping[str, Any]
    versions: Mapping[str, str | None]

    @property
    def ceiling(self) -> Spread | None:
        """Inferences a second of the device alone."""
        return self.fps(CEILING.name)

    def fps(self, name: str) -> Spread | None:
        """Frames a second of a mode."""
        return spread(run.fps for run in self.runs[name])

    @property
    def source_name(self) -> str:
        """The source for people: a file's name without its folders."""
        return self.source if "://" in self.source else re.split(r"[\\/]", self.source)[-1]

    def why(self, mode: Mode) -> str:
        """Why a mode is as fast as it is."""
        runs = self.runs[mode.name]
        return why(mode, stages(runs), runs[0].engine, stages(self.runs.get("sync", ())))

    def infers_in(self) -> str:
        """The precision that the device says it infers in."""
        told = [run.engine.get("precision") for runs in self.runs.values() for run in runs if run.engine]
        return str(told[0]) if told else self.precision


def as_text(result: Result) -> str:
    """A table, and a sentence for each of its rows; 80 columns."""
    repeats = len(result.runs[result.modes[0].name])
    first = result.modes[0]
    drawn = "each draws" if result.draw else "none draws"
    lines = [
        f"{result.model} in {result.infers_in()} on {result.device}, {result.frames} frames of {result.source_name},",
        f"{drawn}; repeats in turns: {repeats}; FPS and CPU of frames 1 to {last_measured(result.frames)}",
        *table(
            ("mode", "FPS", "least", "most", f"x {first.name}", "CPU ms/frame", "first s", "MB"),
            [_row(result, mode) for mode in result.modes],
            0,
        ),
        "",
        _equal(result),
        "",
    ]
    for mode in result.modes:
        text = f"{mode.name}: {result.why(mode)}"
        lines += textwrap.wrap(text, COLUMNS, subsequent_indent="    ")
    return "\n".join(lines)


def _equal(result: Result) -> str:
    seen = list(result.agreements.values())
    alone = max((each.alone / max(1, each.detections) for each in seen), default=0.0)
    worst = max((each.score_difference for each in seen), default=0.0)
    return (
        f"detections agree in all runs (at most {100 * alone:.1f} % without a counterpart,\n"
        f"scores within {worst:.3f}; admitted are {100 * ALONE_MAX_SHARE:.0f} % and {SCORE_TOLERANCE}, IoU {IOU_MIN})"
    )


def _row(result: Result, mode: Mode) -> tuple[str, ...]:
    runs = result.runs[mode.name]
    fps, base = result.fps(mode.name), result.fps(result.modes[0].name)
    cpu, first, peak = (spread(getattr(run, name) for run in runs) for name in ("cpu_ms", "first_s", "peak_mb"))
    ratio = f"{fps.median / base.median:.2f}" if fps and base else NONE
    return (
        mode.name,
        *([f"{value:.1f}" for value in fps] if fps else [NONE] * 3),
        ratio,
        f"{cpu.median:.1f}" if cpu else NONE,
        f"{first.median:.2f}" if first else NONE,
        f"{peak.median:.0f}" if peak else NONE,
    )


def as_json(result: Result) -> dict[str, Any]:
    """As `vinofleet schema compare` says."""
    return {
        "schema": SCHEMA,
        "source": result.source,
        "model": result.model,
        "device": result.device,
        "precision": result.precision,
        "infers_in": result.infers_in(),
        "draw": result.draw,
        "threshold": result.threshold,
        "skipped_frames": result.skipped,
        "frames": result.frames,
        "measured_frames": last_measured(result.frames),
        "tolerances": {"iou": IOU_MIN, "score": SCORE_TOLERANCE, "alone_share": ALONE_MAX_SHARE},
        "modes": [_mode(result, mode) for mode in result.modes],
        "machine": dict(result.machine),
        "versions": dict(result.versions),
    }


def _mode(result: Result, mode: Mode) -> dict[str, Any]:
    runs = result.runs[mode.name]
    agreement = result.agreements.get(mode.name)
    figures = {name: spread(getattr(run, name) for run in runs) for name in ("fps", "cpu_ms", "first_s", "peak_mb")}
    return {
        "name": mode.name,
        "kind": mode.kind,
        "hint": mode.hint,
        "workers": mode.workers,
        **{name: None if found is None else found.asdict() for name, found in figures.items()},
        "stages_ms": stages(runs),
        "why": result.why(mode),
        "agreement": None
        if agreement is None
        else {
            "detections": agreement.detections,
            "alone": agreement.alone,
            "score_difference": agreement.score_difference,
        },
        "runs": [asdict(run) for run in runs],
    }

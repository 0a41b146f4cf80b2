"""What `vinofleet bench` has to say: as a table and sentences for people, as an object for programs. Pure.

What this file does not know: how it was measured, and what a chart of it looks like.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from vinofleet.bench.explain import headline, sentences
from vinofleet.bench.gap import Alone, Gap, gap_of
from vinofleet.bench.parts import CHECK, DECODE, FLAT_OUT, FLEET, INFERENCE, PACED, PARTS, PREPARE, Part
from vinofleet.measure.figures import MAIN, ROLES, Run, Spread, last_measured, median_of, spread
from vinofleet.status.table import COLUMNS, table

SCHEMA: Final = "vinofleet-bench/1"
NONE: Final = "-"
OTHERS_CORES: Final = 0.1
"""More than this touches figures."""

STEADY: Final = 1.2
"""Repeats of a part that differ by more than this factor are of different machines, in effect."""

ORDER: Final = (*ROLES, MAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A measurement that is done.

    Attributes:
        source: as asked for.
        model: its name.
        passed: what the device was told, by option.
        frames: of each run.
        skipped: frames of the source that were left out at first.
        workers: of the fleet.
        input_size: width and height of the model's input, pixels.
        detections: of a frame, on average.
        runs: of each part, by kind, in the order of the repeats.
        unchecked: why benchmark_app gave no figure; empty where it did.
        others_cores: how many cores other processes used meanwhile, on average; None where the system does not tell.
        machine: what a figure must be read with.
        versions: the same.
    """

    source: str
    model: str
    passed: Mapping[str, Any]
    frames: int
    skipped: int
    workers: int
    input_size: tuple[int, int]
    detections: float
    runs: Mapping[str, Sequence[Run]]
    unchecked: str
    others_cores: float | None
    machine: Mapping[str, Any]
    versions: Mapping[str, str | None]

    def fps(self, part: Part) -> Spread | None:
        """Frames a second of a part."""
        return spread(run.fps for run in self.runs[part.kind])

    def cpu_ms(self, part: Part) -> Spread | None:
        """CPU time of a frame of a part."""
        return spread(run.cpu_ms for run in self.runs[part.kind])

    def roles_ms(self, part: Part) -> dict[str, float]:
        """The median of each role's CPU time of a frame, in the order in which frames meet them."""
        found = median_of([run.roles_ms for run in self.runs[part.kind]])
        return {role: found[role] for role in ORDER if role in found}

    @property
    def source_name(self) -> str:
        """The source for people: a file's name without its folders."""
        return self.source if "://" in self.source else re.split(r"[\\/]", self.source)[-1]

    @property
    def infers_in(self) -> str:
        """The precision that the device says it infers in."""
        return str(self.runs[INFERENCE.kind][0].engine["precision"])

    @property
    def alone(self) -> Alone:
        """The medians of the parts."""
        inference, decode, prepare = (_middle(self.cpu_ms(part)) for part in (INFERENCE, DECODE, PREPARE))
        return Alone(
            cores=int(self.machine["usable_cores"] or 1),
            inference_fps=_middle(self.fps(INFERENCE)) or 0.0,
            prepare_fps=_middle(self.fps(PREPARE)) or 0.0,
            transport_fps=_middle(self.fps(FLAT_OUT)) or 0.0,
            inference_ms=inference,
            decode_ms=decode,
            prepare_ms=prepare,
            transport_ms=self.roles_ms(PACED),
        )

    @property
    def gap(self) -> Gap:
        """The whole against its parts."""
        return gap_of(self.alone, _middle(self.fps(FLEET)) or 0.0, self.roles_ms(FLEET))

    def doubts(self) -> Iterator[str]:
        """Why figures may be worth less than they seem."""
        cores = self.alone.cores
        if self.others_cores is not None and self.others_cores >= OTHERS_CORES:
            yield f"Others used {self.others_cores:.1f} of {cores} cores meanwhile: rates are too low."
        for part in (INFERENCE, PREPARE, FLEET):
            cpu = self.cpu_ms(part)
            if cpu is not None and cpu.most > STEADY * cpu.least:
                yield (
                    f"{part.name} took from {cpu.least:.2f} to {cpu.most:.2f} ms a frame: the machine's own speed "
                    "changed meanwhile, and differences with it; more --repeats help."
                )


def _middle(found: Spread | None) -> float | None:
    return None if found is None else found.median


def as_text(result: Result) -> str:
    """A table, the CPU time by role, and why; 80 columns."""
    alone, gap = result.alone, result.gap
    about = (
        f"{result.model} in {result.infers_in} on {result.passed['device']}, {result.frames} frames of "
        f"{result.source_name}; workers: {result.workers}; repeats in turns: {len(result.runs[FLEET.kind])}; medians"
    )
    lines = [
        *textwrap.wrap(about, COLUMNS, break_long_words=False),
        *table(
            ("part", "FPS", "least", "most", "CPU ms/frame", "least", "most"),
            [_row(result, part) for part in PARTS if result.runs[part.kind]],
            0,
        ),
        *([f"benchmark_app gave no figure ({result.unchecked})"] if result.unchecked else []),
        "",
        *_roles(result),
        headline(gap),
    ]
    for sentence in sentences(alone, gap):
        lines += textwrap.wrap(sentence, COLUMNS)
    for doubt in result.doubts():
        lines += textwrap.wrap(doubt, COLUMNS)
    return "\n".join(lines)


def _row(result: Result, part: Part) -> tuple[str, ...]:
    fps, cpu = result.fps(part), result.cpu_ms(part)
    return (
        part.name,
        *([f"{value:.1f}" for value in fps] if fps else [NONE] * 3),
        *([f"{value:.2f}" for value in cpu] if cpu else [NONE] * 3),
    )


def _roles(result: Result) -> list[str]:
    """The fleet's CPU time by role, beside what of it is transport."""
    fleet, paced = result.roles_ms(FLEET), result.roles_ms(PACED)
    if not fleet:
        return []
    rows = [(role, f"{used:.2f}", f"{paced.get(role, 0.0):.2f}") for role, used in fleet.items()]
    return [*table(("role", "CPU ms/frame", "transport, paced"), rows, 0), ""]


def as_json(result: Result) -> dict[str, Any]:
    """As `vinofleet schema bench` says."""
    alone, gap = result.alone, result.gap
    return {
        "schema": SCHEMA,
        "source": result.source,
        "model": result.model,
        "input_size": list(result.input_size),
        "options": dict(result.passed),
        "infers_in": result.infers_in,
        "skipped_frames": result.skipped,
        "frames": result.frames,
        "measured_frames": last_measured(result.frames),
        "workers": result.workers,
        "detections": result.detections,
        "parts": [_part(result, part) for part in PARTS],
        "gap": {
            "limits_fps": dict(gap.limits),
            "bound": gap.bound,
            "possible_fps": gap.possible_fps,
            "reached_fps": gap.reached_fps,
            "floor_ms": gap.floor_ms,
            "transport_ms": gap.transport_ms,
            "beside_ms": dict(gap.beside_ms),
            "idle_ms": gap.idle_ms,
        },
        "why": [headline(gap), *sentences(alone, gap)],
        "doubts": list(result.doubts()),
        "others_cores": result.others_cores,
        "machine": dict(result.machine),
        "versions": dict(result.versions),
    }


def _part(result: Result, part: Part) -> dict[str, Any]:
    fps, cpu = result.fps(part), result.cpu_ms(part)
    return {
        "kind": part.kind,
        "name": part.name,
        "about": part.about,
        "fps": None if fps is None else fps.asdict(),
        "cpu_ms": None if cpu is None else cpu.asdict(),
        "roles_ms": result.roles_ms(part),
        "problem": result.unchecked if part is CHECK else "",
        "runs": [asdict(run) for run in result.runs[part.kind]],
    }

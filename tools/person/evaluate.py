"""How well a student agrees with its teacher and with the synthetic street, and how much faster it is.

    python -m tools.person.evaluate --model STUDENT.xml --teacher TEACHER.xml --clip vtest.avi:0.7-1.0 \
        --street-seeds 1000-1019 --json figures.json

Clips: the teacher's boxes of a score >= 0.5 are who is there. Streets: what is painted is; people of whom less than 0.4
is seen are not counted, as in `collector --score`. Both models are asked in f32, their rows of a score >= 0.5 count.
Time: inference alone on one thread, student and teacher in turn, over and over; compare the ratio, the machine's speed
drifts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import cv2

from common.machine import machine_facts, versions
from tools.person.agreement import Spread, Tally, as_truth, ratios, seeds, spread, tally, together
from tools.person.detector import ONE_THREAD, Detector, Precision
from tools.person.parts import Part, frames_of, part
from tools.person.streets import frames_of_street

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

THRESHOLD: Final = 0.5
STREET_STEP: Final = 25
"""Frames from one that is looked at to the next: a second."""
WARM_UP: Final = 5
PRECISIONS: Final[tuple[Precision, ...]] = ("f32", "default")
SIDES: Final = ("student", "teacher")


class Scored(NamedTuple):
    """One line of the first table.

    Attributes:
        who: `student` or `teacher`.
        what: the clip's part, or the street.
        against: whose word counts.
        tally: the counts.
    """

    who: str
    what: str
    against: str
    tally: Tally


class Timed(NamedTuple):
    """One line of the second table.

    Attributes:
        asked: the precision asked for.
        computed: what the student and the teacher really computed in.
        student_ms, teacher_ms: an inference, over the repeats.
        ratio: of both, repeat by repeat.
    """

    asked: str
    computed: str
    student_ms: Spread
    teacher_ms: Spread
    ratio: Spread


def main() -> None:
    """Compare and print."""
    asked = _arguments()
    cv2.setNumThreads(1)
    models = {side: _file_facts(path) for side, path in zip(SIDES, (asked.model, asked.teacher), strict=True)}
    facts = {"command": " ".join(sys.argv), "machine": machine_facts(), "versions": versions(), "models": models}
    for name in ("command", "machine", "versions"):
        print(f"{name}: {facts[name] if name == 'command' else json.dumps(facts[name])}")
    for side, files in models.items():
        for name, file in files.items():
            print(f"{side}: {name}, {file['bytes']:,} bytes, SHA-256 {file['sha256']}")
    student, teacher = Detector(asked.model, "f32"), Detector(asked.teacher, "f32")
    scores = _show_scores(student, teacher, asked)
    times = _show_times(asked)
    if asked.json:
        figures = {"scores": [_score_json(line) for line in scores], "times": [_time_json(line) for line in times]}
        asked.json.write_text(json.dumps({**facts, **figures}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", type=Path, required=True, help="the student")
    options.add_argument("--teacher", type=Path, required=True)
    options.add_argument("--clip", type=part, nargs="+", action="extend", default=[], help="PATH or PATH:START-END")
    options.add_argument("--street-seeds", type=seeds, default=(), help="such as 1000,1001 or 1000-1019")
    options.add_argument("--street-people", type=int, default=6)
    options.add_argument("--street-frames", type=int, default=20, help="of each street")
    options.add_argument("--repeats", type=int, default=7, help="of the timing; 0 for none")
    options.add_argument("--inferences", type=int, default=30, help="in each repeat")
    options.add_argument("--json", type=Path)
    return options.parse_args()


def _file_facts(model: Path) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of both files of a model."""
    files = [file for file in (model, model.with_suffix(".bin")) if file.exists()]
    return {
        file.name: {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in files
    }


def _show_scores(student: Detector, teacher: Detector, asked: argparse.Namespace) -> list[Scored]:
    """Print each line as soon as it is known."""
    print(f"\n{'':8} {'frames':>6} {'people':>6} {'found':>6} {'false':>6} {'precision':>9} {'recall':>7}")
    found: list[Scored] = []
    for line in _scores(student, teacher, asked):
        counts = " ".join(f"{count:6}" for count in line.tally)
        print(f"{line.who:8} {counts} {_share(line.tally.precision):>9} {_share(line.tally.recall):>7}", end=" ")
        print(f" {line.what}, against the {line.against}", flush=True)
        found.append(line)
    return found


def _scores(student: Detector, teacher: Detector, asked: argparse.Namespace) -> Iterator[Scored]:
    for clip in asked.clip:
        yield Scored("student", str(clip), "teacher", _on_clip(student, teacher, clip))
    streets = [_on_street((student, teacher), seed, asked) for seed in asked.street_seeds]
    name = f"{len(streets)} streets of {asked.street_people}"
    for side, tallies in zip(SIDES, zip(*streets, strict=True), strict=True) if streets else ():
        for seed, each in zip(asked.street_seeds, tallies, strict=True):
            yield Scored(side, f"street {seed}", "truth", each)
        yield Scored(side, name, "truth", together(tallies))


def _on_clip(student: Detector, teacher: Detector, clip: Part) -> Tally:
    return tally(
        (student.people(frame, THRESHOLD), as_truth(teacher.people(frame, THRESHOLD))) for _, frame in frames_of(clip)
    )


def _on_street(detectors: tuple[Detector, ...], seed: int, asked: argparse.Namespace) -> tuple[Tally, ...]:
    """Return what each detector finds in one street, a frame a second."""
    numbers = range(0, STREET_STEP * asked.street_frames, STREET_STEP)
    seen = list(frames_of_street(asked.street_people, seed, numbers))
    return tuple(tally((each.people(picture, THRESHOLD), there) for picture, there in seen) for each in detectors)


def _show_times(asked: argparse.Namespace) -> list[Timed]:
    if not asked.repeats:
        return []
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\none thread, {asked.repeats} repeats of {asked.inferences} inferences; load of the machine before: {load}")
    found = [_timed(precision, asked) for precision in PRECISIONS]
    for line in found:
        print(f"{line.asked:8} student {line.student_ms} ms, teacher {line.teacher_ms} ms", end=", ")
        print(f"student / teacher {line.ratio}; computed in {line.computed}")
    return found


def _timed(precision: Precision, asked: argparse.Namespace) -> Timed:
    picture = _picture(asked)
    sides = [Detector(path, precision, ONE_THREAD) for path in (asked.model, asked.teacher)]
    inputs = [side.prepared(picture) for side in sides]
    taken_ms: list[list[float]] = [[], []]
    for _ in range(asked.repeats):
        for side, image, medians in zip(sides, inputs, taken_ms, strict=True):
            medians.append(_median_ms(side, image, asked.inferences))
    computed = " and ".join(side.precision for side in sides)
    return Timed(precision, computed, spread(taken_ms[0]), spread(taken_ms[1]), ratios(*taken_ms))


def _picture(asked: argparse.Namespace) -> Bytes:
    """Return a picture with people in it: suppression costs more where there are some."""
    if asked.clip:
        return next(frame for _, frame in frames_of(asked.clip[0]))
    return next(picture for picture, _ in frames_of_street(asked.street_people, 0, [0]))


def _median_ms(detector: Detector, image: NDArray[np.float32], inferences: int) -> float:
    for _ in range(WARM_UP):
        detector.infer(image)
    taken: list[float] = []
    for _ in range(inferences):
        started = time.perf_counter()
        detector.infer(image)
        taken.append(1000 * (time.perf_counter() - started))
    return spread(taken).median


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _score_json(line: Scored) -> dict[str, Any]:
    shares = {"precision": line.tally.precision, "recall": line.tally.recall}
    return {"who": line.who, "what": line.what, "against": line.against, **line.tally._asdict(), **shares}


def _time_json(line: Timed) -> dict[str, Any]:
    spreads = {name: value._asdict() for name, value in line._asdict().items() if isinstance(value, Spread)}
    return {**line._asdict(), **spreads}


if __name__ == "__main__":
    main()

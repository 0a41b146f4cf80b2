"""Which raw score should become 0.5: a table of thresholds, on frames that were trained on.

    python -m tools.person.calibrate RAW.xml --teacher TEACHER.xml --clip one.avi:0-0.7 --street-seeds 10000-10009

RAW.xml is an export without `--threshold`. For each threshold and each place the F1 score, and last the threshold whose
worst place is best, which `export --threshold` takes. Never look at frames that are kept for `evaluate`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.person.agreement import as_truth, f1, seeds, tally
from tools.person.detector import Detector
from tools.person.parts import Part, frames_of, part
from tools.person.streets import frames_of_street

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Frame = tuple[NDArray[np.float32], NDArray[np.float32]]
    """What was found, [N,6], and what is there, [M,5]."""

THRESHOLDS: Final = tuple(percent / 100 for percent in range(20, 71, 2))
LEAST: Final = min(THRESHOLDS)
TEACHER: Final = 0.5
STEP: Final = 5
"""Frames of a clip from one that is looked at to the next."""
STREET_PEOPLE: Final = 6
STREET_NUMBERS: Final = range(0, 500, 50)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("model", type=Path)
    options.add_argument("--teacher", type=Path, required=True)
    options.add_argument("--clip", type=part, action="append", default=[], help="PATH:START-END")
    options.add_argument("--street-seeds", type=seeds, default=())
    asked = options.parse_args()
    student, teacher = Detector(asked.model, "f32"), Detector(asked.teacher, "f32")
    places = {str(clip): list(_clip(student, teacher, clip)) for clip in asked.clip}
    if asked.street_seeds:
        places["streets"] = [frame for seed in asked.street_seeds for frame in _street(student, seed)]
    print("threshold  " + "  ".join(places))
    worst = {threshold: _line(places, threshold) for threshold in THRESHOLDS}
    print(f"best of the worst: {max(worst, key=lambda threshold: worst[threshold]):.2f}")


def _line(places: dict[str, list[Frame]], threshold: float) -> float:
    """Print the F1 scores at a threshold, return the least."""
    scores = [
        f1(tally((found[found[:, 4] >= threshold], there) for found, there in frames)) for frames in places.values()
    ]
    print(f"{threshold:9.2f}  " + "  ".join(f"{score:.3f}" for score in scores))
    return min(scores)


def _clip(student: Detector, teacher: Detector, clip: Part) -> Iterator[Frame]:
    for number, frame in frames_of(clip):
        if number % STEP == 0:
            yield student.people(frame, LEAST), as_truth(teacher.people(frame, TEACHER))


def _street(student: Detector, seed: int) -> Iterator[Frame]:
    for picture, there in frames_of_street(STREET_PEOPLE, seed, STREET_NUMBERS):
        yield student.people(picture, LEAST), there


if __name__ == "__main__":
    main()

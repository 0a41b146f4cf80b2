"""The frames of a clip in which student and teacher differ most, on one sheet, worst first.

    python -m tools.person.sheet OUT.png --model STUDENT.xml --teacher TEACHER.xml --clip vtest.avi:0.7-1.0

The teacher's boxes are red, the student's green, each with its score.
"""

from __future__ import annotations

import argparse
import heapq
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from tools.person.agreement import Tally, as_truth, tally
from tools.person.detector import Detector
from tools.person.parts import Part, frames_of, part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

THRESHOLD: Final = 0.5
COLUMNS: Final = 3
TILE_WIDTH: Final = 640
"""Pixels of a frame on the sheet."""
RED: Final = 60, 60, 255
GREEN: Final = 80, 230, 80


class Compared(NamedTuple):
    """A frame in which somebody is missed or is not there."""

    number: int
    counts: Tally
    tile: Bytes

    @property
    def errors(self) -> int:
        """How many the student missed, and how many it made up."""
        return self.counts.people - self.counts.found + self.counts.false


def main() -> None:
    """Compare, draw, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("out", type=Path)
    options.add_argument("--model", type=Path, required=True, help="the student")
    options.add_argument("--teacher", type=Path, required=True)
    options.add_argument("--clip", type=part, required=True, help="PATH or PATH:START-END")
    options.add_argument("--frames", type=int, default=12)
    asked = options.parse_args()
    student, teacher = Detector(asked.model, "f32"), Detector(asked.teacher, "f32")
    worst = heapq.nlargest(asked.frames, compared(student, teacher, asked.clip), key=lambda each: each.errors)
    if not worst:
        sys.exit("student and teacher agree in every frame: there is nothing to show")
    for each in worst:
        print(f"frame {each.number}: {each.counts.people - each.counts.found} missed, {each.counts.false} false")
    cv2.imwrite(str(asked.out), sheet([each.tile for each in worst]))


def compared(student: Detector, teacher: Detector, clip: Part) -> Iterator[Compared]:
    """Yield the frames in which both differ."""
    for number, frame in frames_of(clip):
        found, there = student.people(frame, THRESHOLD), teacher.people(frame, THRESHOLD)
        counts = tally([(found, as_truth(there))])
        if counts.found < counts.people or counts.false:
            yield Compared(number, counts, tile(frame, ((there, RED), (found, GREEN)), f"frame {number}"))


def tile(frame: Bytes, drawn: tuple[tuple[NDArray[np.float32], tuple[int, int, int]], ...], title: str) -> Bytes:
    """Return a frame, TILE_WIDTH wide, with boxes [N,6] (rows x1 y1 x2 y2 score class) of each colour, and a title."""
    scale = TILE_WIDTH / frame.shape[1]
    small = np.asarray(cv2.resize(frame, (TILE_WIDTH, round(frame.shape[0] * scale))), np.uint8)
    for offset, (rows, colour) in enumerate(drawn):
        for row in rows:
            x1, y1, x2, y2 = (round(float(side) * scale) - offset for side in row[:4])
            cv2.rectangle(small, (x1, y1), (x2, y2), colour, 1)
            _write(small, f"{row[4]:.2f}", (x1, y1 - 3 if offset else y2 + 11), colour)
    _write(small, title, (6, 16), (255, 255, 255))
    return small


def _write(picture: Bytes, text: str, place: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)


def sheet(tiles: list[Bytes]) -> Bytes:
    """Lay tiles of one size out in rows of COLUMNS; what is left of the last row is black."""
    blank = np.zeros_like(tiles[0])
    filled = [*tiles, *[blank] * (-len(tiles) % COLUMNS)]
    rows = [np.hstack(filled[start : start + COLUMNS]) for start in range(0, len(filled), COLUMNS)]
    return np.vstack(rows)


if __name__ == "__main__":
    main()

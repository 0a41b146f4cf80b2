"""Clips and what the teacher sees in them.

Decodes a clip, asks the teacher (person-detection-0202, f32) for the people in each frame, and keeps both in a folder,
so that a second training does not pay for it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from tools.person.detector import Detector
from tools.person.parts import Part, frames_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SCORE_MIN: Final = 0.1
"""Below it the teacher says nothing that can be learnt from."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames of a clip, and the teacher's boxes.

    Attributes:
        frames: uint8 [N,H,W,3], BGR; a memory map.
        people: for each frame f32 [M,5]: x1, y1, x2, y2 in pixels, score.
    """

    frames: NDArray[np.uint8]
    people: list[NDArray[np.float32]]


def read_clip(wanted: Part, teacher: Path, cache: Path) -> Clip:
    """Return part of a clip; what was decoded and labelled of the whole is kept in `cache`."""
    frames, boxes = (cache / f"{wanted.path.name}.{kind}.npy" for kind in ("frames", "boxes"))
    if not boxes.exists():
        cache.mkdir(parents=True, exist_ok=True)
        pictures = np.stack([picture for _, picture in frames_of(Part(wanted.path))])
        np.save(frames, pictures)
        np.save(boxes, _labels(pictures, teacher))
    pictures, rows = np.load(frames, mmap_mode="r"), np.load(boxes)
    numbers = wanted.numbers(len(pictures))
    people = [rows[rows[:, 0] == number, 1:] for number in numbers]
    return Clip(pictures[numbers.start : numbers.stop], people)


def _labels(pictures: NDArray[np.uint8], teacher: Path) -> NDArray[np.float32]:
    """Return f32 [K,6]: a frame's number, and a row of `Clip.people` of it."""
    detector = Detector(teacher, "f32")
    people = [detector.people(picture, SCORE_MIN)[:, :5] for picture in pictures]
    return np.concatenate([np.insert(each, 0, number, 1) for number, each in enumerate(people)])

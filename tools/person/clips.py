"""Clips and what the teacher sees in them.

Decodes a clip, asks the teacher (person-detection-0202, f32) for the people in each frame, and keeps both in a folder,
so that a second training does not pay for it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import av
import cv2
import numpy as np
import openvino as ov

if TYPE_CHECKING:
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

    def part(self, start: float, end: float) -> Clip:
        """Return the frames from `start` to `end`, as shares of all."""
        first, last = (round(share * len(self.people)) for share in (start, end))
        return Clip(self.frames[first:last], self.people[first:last])


def read_clip(path: Path, teacher: Path, cache: Path) -> Clip:
    """Return all of a clip; what was decoded and labelled is kept in `cache`."""
    frames, boxes = (cache / f"{path.name}.{kind}.npy" for kind in ("frames", "boxes"))
    if not boxes.exists():
        cache.mkdir(parents=True, exist_ok=True)
        pictures = np.stack(list(_decoded(path)))
        np.save(frames, pictures)
        people = list(_labelled(pictures, teacher))
        np.save(boxes, np.concatenate([np.insert(each, 0, frame, 1) for frame, each in enumerate(people)]))
    pictures, rows = np.load(frames, mmap_mode="r"), np.load(boxes)
    return Clip(pictures, [rows[rows[:, 0] == frame, 1:] for frame in range(len(pictures))])


def _decoded(path: Path) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="bgr24")


def _labelled(pictures: NDArray[np.uint8], teacher: Path) -> Iterator[NDArray[np.float32]]:
    """Give each picture to the teacher: BGR, stretched to its input; its rows end at the first negative image_id."""
    model = ov.Core().compile_model(teacher, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    height, width = model.input().shape[2:]
    for picture in pictures:
        scaled = cv2.resize(picture, (width, height)).transpose(2, 0, 1)[None].astype(np.float32)
        rows = model(scaled)[0].reshape(-1, 7)
        ends = np.flatnonzero(rows[:, 0] < 0)
        rows = rows[: ends[0]] if len(ends) else rows
        rows = rows[rows[:, 2] >= SCORE_MIN]
        sides = np.array([picture.shape[1], picture.shape[0]] * 2, np.float32)
        yield np.concatenate([rows[:, 3:] * sides, rows[:, 2:3]], 1)

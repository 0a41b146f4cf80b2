"""People cut out of a clip, to be pasted into other pictures.

Both clips come from cameras that do not move: the median of what no box covers is the scene without people, and what
differs from it inside of a box is the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tools.person.clips import Clip

SCORE_MIN: Final = 0.8
"""Of a person that is worth cutting out ..."""
OVERLAP_MAX: Final = 0.05
"""... and the share of its box that another one may cover."""
DIFFERENCE: Final = 22
"""Of 255, in the channel that differs most: where the person is."""
COVER_MIN: Final = 0.3
"""Share of the box that must be person."""
MARGIN: Final = 0.08
"""Of the box's height, cut out around it."""
SAMPLES: Final = 80
"""Frames of the median."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """A person with a matte.

    Attributes:
        picture: uint8 [H,W,3], BGR.
        alpha: f32 [H,W], 0..1.
        box: x1, y1, x2, y2 of the person within.
        score: the teacher's.
    """

    picture: NDArray[np.uint8]
    alpha: NDArray[np.float32]
    box: NDArray[np.float32]
    score: float


def empty_scene(clip: Clip) -> NDArray[np.uint8]:
    """Return the median over the clip of what no box of the teacher covers, uint8 [H,W,3]."""
    chosen = np.linspace(0, len(clip.frames) - 1, SAMPLES).astype(int)
    stack = clip.frames[chosen].astype(np.float32)
    for frame, number in zip(stack, chosen, strict=True):
        for x1, y1, x2, y2, _ in clip.people[number]:
            margin = MARGIN * (y2 - y1)
            left, top = (max(0, int(side - margin)) for side in (x1, y1))
            frame[top : int(y2 + margin), left : int(x2 + margin)] = np.nan
    always = np.isnan(stack).all(0)
    stack[0][always] = clip.frames[chosen[0]][always]  # somebody stood there in every frame: any picture will do
    rows = [np.nanmedian(stack[:, row], axis=0) for row in range(stack.shape[1])]  # by row, as it copies
    return np.stack(rows).astype(np.uint8)


def cutouts(clip: Clip, scene: NDArray[np.uint8], step: int) -> list[Cutout]:
    """Return the people of every `step`th frame that stand alone."""
    found = []
    for frame in range(0, len(clip.people), step):
        people = clip.people[frame]
        for index, person in enumerate(people):
            if person[4] >= SCORE_MIN and not _is_covered(people, index):
                cut = _cut(clip.frames[frame], scene, person)
                found += [cut] if cut else []
    return found


def _is_covered(people: NDArray[np.float32], index: int) -> bool:
    x1, y1, x2, y2 = people[index, :4]
    others = np.delete(people, index, 0)
    width = np.clip(np.minimum(others[:, 2], x2) - np.maximum(others[:, 0], x1), 0, None)
    height = np.clip(np.minimum(others[:, 3], y2) - np.maximum(others[:, 1], y1), 0, None)
    return bool((width * height > OVERLAP_MAX * (x2 - x1) * (y2 - y1)).any())


def _cut(frame: NDArray[np.uint8], scene: NDArray[np.uint8], person: NDArray[np.float32]) -> Cutout | None:
    margin = MARGIN * (person[3] - person[1])
    left, top = np.maximum(person[:2] - margin, 0).astype(int)
    right, bottom = np.minimum(person[2:4] + margin, frame.shape[1::-1]).astype(int)
    picture = frame[top:bottom, left:right].copy()
    difference = cv2.absdiff(picture, np.ascontiguousarray(scene[top:bottom, left:right])).max(2)
    mask = (difference > DIFFERENCE).astype(np.uint8)
    side = max(3, int(margin) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    mask = _largest(np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), np.uint8))
    box = person[:4] - np.array([left, top, left, top], np.float32)
    inside = mask[max(0, int(box[1])) : int(box[3]), max(0, int(box[0])) : int(box[2])]
    if inside.size == 0 or inside.mean() < COVER_MIN:
        return None
    alpha = np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (3, 3), 0), np.float32)
    return Cutout(picture, alpha, box, float(person[4]))


def _largest(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Keep the largest connected part: the others are shadows, neighbours and noise."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), np.uint8)

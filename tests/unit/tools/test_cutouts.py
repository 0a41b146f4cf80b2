"""People are cut out of a clip whose camera does not move."""

from __future__ import annotations

import numpy as np

from tools.person.clips import Clip
from tools.person.cutouts import cutouts, empty_scene

SCENE = np.tile(np.linspace(40, 90, 160).astype(np.uint8)[None, :, None], (120, 1, 3))


def walk(count: int, score: float = 0.95) -> Clip:
    """Return a clip in which somebody bright walks to the right, 20 x 50 pixels."""
    frames, people = [], []
    for number in range(count):
        frame, left = SCENE.copy(), 10 + number
        frame[40:90, left : left + 20] = (200, 180, 220)
        frames.append(frame)
        people.append(np.array([[left, 40, left + 20, 90, score]], np.float32))
    return Clip(np.stack(frames), people)


def test_the_scene_is_what_lies_behind_everybody() -> None:
    """The median of what no box covers is the place without the person."""
    found = empty_scene(walk(100))
    assert np.abs(found.astype(int) - SCENE).max() <= 1


def test_a_cutout_is_the_person_and_nothing_else() -> None:
    """The matte covers the person's pixels, and not the place around it."""
    clip = walk(100)
    cut = cutouts(clip, empty_scene(clip), 10)[3]
    x1, y1, x2, y2 = (round(side) for side in cut.box)
    assert cut.alpha[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2].min() == 1
    assert cut.alpha[: max(0, y1 - 2)].max(initial=0) == 0
    assert cut.alpha[:, : max(0, x1 - 2)].max(initial=0) == 0


def test_whom_the_teacher_doubts_is_not_cut_out() -> None:
    """A low score cuts nothing."""
    clip = walk(20, score=0.6)
    assert cutouts(clip, empty_scene(clip), 1) == []


def test_people_who_cover_each_other_are_not_cut_out() -> None:
    """Two boxes that overlap make no cutout."""
    clip = walk(20)
    for number, rows in enumerate(clip.people):
        clip.people[number] = np.concatenate([rows, rows + np.array([5, 0, 5, 0, 0], np.float32)])
    assert cutouts(clip, empty_scene(clip), 1) == []

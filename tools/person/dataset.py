"""Where training pictures come from: clips with the teacher's boxes, streets with exact ones, people pasted into both.

Guarantees: a picture depends on its number and the seed only, so a training can be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from common.street import Scene, truth
from producer.street import StreetPainter
from tools.person.augment import Picture, camera, paste, view
from tools.person.cutouts import Cutout, cutouts, empty_scene
from tools.person.targets import targets
from vinofleet.demo.cli import SEED_MAX

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from tools.person.clips import Clip

TEACHER_SURE: Final = 0.3
"""The least score of the teacher that is asked for; what lies below is "unsure"."""

VISIBLE_SURE: Final = 0.4
VISIBLE_UNSURE: Final = 0.1
"""Share of a street's person that must be seen to be asked for, and to be "unsure"."""

STREET_SEEDS: Final = range(SEED_MAX + 1, 100_000)
"""Of the streets that are trained on: demonstration, tests and figures use seeds below."""

STREET_FRAMES: Final = 8
"""Frames of each street, far apart."""
CUTOUT_STEP: Final = 3


@dataclass(slots=True)
class Pool:
    """What pictures are made of.

    Attributes:
        clips: of the teacher.
        streets: painted, with their people.
        scenes: places without people.
        people: cut out of the clips.
        street_share: how many of the pictures are streets.
    """

    clips: Sequence[Clip]
    streets: Sequence[Picture] = ()
    street_share: float = 0.3
    scenes: list[NDArray[np.uint8]] = field(default_factory=list)
    people: list[list[Cutout]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for clip in self.clips:
            scene = empty_scene(clip)
            self.scenes.append(scene)
            self.people.append(cutouts(clip, scene, CUTOUT_STEP))


def paint_streets(count: int, seed: int) -> list[Picture]:
    """Paint `count` streets of training seeds, some frames of each."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        width = int(rng.choice([640, 768, 960]))
        height = int(width * rng.choice([0.5625, 0.75]) / 2) * 2
        who, where = int(rng.integers(1, 16)), int(rng.choice(STREET_SEEDS))
        scene = Scene(people=who, width=width, height=height, fps=Fraction(25), seed=where)
        painter = StreetPainter(scene)
        found += [_street(scene, painter, int(number)) for number in rng.integers(0, 5000, STREET_FRAMES)]
    return found


def _street(scene: Scene, painter: StreetPainter, number: int) -> Picture:
    rows = truth(scene, number)
    visible = rows[:, 4]
    people = rows[visible >= VISIBLE_SURE].copy()
    people[:, 4] = 1.0
    return Picture(painter.bgr(number), people, rows[(visible < VISIBLE_SURE) & (visible >= VISIBLE_UNSURE), :4])


def make(pool: Pool, rng: Generator) -> Picture:
    """Make one picture of the network's size."""
    picture = _street_of(pool, rng) if rng.random() < pool.street_share and pool.streets else _frame_of(pool, rng)
    picture = view(picture, rng)
    picture.pixels = camera(picture.pixels, rng)
    return picture


def _street_of(pool: Pool, rng: Generator) -> Picture:
    street = pool.streets[int(rng.integers(len(pool.streets)))]
    picture = Picture(street.pixels.copy(), street.people, street.unsure)
    if rng.random() < 0.25:
        _crowd(picture, pool, rng)
    return picture


def _frame_of(pool: Pool, rng: Generator) -> Picture:
    which = int(rng.integers(len(pool.clips)))
    if rng.random() < 0.2:
        picture = Picture(pool.scenes[which].copy(), np.zeros((0, 5), np.float32), np.zeros((0, 4), np.float32))
        _crowd(picture, pool, rng)
        return picture
    clip = pool.clips[which]
    number = int(rng.integers(len(clip.people)))
    people = clip.people[number]
    sure = people[:, 4] >= TEACHER_SURE
    picture = Picture(np.array(clip.frames[number]), people[sure], people[~sure, :4])
    if rng.random() < 0.35:
        _crowd(picture, pool, rng)
    return picture


def _crowd(picture: Picture, pool: Pool, rng: Generator) -> None:
    for _ in range(int(rng.integers(1, 5))):
        people = pool.people[int(rng.integers(len(pool.people)))]
        if people:
            paste(picture, people[int(rng.integers(len(people)))], rng)


class Pictures(torch.utils.data.Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Picture after picture: uint8 [3,224,384] and `targets` of it, f32 [P,5]."""

    def __init__(self, pool: Pool, count: int, seed: int) -> None:
        self._pool = pool
        self._count = count
        self._seed = seed

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        picture = make(self._pool, np.random.default_rng([self._seed, number]))
        pixels = np.ascontiguousarray(picture.pixels.transpose(2, 0, 1))
        return torch.from_numpy(pixels), torch.from_numpy(targets(picture.people, picture.unsure))

"""The street as a camera sees it: which scene, and where a point of the ground is in the picture. Pure.

Metres: x to the right of the camera, z away from it, heights up from the ground. Pixels: x right, y down.
The camera's picture plane stands upright (as a lens that is shifted, not tilted, sees it): what is upright stays so.

What this file does not know: who is in the street, and how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

from common.limits import SYNTHETIC_FPS_MAX
from common.street_chance import Chance

PEOPLE_MAX: Final = 60
SIDE_MIN_PIXELS: Final = 48
SIDE_MAX_PIXELS: Final = 4096
SEED_MAX: Final = 999_999_999

_PART_MAX: Final = 999_999_999

_HIGHER_MAX: Final = 3.0

_VIEW: Final = 1
"""What a `Chance` is for, beside the seed: each use has a number of its own."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides every frame.

    Attributes:
        people: who are in the street, some of them out of the frame at times: 1..PEOPLE_MAX.
        width, height: pixels of a frame, SIDE_MIN_PIXELS..SIDE_MAX_PIXELS.
        fps: frames a second, above 0 and at most SYNTHETIC_FPS_MAX; its parts have at most nine digits.
        seed: which street, which people: 0..SEED_MAX.

    Raises:
        ValueError: a value is out of bounds.
    """

    people: int
    width: int
    height: int
    fps: Fraction
    seed: int

    @property
    def address(self) -> str:
        """How it is written; equal scenes are written alike."""
        size = f"{self.width}x{self.height}"
        return f"synthetic://street?people={self.people}&size={size}&fps={self.fps}&seed={self.seed}"

    def __post_init__(self) -> None:
        _require(1 <= self.people <= PEOPLE_MAX, f"people must be 1..{PEOPLE_MAX}")
        sides = (self.width, self.height)
        _require(min(sides) >= SIDE_MIN_PIXELS, f"size must be at least {SIDE_MIN_PIXELS} pixels either way")
        _require(max(sides) <= SIDE_MAX_PIXELS, f"size must be at most {SIDE_MAX_PIXELS} pixels either way")
        _require(0 < self.fps <= SYNTHETIC_FPS_MAX, f"fps must be above 0 and at most {SYNTHETIC_FPS_MAX}")
        _require(max(self.fps.as_integer_ratio()) <= _PART_MAX, "fps must be a ratio of smaller numbers")
        _require(0 <= self.seed <= SEED_MAX, f"seed must be 0..{SEED_MAX}")


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stands and what it sees.

    Attributes:
        centre_px, horizon_px: the picture's point at an infinite distance.
        focal_px: pixels of a metre at a distance of a metre.
        camera_m: its height above the ground.
        near_m, far_m: between these people walk.
        wall_m: where the street ends and houses stand.
        slope: how high a metre of the ground away from the camera is in the picture, as a share of how wide a metre to
            the side is; about right wherever people walk.
    """

    centre_px: float
    horizon_px: float
    focal_px: float
    camera_m: float
    near_m: float
    far_m: float
    wall_m: float
    slope: float

    def scale(self, z_m: float) -> float:
        """Pixels of a metre at that distance."""
        return self.focal_px / z_m

    def pixel(self, x_m: float, z_m: float, up_m: float = 0.0) -> tuple[float, float]:
        """Where a point is in the picture."""
        scale = self.focal_px / z_m
        return self.centre_px + x_m * scale, self.horizon_px + (self.camera_m - up_m) * scale

    def half_width_m(self, z_m: float) -> float:
        """How far to either side the picture reaches at that distance."""
        return self.centre_px * z_m / self.focal_px


@lru_cache(maxsize=64)
def view(scene: Scene) -> View:
    """The camera of a scene: the same one at every size of the same shape."""
    chance = Chance(scene.seed, _VIEW)
    height = float(scene.height)
    horizon = height * chance.between(0.20, 0.32)
    # In an upright picture people would soon be out of it: it is taken from higher up.
    camera = chance.between(2.7, 4.3) * min(max(scene.height / scene.width, 1.0), _HIGHER_MAX)
    focal = height * chance.between(0.95, 1.35)
    wall = focal * camera / (height * chance.between(0.46, 0.54) - horizon)
    far = wall - chance.between(0.8, 1.4)
    near = focal * camera / (height * chance.between(0.93, 0.99) - horizon)
    middle = (near * far) ** 0.5
    return View(scene.width / 2, horizon, focal, camera, near, far, wall, 0.85 * camera / middle)


def _require(condition: bool, why: str) -> None:  # noqa: FBT001 - a condition is what this takes
    if not condition:
        raise ValueError(why)

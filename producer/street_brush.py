"""Fills shapes that are given in metres: on the ground, or upright at a distance.

What this file does not know: what is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from common.street_look import Colour
    from common.street_scene import View

_SHIFT: Final = 4
"""Bits of a corner's fraction of a pixel."""

_FAR_PX: Final = 30_000
"""Corners are kept within this: cv2 fills nothing right that is much larger."""


class Brush:
    """Draws into a picture.

    Args:
        picture: uint8 [H, W, 3], blue, green, red; drawn into.
        seen: the camera.
    """

    def __init__(self, picture: NDArray[np.uint8], seen: View) -> None:
        self.picture = picture
        self.seen = seen

    def polygon(self, corners_px: Sequence[tuple[float, float]], colour: Colour) -> None:
        """Fill corners given in pixels."""
        at = (np.array(corners_px).clip(-_FAR_PX, _FAR_PX) - 0.5) * (1 << _SHIFT)
        cv2.fillPoly(self.picture, [np.rint(at).astype(np.int32)], colour, cv2.LINE_AA, _SHIFT)

    def ground(self, x_m: tuple[float, float], z_m: tuple[float, float], colour: Colour) -> None:
        """Fill a rectangle of the ground."""
        (x1, x2), (z1, z2) = x_m, z_m
        self.polygon([self.seen.pixel(x, z) for x, z in ((x1, z1), (x2, z1), (x2, z2), (x1, z2))], colour)

    def upright(self, x_m: tuple[float, float], up_m: tuple[float, float], z_m: float, colour: Colour) -> None:
        """Fill an upright rectangle that faces the camera."""
        (x1, x2), (up1, up2) = x_m, up_m
        self.polygon([self.seen.pixel(x, z_m, up) for x, up in ((x1, up1), (x2, up1), (x2, up2), (x1, up2))], colour)

    def disc(self, x_m: float, up_m: float, z_m: float, radius_m: float, colour: Colour) -> None:
        """Fill an upright disc that faces the camera."""
        x, y = self.seen.pixel(x_m, z_m, up_m)
        fine = 1 << _SHIFT
        centre = round((x - 0.5) * fine), round((y - 0.5) * fine)
        radius = max(round(radius_m * self.seen.scale(z_m) * fine), 1)
        cv2.circle(self.picture, centre, radius, colour, -1, cv2.LINE_AA, _SHIFT)


def toned(colour: Colour, factor: float) -> Colour:
    """The colour, lighter or darker."""
    blue, green, red = (min(max(round(part * factor), 0), 255) for part in colour)
    return blue, green, red


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """A colour between two: `a` at 0, `b` at 1."""
    blue, green, red = (round(one + (other - one) * share) for one, other in zip(a, b, strict=True))
    return blue, green, red

"""Streets that a detector is judged by: a picture, and who is in it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from common.street import Scene, truth
from producer.street import StreetPainter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

WIDTH, HEIGHT = 1280, 720
RATE: Final = Fraction(25)


def frames_of_street(
    people: int, seed: int, numbers: Iterable[int]
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """Yield picture, uint8 [720,1280,3] BGR, and truth, float32 [N,5], of some frames of a street; 25 are a second."""
    scene = Scene(people, WIDTH, HEIGHT, RATE, seed)
    painter = StreetPainter(scene)
    for number in numbers:
        yield painter.bgr(number), truth(scene, number)

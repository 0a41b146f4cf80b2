"""Display matrices."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from producer.orientation import UPRIGHT, Orientation, orientation_of

ONE = 1 << 16


def matrix(a: int, b: int, c: int, d: int) -> bytes:
    """A display matrix of whole numbers."""
    return struct.pack("=9i", a * ONE, b * ONE, 0, c * ONE, d * ONE, 0, 0, 0, 1 << 30)


def apply(turn: Orientation, picture: np.ndarray) -> np.ndarray:
    """What showing a picture in this orientation does, in numpy."""
    if turn.transpose:
        picture = picture.T
    return picture[:: -1 if turn.mirror_y else 1, :: -1 if turn.mirror_x else 1]


@pytest.mark.parametrize(
    ("a", "b", "c", "d"),
    [
        (1, 0, 0, 1),
        (-1, 0, 0, 1),
        (1, 0, 0, -1),
        (-1, 0, 0, -1),
        (0, 1, 1, 0),
        (0, -1, 1, 0),
        (0, 1, -1, 0),
        (0, -1, -1, 0),
    ],
)
def test_every_quarter_turn_and_flip(a: int, b: int, c: int, d: int) -> None:
    """All eight orientations move each pixel to where the matrix's own formula puts it."""
    picture = np.arange(12).reshape(3, 4)
    points = [((a * p + c * q), (b * p + d * q), picture[q, p]) for q in range(3) for p in range(4)]
    left, top = min(x for x, _, _ in points), min(y for _, y, _ in points)
    turn = orientation_of(matrix(a, b, c, d))
    shown = apply(turn, picture)
    assert shown.shape[::-1] == turn.displayed(4, 3)
    for x, y, value in points:
        assert shown[y - top, x - left] == value


def test_degenerate_matrix_is_upright() -> None:
    """A matrix of zeros, which some writers leave, changes nothing."""
    assert orientation_of(bytes(36)) == UPRIGHT


def test_odd_angle_is_rounded() -> None:
    """A turn of 80 degrees is shown as one of 90."""
    turned = struct.pack("=9i", 11380, 64540, 0, -64540, 11380, 0, 0, 0, 1 << 30)
    assert orientation_of(turned) == orientation_of(matrix(0, 1, -1, 0))

"""What the network should have said: which priors answer for whom.

A person is asked of every prior whose cell lies near the person's middle, at the one or two strides that fit the
person's size; where two people want the same prior, the smaller one, which has fewer, gets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from tools.person.geometry import PRIOR_WIDTH, STRIDES, priors

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES: Final = ((0.0, 42.0), (26.0, 90.0), (60.0, 1e9))
"""Square root of the area, in pixels of the input, of the people that a stride answers for."""

RADIUS: Final = 1.2
"""Strides between a prior's centre and the person's, in each direction."""

PRIORS: Final = priors()
_STRIDE: Final = PRIORS[:, 2] / PRIOR_WIDTH
_RANGE: Final = np.array([SIZES[STRIDES.index(int(stride))] for stride in _STRIDE], np.float32)


def targets(people: NDArray[np.float32], unsure: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return score, x1, y1, x2, y2 for each prior, f32 [P,5]; a score of -1 stands for "do not ask".

    Args:
        people: f32 [M,5], x1, y1, x2, y2 in pixels of the input, and the score that is wanted.
        unsure: f32 [K,4], boxes in which nobody knows whether there is somebody.
    """
    wanted = np.zeros((len(PRIORS), 5), np.float32)
    for x1, y1, x2, y2 in unsure:
        inside = (PRIORS[:, 0] > x1) & (PRIORS[:, 0] < x2) & (PRIORS[:, 1] > y1) & (PRIORS[:, 1] < y2)
        wanted[inside, 0] = -1
    areas = (people[:, 2] - people[:, 0]) * (people[:, 3] - people[:, 1])
    for index in np.argsort(-areas):
        wanted[_answering(people[index, :4], float(np.sqrt(areas[index])))] = people[index, [4, 0, 1, 2, 3]]
    return wanted


def _answering(box: NDArray[np.float32], size: float) -> NDArray[np.bool_]:
    middle = (box[:2] + box[2:]) / 2
    distance = np.abs(PRIORS[:, :2] - middle).max(1) / _STRIDE
    near: NDArray[np.bool_] = (distance < RADIUS) & (size >= _RANGE[:, 0]) & (size < _RANGE[:, 1])
    return near

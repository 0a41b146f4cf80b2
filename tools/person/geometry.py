"""The network's input and its priors: where it looks for people, and of what size. Without PyTorch.

A prior is a box that stands still: each cell of three grids has one, and the network says how a person's box lies
relative to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH: Final = 384
HEIGHT: Final = 224
"""Pixels of the input. People are narrow, so it is wider than a stretched 16:9 frame would ask for."""

STRIDES: Final = (8, 16, 32)
PRIOR_WIDTH: Final = 2.0
PRIOR_HEIGHT: Final = 4.0
"""Sides of a prior in strides: a person of the middle size that a level answers for."""


def priors() -> NDArray[np.float32]:
    """Return centre x, centre y, width, height of each prior in pixels of the input, f32 [P,4]; fine grid first."""
    levels = []
    for stride in STRIDES:
        y, x = np.mgrid[0 : HEIGHT // stride, 0 : WIDTH // stride].astype(np.float32)
        size = np.ones_like(x) * stride
        columns = ((x + 0.5) * stride, (y + 0.5) * stride, PRIOR_WIDTH * size, PRIOR_HEIGHT * size)
        levels.append(np.stack([column.ravel() for column in columns], 1))
    return np.concatenate(levels)

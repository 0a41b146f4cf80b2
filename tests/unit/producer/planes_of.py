"""Plain pictures for tests."""

from __future__ import annotations

import numpy as np

from producer.layout import Planes


def grey(width: int, height: int, luma: int) -> Planes:
    """A picture of one tone."""
    half = -(-height // 2), -(-width // 2)
    chroma = (np.full(half, 128, np.uint8) for _ in range(2))
    return Planes(np.full((height, width), luma, np.uint8), *chroma)

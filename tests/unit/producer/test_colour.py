"""Colour arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from producer.colour import conversion

KR_KB = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 9: (0.2627, 0.0593)}


def encode(rgb: tuple[float, float, float], kr: float, kb: float, *, full: bool) -> tuple[float, float, float]:
    """H.273 equations 38 to 40 and 26 to 31, unrounded."""
    red, green, blue = rgb
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = 0.5 * (blue - luma) / (1 - kb), 0.5 * (red - luma) / (1 - kr)
    if full:
        return 255 * luma, 255 * cb, 255 * cr
    return 16 + 219 * luma, 224 * cb, 224 * cr


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [1, 5, 9])
@pytest.mark.parametrize("rgb", [(0, 0, 0), (1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0.2, 0.7, 0.4)])
def test_same_colour_in_bt601(rgb: tuple[float, float, float], matrix: int, *, full: bool) -> None:
    """A colour that is encoded one way and converted equals the same colour encoded as BT.601 limited."""
    luma, u, v = encode(rgb, *KR_KB[matrix], full=full)
    change = conversion(matrix, full)
    if change is not None:
        luma, u, v = (
            change.luma_gain * luma + change.luma_bias + np.dot(change.leak, (u, v)),
            np.dot(change.cb, (u, v)),
            np.dot(change.cr, (u, v)),
        )
    assert (luma, u, v) == pytest.approx(encode(rgb, *KR_KB[5], full=False), abs=1e-9)


@pytest.mark.parametrize("matrix", [2, 5, 6])
def test_bt601_limited_needs_nothing(matrix: int) -> None:
    """The hot path is free: BT.601 in its two names, and what is not tagged."""
    assert conversion(matrix, full_range=False) is None


def test_range_alone_keeps_planes_apart() -> None:
    """A change of range needs no mixing of planes; a change of matrix does."""
    full, hd = conversion(5, full_range=True), conversion(1, full_range=False)
    assert full is not None
    assert full.is_range_only
    assert hd is not None
    assert not hd.is_range_only

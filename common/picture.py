"""The form in which originals travel to a collector that draws: planar Y, Cb, Cr 4:2:0, BT.601 limited range (I420).

Rows without padding, Y first; the size of the stream, rounded up to even sides, because chroma has half of each. What
this file does not know: how a frame becomes a picture, and what is drawn on it.
"""

from __future__ import annotations

from common import limits


def picture_size(width: int, height: int) -> tuple[int, int]:
    """The width and height in pixels of the pictures of a stream whose frames have this size; both even."""
    return width + width % 2, height + height % 2


def picture_bytes(width: int, height: int) -> int:
    """The bytes of one picture of such a stream."""
    across, down = picture_size(width, height)
    return across * down * 3 // 2


def picture_slots(width: int, height: int, *, window: int, streams: int, least: int) -> int:
    """How many pictures a stream of this size keeps: its window, or what its share of memory holds, at least `least`.

    Args:
        width: of the stream's frames in pixels.
        height: of the same.
        window: frames of the stream at most that need one.
        streams: how many share `limits.PICTURES_DEFAULT_BYTES`.
        least: as many it needs, unless its window is smaller.
    """
    fit = limits.PICTURES_DEFAULT_BYTES // streams // picture_bytes(width, height)
    return min(window, max(least, fit))

"""The planes of a small picture, laid out as a model wants them: i420, or bgr made from it.

Guarantees that whoever draws or resizes planes does so at an even size, straight into the memory that was lent.

What this file does not know: where planes come from. All planes of a producer pass here, so the thread policy is here:
cv2 runs single-threaded, because waking its pool for planes this small costs more CPU than it saves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.view import Region, View

cv2.setNumThreads(1)


FLIPS: Final[dict[tuple[bool, bool], int | None]] = {
    (False, False): None,
    (True, False): 1,
    (False, True): 0,
    (True, True): -1,
}
"""cv2.flip's code for mirroring left-right, top-bottom."""

_Sample = TypeVar("_Sample", np.uint8, np.uint16)


class Planes(NamedTuple):
    """A picture in BT.601 limited range: luma uint8 [H, W], cb and cr uint8 [ceil(H / 2), ceil(W / 2)]."""

    luma: NDArray[np.uint8]
    cb: NDArray[np.uint8]
    cr: NDArray[np.uint8]


def cut(plane: NDArray[_Sample], region: Region, across: int, down: int) -> NDArray[_Sample]:
    """A view of a region of a frame in one of its planes; of chroma half a sample too much, where a side is odd.

    Args:
        plane: [h, w] of the whole frame.
        region: in pixels of the frame, inside it.
        across: pixels of the frame that share a sample of this plane, side by side.
        down: the same from top to bottom.
    """
    right, bottom = region.x + region.width, region.y + region.height
    return plane[region.y // down : -(-bottom // down), region.x // across : -(-right // across)]


def resize(whole: Planes, small: Planes, view: View) -> None:
    """Write what is seen of a whole picture into planes of another size."""
    for plane, target, part in zip(whole, small, (1, 2, 2), strict=True):
        seen = plane if view.region is None else cut(plane, view.region, part, part)
        cv2.resize(seen, (target.shape[1], target.shape[0]), dst=target, interpolation=cv2.INTER_LINEAR)
        if (flip := FLIPS[view.mirror_x, view.mirror_y]) is not None:
            cv2.flip(target, flip, dst=target)


def fill(spec: InputSpec, out: NDArray[np.uint8], write: Callable[[Planes], None]) -> None:
    """Fill `out` as `spec` wants it.

    Args:
        spec: see `common.job.InputSpec`; i420 needs even sides, bgr takes any.
        out: uint8, flat, C-contiguous, `spec.nbytes` long; written in place.
        write: writes a picture into planes of whatever even size it is given.

    Raises:
        ValueError: `out` is not such an array.
    """
    if out.dtype != np.uint8 or out.shape != (spec.nbytes,) or not out.flags.c_contiguous:
        raise ValueError(f"pixels of {spec.nbytes} bytes cannot be written to an array {out.dtype} {out.shape}")
    if spec.pixels == "i420":
        write(planes_of(out, spec.width, spec.height))
        return
    picture = out.reshape(spec.shape)
    width, height = spec.width + spec.width % 2, spec.height + spec.height % 2
    small = np.empty(width * height * 3 // 2, np.uint8)
    write(planes_of(small, width, height))
    yuv = small.reshape(height * 3 // 2, width)
    if (width, height) == (spec.width, spec.height):
        cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR_I420, dst=picture)
    else:
        cv2.resize(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR_I420), (spec.width, spec.height), dst=picture)


def planes_of(flat: NDArray[np.uint8], width: int, height: int) -> Planes:
    """The planes of an I420 picture of even sides: uint8, flat, of its size or longer; views, nothing is copied."""
    area, quarter = width * height, width * height // 4
    return Planes(
        flat[:area].reshape(height, width),
        flat[area : area + quarter].reshape(height // 2, width // 2),
        flat[area + quarter : area + 2 * quarter].reshape(height // 2, width // 2),
    )

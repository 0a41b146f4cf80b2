"""The planes of a small picture, laid out as a model wants them: i420, or bgr made from it.

Guarantees that whoever draws or resizes planes does so at an even size, straight into the memory that was lent.

What this file does not know: where planes come from. All planes of a producer pass here, so the thread policy is here:
cv2 runs single-threaded, because waking its pool for planes this small costs more CPU than it saves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.job import InputSpec

cv2.setNumThreads(1)


class Planes(NamedTuple):
    """A picture in BT.601 limited range: luma uint8 [H, W], cb and cr uint8 [ceil(H / 2), ceil(W / 2)]."""

    luma: NDArray[np.uint8]
    cb: NDArray[np.uint8]
    cr: NDArray[np.uint8]


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

"""Pictures as JPEG files, for who shares no memory with the producer: originals, and inputs of the model.

An original is in colour, of quality 90, 4:2:0 as it is. An input travels as its planes stand in memory, as one grey
picture of 3/2 its height: no colours are converted, and what is decoded is what the model takes.
What this file does not know: streams, frames, messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2

from common import limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec

cv2.setNumThreads(1)  # as layout.py does, which a synthetic source does without

QUALITY: Final = 90


def encode_jpeg(planes: NDArray[np.uint8], width: int, height: int) -> bytes:
    """The file of a picture.

    Args:
        planes: uint8 [width * height * 3 / 2], see `common.picture`.
        width: of the picture in pixels, even.
        height: the same.

    Raises:
        ValueError: it cannot be encoded, or has more than `limits.PICTURE_MAX_BYTES`.
    """
    try:
        pixels = cv2.cvtColor(planes.reshape(height * 3 // 2, width), cv2.COLOR_YUV2BGR_I420)
        done, encoded = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    except cv2.error as error:
        raise ValueError(f"cv2 cannot encode it ({error.err})") from error
    if not done or encoded.size > limits.PICTURE_MAX_BYTES:
        raise ValueError(f"no JPEG of up to {limits.PICTURE_MAX_BYTES} bytes can be made of it")
    return encoded.tobytes()


def encode_planes(pixels: NDArray[np.uint8], spec: InputSpec, quality: int) -> bytes | None:
    """A model's input as a grey JPEG file of `spec.shape`; None where that is not smaller.

    Args:
        pixels: uint8 [spec.nbytes], i420.
        spec: of the input.
        quality: 1 to 100.

    Raises:
        ValueError: it cannot be encoded.
    """
    try:
        done, encoded = cv2.imencode(".jpg", pixels.reshape(spec.shape), (cv2.IMWRITE_JPEG_QUALITY, quality))
    except cv2.error as error:
        raise ValueError(f"cv2 cannot encode it ({error.err})") from error
    return encoded.tobytes() if done and encoded.nbytes < spec.nbytes else None

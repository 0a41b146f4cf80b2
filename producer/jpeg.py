"""An original as a JPEG file, for a collector that shares no memory with its producer.

Quality 90, 4:2:0 as the original. What this file does not know: streams, frames, messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2

from common import limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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

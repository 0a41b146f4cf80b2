"""What viewers are shown: pictures, and how streams are; plain values, also between processes.

What this file does not know: who looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Shown(NamedTuple):
    """A picture that is shown.

    Attributes:
        stream, seq: the frame.
        width, height: of the stream in pixels; those of `i420` are rounded up to even.
        i420: uint8 [3/2 height, width]; a copy, which nobody changes.
    """

    stream: str
    seq: int
    width: int
    height: int
    i420: NDArray[np.uint8]


class Figures(NamedTuple):
    """How a stream is.

    Attributes:
        stream: its name.
        state: `running`, or how it ended.
        width, height: of its frames in pixels.
        expected: frames that its source announces, 0 where it says nothing.
        ok, failed, dropped: its rows so far.
        fps: rows a second, over the last seconds.
    """

    stream: str
    state: str
    width: int
    height: int
    expected: int
    ok: int
    failed: int
    dropped: int
    fps: float

"""Parts of clips, and their frames. Without PyTorch.

Guarantees that parts which meet have no frame in common: what is trained on is not what is measured.
What this file does not know: who is in a frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Part:
    """From where to where a clip is used.

    Attributes:
        path: the clip.
        start, end: shares of its frames, 0 <= start < end <= 1.
    """

    path: Path
    start: float = 0.0
    end: float = 1.0

    def __str__(self) -> str:
        name = "/".join(self.path.parts[-2:])  # clips of several cameras often differ in their folder only
        return name if (self.start, self.end) == (0.0, 1.0) else f"{name}:{self.start}-{self.end}"

    def numbers(self, frames: int) -> range:
        """Numbers of the part's frames in a clip of that many; parts that meet at a share have no frame in common."""
        return range(round(self.start * frames), round(self.end * frames))


def part(text: str) -> Part:
    """Read `PATH` or `PATH:START-END`.

    Raises:
        ValueError: shares that are none.
    """
    path, colon, shares = text.rpartition(":")
    first, dash, last = shares.partition("-")
    if not (colon and dash):
        return Part(Path(text))
    start, end = float(first), float(last)
    if not 0 <= start < end <= 1:
        raise ValueError(f"{shares} is no part of a clip: give two shares of it, such as 0.7-1.0")
    return Part(Path(path), start, end)


def frames_of(wanted: Part) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield number and picture, uint8 [H,W,3] BGR, of each frame of a part. Decodes twice: first it counts."""
    numbers = wanted.numbers(sum(1 for _ in _decoded(wanted.path)))
    for number, frame in islice(enumerate(_decoded(wanted.path)), numbers.start, numbers.stop):
        yield number, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def _decoded(path: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as container:
        yield from container.decode(video=0)

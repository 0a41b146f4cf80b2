"""What is known to be in a stream's frames, read from the text that its producer sends along with the stream.

The text comes from a peer. Nothing is opened, fetched or imported for it: it is either the canonical address of a
scene, whose bounds hold, or refused. A frame of any scene takes at most some tens of milliseconds (60 people; of six,
one), and all scenes together at most 50 MB.

What this file does not know: detections, how they are compared.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from common.street import Scene, truth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STREET: Final = re.compile(
    r"synthetic://street\?people=([0-9]{1,2})&size=([0-9]{1,4})x([0-9]{1,4})"
    r"&fps=([0-9]{1,9}(?:/[0-9]{1,9})?)&seed=([0-9]{1,9})"
)


class Truth(Protocol):
    """What is in each frame of a stream."""

    def boxes(self, frame: int) -> NDArray[np.float32]:
        """The people of a frame: float32 [N, 5], rows x1 y1 x2 y2 visible; pixels, and a share 0..1."""


class StreetTruth:
    """The people of a scene of `common.street`."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __repr__(self) -> str:
        return f"StreetTruth({self._scene.address})"

    def boxes(self, frame: int) -> NDArray[np.float32]:
        """See `Truth.boxes`."""
        return truth(self._scene, frame)


def read_truth(text: str) -> Truth | None:
    """What a stream's `truth` means (see `common.rows.StreamHeader`); None for an empty one.

    Raises:
        ValueError: it is no scene's address in canonical form, or out of bounds.
    """
    if not text:
        return None
    found = _STREET.fullmatch(text)
    if found is None:
        raise ValueError("no scene's address")
    people, width, height, fps, seed = found.groups()
    try:
        scene = Scene(int(people), int(width), int(height), Fraction(fps), int(seed))
    except ZeroDivisionError as error:
        raise ValueError("a rate of something in no time") from error
    if scene.address != text:
        raise ValueError(f"an address that would be written {scene.address}")
    return StreetTruth(scene)

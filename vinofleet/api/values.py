"""What a program gets of each frame. Plain values: they know of no fleet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from common.rows import Status

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Box(NamedTuple):
    """Left, top, right and bottom edge, in pixels of the original frame; it may reach beyond it."""

    x1: float
    y1: float
    x2: float
    y2: float


class Detection(NamedTuple):
    """One object.

    Attributes:
        label: the name of its class, or the class's number where it has none.
        class_id: its class, from 0.
        score: 0..1.
        box: where it is.
    """

    label: str
    class_id: int
    score: float
    box: Box


@dataclass(frozen=True, slots=True)
class Result:
    """One captured frame, and what became of it.

    Attributes:
        stream: its stream's name, as in `--json`.
        frame: its number from 0.
        pts: its presentation time in seconds; None where nobody knows it.
        status: `ok`, `failed` or `dropped`; equal to these strings.
        reason: why it is not ok; "" where it is.
        detections: what was found, the model's order; empty unless ok.
        picture: uint8 [height, width, 3], BGR, where pictures were asked for and there is one; of its stream's size, to
            which a frame of another is scaled, while boxes are in its own pixels.
    """

    stream: str
    frame: int
    pts: float | None
    status: Status
    reason: str
    detections: tuple[Detection, ...]
    picture: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)

"""What the collector emits for a frame, and what it knows of a stream: plain values, shared with sinks."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from common.word import Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Status(Word):
    """How a frame ended; every captured frame ends as exactly one of these."""

    OK = "ok"
    FAILED = "failed"
    DROPPED = "dropped"


class Ending(Word):
    """How a stream ended."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """What is known of a stream before its first frame.

    Attributes:
        name: unique at the collector.
        width, height: pixels of an original frame as a person sees it (rotation applied).
        time_base: seconds of one unit of `pts`.
        rate: nominal frames a second, or 0 where the container says nothing.
        expected: frames that the container announces, or 0 where it says nothing.
        source: where it comes from, for people.
        truth: the scene that its frames are of, see `common.truth`; empty where nobody knows what is in them.
        live: whether it comes at its own pace, whoever has time, and has no end of its own.
    """

    name: str
    width: int
    height: int
    time_base: Fraction
    rate: Fraction
    expected: int = 0
    source: str = ""
    truth: str = ""
    live: bool = False


@dataclass(slots=True)
class Row:
    """One emitted frame. Nobody changes it; that is not enforced, as it would double what making one costs.

    Attributes:
        stream: its stream's name.
        seq: frame number from 0, in capture order.
        pts: presentation time in units of the stream's time base; None where nobody is left who knows it.
        status: how it ended.
        reason: a word such as `poison` or `interrupted`; empty when ok.
        detections: float32 [N, 6], C-contiguous, rows x1 y1 x2 y2 score class; boxes in pixels of the original
            frame. None unless ok.
    """

    stream: str
    seq: int
    pts: int | None
    status: Status
    reason: str = ""
    detections: NDArray[np.float32] | None = field(default=None, compare=False)

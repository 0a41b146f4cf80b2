"""What the producer needs of a source: frames in order, and a true word about how they ended.

The shipped fake is `producer.synthetic`; `producer.media` reads files, `producer.detached` has a process read what may
hang. All pass the same contract tests.

What this file does not know: where frames come from, how they are decoded, what pixels look like.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec
    from common.rows import Ending, StreamHeader
    from producer.view import View


class UndecodableError(Exception):
    """A frame has its place among the others, and no pixels: it failed, and the source goes on. Says why."""


TIMEOUT_DEFAULT_S: Final = 10.0
"""Longer than a camera that is switched on needs for its first picture, shorter than a person's patience."""


class SourceLost(NamedTuple):
    """Nothing comes any more, and it is tried again; see `ProducerCore.source_news`.

    Attributes:
        silent_s: since when nothing has come.
    """

    stream: str
    reason: str
    silent_s: float


class SourceBack(NamedTuple):
    """Frames come again, of this size; see `ProducerCore.source_news`."""

    stream: str
    width: int
    height: int


SourceNews: TypeAlias = SourceLost | SourceBack


class Terms(NamedTuple):
    """What a source is opened with, besides its address.

    Attributes:
        open_timeout_s: how long the opening of a live or remote source may take.
        read_timeout_s: how long such a source may give nothing before it is opened anew.
        tell: takes news of it, in whatever thread reads it.
        resume: frames may have been read by an earlier producer.
        rate: frames a second of what has no rate of its own; None where nobody said.
        note: takes what people should know of it, while it is opened.
    """

    open_timeout_s: float = TIMEOUT_DEFAULT_S
    read_timeout_s: float = TIMEOUT_DEFAULT_S
    tell: Callable[[SourceNews], None] = lambda _news: None
    resume: bool = False
    rate: Fraction | None = None
    note: Callable[[str], None] = lambda _text: None


class RawFrame(Protocol):
    """One captured frame, before it is made to fit a model. Independent of its source's life."""

    @property
    def pts(self) -> int:
        """Presentation time in units of the stream's time base; strictly increasing within a stream."""

    @property
    def width(self) -> int:
        """Pixels across as a person sees it (rotation applied); may differ from the header's in mid-stream."""

    @property
    def height(self) -> int:
        """Pixels down as a person sees it."""

    @property
    def decode_us(self) -> int:
        """Microseconds of wall time spent to read and decode this frame."""

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = ...) -> None:
        """Fill `out` with this frame, or with what `view` shows of it, as `spec` wants it.

        Args:
            spec: geometry and pixel format; `i420` is BT.601 limited range.
            out: uint8, flat, C-contiguous, `spec.nbytes` long, such as a slot of shared memory. Written in place.
            view: by default the whole frame as it is; its region lies inside this frame.

        Raises:
            ValueError: `out` is not such an array.
            UndecodableError: this frame cannot be had.
        """


class Source(Protocol):
    """One stream of frames, read once, from one thread; `close` alone may be called from another."""

    @property
    def header(self) -> StreamHeader:
        """What is known before the first frame."""

    @property
    def ending(self) -> Ending:
        """How it ended: `complete`, `incomplete`, or `interrupted` by `close`. Valid once `frames` is exhausted."""

    @property
    def ending_reason(self) -> str:
        """What is missing, for people; empty when complete."""

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """The frames in presentation order, without the first `first` of them (to resume).

        May be called once. Ends early, without an error, after `close`, and at damage (see `ending`).
        """

    def close(self) -> None:
        """Release everything. Safe to repeat, and while another thread iterates: that iteration then ends."""

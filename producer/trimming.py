"""Parts of a source: by time, without its first frames, each K-th frame, no more than so many a second or in all.

Guarantees that frames keep their time, that numbering begins anew at 0 with the first frame of the part, and that a
part which ends before its source does is complete. Reading from frame n on gives what a whole reading gives from there,
but of a live source, which goes on from now: its part is counted from the first frame that comes.

What this file does not know: decoding. Frames that are left out are read all the same: that alone is exact in every
container.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from common.errors import UsageError
from common.rows import Ending
from producer.derived import Derived

if TYPE_CHECKING:
    from common.rows import StreamHeader
    from producer.source import RawFrame, Source


class Cut(NamedTuple):
    """Which frames of a source are a part of it; the rules apply in this order.

    Attributes:
        start_s, end_s: seconds from its first frame; of `start_s <= t < end_s`.
        skip: not the first so many of these.
        every: of the rest the first, and each `every`-th after it.
        rate: of these so many a second of the source's time at most; None for all.
    """

    start_s: float = 0.0
    end_s: float | None = None
    skip: int = 0
    every: int = 1
    rate: Fraction | None = None

    @property
    def is_by_time(self) -> bool:
        """Whether frames' times have to be known, from the first frame on."""
        return self.start_s > 0 or self.end_s is not None or self.rate is not None

    def __str__(self) -> str:
        said = {
            f"--start {self.start_s:g}": self.start_s > 0,
            f"--end {self.end_s}": self.end_s is not None,
            f"--skip-first-frames {self.skip}": self.skip > 0,
        }
        return " ".join(text for text, is_said in said.items() if is_said)


class Part(Derived):
    """A part of a source (see `producer.source.Source`).

    Args:
        source: closed with this one.
        cut: what is taken of it.

    Raises:
        UsageError: nothing is left, by what the source announces of its length.
    """

    def __init__(self, source: Source, cut: Cut) -> None:
        header = source.header
        if header.expected:
            _require_something(header, cut)
        rate = header.rate / cut.every
        rate = rate if cut.rate is None else min(rate or cut.rate, cut.rate)
        known = header.expected and not cut.is_by_time
        expected = max(0, -(-(header.expected - cut.skip) // cut.every)) if known else 0
        is_whole_from_start = cut.start_s == 0 and cut.skip == 0 and cut.every == 1 and cut.rate is None
        # What is known of a scene's frames is known by their numbers there.
        truth = header.truth if is_whole_from_start else ""
        super().__init__(source, replace(header, rate=rate, expected=expected, truth=truth))
        self._cut = cut

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `producer.source.Source.frames`."""
        any_frame = first > 0
        for frame in self._chosen(first):
            any_frame = True
            yield frame
        if not any_frame and self.ending is Ending.COMPLETE:
            self.end(Ending.INCOMPLETE, f"{self._cut} leaves none of its frames")

    def _chosen(self, first: int) -> Iterator[RawFrame]:
        cut = self._cut
        if not (cut.is_by_time or self.header.live):
            return islice(self.source.frames(cut.skip + first * cut.every), 0, None, cut.every)
        counted = islice(self._timed(), cut.skip, None, cut.every)
        chosen = counted if cut.rate is None else self._thinned(counted, cut.rate)
        return chosen if self.header.live else islice(chosen, first, None)

    def _timed(self) -> Iterator[RawFrame]:
        """The frames between start and end; the last one read is the first that is too late."""
        origin: int | None = None
        for frame in self.source.frames():
            origin = frame.pts if origin is None else origin
            at_s = float((frame.pts - origin) * self.header.time_base)
            if self._cut.end_s is not None and at_s >= self._cut.end_s:
                self.end(Ending.COMPLETE)
                return
            if at_s >= self._cut.start_s:
                yield frame

    def _thinned(self, frames: Iterator[RawFrame], rate: Fraction) -> Iterator[RawFrame]:
        """One frame, the first, of each 1/rate seconds."""
        origin: int | None = None
        last = -1
        for frame in frames:
            origin = frame.pts if origin is None else origin
            tick = int((frame.pts - origin) * self.header.time_base * rate)
            if tick > last:
                last = tick
                yield frame


class Limited(Derived):
    """A source of which no more than so many frames are captured (see `producer.source.Source`).

    Args:
        source: closed with this one.
        most: so many.
        endless: it gives frames for ever.
    """

    def __init__(self, source: Source, most: int, *, endless: bool = False) -> None:
        expected = most if endless else min(most, source.header.expected)
        super().__init__(source, replace(source.header, expected=expected))
        self._most = most

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `producer.source.Source.frames`."""
        left = self._most - first
        if left > 0:
            for frame in islice(self.source.frames(first), left):
                left -= 1
                yield frame
        if left <= 0:
            self.end(Ending.COMPLETE)


def _require_something(header: StreamHeader, cut: Cut) -> None:
    """Refuse what leaves nothing of a source that says how long it is."""
    name = header.source or header.name
    if cut.skip >= header.expected:
        frames = f"{header.expected} frames" if header.expected > 1 else "one frame"
        raise UsageError(f"--skip-first-frames {cut.skip} leaves nothing of {name}, which has {frames}", "give less")
    if header.rate and cut.start_s >= (length_s := float(header.expected / header.rate)):
        raise UsageError(f"--start {cut.start_s:g} leaves nothing of {name}, which lasts {length_s:.2f} s", "give less")

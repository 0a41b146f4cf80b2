"""What of a source is to be captured, as asked for, and how sources are made of sources to that end.

The order in which wishes apply: the view of a frame (`--roi`, then `--flip`); the part of the source (`--start` and
`--end`, `--skip-first-frames`, `--every`, and of a source that does not wait `--fps`); that part again and again
(`--loop`); of all that `--frames`. Without a wish nothing is wrapped around a source.

What this file does not know: kinds of sources, and who waits until a frame is due (`producer.capture`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from common.errors import UsageError
from producer.looping import Looping
from producer.trimming import Cut, Limited, Part
from producer.view import WHOLE, Region, View, Viewed

if TYPE_CHECKING:
    from producer.source import Source

FLIPS: Final = {"horizontal": (True, False), "vertical": (False, True), "both": (True, True)}
"""Whether left and right, and top and bottom, change places: the words of `--flip`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be captured of each source; None and False are "as it is".

    Attributes:
        roi: the part of each frame, in pixels of the source.
        flip: a word of FLIPS.
        start, end: seconds from the first frame.
        skip: so many frames are left out at the beginning.
        every: each so-manieth frame is captured.
        fps: no more frames a second; also the rate of sources that have none of their own.
        frames: no more frames in all.
        loop: begin again at the end.
        live: sources do not wait.
    """

    roi: Region | None = None
    flip: str | None = None
    start: float = 0.0
    end: float | None = None
    skip: int = 0
    every: int = 1
    fps: Fraction | None = None
    frames: int | None = None
    loop: bool = False
    live: bool = False

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            after = f"--start {self.start:g}" if self.start else "the beginning"
            raise UsageError(f"--end {self.end:g} is not after {after}", "give times from the first frame, end > start")

    @property
    def view(self) -> View:
        """What is seen of a frame."""
        return View(self.roi, *FLIPS[self.flip]) if self.flip else View(self.roi)

    def cut(self, *, waits: bool) -> Cut:
        """Which part of a source is captured; one that waits is slowed down, and loses nothing to `fps`."""
        return Cut(self.start, self.end, self.skip, self.every, None if waits else self.fps)


AS_IT_IS: Final = Wish()
"""No wish."""


def fulfil(opener: Callable[[], Source], wish: Wish, *, is_read_once: bool) -> Source:
    """Open a source as wished.

    Args:
        opener: opens it as it is, from its beginning, each time.
        wish: what is wanted of it.
        is_read_once: it cannot be opened again.

    Raises:
        UsageError: nothing is left of it, or the wish is not for such a source.
        InputError: it cannot be opened.
    """
    source = opener()
    try:
        _check(source, wish, is_read_once=is_read_once)
        endless = wish.loop or source.header.live
        source = _part(source, wish)
        if wish.loop:
            source = Looping(source, lambda: _part(opener(), wish))
        return source if wish.frames is None else Limited(source, wish.frames, endless=endless)
    except BaseException:
        source.close()
        raise


def _check(source: Source, wish: Wish, *, is_read_once: bool) -> None:
    if wish.loop and (is_read_once or source.header.live):
        name = source.header.source or source.header.name
        raise UsageError(f"--loop is for what can be read again, and {name} cannot", "leave --loop out")


def _part(source: Source, wish: Wish) -> Source:
    if wish.view != WHOLE:
        source = Viewed(source, wish.view)
    cut = wish.cut(waits=not (wish.live or source.header.live))
    return source if cut == Cut() else Part(source, cut)

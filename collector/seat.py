"""Where a viewer sits: the newest picture of each stream that it has not taken yet, and how the streams are.

Whoever fills a seat never waits: a picture is only wanted where the one before was taken and its time has come, so a
viewer that is slow or hangs costs nothing. At most one picture a stream waits, and one is with the viewer. Methods may
be called from any thread. What this file does not know: what a viewer does, and how pictures are drawn.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from collector.shown import Figures, Shown

IDLE_S: Final = 1.0
"""How often a stream is drawn that nobody looks at: whoever comes has something to see at once."""


class Taken(NamedTuple):
    """What a viewer has taken: the next picture, and news of all streams, where there is any."""

    picture: Shown | None
    figures: Sequence[Figures] | None


class Seat:
    """One viewer's.

    Args:
        interval_s: between two pictures of a stream that is looked at.
        watches_all: whether every stream is looked at; otherwise `watch` says which.
    """

    def __init__(self, interval_s: float, *, watches_all: bool) -> None:
        self._interval_s: Final = interval_s
        self._watched: Collection[str] | None = None if watches_all else ()
        self._changed: Final = threading.Condition()
        self._pictures: dict[str, Shown] = {}
        self._due: dict[str, float] = {}
        self._idle_due: dict[str, float] = {}
        self._figures: Sequence[Figures] | None = None
        self._left = False

    @property
    def left(self) -> bool:
        """Whether nobody sits here any more."""
        return self._left

    def watch(self, streams: Collection[str]) -> None:
        """Say which streams are looked at from now on."""
        with self._changed:
            self._watched = frozenset(streams)

    def wants(self, stream: str, now: float) -> bool:
        """Whether it is time for a picture of this stream."""
        if self._left or stream in self._pictures:
            return False
        watched = self._watched
        due = self._due if watched is None or stream in watched else self._idle_due
        return now >= due.get(stream, -float("inf"))

    def put(self, picture: Shown, now: float) -> None:
        """Leave a picture, in place of one that was not taken."""
        stream = picture.stream
        with self._changed:
            self._pictures[stream] = picture
            # On the mean so many a second: the next is due by the last one's time, not by when it came.
            self._due[stream] = max(self._due.get(stream, now) + self._interval_s, now)
            self._idle_due[stream] = now + IDLE_S
            self._changed.notify_all()

    def tell(self, figures: Sequence[Figures]) -> None:
        """Leave word of all streams, in place of what was left before; others are forgotten."""
        with self._changed:
            self._figures = figures
            known = {each.stream for each in figures}
            for kept in (self._pictures, self._due, self._idle_due):
                for stream in kept.keys() - known:
                    del kept[stream]
            self._changed.notify_all()

    def take(self, within_s: float) -> Taken:
        """Wait for something, and take it: of pictures the one that waits for longest."""
        with self._changed:
            self._changed.wait_for(lambda: self._left or self._pictures or self._figures is not None, within_s)
            figures, self._figures = self._figures, None
            first = next(iter(self._pictures), None)
            return Taken(None if first is None else self._pictures.pop(first), figures)

    def leave(self) -> bool:
        """Want nothing more; who waits to take something is woken. False where nobody sat here any more."""
        with self._changed:
            first = not self._left
            self._left = True
            self._pictures.clear()
            self._changed.notify_all()
            return first

"""When rows go out and when they are acknowledged: at once, or in company, where a stream's producer has the patience.

What each hand-over costs (a thread that wakes, a write, a message, a process that hears it) is paid for all that is in
it. So what is in order waits until `SHARE` of the window is there, or until `patience_s` after the last that went out,
and word of what was written likewise. Guarantees that nothing waits longer than that; that the first row of a stream,
and what comes after a pause, does not wait at all, nor the last; and that without patience nothing ever does. What is
due takes along whatever else waits. What this file does not know: sessions, messages, outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from collector.streams import NEVER, Stream

SHARE: Final = 4
"""A hand-over does not wait any more when this part of a stream's window is in it: the rest keeps everybody busy."""

UNSEEN_MAX: Final = 64
"""Nor word of pictures that lie in memory: a producer tells of `PICTURE_AHEAD_BYTES` / `HEADER_MAX_BYTES` at a time."""


class Company:
    """Streams with rows to hand over, and with news for their producers."""

    def __init__(self) -> None:
        self._waiting: Final[dict[str, Stream]] = {}
        self._written: Final[dict[str, Stream]] = {}

    def __repr__(self) -> str:
        return f"Company({list(self._waiting)} have rows, {list(self._written)} have news)"

    def arrived(self, stream: Stream) -> None:
        """Learn that a frame, a picture or the end of a stream came: it may have something to hand over."""
        self._waiting[stream.name] = stream

    def written(self, stream: Stream) -> None:
        """Learn that more of a stream is written, or seen, than its producer was told."""
        self._written[stream.name] = stream

    def take_waiting(self, now: float) -> list[Stream]:
        """The streams that hand over what they have now."""
        return _take(self._waiting, lambda stream: now >= _rows_at(stream))

    def take_written(self, now: float) -> list[Stream]:
        """The streams whose producers are told now."""
        return _take(self._written, lambda stream: now >= _news_at(stream))

    def hurry(self) -> list[Stream]:
        """All streams that may have something to hand over, due or not."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        return waiting

    def deadline(self) -> float:
        """When something is due."""
        rows = min(map(_rows_at, self._waiting.values()), default=NEVER)
        return min(rows, min(map(_news_at, self._written.values()), default=NEVER))


def _take(streams: dict[str, Stream], is_due: Callable[[Stream], bool]) -> list[Stream]:
    if not any(map(is_due, streams.values())):
        return []
    taken = list(streams.values())
    streams.clear()
    return taken


def _rows_at(stream: Stream) -> float:
    """When what a stream has in order goes out."""
    if stream.end is not None or SHARE * len(stream.buffer) >= stream.buffer.window:
        return -NEVER
    return stream.emitted_at + stream.patience_s


def _news_at(stream: Stream) -> float:
    """When a producer is told what is written, and which pictures are here: at once where all that went out is written.

    Then nothing more is to be written soon; rows that wait have a time of their own.
    """
    news = stream.written - stream.acked
    if news and (stream.written == stream.buffer.next or SHARE * news >= stream.buffer.window):
        return -NEVER
    if stream.pictures.untold >= UNSEEN_MAX:
        return -NEVER
    return max(stream.acked_at, stream.pictures.seen_at) + stream.patience_s

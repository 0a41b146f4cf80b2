"""Outputs that people look at while a run goes on: shown the newest picture, never waited for, and not durable.

Guarantees that no viewer holds anything back, that one which fails is given up with one warning while the run goes on,
and that a frame is drawn for viewers only where one of them will show it. Each viewer has a seat and a thread of its
own; the sink thread calls everything but `start` and `close`.
What this file does not know: windows and browsers, and how a frame is drawn.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from collector.seat import Seat
from collector.shown import Figures, Shown
from common.actions import Notice
from common.errors import one_line
from common.meter import Rate
from common.rows import Ending, Row, Status, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TELL_EVERY_S: Final = 0.5
"""How often viewers are told how far streams are."""

ENDED_MAX: Final = 16
"""Streams that have ended and are still told of."""

PARTING_S: Final = 1.0
"""How long a viewer's thread is waited for at the end; it is left behind, if it hangs."""


class Viewer(Protocol):
    """Somebody who looks."""

    @property
    def what(self) -> str:
        """What it is called."""

    @property
    def interval_s(self) -> float:
        """Between two pictures of a stream."""

    @property
    def watches_all(self) -> bool:
        """Whether every stream is looked at, so that it need not say which."""

    def attend(self, seat: Seat) -> None:
        """Look at what comes, in a thread of its own, until nobody wants to any more; may take as long as it likes.

        Raises:
            Exception: it cannot go on; the text says why.
        """

    def close(self) -> None:
        """End `attend` at once; from another thread."""


class _Stream:
    """What is told of one stream."""

    def __init__(self, header: StreamHeader, counts: Mapping[tuple[Status, str], int]) -> None:
        self.header = header
        self.rows: Counter[Status] = Counter()
        for (status, _), count in counts.items():
            self.rows[status] += count
        self.rate = Rate(5.0)
        self.state = "running"

    def figures(self, now: float) -> Figures:
        header, rows = self.header, self.rows
        fps = self.rate.recent(now) if self.state == "running" else 0.0
        counts = (rows[Status.OK], rows[Status.FAILED], rows[Status.DROPPED])
        return Figures(header.name, self.state, header.width, header.height, header.expected, *counts, fps)


class Viewers:
    """All viewers of a run. They are there from `start` to `close`.

    Args:
        viewers: at least one.
        on_lost: told of each that fails, in any thread.
        clock: monotonic seconds.
    """

    def __init__(
        self, viewers: Sequence[Viewer], on_lost: Callable[[Notice], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_lost: Final = on_lost
        self._clock: Final = clock
        self._seats: Final = [(viewer, Seat(viewer.interval_s, watches_all=viewer.watches_all)) for viewer in viewers]
        self._streams: dict[str, _Stream] = {}
        self._told_at = -float("inf")
        # Daemons: one that hangs must not keep a process alive that is through.
        self._threads: Final = [
            threading.Thread(target=self._attend, args=each, name="viewer", daemon=True) for each in self._seats
        ]

    def start(self) -> None:
        """Let them look."""
        for thread in self._threads:
            thread.start()

    def begin(self, header: StreamHeader, counts: Mapping[tuple[Status, str], int]) -> None:
        """Take note of a stream, new or continued; `counts` are its rows so far, by status and reason."""
        known = self._streams.pop(header.name, None)
        self._streams[header.name] = _Stream(header, counts)
        if known is not None:
            self._streams[header.name].rows = known.rows
        self._tell()

    def count(self, rows: Sequence[Row]) -> None:
        """Take note of rows."""
        now = self._clock()
        for row in rows:
            stream = self._streams[row.stream]
            stream.rows[row.status] += 1
            stream.rate.add(now)
        if now >= self._told_at + TELL_EVERY_S:
            self._tell()

    def wants(self, stream: str) -> bool:
        """Whether anybody wants to see a frame of this stream now."""
        now = self._clock()
        return any(seat.wants(stream, now) for _, seat in self._seats)

    def show(self, row: Row, draw: Callable[[], NDArray[np.uint8]]) -> None:
        """Show a frame to those who want to see it.

        Args:
            row: of a stream that has begun.
            draw: makes its picture, see `collector.outputs.Artist.draw`; where that fails, nobody looks any more.
        """
        now = self._clock()
        seats = [seat for _, seat in self._seats if seat.wants(row.stream, now)]
        if not seats:
            return
        try:
            canvas = draw().copy()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing durable depends on it
            for viewer, seat in self._seats:
                self._lose(viewer, seat, error)
            return
        header = self._streams[row.stream].header
        for seat in seats:
            seat.put(Shown(row.stream, row.seq, header.width, header.height, canvas), now)

    def end(self, stream: str, ending: Ending) -> None:
        """Take note of a stream's end; also of one that never began."""
        if stream not in self._streams:
            return
        self._streams[stream].state = ending.value
        ended = [name for name, each in self._streams.items() if each.state != "running"]
        for name in ended[:-ENDED_MAX]:
            del self._streams[name]
        self._tell()

    def close(self) -> None:
        """Let nobody look any more; nothing is told of who fails now."""
        for viewer, seat in self._seats:
            seat.leave()
            viewer.close()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(PARTING_S)

    def _tell(self) -> None:
        now = self._told_at = self._clock()
        figures = [stream.figures(now) for stream in self._streams.values()]
        for _, seat in self._seats:
            seat.tell(figures)

    def _attend(self, viewer: Viewer, seat: Seat) -> None:
        try:
            viewer.attend(seat)
        except Exception as error:  # noqa: BLE001 - a viewer may fail in any way
            self._lose(viewer, seat, error)
        finally:
            seat.leave()

    def _lose(self, viewer: Viewer, seat: Seat, error: Exception) -> None:
        if not seat.leave():
            return
        why = one_line(str(error)) or type(error).__name__
        self._on_lost(Notice("warning", f"{viewer.what} is gone ({why}): the run goes on without"))

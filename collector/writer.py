"""The sink thread: takes rows from the collector's loop and writes them, so that a slow disk never stalls the sockets.

Guarantees order, one write for all that queued up meanwhile, and that `on_written` comes after the bytes are with the
operating system: a frame that is acknowledged survives the end of the process, always. Power loss: an fsync follows at
most `SYNC_EVERY_S` after the first unsynced write and at each stream's end, so up to that much can be lost, and only
then. The queue has no bound of its own: at most a window of frames is unacknowledged, and every one here is. A full
disk stops nothing but this thread: it waits until there is room, so that the run stands still without a loss.
Does NOT know of windows and acknowledgements itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from collector.outputs import Outputs
from collector.room import insist
from common.actions import Notice
from common.rows import Ending, Row, StreamHeader
from common.time_slice import lengthen_time_slice

SYNC_EVERY_S: Final = 1.0

SLOW_S: Final = 10.0
"""How long a step may take until somebody should hear of it: a disk or an encoder that hangs says nothing itself."""

SLOW_ROWS_MAX: Final = 4
"""Rows that are written at once where each takes milliseconds, drawn or compared: so that word of them flows."""


class SyncPolicy:
    """Says when to sync; pure, times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._dirty_since: float | None = None

    def wrote(self, now: float) -> None:
        """Bytes were written that are not synced."""
        if self._dirty_since is None:
            self._dirty_since = now

    def synced(self) -> None:
        """Everything written is synced."""
        self._dirty_since = None

    def wait_s(self, now: float) -> float | None:
        """How long until a sync is due, 0 if it is, None if nothing waits for one."""
        return None if self._dirty_since is None else max(0.0, self._dirty_since + SYNC_EVERY_S - now)


@dataclass(frozen=True, slots=True)
class _Begin:
    header: StreamHeader
    epoch: int
    job_digest: str
    labels: tuple[str, ...]
    start: int


@dataclass(frozen=True, slots=True)
class _End:
    stream: str
    ending: Ending
    captured: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Stop:
    pass


_Item: TypeAlias = Sequence[Row] | _Begin | _End | _Stop


class SinkWriter:
    """Owns `outputs` from `start` to the end of `stop`, in a thread of its own.

    The callbacks run in that thread: they must only pass on what they are told.

    Args:
        outputs: open outputs; closed here.
        on_written: told the next frame of each stream that advanced (or began): all before it are written.
        on_ended: told a stream whose ending is on record, which survives a power loss.
        on_error: told of a failure, an `OutputError` or a defect (and once more if closing fails too). Nothing is
            written after it.
        on_notice: told that it waits for room on a disk, and that it goes on.
    """

    def __init__(
        self,
        outputs: Outputs,
        on_written: Callable[[dict[str, int]], None],
        on_ended: Callable[[str], None],
        on_error: Callable[[Exception], None],
        on_notice: Callable[[Notice], None],
    ) -> None:
        self._outputs = outputs
        self._on_written = on_written
        self._on_ended = on_ended
        self._on_error = on_error
        self._on_notice = on_notice
        self._stopping = threading.Event()
        self._since = float("inf")
        self.is_full = False
        """Whether it waits for room on a disk."""
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._policy = SyncPolicy()
        # A daemon: a disk that hangs in fsync must not keep a process alive that was told to leave.
        self._thread = threading.Thread(target=self._run, name="sinks", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def begin(self, header: StreamHeader, epoch: int, job_digest: str, labels: tuple[str, ...], start: int = 0) -> None:
        """Queue `Outputs.begin`; `on_written` with where the stream continues is the answer."""
        self._queue.put(_Begin(header, epoch, job_digest, labels, start))

    def submit(self, rows: Sequence[Row]) -> None:
        """Queue rows for `Outputs.write`; `on_written` is the answer. The sequence must not change afterwards."""
        self._queue.put(rows)

    def end(self, stream: str, ending: Ending, captured: int, reason: str) -> None:
        """Queue `Outputs.end`; `on_ended` is the answer."""
        self._queue.put(_End(stream, ending, captured, reason))

    def is_slow(self, now: float) -> bool:
        """Whether one step has taken longer than `SLOW_S` by now, on `time.monotonic`; waiting for room is none."""
        return now - self._since > SLOW_S

    def waits(self) -> None:
        """Learn, in its own thread, that the step under way waits for a reader, who may take his time."""
        self._since = time.monotonic()

    def stop(self) -> None:
        """Write, sync and close what is queued, and wait for it; without effect after a failure or a first stop.

        From here on a full disk is a failure.
        """
        self._stopping.set()
        self._queue.put(_Stop())
        self._thread.join()

    def _run(self) -> None:
        for step in (self._work, self._outputs.close):
            try:
                step()
            except Exception as error:  # noqa: BLE001 - whatever it is, the collector's loop must learn of it
                self._on_error(error)

    def _work(self) -> None:
        if self._outputs.slow:
            lengthen_time_slice()  # also for the threads of an encoder, which begin here
        while True:
            for item in _joined(self._take()):
                if isinstance(item, _Stop):
                    self._outputs.sync()
                    return
                self._handle(item)
            self._sync_if_due()

    def _sync_if_due(self) -> None:
        if self._policy.wait_s(time.monotonic()) == 0:
            self._time(self._outputs.sync)
            self._policy.synced()

    def _take(self) -> list[_Item]:
        """What is queued; waits for something, but no longer than until a sync is due."""
        items: list[_Item] = []
        try:
            items.append(self._queue.get(timeout=self._policy.wait_s(time.monotonic())))
            while True:
                items.append(self._queue.get_nowait())
        except Empty:
            return items

    def _handle(self, item: Sequence[Row] | _Begin | _End) -> None:
        outputs = self._outputs
        if isinstance(item, _Begin):
            begin = partial(outputs.begin, item.header, item.epoch, item.job_digest, item.labels, item.start)
            self._insist(begin, begin)
            self._tell({item.header.name})
        elif isinstance(item, _End):
            end = partial(outputs.end, item.stream, item.ending, item.captured, item.reason)
            self._insist(end, end)
            self._on_ended(item.stream)
        else:
            step = SLOW_ROWS_MAX if outputs.slow else len(item)
            for first in range(0, len(item), step):
                self._write(item[first : first + step])

    def _write(self, rows: Sequence[Row]) -> None:
        self._insist(partial(self._outputs.write, rows), self._outputs.flush)
        self._policy.wrote(time.monotonic())
        self._tell({row.stream for row in rows})
        self._sync_if_due()  # what follows may take long to draw

    def _insist(self, step: Callable[[], None], again: Callable[[], None]) -> None:
        """Take a step, and `again` for as long as a disk is full and nobody wants to stop."""
        insist(partial(self._time, step), partial(self._time, again), self._on_notice, self._wait)
        self.is_full = False

    def _wait(self, seconds: float) -> bool:
        self.is_full = True
        self._sync_if_due()
        return self._stopping.wait(seconds)

    def _time(self, step: Callable[[], None]) -> None:
        """Take a step, so that others can see how long it takes."""
        self._since = time.monotonic()
        try:
            step()
        finally:
            self._since = float("inf")

    def _tell(self, streams: AbstractSet[str]) -> None:
        written = self._outputs.written
        self._on_written({stream: written[stream] for stream in streams})


def _joined(items: Sequence[_Item]) -> list[_Item]:
    """The same items with neighbouring batches of rows made one."""
    joined: list[_Item] = []
    batch: list[Row] | None = None
    for item in items:
        if isinstance(item, _Begin | _End | _Stop):
            joined.append(item)
            batch = None
        elif batch is None:
            batch = list(item)
            joined.append(batch)
        else:
            batch.extend(item)
    return joined

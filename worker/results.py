"""Completions as the core takes them, and how they become messages to the collector and the producer.

A result's receipt (`Done`) is due at the end of the turn in which the result was sent, when it is known whether the
socket took it.
What this file does not know: sessions' states, sockets, what a detection means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from common import limits
from common.messages import ResultItem, Results, WorkRef
from common.schema import as_text
from worker.held import Frame


class Completed(NamedTuple):
    """How one submitted frame ended.

    Attributes:
        token: from its `Submit`.
        detections: float32 [found, 6], C-contiguous, little-endian, as bytes: x1 y1 x2 y2 score class in pixels of the
            original frame; empty where it failed.
        found: rows of it.
        error: one line, empty where it did not fail.
        infer_us: microseconds in the engine.
    """

    token: int
    detections: bytes
    found: int
    error: str
    infer_us: int


class Receipt(NamedTuple):
    """What a producer is to be told: what became of these attempts of its session."""

    link: str
    session: int
    outcome: str
    refs: tuple[WorkRef, ...]


class Handover:
    """What was done with frames in this turn, and is to be told to their producers at its end."""

    def __init__(self) -> None:
        self._sent: list[tuple[Results, Sequence[Frame]]] = []
        self._others: list[tuple[str, Sequence[Frame]]] = []

    def __bool__(self) -> bool:
        return bool(self._sent or self._others)

    def sent(self, results: Results, frames: Sequence[Frame]) -> None:
        """Note that the results of these frames are being sent."""
        self._sent.append((results, frames))

    def told(self, outcome: str, frames: Sequence[Frame]) -> None:
        """Note frames that ended otherwise."""
        if frames:
            self._others.append((outcome, frames))

    def failed(self, results: Results) -> None:
        """Note that these results were not sent after all."""
        for index, (message, frames) in enumerate(self._sent):
            if message == results:
                del self._sent[index]
                self.told("undelivered", frames)
                return

    def flush(self) -> Iterator[Receipt]:
        """Return what is to be told, in messages of at most `BATCH_MAX`, and forget it."""
        batches = [*(("sent", frames) for _, frames in self._sent), *self._others]
        self._sent, self._others = [], []
        refs: dict[tuple[str, int, str], list[WorkRef]] = {}
        for outcome, frames in batches:
            for frame in frames:
                refs.setdefault((frame.link, frame.session, outcome), []).append(frame.ref)
        for (link, session, outcome), named in refs.items():
            for first in range(0, len(named), limits.BATCH_MAX):
                yield Receipt(link, session, outcome, tuple(named[first : first + limits.BATCH_MAX]))


class Batch(NamedTuple):
    """Results that travel in one message."""

    collector: str
    digest: bytes
    frames: list[Frame]
    completions: list[Completed]

    def results(self, session: int) -> Results:
        """Return the message to the collector's session."""
        pairs = zip(self.frames, self.completions, strict=True)
        return Results(session, self.digest, tuple(_item(frame, completion) for frame, completion in pairs))

    def payload(self) -> bytes:
        """Return the detections of all frames, one after the other."""
        return b"".join(completion.detections for completion in self.completions)


def batches(done: Sequence[tuple[Frame, Completed]]) -> list[Batch]:
    """Group results by collector and job, in messages of at most `BATCH_MAX`."""
    under_way: dict[tuple[str, bytes], Batch] = {}
    found: list[Batch] = []
    for frame, completion in done:
        key = (frame.collector, frame.digest)
        batch = under_way.get(key)
        if batch is None or len(batch.frames) == limits.BATCH_MAX:
            batch = under_way[key] = Batch(*key, [], [])
            found.append(batch)
        batch.frames.append(frame)
        batch.completions.append(completion)
    return found


_BYTES_A_ROW: Final = 24


def failure(completion: Completed) -> str:
    """Return why a frame has no result, printable and bounded; empty where it has one."""
    text = completion.error
    if not text and completion.found > limits.DETECTIONS_MAX:
        text = f"{completion.found} detections, more than {limits.DETECTIONS_MAX}: raise the threshold"
    if not text and len(completion.detections) != _BYTES_A_ROW * completion.found:
        text = f"{completion.found} detections in {len(completion.detections)} bytes"
    return as_text(text)


def _item(frame: Frame, completion: Completed) -> ResultItem:
    work = frame.work
    return ResultItem(
        work.stream,
        work.epoch,
        work.seq,
        work.attempt,
        work.pts,
        completion.found,
        frame.wait_us,
        max(0, completion.infer_us),
    )

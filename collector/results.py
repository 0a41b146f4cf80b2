"""Takes results and fates into the reorder buffers, and turns away what does not belong there.

Guarantees that a result is admitted only for a frame of the stream's epoch and job, in its window, and only once; and
that a payload which is not what its header says, or holds a number that is not finite, is dropped whole. The path of
each frame: no logging, no formatting, dictionary look-ups only. What this file does not know: who is admitted, and
what follows from a frame's arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from collector.reorder import Offer
from collector.streams import Held, Phase, Stream
from collector.tally import Tally
from common.messages import Fate, ResultItem, Results
from common.registry import Member
from common.rows import Row, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLUMNS: Final = 6
_ROW_BYTES: Final = 24
_NOTHING: Final[NDArray[np.float32]] = np.zeros((0, _COLUMNS), np.float32)
_OFFERS: Final = {Offer.DUPLICATE: "duplicate", Offer.BEYOND: "beyond_window"}


def take_results(
    streams: Mapping[str, Stream],
    tally: Tally,
    worker: Member,
    message: Results,
    payload: memoryview | None,
    now: float,
) -> list[Stream]:
    """Hold the results that belong here, count the others; return the streams that got something, first come first."""
    detections = _detections(message.items, payload)
    if detections is None:
        tally.discard("malformed", len(message.items))
        return []
    ok, first = Status.OK, 0
    touched: dict[str, Stream] = {}
    found_for: dict[tuple[str, int], Stream | str] = {}
    for name, epoch, seq, _, pts, found, wait_us, infer_us in message.items:
        last = first + found
        stream = found_for.get((name, epoch)) or found_for.setdefault(
            (name, epoch), _stream(streams, name, epoch, message.job)
        )
        if isinstance(stream, str):
            tally.discard(stream)
        else:
            row = Row(name, seq, pts, ok, "", detections[first:last])
            offer = stream.buffer.offer(seq, Held(row, now, worker, wait_us, infer_us))
            if offer is Offer.ACCEPTED:
                touched[name] = stream
            else:
                tally.discard(_OFFERS[offer])
        first = last
    return list(touched.values())


def take_fates(stream: Stream, tally: Tally, message: Fate, now: float) -> None:
    """Hold the rows of frames that will have no result. A repetition is no news: they are sent until acknowledged."""
    status = Status(message.status)
    for seq, pts in message.items:
        offer = stream.buffer.offer(seq, Held(Row(stream.name, seq, pts, status, message.reason), now))
        if offer is Offer.BEYOND:
            tally.discard("beyond_window")


def _stream(streams: Mapping[str, Stream], name: str, epoch: int, job: bytes) -> Stream | str:
    """The stream that results of this epoch and job belong to, or why there is none."""
    stream = streams.get(name)
    if stream is None or stream.phase is Phase.KNOWN:
        return "unknown_stream"
    if epoch != stream.epoch:
        return "stale_epoch"
    return stream if job == stream.job else "wrong_job"


def _detections(items: tuple[ResultItem, ...], payload: memoryview | None) -> NDArray[np.float32] | None:
    """All detections of a message, float32 [N, 6] in the payload's own memory; None if they are not what it says."""
    size = 0 if payload is None else payload.nbytes
    if size != _ROW_BYTES * sum(item.found for item in items):
        return None
    if payload is None or size == 0:
        return _NOTHING
    detections = np.frombuffer(payload, np.dtype("<f4")).reshape(-1, _COLUMNS)
    return detections if bool(np.isfinite(detections).all()) else None

"""Acknowledgements in messages: of as many streams in one as there is room for.

A message costs both sides more than what it says of a stream, and each turn of the outputs writes rows of many.
What this file does not know: sessions, and when a stream is acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from common import limits
from common.messages import Ack, Acked


def messages_of(session: int, streams: Iterable[Acked]) -> Iterator[Ack]:
    """Write what is told of streams into as few messages of a session as hold it, in order."""
    batch: list[Acked] = []
    ranges = 0
    for acked in streams:
        if batch and (len(batch) == limits.BATCH_MAX or ranges + len(acked.have) > limits.RANGES_MAX):
            yield Ack(session, tuple(batch))
            batch, ranges = [], 0
        batch.append(acked)
        ranges += len(acked.have)
    if batch:
        yield Ack(session, tuple(batch))

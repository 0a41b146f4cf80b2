"""Which frames a second worker may be tried on: those that hold up their streams, within a budget.

What this file does not know: which workers there are, and when a frame is late (service.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from common import limits
from producer.frames import Frame, FrameState, Key, Lease
from producer.leases import LeaseTable


def hedgeable(leases: LeaseTable, key: Key) -> Lease | None:
    """Return the only lease of a frame if a second worker may be tried; None otherwise."""
    frame = leases.frames.get(key)
    if frame is None or frame.state is not FrameState.LEASED or frame.is_suspect or len(frame.leases) != 1:
        return None
    within_budget = leases.hedged <= limits.HEDGE_BUDGET * leases.sends  # so that there is always a first one
    return next(iter(frame.leases.values())) if within_budget else None


def overdue(leases: LeaseTable, oldest: Key, sent_by: float) -> Iterator[tuple[Frame, Lease]]:
    """Walk through what holds up a stream and may be tried on a second worker.

    Args:
        leases: where the frames are.
        oldest: the stream's oldest unsettled frame.
        sent_by: what went out later is not overdue. The first frame that never went out, or for the first time
            after this, ends the walk: those behind it went out later still.
    """
    stream, seq = oldest
    while (frame := leases.frames.get((stream, seq))) is not None:
        lease = hedgeable(leases, frame.key)
        if lease is not None and lease.sent_at <= sent_by:
            yield frame, lease
        elif (lease is not None and frame.attempts == 1) or (frame.state is FrameState.QUEUED and not frame.attempts):
            return
        seq += 1

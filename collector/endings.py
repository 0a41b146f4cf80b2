"""How a stream ends: as its producer says, or without its producer when that stays away for too long.

What this file does not know: sessions, clocks' origin, and the outputs.
"""

from __future__ import annotations

from typing import Final

from collector.actions import EndStream
from collector.records import PRODUCER_LOST
from collector.streams import NEVER, Held, Phase, Stream, StreamEnd
from collector.tally import Tally
from common.messages import End
from common.rows import Ending, Row, Status

LOST_FRAME: Final = "producer_lost"
"""Reason of a frame whose producer stayed away and of which no result came."""


def is_open_to_news(stream: Stream) -> bool:
    """Whether its producer may still say how it ends: an ending that is not complete stands.

    One that was to be complete is not when frames had to be dropped after its last was captured.
    """
    return stream.end is None or stream.end.ending is Ending.COMPLETE


def announce(stream: Stream, message: End, tally: Tally) -> None:
    """Take the producer's word for how the stream ends, unless it cannot be true.

    A producer that counts fewer frames than were emitted (resumed with a shorter source) leaves the stream incomplete.
    """
    emitted = stream.buffer.next
    if message.captured > emitted + stream.buffer.window:
        tally.discard("end")  # it has unacknowledged frames past its window, or is not what it claims to be
        return
    if message.captured < emitted:
        reason = f"its producer counts {message.captured} frames, {emitted} came out"
        stream.end = StreamEnd(emitted, Ending.INCOMPLETE, reason)
    else:
        stream.end = StreamEnd(message.captured, Ending(message.ending), message.reason)
    tally.discard("beyond_window", stream.buffer.end_at(stream.end.captured))


def give_up(stream: Stream, now: float) -> None:
    """End a stream whose producer stayed away: what is missing below the highest frame seen counts as dropped."""
    captured = stream.buffer.top if stream.end is None else stream.end.captured
    for seq in stream.buffer.missing(captured):
        row = Row(stream.name, seq, None, Status.DROPPED, LOST_FRAME)
        stream.buffer.offer(seq, Held(row, now))
    stream.pictures.forgo()
    stream.end = StreamEnd(captured, Ending.INCOMPLETE, PRODUCER_LOST, announced=False)
    stream.lost_at = NEVER


def close_if_due(stream: Stream) -> EndStream | None:
    """Put the ending on record once every frame is emitted; once."""
    end = stream.end
    if end is None or stream.buffer.next != end.captured or stream.phase in {Phase.CLOSING, Phase.ENDED}:
        return None
    stream.phase = Phase.CLOSING
    stream.ledger.captured = end.captured
    stream.lost_at = NEVER
    return EndStream(stream.name, end.ending, end.captured, end.reason)

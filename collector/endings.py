"""How a stream ends: as its producer says, or without its producer when that stays away for too long.

What this file does not know: sessions, clocks' origin, and the outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collector.actions import EndStream
from collector.records import PRODUCER_LOST
from collector.streams import NEVER, Held, Phase, Stream, StreamEnd
from collector.tally import Tally
from common.exits import Exit
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


def in_words(stream: Stream) -> tuple[str, str]:
    """What people are told of an ending that is on record, and how urgently: a notice's level and text."""
    record = stream.record
    reason = f" ({record.reason})" if record.reason not in {"", record.ending} else ""
    level = "info" if record.ending is Ending.COMPLETE else "warning"
    return level, f"stream {stream.name} ended {record.ending}{reason}: {record.captured} frames"


def verdict(streams: Sequence[Stream]) -> tuple[Exit, str]:
    """How a run ended of which these are the streams, all of them ended: its exit code, and why it is no success."""
    endings = {stream.name: stream.record.ending for stream in streams}
    if Ending.INTERRUPTED in endings.values():
        return Exit.INTERRUPTED, ""
    if incomplete := [name for name, ending in endings.items() if ending is not Ending.COMPLETE]:
        return Exit.INCOMPLETE, f"incomplete: {', '.join(incomplete)}"
    if fruitless := [stream.name for stream in streams if stream.ledger.fruitless]:
        return Exit.INCOMPLETE, f"every frame failed or was dropped: {', '.join(fruitless)}"
    return Exit.OK, ""

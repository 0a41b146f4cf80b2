"""Who may open a stream, and where it continues: one pure decision over what is known of its name.

What this file does not know: sessions, outputs, and how the decision is carried out.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias

from collector.records import StreamRecord
from collector.streams import Phase, Stream
from common.messages import Open
from common.registry import Member
from common.rows import Ending, StreamHeader


class Fresh(NamedTuple):
    """A stream that is not known here; the outputs must be made ready from frame `start` on."""

    record: StreamRecord
    start: int


class Renewed(NamedTuple):
    """A known stream goes on under this record, where its emitted frames end; what is buffered is void."""

    record: StreamRecord


class Rejoined(NamedTuple):
    """The same producer is back in another session, or repeats itself."""


class Missed(NamedTuple):
    """The stream has ended as its producer said, which has only not heard of it."""


class Rejected(NamedTuple):
    """The stream is not opened; `code` is one of `messages.REJECTIONS`."""

    code: str
    text: str


Verdict: TypeAlias = Fresh | Renewed | Rejoined | Missed | Rejected


def decide(request: Open, member: Member, stream: Stream | None, *, durable: bool) -> Verdict:
    """Decide on a producer's wish.

    Args:
        request: the wish.
        member: the session that it came in.
        stream: what is known under the name.
        durable: whether frames that an earlier collector settled must be found in the outputs.
    """
    claim = StreamRecord(header_of(request), request.epoch, member.job.hex())
    if stream is None:
        return _unknown(request, claim, durable=durable)
    if stream.instance == member.instance:
        return _same_producer(stream, claim)
    if stream.phase is Phase.ENDED:
        return _ended(stream, claim, resume=request.resume)
    if stream.owner or stream.phase is Phase.CLOSING:
        return _busy(stream)
    if stream.phase is Phase.KNOWN and request.epoch == stream.epoch:
        return _same_epoch(stream, claim, request.settled)
    nothing_to_mix = stream.phase is Phase.KNOWN and stream.buffer.next == 0  # its `Opened` may have been lost
    return _next_epoch(stream, claim, resume=request.resume or nothing_to_mix)


def header_of(request: Open) -> StreamHeader:
    """The stream that an `Open` describes."""
    return StreamHeader(
        name=request.stream,
        width=request.width,
        height=request.height,
        time_base=Fraction(*request.time_base),
        rate=Fraction(*request.rate),
        expected=request.expected,
        source=request.source,
        truth=request.truth,
    )


def _unknown(request: Open, claim: StreamRecord, *, durable: bool) -> Verdict:
    """New; or one of a collector that left nothing behind, which is continued unless rows of it should be here."""
    if request.epoch == 0:
        return Fresh(_at_epoch(claim, 1), 0)
    if durable and request.settled > 0:
        return Rejected("lost", f"frames below {request.settled} were written to an output that is not here")
    return Fresh(claim, request.settled)


def _same_producer(stream: Stream, claim: StreamRecord) -> Verdict:
    """Its epoch is 0 for as long as it has not heard of `Opened`."""
    if claim.epoch not in {0, stream.epoch}:
        return Rejected("taken", f"stream {stream.name} is at epoch {stream.epoch}, not {claim.epoch}")
    if refusal := _refusal(stream, claim, resume=True):
        return Rejected("exists", refusal)
    if stream.phase is not Phase.ENDED:
        return Rejoined()
    return Missed() if stream.ended_by_producer else _has_ended(stream)


def _busy(stream: Stream) -> Rejected:
    """Not to be had now: for how long is its producer's affair, or that of the disk that its end is written to."""
    if stream.phase is Phase.CLOSING:
        return Rejected("closing", f"the end of stream {stream.name} is being written")
    return Rejected("taken", f"another producer has stream {stream.name}")


def _ended(stream: Stream, claim: StreamRecord, *, resume: bool) -> Verdict:
    """Another process, or the same one after a restart of the collector."""
    if stream.ended_by_producer and claim.epoch == stream.epoch and not _refusal(stream, claim, resume=False):
        return Missed()
    left_by_earlier_run = not stream.instance
    complete = stream.record.ending is Ending.COMPLETE
    if resume and left_by_earlier_run and not complete:
        return _next_epoch(stream, claim, resume=True)
    if resume and complete and not _refusal(stream, claim, resume=True):
        return Rejected("complete", f"all {stream.record.captured} frames of {stream.name} are there")
    return _has_ended(stream)


def _same_epoch(stream: Stream, claim: StreamRecord, settled: int) -> Verdict:
    """The collector was restarted, the producer was not."""
    if refusal := _refusal(stream, claim, resume=False):
        return Rejected("exists", refusal)
    if settled > stream.buffer.next:
        text = f"frames {stream.buffer.next} to {settled - 1} of {stream.name} were acknowledged and are not here"
        return Rejected("lost", text)
    return Renewed(claim)


def _next_epoch(stream: Stream, claim: StreamRecord, *, resume: bool) -> Verdict:
    """The producer was restarted."""
    claim = _at_epoch(claim, stream.epoch + 1)
    if refusal := _refusal(stream, claim, resume=resume):
        return Rejected("exists", refusal)
    return Renewed(claim)


def _refusal(stream: Stream, claim: StreamRecord, *, resume: bool) -> str:
    return stream.record.refusal(claim.header, claim.epoch, claim.job_digest, resume=resume)


def _has_ended(stream: Stream) -> Rejected:
    return Rejected("ended", f"stream {stream.name} has ended ({stream.record.ending})")


def _at_epoch(claim: StreamRecord, epoch: int) -> StreamRecord:
    return StreamRecord(claim.header, epoch, claim.job_digest)

"""Completions on their way into messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.messages import Done, Results, WorkItem
from common.schema import SCHEMAS
from common.wire import encode
from worker.held import Frame
from worker.results import Completed, Handover, batches

STREAM = "s" * limits.NAME_MAX_CHARS
LARGEST = 2**48


def _frame(seq: int, *, link: str = "producer:0", collector: str = "c", digest: bytes = b"d" * 32) -> Frame:
    work = WorkItem(STREAM, 2**32 - 1, seq, 2**32 - 1, 2**62, 8, 4, -1, 0, alone=False)
    return Frame(7, work, link, collector, digest, None, 0.0)


def _completed(token: int) -> Completed:
    return Completed(token, b"\0" * 24, 1, "", 2**40)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([b"x" * 32, b"y" * 32])), max_size=150))
def test_batches_keep_every_result_in_order_with_its_kind(kinds: list[tuple[str, bytes]]) -> None:
    """One message has one collector, one job, and at most BATCH_MAX results."""
    done = [
        (_frame(seq, collector=collector, digest=digest), _completed(seq))
        for seq, (collector, digest) in enumerate(kinds)
    ]
    found = batches(done)
    assert all(0 < len(batch.frames) <= limits.BATCH_MAX for batch in found)
    for key in set(kinds):
        mine = [batch for batch in found if (batch.collector, batch.digest) == key]
        seqs = [frame.work.seq for batch in mine for frame in batch.frames]
        assert seqs == [seq for seq, kind in enumerate(kinds) if kind == key]
    assert all(
        frame.work.seq == completion.token
        for batch in found
        for frame, completion in zip(batch.frames, batch.completions, strict=True)
    )


def test_the_largest_messages_fit_into_a_header() -> None:
    """Full batches of the longest names and numbers, as the schema admits them."""
    frames = [_frame(LARGEST - index) for index in range(limits.BATCH_MAX)]
    [batch] = batches([(frame, _completed(index)) for index, frame in enumerate(frames)])
    results = batch.results(2**64 - 1)
    assert all(check(value) for check, value in zip(SCHEMAS[Results], results, strict=True))
    assert len(encode(results)) <= limits.HEADER_MAX_BYTES
    handover = Handover()
    handover.told("undelivered", frames)
    [receipt] = handover.flush()
    assert len(encode(Done(2**64 - 1, receipt.outcome, receipt.refs))) <= limits.HEADER_MAX_BYTES


def test_what_is_handed_over_is_told_once_by_link_session_and_outcome() -> None:
    """Results that were not sent change sides; nothing is told twice."""
    handover = Handover()
    first, second, other = _frame(1), _frame(2), _frame(3, link="producer:1")
    sent = [Results(9, b"d" * 32, ()), Results(10, b"d" * 32, ())]
    handover.sent(sent[0], [first, other])
    handover.sent(sent[1], [second])
    handover.failed(sent[1])
    handover.failed(Results(11, b"d" * 32, ()))
    told = {(receipt.link, receipt.outcome): [ref[2] for ref in receipt.refs] for receipt in handover.flush()}
    assert told == {("producer:0", "sent"): [1], ("producer:1", "sent"): [3], ("producer:0", "undelivered"): [2]}
    assert not handover
    assert list(handover.flush()) == []

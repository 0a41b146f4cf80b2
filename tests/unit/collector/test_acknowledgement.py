"""Acknowledgements of many streams travel together, as far as a header holds them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.acknowledgement import messages_of
from common import limits
from common.messages import Acked
from common.wire import decode, encode

SEQS = st.integers(0, 2**48)
STREAMS = st.lists(
    st.builds(
        Acked,
        stream=st.sampled_from(("a", "b" * limits.NAME_MAX_CHARS)),
        epoch=st.integers(0, 2**32 - 1),
        upto=SEQS,
        have=st.lists(st.tuples(SEQS, SEQS), max_size=limits.RANGES_MAX).map(tuple),
        ended=st.booleans(),
    ),
    max_size=80,
)


@given(STREAMS)
def test_every_stream_is_told_once_in_messages_that_can_be_read(streams: list[Acked]) -> None:
    """In their order, whatever ranges they have."""
    messages = list(messages_of(7, streams))
    assert [decode(encode(message)) for message in messages] == messages
    assert [acked for message in messages for acked in message.streams] == streams


def test_as_many_streams_as_fit_share_a_message() -> None:
    """The next message begins where there are too many of them, or of their ranges."""
    streams = [Acked("s", 1, seq, ((seq, seq),), ended=False) for seq in range(limits.BATCH_MAX + 1)]
    assert [len(message.streams) for message in messages_of(7, streams)] == [limits.BATCH_MAX, 1]
    wide = Acked("s", 1, 0, ((1, 1),) * (limits.RANGES_MAX // 2), ended=False)
    assert [len(message.streams) for message in messages_of(7, [wide] * 5)] == [2, 2, 1]

"""Tests of common.wire: what is said is heard, and what is not a message is a WireError and nothing else."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits, messages
from common.messages import Beat, Hello, Results
from common.schema import PAYLOAD_MAX, SCHEMAS
from common.wire import ProtocolMismatchError, WireError, decode, encode
from tests.unit.common.message_strategies import ANY

HELLO = Hello(messages.PROTOCOL, "worker", "w", bytes(16), b"", ())
LONGEST_TEXT = "\N{GRINNING FACE}" * limits.TEXT_MAX_CHARS
LONGEST_NAME = "n" * limits.NAME_MAX_CHARS
BIG = 2**48
LONGEST_REFS = ((LONGEST_NAME, 2**32 - 1, BIG, 2**32 - 1),) * limits.BATCH_MAX
LONGEST_ITEM = messages.ResultItem(LONGEST_NAME, 2**32 - 1, BIG, 2**32 - 1, -(2**62), 1000, 2**64 - 1, 2**64 - 1)
LONGEST_WORK = messages.WorkItem(
    LONGEST_NAME, 2**32 - 1, BIG, 2**32 - 1, -(2**62), 16384, 16384, 2**20, len(messages.FORMS) - 1, alone=True
)

LONGEST_OFFER = (2**32 - 1, 2**32 - 1, 2**64 - 1, 2**20, 2**25)

LONGEST: list[messages.Message] = [
    Hello(messages.PROTOCOL, "producer", LONGEST_NAME, bytes(16), bytes(32), ((LONGEST_NAME, LONGEST_TEXT[:100]),) * 8),
    messages.Welcome(2**64 - 1, bytes(16), bytes(32), LONGEST_TEXT, LONGEST_OFFER, 1000),
    messages.Work(2**64 - 1, (LONGEST_WORK,) * limits.BATCH_MAX),
    messages.Done(2**64 - 1, "undelivered", LONGEST_REFS),
    messages.Fault(2**64 - 1, LONGEST_REFS[0], LONGEST_TEXT),
    Results(2**64 - 1, bytes(32), (LONGEST_ITEM,) * limits.BATCH_MAX),
    messages.Open(
        2**64 - 1,
        LONGEST_NAME,
        2**32 - 1,
        BIG,
        resume=True,
        window=4096,
        width=16384,
        height=16384,
        time_base=(2**64 - 1, 2**63),
        rate=(2**64 - 1, 2**63),
        expected=BIG,
        source=LONGEST_TEXT,
        truth=LONGEST_TEXT,
        patience_ms=1000,
    ),
    messages.Ack(2**64 - 1, (messages.Acked(LONGEST_NAME, 2**32 - 1, BIG, ((BIG, BIG),) * 2, ended=True),) * 32),
    messages.Fate(2**64 - 1, LONGEST_NAME, 2**32 - 1, "dropped", LONGEST_NAME, ((BIG, -(2**62)),) * limits.BATCH_MAX),
    messages.End(2**64 - 1, LONGEST_NAME, 2**32 - 1, BIG, "interrupted", LONGEST_TEXT),
]


@given(ANY)
def test_what_is_said_is_heard(message: messages.Message) -> None:
    """A message comes back equal, of its own type, and within the limit of a header."""
    header = encode(message)
    assert len(header) <= limits.HEADER_MAX_BYTES
    again = decode(header)
    assert again == message
    assert type(again) is type(message)


@pytest.mark.parametrize("message", LONGEST, ids=lambda message: type(message).__name__)
def test_the_longest_message_of_a_kind_fits_a_header(message: messages.Message) -> None:
    """The limits of fields and of the header agree: nobody has to count bytes before sending."""
    assert decode(encode(message)) == message


def test_items_come_back_as_items() -> None:
    """The nested tuples with names have them at the other end as well."""
    work = decode(encode(messages.Work(1, (LONGEST_WORK,))))
    assert isinstance(work, messages.Work)
    assert work.items[0].alone is True
    again = decode(encode(Results(1, bytes(32), (LONGEST_ITEM,))))
    assert isinstance(again, Results)
    assert again.items[0].infer_us == 2**64 - 1


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_wire_error(header: bytes) -> None:
    """Nothing that a peer sends raises anything else."""
    try:
        message = decode(header)
    except WireError as error:
        assert error.code in {"too_long", "msgpack", "shape", "protocol", "kind", "fields", "field", "payload"}  # noqa: PT017 - both are right
    else:
        assert type(message) in SCHEMAS


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(ANY, st.data())
def test_one_wrong_field_is_found(message: messages.Message, data: st.DataObject) -> None:
    """A message with any field replaced by anything is refused, or is a message whose fields are all admitted."""
    fields: list[object] = list(message)
    fields[data.draw(st.integers(0, len(fields) - 1))] = data.draw(JUNK)
    header = msgpack.packb([type(message).__name__.lower(), *fields])
    try:
        again = decode(header)
    except WireError:
        return
    assert all(check(value) for check, value in zip(SCHEMAS[type(again)], again, strict=True))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"", "msgpack"),
        (bytes(limits.HEADER_MAX_BYTES + 1), "too_long"),
        (b"\xc1", "msgpack"),
        (b"\x91" * 2000, "msgpack"),
        (b"\xdd\xff\xff\xff\xff", "msgpack"),
        (b"\xc6\xff\xff\xff\xff", "msgpack"),
        (encode(Beat(1)) + b"\x00", "msgpack"),
        (msgpack.packb({"beat": 1}), "msgpack"),
        (msgpack.packb(["beat", msgpack.ExtType(5, b"x")]), "msgpack"),
        (msgpack.packb(["beat", msgpack.Timestamp(0)]), "msgpack"),
        (b"\xa1\xff", "msgpack"),
        (msgpack.packb(1), "shape"),
        (msgpack.packb([]), "shape"),
        (msgpack.packb([b"beat", 1]), "shape"),
        (msgpack.packb(["shout", 1]), "kind"),
        (msgpack.packb(["beat"]), "fields"),
        (msgpack.packb(["beat", 1, 2]), "fields"),
        (msgpack.packb(["beat", -1]), "field"),
        (msgpack.packb(["beat", True]), "field"),
        (msgpack.packb(["hello", "1"]), "fields"),
    ],
)
def test_what_is_wrong_is_a_word(header: bytes, code: str) -> None:
    """Each way to be wrong is counted by its own code."""
    with pytest.raises(WireError) as caught:
        decode(header)
    assert caught.value.code == code


def test_a_hello_of_another_protocol_is_told_from_garbage() -> None:
    """Whatever its other fields are in that version: it is owed a refusal that a person can act on."""
    with pytest.raises(ProtocolMismatchError) as caught:
        decode(msgpack.packb(["hello", messages.PROTOCOL + 1, None, "of", "the", "future", 1, 2, 3]))
    assert caught.value.number == messages.PROTOCOL + 1
    assert caught.value.code == "protocol"


@given(ANY)
def test_a_payload_beyond_its_kinds_limit_is_refused(message: messages.Message) -> None:
    """The limit is known before anything looks into the payload; most kinds have none at all."""
    most = PAYLOAD_MAX.get(type(message), 0)
    assert decode(encode(message), most) == message
    with pytest.raises(WireError, match="payload"):
        decode(encode(message), most + 1)


def test_a_message_that_would_not_fit_is_not_sent() -> None:
    """A local caller who puts too much into one message learns of it here, and not by silence."""
    with pytest.raises(WireError, match="too_long"):
        encode(messages.Fault(1, LONGEST_REFS[0], "x" * limits.HEADER_MAX_BYTES))


def test_an_error_says_what_and_where() -> None:
    """The word to count by, and the detail for a person who debugs."""
    assert str(WireError("kind", "'shout'")) == "kind: 'shout'"
    assert str(WireError("shape")) == "shape"
    assert decode(encode(HELLO)) == HELLO

"""Hostile headers, job documents and statistics: an error of the expected kind, in bounded memory, or the truth."""

from __future__ import annotations

from contextlib import suppress

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.stats import parse_stats
from common import limits
from common.address import parse_address
from common.errors import ModelError, NetworkError
from common.job import parse_job
from common.schema import SCHEMAS
from common.wire import WireError, decode, encode
from tests.fuzz.harness import at_most, damaged, fuzzed
from tests.unit.common.message_strategies import ANY
from tests.unit.common.test_job import JOBS

pytestmark = pytest.mark.fuzz

HEADER_MEMORY = 1 << 20
"""Nested arrays that claim to be long cost most: 0.5 MB, see common.wire.ARRAY_MAX."""
JOB_MEMORY = 64 * limits.JOB_MAX_BYTES
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=3),
)
CLAIMS = st.sampled_from([b"\xdd", b"\xdf", b"\xdb", b"\xc6", b"\xc9", b"\xdc", b"\xde", b"\xda", b"\xc5", b"\xc8"])
"""Type bytes of msgpack that a length follows."""


@fuzzed
@given(
    st.binary(max_size=limits.HEADER_MAX_BYTES + 10)
    | damaged(ANY.map(encode))
    | VALUES.map(msgpack.packb)
    | st.builds(bytes.__add__, CLAIMS, st.binary(max_size=8))
)
@example(b"\x91" * limits.HEADER_MAX_BYTES)
@example(b"\xdc\x00\x40" * 1365)
@example(b"\x92\xa5hello\xcf\xff\xff\xff\xff\xff\xff\xff\xff")
def test_a_header_is_a_message_or_a_wire_error(header: bytes) -> None:
    """Nothing else is raised, little is allocated, and what is understood can be said again with the same meaning."""
    with at_most(HEADER_MEMORY), suppress(WireError):
        message = decode(header)
        assert all(check(value) for check, value in zip(SCHEMAS[type(message)], message, strict=True))
        assert decode(encode(message)) == message


@fuzzed
@given(st.binary(max_size=2000) | damaged(JOBS.map(lambda job: job.canonical)))
@example(b"[" * limits.JOB_MAX_BYTES)
@example(b'{"version":1,"model":' + b"9" * 100_000 + b"}")
def test_a_job_document_is_itself_or_a_model_error(canonical: bytes) -> None:
    """Whatever is read has exactly these bytes as its canonical text."""
    with at_most(JOB_MEMORY), suppress(ModelError):
        assert parse_job(canonical).canonical == canonical


STATS = (
    b'{"streams":{"cam":{"latency_ms":{"p50":1.5},"stages_ms":{"decode":{"p50":2.5}}}},"redispatched":1,"hedged":0,'
    b'"recent":{"frames":4,"latency_ms":{"p50":1.5,"p95":2,"max":9.25}},'
    b'"faults":0,"transport":{"w":"shm"},"refused":{"kind":1},"source_notes":["damaged"]}'
)


@fuzzed
@given(st.binary(max_size=2000) | damaged(st.just(STATS), cuts=2))
@example(b"[" * limits.STATS_MAX_BYTES)
@example(STATS.replace(b"1.5", b"NaN"))
@example(STATS.replace(b"1.5", b"9" * 5000))
def test_statistics_are_understood_or_ignored(payload: bytes) -> None:
    """A producer cannot make the collector's report fail."""
    with at_most(64 * limits.STATS_MAX_BYTES):
        parse_stats(payload)


def test_the_undamaged_statistics_are_understood() -> None:
    """So that the fuzzing begins at something."""
    assert parse_stats(STATS) is not None


@fuzzed
@given(st.text(max_size=50) | damaged(st.sampled_from([b"tcp://[::1]:5555", b"ipc:///run/x", b"tcp://*:*"])).map(str))
def test_an_address_is_one_or_a_network_error(text: str) -> None:
    """A welcome may name any collector; what is read can be written and read again."""
    with suppress(NetworkError):
        address = parse_address(text)
        assert parse_address(str(address)) == address

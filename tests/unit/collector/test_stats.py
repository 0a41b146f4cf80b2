"""A producer's statistics: read where they are what they should be, dropped where not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.facts import Recent
from collector.stats import ProducerStats, StreamStats, parse_stats
from common import limits

DOCUMENT = {
    "streams": {"clip": {"latency_ms": {"p50": 1.5, "max": 3}, "stages_ms": {"decode": {"p50": 0.5}}}},
    "redispatched": 2,
    "hedged": 1,
    "unanswered": 6,
    "faults": 0,
    "transport": {"w1": "shm"},
    "refused": {"job": 4},
    "recent": {"frames": 7, "latency_ms": {"p50": 1, "p95": 2.5, "max": 3}},
    "source_notes": ["the container says nothing of its length"],
}


def test_a_document_is_read() -> None:
    """Every figure arrives where it belongs."""
    assert parse_stats(json.dumps(DOCUMENT).encode()) == ProducerStats(
        streams={"clip": StreamStats({"p50": 1.5, "max": 3.0}, {"decode": {"p50": 0.5}})},
        redispatched=2,
        hedged=1,
        unanswered=6,
        transport={"w1": "shm"},
        refused={"job": 4},
        recent=Recent(7, {"p50": 1.0, "p95": 2.5, "max": 3.0}),
    )


def test_what_is_not_said_counts_as_nothing() -> None:
    """A producer at its beginning has no figures."""
    assert parse_stats(b"{}") == ProducerStats()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        "\xff",
        '{"unknown": 1}',
        '{"redispatched": -1}',
        '{"redispatched": true}',
        '{"redispatched": 1.0}',
        '{"faults": null}',
        '{"hedged": 1e400}',
        '{"streams": []}',
        '{"streams": {"../x": {}}}',
        '{"streams": {"a": {"other": {}}}}',
        '{"streams": {"a": {"latency_ms": {"p50": NaN}}}}',
        '{"streams": {"a": {"latency_ms": {"p50": 1e999}}}}',
        '{"streams": {"a": {"latency_ms": {"p50": -1.0}}}}',
        '{"streams": {"a": {"latency_ms": {"p50": "1"}}}}',
        '{"streams": {"a": {"latency_ms": {"p50": 1e300}}}}',
        '{"recent": []}',
        '{"recent": {"frames": -1}}',
        '{"recent": {"frames": 1.5}}',
        '{"recent": {"seconds": 1}}',
        '{"recent": {"latency_ms": {"p50": Infinity}}}',
        '{"transport": {"w": "pigeon"}}',
        '{"transport": {"w": []}}',
        '{"source_notes": ["\\u001b[2J"]}',
        '{"source_notes": {}}',
        "[" * 20_000,
        '{"refused": {"a": ' + "9" * 5000 + "}}",
    ],
)
def test_anything_else_is_dropped(text: str) -> None:
    """Whatever is wrong with it, nothing is raised."""
    assert parse_stats(text.encode("latin-1")) is None


def test_a_long_document_is_not_parsed() -> None:
    """Its length is looked at first."""
    assert parse_stats(b" " * limits.STATS_MAX_BYTES + b"{}") is None


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*DOCUMENT, "clip", "latency_ms"]), inner),
        max_leaves=10,
    )
)
def test_no_json_value_raises(value: object) -> None:
    """It is read, or it is None."""
    parse_stats(json.dumps(value).encode())

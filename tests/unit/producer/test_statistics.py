"""Tests of producer.statistics: the document that the collector's report takes."""

from __future__ import annotations

import itertools
import json

from common import limits
from common.rows import Ending
from producer.fleet import Fleet
from producer.leases import LeaseTable
from producer.statistics import document
from producer.stream import Stream
from tests.unit.producer.playbook import INSTANCE, header, settings_of, worker_hello


def fleet(workers: int = 0) -> Fleet:
    """With workers that have joined."""
    one = Fleet(settings_of("a"), INSTANCE, itertools.count(1).__next__, LeaseTable())
    for number in range(workers):
        one.receive(b"%d" % number, worker_hello(f"{'w' * 50}{number}", number % 256), 0.0)
    return one


def test_the_document_holds_what_only_the_producer_knows() -> None:
    """Latency and stages by stream, what was sent again, how workers get their frames, what was refused."""
    stream = Stream(header("a"))
    stream.latency.add(0.004)
    stream.ending = (Ending.INCOMPLETE, "damaged")
    leases = LeaseTable()
    leases.redispatched, leases.hedged = 3, 1
    one = fleet(1)
    one.faults = 2
    encoded = document({"a": stream}, one, leases, {"magic": 5})
    assert encoded is not None
    fields = json.loads(encoded)
    assert (fields["redispatched"], fields["hedged"], fields["faults"]) == (3, 1, 2)
    assert list(fields["transport"].values()) == ["inline"]
    assert (fields["refused"], fields["source_notes"]) == ({"magic": 5}, ["damaged"])
    assert fields["streams"]["a"]["latency_ms"]["max"] == 4.0
    assert set(fields["streams"]["a"]["stages_ms"]) == {"decode", "prepare", "dispatch"}


def test_as_many_workers_as_the_report_keeps_fit() -> None:
    """Beyond that number the earliest are forgotten."""
    one = fleet(300)
    encoded = document({"a": Stream(header("a"))}, one, LeaseTable(), {})
    assert encoded is not None
    assert len(json.loads(encoded)["transport"]) == 256


def test_a_document_that_is_too_long_is_not_sent() -> None:
    """Rather than be dropped by the collector with a complaint."""
    streams = {f"s{number}": Stream(header(f"s{number}")) for number in range(400)}
    assert document(streams, fleet(), LeaseTable(), {}) is None
    assert limits.STATS_MAX_BYTES < 400 * 400

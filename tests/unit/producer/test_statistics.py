"""Tests of producer.statistics: the document that the collector's report takes."""

from __future__ import annotations

import itertools
import json

import pytest

from collector.stats import parse_stats
from common import limits
from common.actions import Send
from common.messages import Credit, Welcome
from common.meter import Durations
from common.rows import Ending
from producer.fleet import Fleet
from producer.leases import LeaseTable
from producer.statistics import document
from producer.stream import Stream
from tests.unit.producer.playbook import INSTANCE, header, settings_of, worker_hello


def fleet(workers: int = 0) -> Fleet:
    """With workers that are ready."""
    one = Fleet(settings_of("a"), INSTANCE, itertools.count(1).__next__, LeaseTable())
    for number in range(workers):
        peer = b"%d" % number
        actions = one.receive(peer, worker_hello(f"{'w' * 50}{number}", number % 256), 0.0)
        (welcome,) = [each.message for each in actions if isinstance(each, Send) and isinstance(each.message, Welcome)]
        one.receive(peer, Credit(welcome.session, "ready", 1, 0, b""), 0.0)
    return one


def test_the_document_holds_what_only_the_producer_knows() -> None:
    """Latency and stages by stream, what was sent again, how workers get their frames, what was refused."""
    stream = Stream(header("a"))
    stream.latency.add(0.004)
    stream.ending = (Ending.INCOMPLETE, "damaged")
    stream.outages.begin(5.0)
    leases = LeaseTable()
    leases.redispatched, leases.hedged = 3, 1
    one = fleet(1)
    one.faults, one.credits.unanswered = 2, 4
    recent = Durations()
    recent.add(0.25)
    encoded = document({"a": stream}, one, leases, {"magic": 5}, recent, 9.0)
    fields = json.loads(encoded)
    assert (fields["redispatched"], fields["hedged"], fields["faults"], fields["unanswered"]) == (3, 1, 2, 4)
    assert list(fields["transport"].values()) == ["inline"]
    assert (fields["refused"], fields["source_notes"]) == ({"magic": 5}, ["damaged"])
    assert fields["streams"]["a"]["latency_ms"]["max"] == 4.0
    assert set(fields["streams"]["a"]["stages_ms"]) == {"decode", "prepare", "dispatch"}
    assert fields["streams"]["a"]["outages"] == {"count": 1, "total_s": 4.0, "longest_s": 4.0}
    assert fields["recent"] == {"frames": 1, "latency_ms": {"p50": 250.0, "p95": 250.0, "max": 250.0}}


def test_as_many_workers_as_the_report_keeps_fit() -> None:
    """Beyond that number the earliest are forgotten."""
    one = fleet(300)
    encoded = document({"a": Stream(header("a"))}, one, LeaseTable(), {}, Durations(), 9.0)
    assert len(json.loads(encoded)["transport"]) == 256


@pytest.mark.parametrize(
    ("number", "reason", "left_out"),
    [
        (20, "", set()),
        (200, "damaged", {"stages_ms"}),
        (1024, "", {"stages_ms", "streams"}),
        (1024, "é" * limits.TEXT_MAX_CHARS, {"stages_ms", "streams", "source_notes"}),
    ],
)
def test_details_of_streams_are_left_out_where_they_do_not_fit(number: int, reason: str, left_out: set[str]) -> None:
    """Counts never are, and the collector takes what is left."""
    streams = {f"s{each}": Stream(header(f"s{each}")) for each in range(number)}
    for stream in streams.values():
        stream.ending = (Ending.INCOMPLETE, reason)
        stream.latency.add(0.25)
    leases = LeaseTable()
    leases.redispatched = 3
    encoded = document(streams, fleet(300), leases, {}, Durations(), 9.0)
    assert len(encoded) <= limits.STATS_MAX_BYTES
    fields = json.loads(encoded)
    keys = {*fields, *fields.get("streams", {}).get("s0", {})}
    assert {"stages_ms", "streams", "source_notes"} - keys == left_out
    assert (fields["redispatched"], len(fields["transport"])) == (3, 256)
    assert parse_stats(encoded) is not None

"""What producers have told: sums are right however many came, and the memory is that of a few."""

from __future__ import annotations

import pytest

from collector.facts import Recent
from collector.stats import ProducerStats, StreamStats
from collector.told import PRODUCERS_MAX, SILENT_S, Told, all_outages
from common import limits


def stats(number: int) -> ProducerStats:
    """Figures of one producer, which had a stream of its own and one that all had."""
    figures = {"p50": float(number)}
    mine = StreamStats(figures, {"decode": figures})
    return ProducerStats(
        streams={f"s{number % 5000}": mine, "all": mine},
        redispatched=1,
        hedged=2,
        unanswered=3,
        transport={f"w{number}": "shm"},
        refused={"kind": 1},
        recent=Recent(1, figures),
    )


def instance(number: int) -> bytes:
    """A process."""
    return number.to_bytes(16, "big")


def test_the_latest_word_of_each_counts() -> None:
    """It says all since its start again each time."""
    told = Told()
    for second in range(100):
        assert told.keep(instance(1), stats(second), float(second))
    assert list(told) == [stats(99)]


def test_producers_that_are_restarted_for_hours_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are gone are one, and sums are those of all."""
    monkeypatch.setattr(limits, "STREAMS_MAX", 30)  # each of all that come costs time for each that is kept
    monkeypatch.setattr(limits, "SESSIONS_MAX", PRODUCERS_MAX + 1)
    told, many = Told(), 300
    for number in range(many):
        assert told.keep(instance(number), stats(number), SILENT_S * number)
    kept = list(told)
    assert len(kept) == PRODUCERS_MAX + 1
    assert sum(one.redispatched for one in kept) == many
    assert sum(one.hedged for one in kept) == 2 * many
    assert sum(one.unanswered for one in kept) == 3 * many
    assert sum(one.refused["kind"] for one in kept) == many
    gone = kept[0]
    assert len(gone.streams) == limits.STREAMS_MAX
    assert len(gone.transport) == limits.SESSIONS_MAX
    last = many - PRODUCERS_MAX - 1
    assert gone.streams[f"s{last}"].latency_ms == {"p50": float(last)}
    assert gone.streams["all"].stages_ms == {"decode": {"p50": float(last)}}


def test_a_stream_that_all_producers_had_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many others came and went since: the greatest of its figures may be of the first."""
    monkeypatch.setattr(limits, "STREAMS_MAX", 3)
    told = Told()
    for number in range(PRODUCERS_MAX + 20):
        assert told.keep(instance(number), stats(1000 - number), SILENT_S * number)
    gone = next(iter(told))
    assert len(gone.streams) == limits.STREAMS_MAX
    assert gone.streams["all"].latency_ms == {"p50": 1000.0}


def test_producers_that_live_are_kept_apart() -> None:
    """However many, up to as many as there can be; one more is turned away."""
    told = Told()
    for number in range(limits.SESSIONS_MAX):
        assert told.keep(instance(number), stats(number), 1.0)
    assert not told.keep(instance(5000), stats(1), 2.0)
    assert told.keep(instance(7), stats(8), 2.0)
    assert sum(one.redispatched for one in told) == limits.SESSIONS_MAX


def test_outages_of_producers_that_followed_each_other_add_up() -> None:
    """All count, the longest stays the longest, and where there was none nothing is told."""
    one, other = {"count": 1, "total_s": 2.0, "longest_s": 2.0}, {"count": 2, "total_s": 4.5, "longest_s": 3.0}
    assert all_outages([{}, one, other]) == {"count": 3, "total_s": 6.5, "longest_s": 3.0}
    assert all_outages([{}]) == {}

"""What producers have told of themselves, in memory that does not grow with how many come and go.

Guarantees that the sums over all producers are right however many there were: where more than `PRODUCERS_MAX` have
told something, as they do where a producer is restarted for hours, those that are silent for longest are made one.
What this file does not know: what the figures are for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, TypeVar

from collector.facts import Summary
from collector.stats import ProducerStats, StreamStats
from common import limits

V = TypeVar("V")

PRODUCERS_MAX: Final = 64
"""Producers whose figures are kept apart."""

SILENT_S: Final = 10.0
"""Who tells nothing for so long is gone: one that lives tells something each second."""


class Told:
    """The latest figures of each producer's process, the one that is silent for longest first."""

    def __init__(self) -> None:
        self._latest: Final[dict[bytes, tuple[ProducerStats, float]]] = {}
        self._gone: ProducerStats | None = None

    def __iter__(self) -> Iterator[ProducerStats]:
        if self._gone is not None:
            yield self._gone
        for stats, _ in self._latest.values():
            yield stats

    def keep(self, instance: bytes, stats: ProducerStats, now: float) -> bool:
        """Keep the latest of a process; False where there is no room, as too many tell something at a time."""
        if self._latest.pop(instance, None) is None:
            self._forget(now)
        if len(self._latest) >= limits.SESSIONS_MAX:
            return False
        self._latest[instance] = stats, now
        return True

    def _forget(self, now: float) -> None:
        while len(self._latest) >= PRODUCERS_MAX:
            instance, (stats, told_at) = next(iter(self._latest.items()))
            if now - told_at < SILENT_S:
                return
            del self._latest[instance]
            self._gone = stats if self._gone is None else _sum(self._gone, stats)


def greatest(summaries: Iterable[Summary]) -> Summary:
    """Figure by figure, the greatest: percentiles cannot be pooled, but the pooled ones do not exceed it."""
    found: dict[str, float] = {}
    for summary in summaries:
        for name, value in summary.items():
            found[name] = max(value, found.get(name, value))
    return found


def greatest_stages(measured: Iterable[Mapping[str, Summary]]) -> dict[str, Summary]:
    """The same stage by stage."""
    measured = list(measured)
    names = dict.fromkeys(name for stages in measured for name in stages)
    return {name: greatest(stages[name] for stages in measured if name in stages) for name in names}


def all_outages(measured: Iterable[Summary]) -> Summary:
    """The outages of a stream that several producers had, one after the other; empty without any."""
    told = [one for one in measured if one]
    if not told:
        return {}
    return {
        **{name: sum(one[name] for one in told) for name in ("count", "total_s")},
        "longest_s": max(one["longest_s"] for one in told),
    }


def _sum(earlier: ProducerStats, later: ProducerStats) -> ProducerStats:
    """Two producers that are gone, as one of the same bounds; of names the latest are kept."""
    both = [stats.streams for stats in (earlier, later)]
    streams = {
        name: _stream([streams[name] for streams in both if name in streams])
        for name in _latest(earlier.streams, later.streams, limits.STREAMS_MAX)
    }
    refused = Counter(earlier.refused)
    refused.update(later.refused)
    return ProducerStats(
        streams=streams,
        redispatched=earlier.redispatched + later.redispatched,
        hedged=earlier.hedged + later.hedged,
        unanswered=earlier.unanswered + later.unanswered,
        transport=_latest(earlier.transport, later.transport, limits.SESSIONS_MAX),
        wire=_latest(earlier.wire, later.wire, limits.SESSIONS_MAX),
        refused=dict(refused.most_common(limits.STATS_NOTES_MAX)),
    )


def _stream(measured: list[StreamStats]) -> StreamStats:
    return StreamStats(
        latency_ms=greatest(one.latency_ms for one in measured),
        stages_ms=greatest_stages(one.stages_ms for one in measured),
        outages=all_outages(one.outages for one in measured),
    )


def _latest(earlier: Mapping[str, V], later: Mapping[str, V], most: int) -> dict[str, V]:
    """What both name; where that is too much, what was named last."""
    named = {name: value for name, value in earlier.items() if name not in later} | dict(later)
    return dict(islice(named.items(), max(0, len(named) - most), None))

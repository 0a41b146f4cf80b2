"""What a producer tells whoever asks how it is: streams, workers and frames as they are now.

Written only when somebody asks, in one walk over the unsettled frames, which are at most a window.
What this file does not know: who asks, and how often.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from common import limits
from common.inquiries import Standing, bounded, milliseconds
from common.registry import Member
from common.schema import as_text
from common.session import State
from producer.fleet import Fleet
from producer.frames import FrameState
from producer.leases import LeaseTable
from producer.settings import ProducerSettings
from producer.stream import Stream
from producer.upstream import Upstream

K = TypeVar("K")
V = TypeVar("V")


class Parts(NamedTuple):
    """Where a producer's state lies."""

    settings: ProducerSettings
    upstream: Upstream
    fleet: Fleet
    leases: LeaseTable
    refused: Mapping[str, int]


class _Unsettled:
    """The unsettled frames in one walk: the states of each stream's, and since when each worker has those it has."""

    def __init__(self, leases: LeaseTable) -> None:
        self._by_stream: Final[dict[str, list[FrameState]]] = {}
        self._by_worker: Final[dict[int, list[float]]] = {}
        self.strikes = self.suspects = 0
        for (stream, _), frame in leases.frames.items():
            _append(self._by_stream, stream, frame.state)
            self.strikes += frame.strikes
            self.suspects += frame.is_suspect
            for lease in frame.pending():
                _append(self._by_worker, lease.worker, lease.sent_at)

    def states(self, stream: str) -> dict[str, int]:
        states = self._by_stream.get(stream, [])
        return {str(state): states.count(state) for state in FrameState}

    def total(self) -> dict[str, int]:
        states = [state for states in self._by_stream.values() for state in states]
        return {str(state): states.count(state) for state in FrameState}

    def sent_at(self, worker: int) -> list[float]:
        return self._by_worker.get(worker, [])


def _append(lists: dict[K, list[V]], key: K, value: V) -> None:
    found = lists.get(key)
    if found is None:
        lists[key] = [value]
    else:
        found.append(value)


def waits_for(parts: Parts) -> list[str]:
    """Whom it lacks to do its work: its collector, a worker that is ready, or nobody."""
    ready = any(member.session.state is State.READY for member in parts.fleet.registry)
    return [who for who, there in (("collector", parts.upstream.dialer.is_open), ("worker", ready)) if not there]


def document(parts: Parts, standing: Standing, about: str, now: float) -> bytes:
    """Write the answer, about one worker or, where that is "", about everything."""
    unsettled = _Unsettled(parts.leases)
    members = list(parts.fleet.registry)
    asked = [member for member in members if about in {"", member.name}]
    streams = parts.upstream.streams.values() if not about else ()
    rates = parts.fleet.rates.values()
    whole = {
        **standing.document(about),
        "name": parts.settings.name,
        "job": {"digest": parts.settings.job.digest.hex(), "model": as_text(parts.settings.job.model)},
        "collector": _collector(parts, standing.up_s, now),
        "fps": round(sum(rate.recent(now) for rate in rates), 3),
        "frames": _frames(parts, unsettled),
        "sent": parts.leases.sends,
        "redispatched": parts.leases.redispatched,
        "hedged": parts.leases.hedged,
        "unanswered": parts.fleet.credits.unanswered,
        "faults": parts.fleet.faults,
        "refused": dict(parts.refused),
        "worker_states": _worker_states(members),
        "streams": [_stream(stream, parts, unsettled, now) for stream in islice(streams, limits.STATUS_ROWS_MAX)],
        "workers": [_worker(member, parts, unsettled, now) for member in asked[: limits.STATUS_ROWS_MAX]],
    }
    return bounded(whole, {"streams": len(streams), "workers": len(asked)})


def _collector(parts: Parts, up_s: float, now: float) -> dict[str, Any]:
    dialer = parts.upstream.dialer
    since = dialer.session.opened_at if dialer.is_open else dialer.waiting_since
    return {
        "address": as_text(parts.settings.collector),
        "connected": dialer.is_open,
        "for_s": round(min(up_s, now - since), 3),
        "heard_ms": milliseconds(now - dialer.session.heard_at) if dialer.is_open else None,
    }


def _frames(parts: Parts, unsettled: _Unsettled) -> dict[str, int]:
    streams = parts.upstream.streams.values()
    return {
        "captured": sum(stream.captured for stream in streams),
        "settled": sum(stream.settled for stream in streams),
        **unsettled.total(),
        "suspects": unsettled.suspects,
        "strikes": unsettled.strikes,
    }


def _stream(stream: Stream, parts: Parts, unsettled: _Unsettled, now: float) -> dict[str, Any]:
    ending, reason = stream.ending or (None, "")
    return {
        "name": stream.name,
        "state": _state(stream),
        "epoch": stream.epoch,
        "captured": stream.captured,
        "settled": stream.settled,
        "expected": stream.header.expected,
        "unsettled": unsettled.states(stream.name),
        "window": parts.upstream.windows[stream.name],
        "ending": None if ending is None else str(ending),
        "reason": as_text(stream.rejection) or reason,
        "outages": stream.outages.figures(now),
    }


def _state(stream: Stream) -> str:
    """One word: `opening`, `running`, `away`, `ended` (what was captured is under way), `finished` or `rejected`.

    `away`: its source gives nothing, and is opened again.
    """
    if stream.rejection:
        return "rejected"
    if stream.finished:
        return "finished"
    if not stream.is_started:
        return "opening"
    if stream.ending is not None:
        return "ended"
    return "running" if stream.outages.since is None else "away"


def _worker_states(members: list[Member]) -> dict[str, int]:
    states = [member.session.state for member in members]
    return {str(state): states.count(state) for state in (State.LOADING, State.READY, State.DRAINING)}


def _worker(member: Member, parts: Parts, unsettled: _Unsettled, now: float) -> dict[str, Any]:
    fleet = parts.fleet
    account, rate = fleet.credits[member.id], fleet.rates[member.id]
    sent_at = unsettled.sent_at(member.id)
    p50_s, p99_s = fleet.dispatcher.service_of(member.id)
    return {
        "name": member.name,
        "device": member.facts.get("device", ""),
        "state": str(member.session.state),
        "transport": fleet.transport_of(member.id),
        "for_s": round(now - member.session.opened_at, 3),
        "heard_ms": milliseconds(now - member.session.heard_at),
        "capacity": account.capacity,
        "outstanding": len(account.outstanding),
        "leases": len(sent_at),
        "oldest_lease_s": round(now - min(sent_at), 3) if sent_at else None,
        "done": rate.count,
        "fps": round(rate.recent(now), 3),
        "service_ms": {"p50": milliseconds(p50_s), "p99": milliseconds(p99_s)},
    }

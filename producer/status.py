"""What a producer tells whoever asks how it is: streams, workers and frames as they are now.

Written only when somebody asks, in one walk over the unsettled frames, which are at most a window.
What this file does not know: who asks, and how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from common import limits
from common.inquiries import Standing, bounded, milliseconds
from common.registry import Member
from common.schema import as_text
from common.session import State
from producer.fleet import Fleet
from producer.frames import FrameState
from producer.leases import LeaseTable
from producer.settings import ProducerSettings
from producer.slots import SlotBook
from producer.stream import Stream
from producer.upstream import Upstream

_STATES: Final = tuple(str(state) for state in FrameState)


class Parts(NamedTuple):
    """Where a producer's state lies."""

    settings: ProducerSettings
    upstream: Upstream
    fleet: Fleet
    leases: LeaseTable
    slots: SlotBook
    refused: Mapping[str, int]


class _Load:
    """What a worker has of the unsettled frames."""

    __slots__ = ("leases", "oldest_at")

    def __init__(self) -> None:
        self.leases = 0
        self.oldest_at = float("inf")


class _Unsettled:
    """The unsettled frames, counted by stream and state, and by worker."""

    def __init__(self, leases: LeaseTable) -> None:
        self.by_stream: Final[dict[str, Counter[str]]] = {}
        self.by_worker: Final[dict[int, _Load]] = {}
        self.strikes = self.suspects = 0
        for (stream, _), frame in leases.frames.items():
            self.by_stream.setdefault(stream, Counter())[frame.state] += 1
            self.strikes += frame.strikes
            self.suspects += frame.is_suspect
            for lease in frame.pending():
                load = self.by_worker.setdefault(lease.worker, _Load())
                load.leases += 1
                load.oldest_at = min(load.oldest_at, lease.sent_at)

    def states(self, stream: str) -> dict[str, int]:
        counts = self.by_stream.get(stream, Counter())
        return {state: counts[state] for state in _STATES}


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
        "streams": [_stream(stream, parts, unsettled) for stream in islice(streams, limits.STATUS_ROWS_MAX)],
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
    by_state = Counter(dict.fromkeys(_STATES, 0))
    for counts in unsettled.by_stream.values():
        by_state.update(counts)
    return {
        "captured": sum(stream.captured for stream in streams),
        "settled": sum(stream.settled for stream in streams),
        **{state: by_state[state] for state in _STATES},
        "suspects": unsettled.suspects,
        "strikes": unsettled.strikes,
    }


def _stream(stream: Stream, parts: Parts, unsettled: _Unsettled) -> dict[str, Any]:
    ending, reason = stream.ending or (None, "")
    return {
        "name": stream.name,
        "state": _state(stream),
        "epoch": stream.epoch,
        "captured": stream.captured,
        "settled": stream.settled,
        "expected": stream.header.expected,
        "unsettled": unsettled.states(stream.name),
        "window": parts.slots.size(stream.name),
        "ending": None if ending is None else str(ending),
        "reason": as_text(stream.rejection) or reason,
    }


def _state(stream: Stream) -> str:
    """One word: `opening`, `running`, `ended` (what was captured is under way), `finished` or `rejected`."""
    if stream.rejection:
        return "rejected"
    if stream.finished:
        return "finished"
    if not stream.is_started:
        return "opening"
    return "running" if stream.ending is None else "ended"


def _worker_states(members: list[Member]) -> dict[str, int]:
    counts = Counter(str(member.session.state) for member in members)
    return {state: counts[state] for state in ("loading", "ready", "draining")}


def _worker(member: Member, parts: Parts, unsettled: _Unsettled, now: float) -> dict[str, Any]:
    fleet = parts.fleet
    account, rate = fleet.credits[member.id], fleet.rates[member.id]
    load = unsettled.by_worker.get(member.id)
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
        "leases": 0 if load is None else load.leases,
        "oldest_lease_s": None if load is None else round(now - load.oldest_at, 3),
        "done": rate.count,
        "fps": round(rate.recent(now), 3),
        "service_ms": {"p50": milliseconds(p50_s), "p99": milliseconds(p99_s)},
    }

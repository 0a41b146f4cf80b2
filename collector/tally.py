"""What the collector measures of a run: frames and stages by worker, rates, and what it turned away.

Memory does not grow with the run: one entry for each of the latest workers and producers, one a reason.
What this file does not know: streams' lives; it is told of frames as they are emitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from collector.facts import RunFacts, StreamFacts, Summary, Wire, WorkerFacts
from collector.stats import ProducerStats
from collector.streams import Held, Stream
from collector.timeline import Timeline
from collector.told import Told, all_outages, greatest, greatest_stages
from collector.workforce import Worker, Workforce
from common.meter import Durations, Rate
from common.registry import Member
from common.rows import Status

_US: Final = 1e-6
_DUPLICATE: Final = "duplicate"


class Tally:
    """Figures of one run.

    Attributes:
        turned_away: messages, frames and peers by reason; `duplicate` counts results of frames that had one.
    """

    def __init__(self) -> None:
        self.turned_away: Final[Counter[str]] = Counter()
        self._rate = Rate()
        self._stream_rates: dict[str, Rate] = {}
        self._timeline = Timeline()
        self._opened_at = float("inf")
        self._emitted_at = -float("inf")
        self._workers = Workforce(self._timeline.retire)
        self._reorder = Durations()
        self._told = Told()

    def discard(self, reason: str, count: int = 1) -> None:
        """Count what is turned away."""
        if count:
            self.turned_away[reason] += count

    def opened(self, now: float) -> None:
        """Note that a stream begins."""
        self._opened_at = min(self._opened_at, now)
        self._timeline.begin(now)

    def keep(self, instance: bytes, stats: ProducerStats, now: float) -> None:
        """Keep the latest figures of a producer's process."""
        if self._told.keep(instance, stats, now):
            self._timeline.settled(now, stats.recent)
        else:
            self.discard("stats")

    def emitted(self, stream: Stream, frames: Sequence[Held], now: float) -> None:
        """Account for frames that go out."""
        if not frames:
            return
        inferred: dict[Member, list[Held]] = {}
        statuses: dict[Status, int] = {}
        for frame in frames:  # on each frame's path: little here, the rest by worker
            worker = frame.worker
            if worker is None:
                status = frame.row.status
                stream.ledger.record(status, frame.row.reason)
                statuses[status] = statuses.get(status, 0) + 1
            elif worker in inferred:
                inferred[worker].append(frame)
            else:
                inferred[worker] = [frame]
        workers = self._inferred(stream, inferred, now)
        if workers:
            statuses[Status.OK] = statuses.get(Status.OK, 0) + sum(workers.values())
        self._timeline.emitted(now, statuses, workers)
        self._emitted_at = now

    def _inferred(self, stream: Stream, inferred: Mapping[Member, Sequence[Held]], now: float) -> dict[str, int]:
        """Account for frames that have a result; return how many each worker did, by the name it is counted under."""
        workers: dict[str, int] = {}
        for worker, frames in inferred.items():
            waits_s = [frame.wait_us * _US for frame in frames]
            name = self._workers.delivered(worker, waits_s, [frame.infer_us * _US for frame in frames], now)
            workers[name] = workers.get(name, 0) + len(frames)
            self._reorder.add_all([now - frame.arrived_at for frame in frames])
        if count := sum(workers.values()):
            stream.ledger.record(Status.OK, "", count)
            self._rate.add(now, count)
            self._stream_rates.setdefault(stream.name, Rate()).add(now, count)
        return workers

    @property
    def duplicates(self) -> int:
        """Results of frames that had one already."""
        return self.turned_away[_DUPLICATE]

    def fps(self, now: float) -> float:
        """Results emitted a second, lately."""
        return self._rate.recent(now)

    def stream_fps(self, stream: str, now: float) -> float:
        """The same of one stream."""
        rate = self._stream_rates.get(stream)
        return 0.0 if rate is None else rate.recent(now)

    def of_worker(self, name: str, now: float) -> tuple[int, float]:
        """How many results of a worker were emitted, and how many a second lately."""
        worker = self._workers.get(name)
        return (0, 0.0) if worker is None else (worker.rate.count, worker.rate.recent(now))

    def refused(self) -> Counter[str]:
        """What was turned away by reason, here and at the producers; duplicates are no refusal."""
        refused = self.turned_away.copy()
        for stats in self._told:
            refused.update(stats.refused)
        del refused[_DUPLICATE]
        return refused

    def facts(self, streams: Iterable[Stream]) -> RunFacts:
        """The run so far; `command` and `started` are for the edge to fill in.

        Several streams' latencies cannot be pooled from their percentiles: the greatest is given, which the pooled
        figure does not exceed.
        """
        stats = list(self._told)
        measured = [stream for one in stats for stream in one.streams.values()]
        seconds = max(0.0, self._emitted_at - self._opened_at)
        return RunFacts(
            command=(),
            started="",
            seconds=seconds,
            fps=self._rate.overall(),
            transport=_transport(stats),
            streams=[self._stream(stream) for stream in streams],
            workers=[_worker(name, worker, stats) for name, worker in self._workers],
            latency_ms=greatest(stream.latency_ms for stream in measured),
            stages_ms={**greatest_stages(stream.stages_ms for stream in measured), **self._own_stages()},
            redispatched=sum(one.redispatched for one in stats),
            hedged=sum(one.hedged for one in stats),
            unanswered=sum(one.unanswered for one in stats),
            duplicates=self.duplicates,
            refused=self.refused(),
            step_s=self._timeline.step_s,
            timeline=self._timeline.points(seconds),
        )

    def _stream(self, stream: Stream) -> StreamFacts:
        """A stream that has not ended is stated as far as it was emitted."""
        record, ledger = stream.record, stream.ledger
        measured = [one.streams[stream.name] for one in self._told if stream.name in one.streams]
        rate = self._stream_rates.get(stream.name)
        return StreamFacts(
            name=stream.name,
            source=record.header.source,
            ending=record.ending,
            reason=record.reason,
            captured=(ledger.total if ledger.captured is None else ledger.captured) - ledger.base,
            counts=dict(ledger.counts),
            epoch=stream.epoch,
            resumed_at=stream.resumed_at,
            fps=0.0 if rate is None else rate.overall(),
            latency_ms=greatest(one.latency_ms for one in measured),
            stages_ms=greatest_stages(one.stages_ms for one in measured),
            outages=all_outages(one.outages for one in measured),
        )

    def _own_stages(self) -> dict[str, Summary]:
        stages = {**self._workers.pooled(), "reorder": self._reorder}
        return {name: durations.summary_ms() for name, durations in stages.items() if durations.count}


def _worker(name: str, worker: Worker, stats: Iterable[ProducerStats]) -> WorkerFacts:
    stages = {"worker_wait": worker.wait.summary_ms(), "infer": worker.infer.summary_ms()}
    kinds = {one.transport[name] for one in stats if name in one.transport}
    wire = _wire([one.wire[name] for one in stats if name in one.wire])
    return WorkerFacts(name, worker.device, worker.rate.count, stages, _one_of(kinds), worker.rate.overall(), wire)


def _wire(parts: Sequence[Wire]) -> Wire | None:
    """What several producers have sent to one worker."""
    if not parts:
        return None
    frames, nbytes = sum(part.frames for part in parts), sum(part.nbytes for part in parts)
    return Wire(_one_of({part.form for part in parts}), frames, nbytes, sum(part.mbit_s for part in parts))


def _transport(stats: Iterable[ProducerStats]) -> str:
    return _one_of({kind for one in stats for kind in one.transport.values()})


def _one_of(kinds: set[str]) -> str:
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "")

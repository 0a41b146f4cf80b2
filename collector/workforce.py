"""What each worker has done, in memory that does not grow with how many come and go.

Guarantees that every frame is counted once, under its worker's name or under `OTHERS`: where more than `WORKERS_MAX`
have come, as they do where workers die and are replaced for hours, the one that has delivered nothing for longest is
counted there, unless it still delivers; then it is the one that comes which is. What this file does not know: frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from common.meter import Durations, Rate
from common.registry import Member

WORKERS_MAX: Final = 64
"""Workers that are told apart."""

OTHERS: Final = "(others)"
"""No worker's name: it has brackets."""

GONE_S: Final = 10.0
"""Who has delivered nothing for so long may be counted with the others: 64 that are at work are not shuffled."""


class Worker:
    """What one worker has done, or all the others."""

    __slots__ = ("device", "infer", "rate", "seen_at", "wait")

    def __init__(self, device: str, now: float) -> None:
        self.device = device
        self.seen_at = now
        self.rate = Rate()
        self.wait = Durations()
        self.infer = Durations()

    def merge(self, other: Worker) -> None:
        """Add what another one has done."""
        self.rate.merge(other.rate)
        self.wait.merge(other.wait)
        self.infer.merge(other.infer)


class Workforce:
    """The workers that have delivered, those that have not done so for longest first.

    Args:
        retire: told of a name that is counted with the others from here on.
    """

    def __init__(self, retire: Callable[[str], None]) -> None:
        self._retire: Final = retire
        self._workers: Final[dict[str, Worker]] = {}
        self._others: Worker | None = None

    def __iter__(self) -> Iterator[tuple[str, Worker]]:
        yield from self._workers.items()
        if self._others is not None:
            yield OTHERS, self._others

    def get(self, name: str) -> Worker | None:
        """What one has done, if it is told apart."""
        return self._workers.get(name)

    def delivered(self, member: Member, waits_s: Sequence[float], infers_s: Sequence[float], now: float) -> str:
        """Account for frames of a worker, which go out now; return the name under which they are counted.

        Args:
            member: whose they are.
            waits_s: how long each of them waited there.
            infers_s: how long each was in an engine.
            now: the time.
        """
        name = self._admit(member, now)
        worker = self._find(name)
        worker.wait.add_all(waits_s)
        worker.infer.add_all(infers_s)
        worker.rate.add(now, len(waits_s))
        if name != OTHERS:
            self._workers[name] = self._workers.pop(name)  # to the end
        return name

    def pooled(self) -> dict[str, Durations]:
        """What frames waited, and took in an engine, whoever had them."""
        pooled = {"worker_wait": Durations(), "infer": Durations()}
        for _, worker in self:
            pooled["worker_wait"].merge(worker.wait)
            pooled["infer"].merge(worker.infer)
        return pooled

    def _admit(self, member: Member, now: float) -> str:
        worker = self._workers.get(member.name)
        if worker is not None:
            worker.seen_at = now
            return member.name
        if len(self._workers) >= WORKERS_MAX:
            idle = next(iter(self._workers))
            if now - self._workers[idle].seen_at < GONE_S:
                return OTHERS
            self._rest().merge(self._workers.pop(idle))
            self._retire(idle)
        self._workers[member.name] = Worker(member.facts.get("device", ""), now)
        return member.name

    def _find(self, name: str) -> Worker:
        return self._rest() if name == OTHERS else self._workers[name]

    def _rest(self) -> Worker:
        if self._others is None:
            self._others = Worker("", 0.0)
        return self._others

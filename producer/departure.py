"""How a producer comes to its end: all is settled, it is interrupted, a peer stays away, or nobody takes its streams.

Guarantees: what is under way has its grace, and no more; a stream of which frames had to be dropped is not complete;
whoever is connected is told goodbye, the collector with the last figures.
What this file does not know: how frames get to workers, and how they come back.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from common import limits
from common import messages as m
from common.actions import Finish, Notice
from common.exits import Exit
from common.rows import Ending
from common.schema import as_text
from producer.actions import Action, StopCapture
from producer.fleet import Fleet
from producer.leases import LeaseTable
from producer.patience import Patience
from producer.upstream import Upstream

_NEVER: Final = float("inf")
_NO_COLLECTOR: Final = "start one, or give its address with --collector"
_NO_WORKER: Final = "start one that connects to this address"


class Phase(Enum):
    """How far the producer is from its end."""

    RUNNING = "running"
    DRAINING = "draining"
    """No more is captured; what is under way may finish."""
    ABANDONED = "abandoned"
    """The rest is dropped; only the collector's acknowledgement is waited for."""
    OVER = "over"


class Departure:
    """The end of one producer.

    Args:
        upstream: its streams, and the collector.
        fleet: its workers.
        leases: its unsettled frames.
        timeout_s: how long to do without a collector or a worker; None for ever.
        report: says the last figures to the collector; takes the time.

    Attributes:
        phase: how far it is.
    """

    def __init__(
        self,
        upstream: Upstream,
        fleet: Fleet,
        leases: LeaseTable,
        timeout_s: float | None,
        report: Callable[[float], list[Action]],
    ) -> None:
        self._upstream: Final = upstream
        self._fleet: Final = fleet
        self._leases: Final = leases
        self._timeout_s: Final = timeout_s
        self._report: Final = report
        self._patience: Final = Patience(timeout_s)
        self._stop_at = _NEVER
        self._stop_as = (Ending.INTERRUPTED, "interrupted")
        self._code = Exit.OK
        self.phase = Phase.RUNNING

    def __repr__(self) -> str:
        return f"Departure({self.phase.value}, {self._patience})"

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.phase is Phase.OVER

    def start(self, now: float) -> None:
        """Begin: nobody is there yet."""
        self._patience.start(now)

    def interrupt(self, now: float) -> list[Action]:
        """End: capture stops, what is under way has `DRAIN_S`, the rest is dropped. A second time: at once."""
        if self.phase is not Phase.RUNNING:
            self._stop_at = now
            return []
        self._code = Exit.INTERRUPTED
        said = Notice("info", f"stopping: what is under way has {limits.DRAIN_S:g} s; interrupt again to leave at once")
        return [said, *self._stop(Ending.INTERRUPTED, "interrupted", now, grace_s=limits.DRAIN_S)]

    def tick(self, now: float) -> list[Action]:
        """Do what is due."""
        actions = self._wait(now) if self.phase is Phase.RUNNING else []
        if now >= self._stop_at:
            actions += self._stop_is_due(now)
        return actions

    def deadline(self) -> float:
        """When `tick` has something to do."""
        return min(self._stop_at, self._patience.deadline() if self.phase is Phase.RUNNING else _NEVER)

    def turned_away(self, refusal: m.Refuse, now: float) -> list[Action]:
        """End at once: the collector takes nothing from this producer, now or later."""
        self._code = Exit.REFUSED if self._code is Exit.OK else self._code
        return self._leave(now, f"the collector refuses this producer ({refusal.code}): {refusal.text}")

    def finish(self, now: float) -> list[Action]:
        """End, as nothing is left to be said or settled."""
        if self._code is Exit.OK:
            self._code = self._outcome()
        text = f"no worker for {self._timeout_s:g} s: {_NO_WORKER}" if self._code is Exit.TIMEOUT else ""
        return self._leave(now, text)

    def _wait(self, now: float) -> list[Action]:
        """Say whom it waits for, or give up."""
        collector, worker = self._upstream.dialer.is_open, self._fleet.is_staffed
        actions: list[Action] = [*self._patience.notices(now, collector=collector, worker=worker)]
        if not self._patience.is_over(now):
            return actions
        self._code = Exit.TIMEOUT
        if self._patience.missing == "collector":
            return [*actions, *self._leave(now, f"no collector for {self._timeout_s:g} s: {_NO_COLLECTOR}")]
        return [*actions, *self._stop(Ending.INCOMPLETE, "no_worker", now, grace_s=0.0)]

    def _stop(self, ending: Ending, reason: str, now: float, *, grace_s: float) -> list[Action]:
        """Capture no more; what is not finished after the grace is dropped for this reason."""
        self.phase = Phase.DRAINING
        self._stop_as = (ending, reason)
        self._stop_at = now + grace_s
        actions: list[Action] = []
        for stream in self._upstream.streams.values():
            if stream.ending is None and not stream.finished:
                actions += [StopCapture(stream.name), *self._upstream.end(stream, ending, reason, now)]
        if not self._upstream.dialer.is_open:
            self._forget_unopened()
        return actions

    def _forget_unopened(self) -> None:
        """Wait no more for streams that nobody opened; one whose Open is under way the collector may have on record."""
        for stream in self._upstream.streams.values():
            stream.finished = stream.finished or not stream.is_started

    def _stop_is_due(self, now: float) -> list[Action]:
        """The grace is over: drop what the collector has not received, then leave without waiting for it for long."""
        if self.phase is not Phase.DRAINING:
            return self._leave(now, f"{len(self._leases.frames)} frames were not acknowledged")
        self.phase = Phase.ABANDONED
        self._forget_unopened()
        self._stop_at = now + limits.DRAIN_S
        self._upstream.pictures.give_up()
        ending, reason = self._stop_as
        actions: list[Action] = []
        for stream in self._upstream.open_streams:
            if self._leases.abandon(stream.name, reason):
                stream.ending = None  # it was complete only if nothing had to be dropped
                actions += self._upstream.end(stream, ending, reason, now)
        return actions

    def _outcome(self) -> Exit:
        streams = self._upstream.streams.values()
        if any(stream.rejection for stream in streams):
            return Exit.REFUSED
        complete = all(stream.ending is not None and stream.ending[0] is Ending.COMPLETE for stream in streams)
        return Exit.OK if complete else Exit.INCOMPLETE

    def _leave(self, now: float, text: str) -> list[Action]:
        self.phase = Phase.OVER
        text = as_text(text)
        actions = self._report(now)
        code = "interrupted" if self._code is Exit.INTERRUPTED else "complete"
        actions += self._upstream.dialer.bye(code, text, now)
        actions += self._fleet.registry.dismiss(code, text, now)
        return [*actions, Finish(self._code, text)]

"""Which frame goes to which worker next: hedges first, then suspects on idle workers, then everybody in turn.

What this file does not know: messages and sockets; it returns grants, which the core turns into messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from producer.credits import CreditBook
from producer.frames import Frame, Key, Lease
from producer.hedges import overdue
from producer.leases import LeaseTable
from producer.service import ServiceTime


class Grant(NamedTuple):
    """A frame handed to a worker."""

    worker: int
    frame: Frame
    lease: Lease


class Dispatcher:
    """Joins frames that wait with workers that have credit.

    Attributes:
        owes_hedge: a frame was late when hedges were last looked for, and no second worker had credit: the next credit
            is for it, or those who wait would have it all as long as the window is open.
    """

    def __init__(self, leases: LeaseTable, credits: CreditBook) -> None:  # noqa: A002 - the field's word
        self._leases: Final = leases
        self._credits: Final = credits
        self.service: Final = ServiceTime()
        self._by_worker: Final[dict[int, ServiceTime]] = {}
        self._reserving = False
        self.owes_hedge = False

    def forget(self, worker: int) -> None:
        """A worker has gone."""
        self._by_worker.pop(worker, None)

    def served(self, worker: int, seconds: float) -> None:
        """Note how long a worker took for a frame."""
        self.service.add(seconds)
        self._by_worker.setdefault(worker, ServiceTime()).add(seconds)

    def served_late(self, worker: int, seconds: float) -> None:
        """Note the same of a frame whose lease had run out.

        It lengthens this worker's next leases, or all of a slow worker's frames would be done twice for ever. What is
        late for the others stays as it is.
        """
        self._by_worker.setdefault(worker, ServiceTime()).add(seconds)

    def service_of(self, worker: int) -> tuple[float, float]:
        """Median and 99th percentile of a worker's services, in seconds; 0 before the first."""
        own = self._by_worker.get(worker)
        if own is None:
            return 0.0, 0.0
        p50, p99 = own.quantiles(0.5, 0.99)
        return p50, p99

    def next(self, now: float) -> Grant | None:
        """Make the next grant, or say that there is nothing to grant."""
        return self._solo(now) or self._ordinary(now)

    def hedge(self, oldest: Iterable[Key], now: float) -> Grant | None:
        """Give a late frame to a second worker, one that holds up its stream; `oldest` are the streams' first ones."""
        self.owes_hedge = False
        for key in oldest:
            for frame, lease in overdue(self._leases, key, now - self.service.hedge_s):
                second = self._credits.next_hungry(but=lease.worker)
                if second is not None:
                    return self._grant(second, frame, now, hedge=True)
                self.owes_hedge = True
        return None

    def _solo(self, now: float) -> Grant | None:
        suspect = self._leases.queues.peek_suspect()
        if suspect is None:
            if self._reserving:
                self._credits.release()
                self._reserving = False
            return None
        worker = self._credits.idle()
        if worker is None:
            self._credits.reserve()
            self._reserving = True
            return None
        self._leases.queues.pop_suspect()
        return self._grant(worker, suspect, now, solo=True)

    def _ordinary(self, now: float) -> Grant | None:
        worker = self._credits.next_hungry()
        frame = self._leases.queues.pop_ordinary() if worker is not None else None
        if worker is None or frame is None:
            return None
        return self._grant(worker, frame, now)

    def _grant(self, worker: int, frame: Frame, now: float, *, solo: bool = False, hedge: bool = False) -> Grant:
        lease = self._leases.grant(frame, worker, now, self._lease_s(worker), hedge=hedge)
        self._credits.charge(worker, (frame.key, lease.attempt), now, solo=solo)
        return Grant(worker, frame, lease)

    def _lease_s(self, worker: int) -> float:
        """A slow worker is measured against itself, a new one against all."""
        own = self._by_worker.get(worker)
        return max(self.service.lease_s, own.lease_s) if own is not None else self.service.lease_s

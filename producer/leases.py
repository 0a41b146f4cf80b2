"""Which frame is with whom, until when that is believed, and what it has cost.

Guarantees:
- a frame stays here until `settle`; no word of a worker and no hint removes it;
- a lease that runs out, a worker that dies and a result that nobody acknowledges lead to the frame being sent again;
- nothing is held against a frame in company: a death makes suspects of those that the worker had begun (where nobody
  knows, of all that it held), a failure of an engine of its frame. Suspects run alone; only what happens to a worker
  then is a strike, and only `STRIKES_MAX` strikes end in FATED; nothing else does but to be dropped.

What this file does not know: sockets, clocks, credit (credits.py), whose turn it is (queues.py, dispatch.py), who is
hedged (hedges.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from common import limits
from common.rows import Status
from producer.deadlines import Deadlines
from producer.frames import Frame, FrameState, Key, Lease
from producer.queues import Queues

REPORT_PATIENCE_S: Final = limits.LEASE_MIN_S
"""How long a worker's word that a result is on its way is believed without the collector's."""

PENDING_MAX: Final = 2
"""Workers that compute a frame at a time: its own, and that of a hedge."""


class LeaseTable:
    """All unsettled frames of a producer."""

    def __init__(self) -> None:
        self.frames: Final[dict[Key, Frame]] = {}
        self.queues: Final = Queues(self.frames)
        self._due: Final = Deadlines()
        self._held: Final[dict[int, set[tuple[Key, int]]]] = {}
        self._condemned: list[Frame] = []
        self.sends = 0
        self.redispatched = 0
        self.hedged = 0

    def __repr__(self) -> str:
        return f"LeaseTable({len(self.frames)} unsettled, {self.redispatched} sent again, {self.hedged} hedged)"

    def add(self, frame: Frame) -> None:
        """Take a captured frame."""
        self.frames[frame.key] = frame
        self.queues.push(frame)

    def add_broken(self, frame: Frame, reason: str) -> None:
        """Take a captured frame that has no pixels: it has failed, and needs no slot."""
        self.frames[frame.key] = frame
        frame.vacated = True
        self._fate(frame, Status.FAILED, reason)
        self._condemned.append(frame)

    def grant(self, frame: Frame, worker: int, now: float, lease_s: float, *, hedge: bool = False) -> Lease:
        """Give a frame to a worker for `lease_s`: a QUEUED one, or with `hedge` a LEASED one to a second worker."""
        if not hedge:
            frame.move(FrameState.LEASED)
            self.redispatched += frame.attempts > 0
        self.hedged += hedge
        self.sends += 1
        frame.attempts += 1
        lease = Lease(worker, frame.attempts, now, now + lease_s, alone=frame.is_suspect)
        frame.leases[lease.attempt] = lease
        self._held.setdefault(worker, set()).add((frame.key, lease.attempt))
        self._due.push((lease.due_at, frame.key, lease.attempt))
        return lease

    def find(self, key: Key, epoch: int, attempt: int, worker: int) -> tuple[Frame, Lease] | None:
        """Return the live lease that a worker speaks of; None if it is over, or was never this worker's."""
        frame = self.frames.get(key)
        lease = frame.leases.get(attempt) if frame is not None and frame.epoch == epoch else None
        if frame is None or lease is None or lease.worker != worker:
            return None
        return frame, lease

    def reported(self, frame: Frame, lease: Lease, now: float) -> None:
        """Note a worker's word that the result is with the collector; the lease goes on until that shows."""
        lease.reported = True
        self._set_deadline(frame, lease, now + REPORT_PATIENCE_S)
        if not frame.pending():
            frame.move(FrameState.REPORTED)

    def returned(self, frame: Frame, lease: Lease) -> None:
        """Take a frame back from a worker that did not finish it, or could not deliver it."""
        self._end(frame, lease)
        self._requeue(frame)

    def failed(self, frame: Frame, lease: Lease) -> None:
        """Take a frame back on which a worker's engine failed: a strike if it was alone there, else a suspicion."""
        _accuse(frame, lease)
        self._end(frame, lease)
        self._judge(frame, "error")

    def failed_late(self, key: Key, epoch: int, attempt: int, worker: int) -> bool:
        """Note the same of a lease that had run out, as that of a request that hangs; say whether it concerns anybody.

        Whoever has the frame by now keeps it, and its word counts; an outcome that is on its way does too.
        """
        late = self._take_late(key, epoch, attempt, worker)
        if late is None or not _is_undone(late[0]):
            return False
        _accuse(*late)
        self._reconsider(late[0], "error")
        return True

    def done_late(self, key: Key, epoch: int, attempt: int, worker: int) -> Lease | None:
        """Note that an attempt whose lease had run out is over: how its worker ends says nothing of it any more.

        Returns:
            The lease that had run out; None if the word is of no such attempt.
        """
        late = self._take_late(key, epoch, attempt, worker)
        return None if late is None else late[1]

    def worker_gone(
        self, worker: int, instance: bytes, now: float, *, crashed: bool, started: Callable[[Frame, Lease], bool | None]
    ) -> None:
        """End all leases of a worker, and expect no word of it any more about those that ran out.

        A death is held against frames of either: one that takes longer to kill than a lease lasts is poison as well.

        Args:
            worker: its session.
            instance: its process.
            now: seconds.
            crashed: False where it took leave, or is known to live on in another session: then nothing is held
                against any frame.
            started: whether it had begun an attempt; None where nobody can know. A frame that runs alone is begun only
                when that is known, so None clears it.
        """
        late = self._take_late_of(worker)
        held = [self._pair(key, attempt) for key, attempt in sorted(self._held.pop(worker, ()))]
        open_leases = [(frame, lease) for frame, lease in held if not lease.reported]
        begun = {frame.key for frame, lease in open_leases if crashed and started(frame, lease)}
        unknown = crashed and not begun and any(started(*pair) is None for pair in open_leases if not pair[1].alone)
        for frame, lease in held:
            if lease.reported:
                if crashed:  # its result may have been lost with it: the collector's next two words decide
                    self._set_deadline(frame, lease, min(lease.deadline, now + 2 * limits.HEARTBEAT_S))
                continue
            if frame.key in begun:
                _hold_death(frame, lease, instance)
            elif unknown and not lease.alone:
                frame.suspected_by.append(instance)
            self._end(frame, lease)
            self._judge(frame, "poison")
        for frame, lease in late:
            if crashed and _is_undone(frame) and started(frame, lease):
                _hold_death(frame, lease, instance)
                self._reconsider(frame, "poison")

    def absolve(self, instance: bytes) -> None:
        """Take back what a death was held against: the process lives, only its session had been lost."""
        suspects = [frame for frame in self.frames.values() if frame.is_suspect]
        for frame in suspects:
            frame.deaths = [death for death in frame.deaths if death != instance]
            frame.suspected_by = [other for other in frame.suspected_by if other != instance]
            if frame.state is FrameState.QUEUED and not frame.is_suspect:
                self.queues.push(frame)

    def hint(self, key: Key) -> None:
        """Note that the collector has received the frame's outcome: nobody needs to work on it."""
        frame = self.frames.get(key)
        if frame is not None and frame.state is not FrameState.HINTED:
            self._end_all(frame)
            frame.move(FrameState.HINTED)

    def distrust(self, stream: str) -> None:
        """Forget hints and reports of a stream: its collector has begun a new life."""
        for frame in list(self.frames.values()):
            if frame.key[0] == stream and frame.state in {FrameState.HINTED, FrameState.REPORTED}:
                self._end_reported(frame)
                if frame.verdict is not None:
                    frame.move(FrameState.FATED)
                else:
                    self._requeue(frame)

    def settle(self, key: Key) -> Frame:
        """Forget a frame that the collector has written; its slot may be used again."""
        frame = self.frames.pop(key)
        self._end_all(frame)
        return frame

    def abandon(self, stream: str, reason: str) -> bool:
        """Give up on all frames of a stream that the collector has not received; say whether there were any."""
        given_up = [
            frame
            for frame in self.frames.values()
            if frame.key[0] == stream and frame.state not in {FrameState.HINTED, FrameState.FATED}
        ]
        for frame in given_up:
            self._end_all(frame)
            self._fate(frame, Status.DROPPED, reason)
        return bool(given_up)

    def drop(self, frame: Frame, reason: str) -> None:
        """Give up on a QUEUED frame."""
        self._fate(frame, Status.DROPPED, reason)
        self._condemned.append(frame)

    def expire(self, now: float) -> list[int]:
        """End the leases that have run out, and return the workers that let them."""
        late = []
        while self.deadline() <= now:
            _, key, attempt = self._due.pop()
            frame, lease = self._pair(key, attempt)
            if not lease.reported:
                late.append(lease.worker)
                frame.late[lease.worker] = lease
            self._end(frame, lease)
            self._requeue(frame)
        return late

    def take_condemned(self) -> list[Frame]:
        """Return the frames that had their last strike, or were dropped, since the last call."""
        condemned, self._condemned = self._condemned, []
        return condemned

    def deadline(self) -> float:
        """When `expire` has something to do; entries of leases that are over by another way are dropped here."""
        while (entry := self._due.first()) is not None:
            due_at, key, attempt = entry
            frame = self.frames.get(key)
            lease = frame.leases.get(attempt) if frame is not None else None
            if lease is not None and lease.deadline == due_at:
                return due_at
            self._due.pop()
            if lease is not None and lease.due_at == due_at:  # put off since
                lease.due_at = lease.deadline
                self._due.push((lease.due_at, key, attempt))
        return float("inf")

    def check(self) -> None:
        """Assert the invariants: every frame can still be settled by somebody, and who holds what agrees."""
        held = {(worker, *pair) for worker, pairs in self._held.items() for pair in pairs}
        leased = {
            (lease.worker, frame.key, lease.attempt)
            for frame in self.frames.values()
            for lease in frame.leases.values()
            if lease.worker in self._held
        }
        assert held == leased, (held, leased)
        for frame in self.frames.values():
            assert (frame.state in {FrameState.LEASED, FrameState.REPORTED}) == bool(frame.leases), frame
            assert frame.state is not FrameState.REPORTED or not frame.pending(), frame
            assert frame.state is not FrameState.FATED or frame.verdict is not None, frame
            assert not frame.vacated or (frame.attempts == 0 and frame.verdict is not None), frame
            assert len(frame.pending()) <= PENDING_MAX, frame

    def _pair(self, key: Key, attempt: int) -> tuple[Frame, Lease]:
        frame = self.frames[key]
        return frame, frame.leases[attempt]

    def _set_deadline(self, frame: Frame, lease: Lease, deadline: float) -> None:
        """Put a deadline off, which `deadline` finds out in time, or bring it forward."""
        lease.deadline = deadline
        if deadline < lease.due_at:
            lease.due_at = deadline
            self._due.push((deadline, frame.key, lease.attempt))

    def _end(self, frame: Frame, lease: Lease) -> None:
        del frame.leases[lease.attempt]
        self._held.get(lease.worker, set()).discard((frame.key, lease.attempt))

    def _end_all(self, frame: Frame) -> None:
        for lease in list(frame.leases.values()):
            self._end(frame, lease)

    def _end_reported(self, frame: Frame) -> None:
        for lease in [lease for lease in frame.leases.values() if lease.reported]:
            self._end(frame, lease)

    def _requeue(self, frame: Frame) -> None:
        """Let a frame wait again, unless somebody still works on it, or has reported it."""
        if not frame.leases:
            frame.move(FrameState.QUEUED)
            self.queues.push(frame)
        elif frame.state is FrameState.LEASED and not frame.pending():
            frame.move(FrameState.REPORTED)

    def _judge(self, frame: Frame, reason: str) -> None:
        """Fail a frame with too many strikes, or let it wait again."""
        if frame.strikes < limits.STRIKES_MAX:
            self._requeue(frame)
        else:
            self._condemn(frame, reason)

    def _reconsider(self, frame: Frame, reason: str) -> None:
        """Do the same to one that waits already, or is with somebody else."""
        if frame.strikes >= limits.STRIKES_MAX:
            self._condemn(frame, reason)
        elif frame.state is FrameState.QUEUED:
            self.queues.push(frame)  # among the suspects

    def _condemn(self, frame: Frame, reason: str) -> None:
        self._end_all(frame)
        self._fate(frame, Status.FAILED, reason)
        self._condemned.append(frame)

    def _take_late(self, key: Key, epoch: int, attempt: int, worker: int) -> tuple[Frame, Lease] | None:
        """Take the lease that ran out of which a worker speaks; None if it is none of its last."""
        frame = self.frames.get(key)
        lease = frame.late.get(worker) if frame is not None and frame.epoch == epoch else None
        if frame is None or lease is None or lease.attempt != attempt:
            return None
        return frame, frame.late.pop(worker)

    def _take_late_of(self, worker: int) -> list[tuple[Frame, Lease]]:
        """Take all of a worker's."""
        return [(frame, frame.late.pop(worker)) for frame in self.frames.values() if worker in frame.late]

    def _fate(self, frame: Frame, status: Status, reason: str) -> None:
        frame.verdict = (status, reason)
        frame.move(FrameState.FATED)


def _accuse(frame: Frame, lease: Lease) -> None:
    """Hold the failure of an engine against a frame."""
    if lease.alone:
        frame.errors += 1
    else:
        frame.erred = True


def _hold_death(frame: Frame, lease: Lease, instance: bytes) -> None:
    """Hold the death of a worker against a frame that it had begun."""
    (frame.deaths if lease.alone else frame.suspected_by).append(instance)


def _is_undone(frame: Frame) -> bool:
    """Whether nobody has reported, received or given up a frame."""
    return frame.state in {FrameState.QUEUED, FrameState.LEASED}


def in_ranges(ranges: Iterable[tuple[int, int]], low: int, high: int) -> Iterable[int]:
    """Walk through the numbers of inclusive ranges that lie in low..high-1; nothing outside costs anything."""
    for first, last in ranges:
        yield from range(max(first, low), min(last + 1, high))

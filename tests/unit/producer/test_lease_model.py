"""The lease table against a naive model: every event in any order, with states derived and never moved."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common import limits
from common.rows import Status
from producer.frames import Frame, FrameState, Key
from producer.hedges import hedgeable
from producer.leases import PENDING_MAX, REPORT_PATIENCE_S, LeaseTable

STREAMS = st.sampled_from("ab")
WORKERS = st.integers(0, 2)
LEASE_S = 5.0


@dataclass
class Loan:
    """What the model knows of a lease."""

    worker: int
    deadline: float
    alone: bool
    reported: bool = False


@dataclass
class Known:
    """What the model knows of a frame; its state follows."""

    attempts: int = 0
    loans: dict[int, Loan] = field(default_factory=dict)
    deaths: list[bytes] = field(default_factory=list)
    suspected_by: list[bytes] = field(default_factory=list)
    erred: bool = False
    errors: int = 0
    late: dict[int, tuple[int, Loan]] = field(default_factory=dict)
    """By worker: the last attempt that ran out with it."""
    hinted: bool = False
    verdict: tuple[Status, str] | None = None

    @property
    def state(self) -> FrameState:
        """Where it stands."""
        if self.hinted:
            return FrameState.HINTED
        if self.verdict:
            return FrameState.FATED
        if any(not loan.reported for loan in self.loans.values()):
            return FrameState.LEASED
        return FrameState.REPORTED if self.loans else FrameState.QUEUED

    @property
    def is_undone(self) -> bool:
        """Whether nobody has reported, received or given it up."""
        return self.state in {FrameState.QUEUED, FrameState.LEASED}

    @property
    def is_suspect(self) -> bool:
        """Whether it may be what ends workers or engines."""
        return bool(self.deaths or self.suspected_by or self.erred or self.errors)

    def accuse(self, loan: Loan) -> None:
        """Hold an engine's failure against it."""
        self.errors += loan.alone
        self.erred |= not loan.alone

    def strike(self, reason: str) -> None:
        """Fail it where that was the third."""
        if len(self.deaths) + self.errors >= limits.STRIKES_MAX:
            self.loans.clear()
            self.verdict = (Status.FAILED, reason)


class AgainstLoans(RuleBasedStateMachine):
    """Capture, grant, hedge, report, return, fail, die, absolve, hint, distrust, settle, expire and abandon."""

    def __init__(self) -> None:
        super().__init__()
        self.table = LeaseTable()
        self.model: dict[Key, Known] = {}
        self.sessions = [1, 2, 3]
        self.next_session = 4
        self.captured = dict.fromkeys("ab", 0)
        self.now = 0.0
        self.redispatched = self.hedged = self.sends = 0

    @rule(stream=STREAMS)
    def capture(self, stream: str) -> None:
        """A frame comes."""
        key = (stream, self.captured[stream])
        self.captured[stream] += 1
        self.table.add(Frame(key, 1, 0, 0, (64, 48), self.now))
        self.model[key] = Known()

    @rule(stream=STREAMS)
    def capture_broken(self, stream: str) -> None:
        """A frame comes that has no pixels."""
        key = (stream, self.captured[stream])
        self.captured[stream] += 1
        self.table.add_broken(Frame(key, 1, 0, 0, (64, 48), self.now), "undecodable")
        self.model[key] = Known(verdict=(Status.FAILED, "undecodable"))

    @rule(worker=WORKERS)
    def grant(self, worker: int) -> None:
        """The next ordinary frame is the oldest that waits in its stream."""
        waiting = [key for key, known in self._in(FrameState.QUEUED) if not known.is_suspect]
        frame = self.table.queues.pop_ordinary()
        assert (frame is None) == (not waiting)
        if frame is not None:
            assert frame.key == min(key for key in waiting if key[0] == frame.key[0])
            self._grant(frame, worker, hedge=False)

    @rule(worker=WORKERS)
    def grant_suspect(self, worker: int) -> None:
        """A suspect is offered exactly where one waits."""
        waiting = [key for key, known in self._in(FrameState.QUEUED) if known.is_suspect]
        frame = self.table.queues.peek_suspect()
        assert (frame is None) == (not waiting)
        if frame is not None:
            assert frame.captured_at == min(self.table.frames[key].captured_at for key in waiting)
            self.table.queues.pop_suspect()
            self._grant(frame, worker, hedge=False)

    @precondition(lambda self: self._in(FrameState.LEASED))
    @rule(data=st.data(), worker=WORKERS)
    def hedge(self, data: st.DataObject, worker: int) -> None:
        """A frame with one lease, no suspect, within the budget, and only for another worker."""
        key, known = data.draw(st.sampled_from(self._in(FrameState.LEASED)))
        lease = hedgeable(self.table, key)
        within = self.hedged <= limits.HEDGE_BUDGET * self.sends
        assert (lease is not None) == (len(known.loans) == 1 and not known.is_suspect and within)
        if lease is not None and lease.worker != self.sessions[worker]:
            self._grant(self.table.frames[key], worker, hedge=True)

    @precondition(lambda self: self._open_loans())
    @rule(data=st.data(), word=st.sampled_from(["reported", "returned", "failed"]))
    def answer(self, data: st.DataObject, word: str) -> None:
        """A worker speaks of a lease it has."""
        key, attempt = data.draw(st.sampled_from(self._open_loans()))
        known = self.model[key]
        found = self.table.find(key, 1, attempt, known.loans[attempt].worker)
        assert found is not None
        if word == "reported":
            self.table.reported(*found, self.now)
            known.loans[attempt].reported = True
            known.loans[attempt].deadline = self.now + REPORT_PATIENCE_S
            return
        loan = known.loans.pop(attempt)
        if word == "returned":
            self.table.returned(*found)
        else:
            self.table.failed(*found)
            known.accuse(loan)
            known.strike("error")

    @precondition(lambda self: any(known.late for known in self.model.values()))
    @rule(data=st.data(), failed=st.booleans())
    def answer_late(self, data: st.DataObject, failed: bool) -> None:  # noqa: FBT001
        """A worker speaks of an attempt whose lease had run out: a failure counts while the frame is unfinished."""
        late = [(key, worker) for key, known in sorted(self.model.items()) for worker in known.late]
        key, worker = data.draw(st.sampled_from(late))
        known = self.model[key]
        attempt, loan = known.late.pop(worker)
        assert not self.table.failed_late(key, 2, attempt, worker)
        assert not self.table.failed_late(key, 1, attempt + 1, worker)
        assert not self.table.failed_late(key, 1, attempt, -1)
        if not failed:
            self.table.done_late(key, 1, attempt, worker)
            return
        concerns = known.is_undone
        assert self.table.failed_late(key, 1, attempt, worker) == concerns
        if concerns:
            known.accuse(loan)
            known.strike("error")

    @rule(worker=WORKERS, crashed=st.booleans(), knowledge=st.dictionaries(st.integers(0, 9), st.booleans()))
    def worker_gone(self, worker: int, crashed: bool, knowledge: dict[int, bool]) -> None:  # noqa: FBT001
        """Whatever is known of what it had begun; unknown where `knowledge` has no answer."""
        session, self.sessions[worker] = self.sessions[worker], self.next_session
        self.next_session += 1
        instance = bytes([worker]) * 16
        self.table.worker_gone(
            session, instance, self.now, crashed=crashed, started=lambda frame, _: knowledge.get(frame.key[1])
        )
        mine = [(k, a) for k, known in self.model.items() for a, loan in known.loans.items() if loan.worker == session]
        working = [key for key, attempt in mine if not self.model[key].loans[attempt].reported]
        begun = [key for key in working if knowledge.get(key[1])]
        unknown = any(
            knowledge.get(key[1]) is None and not self.model[key].loans[attempt].alone
            for key, attempt in mine
            if key in working
        )
        late = [(key, known.late.pop(session)[1]) for key, known in self.model.items() if session in known.late]
        for key, attempt in mine:
            known = self.model[key]
            loan = known.loans[attempt]
            if loan.reported:
                loan.deadline = min(loan.deadline, self.now + 2 * limits.HEARTBEAT_S) if crashed else loan.deadline
                continue
            del known.loans[attempt]
            if crashed and key in begun:
                (known.deaths if loan.alone else known.suspected_by).append(instance)
            elif crashed and unknown and not begun and not loan.alone:
                known.suspected_by.append(instance)
            known.strike("poison")
        for key, loan in late:
            known = self.model[key]
            if crashed and known.is_undone and knowledge.get(key[1]):
                (known.deaths if loan.alone else known.suspected_by).append(instance)
                known.strike("poison")

    @rule(worker=WORKERS)
    def absolve(self, worker: int) -> None:
        """A process lives."""
        instance = bytes([worker]) * 16
        self.table.absolve(instance)
        for known in self.model.values():
            known.deaths = [death for death in known.deaths if death != instance]
            known.suspected_by = [other for other in known.suspected_by if other != instance]

    @rule(stream=STREAMS, seq=st.integers(0, 5))
    def hint(self, stream: str, seq: int) -> None:
        """The collector has received a frame, or says so."""
        self.table.hint((stream, seq))
        known = self.model.get((stream, seq))
        if known is not None:
            known.hinted = True
            known.loans.clear()

    @rule(stream=STREAMS)
    def distrust(self, stream: str) -> None:
        """The collector has forgotten."""
        self.table.distrust(stream)
        for key, known in self.model.items():
            if key[0] == stream and known.state in {FrameState.HINTED, FrameState.REPORTED}:
                known.hinted = False
                known.loans.clear()

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        """Any frame may be written."""
        key = data.draw(st.sampled_from(sorted(self.model)))
        assert self.table.settle(key).key == key
        del self.model[key]

    @rule(after_s=st.sampled_from([0.3, 1.0, 3.0]))
    def expire(self, after_s: float) -> None:
        """Time passes."""
        self.now += after_s
        late = []
        for known in self.model.values():
            for attempt, loan in list(known.loans.items()):
                if loan.deadline <= self.now:
                    del known.loans[attempt]
                    if not loan.reported:
                        late.append(loan.worker)
                        known.late[loan.worker] = (attempt, loan)
        assert sorted(self.table.expire(self.now)) == sorted(late)

    @rule(stream=STREAMS)
    def abandon(self, stream: str) -> None:
        """The rest is given up."""
        rest = [
            known
            for key, known in self.model.items()
            if key[0] == stream and known.state not in {FrameState.HINTED, FrameState.FATED}
        ]
        assert self.table.abandon(stream, "interrupted") == bool(rest)
        for known in rest:
            known.loans.clear()
            known.verdict = (Status.DROPPED, "interrupted")

    @invariant()
    def nothing_is_lost(self) -> None:
        """Only settlement removes a frame; states, strikes, verdicts, leases and counts are the model's."""
        self.table.check()
        assert set(self.table.frames) == set(self.model)
        for key, known in self.model.items():
            frame = self.table.frames[key]
            assert frame.state is known.state, (frame, known)
            assert (frame.attempts, frame.verdict) == (known.attempts, known.verdict)
            assert (frame.deaths, frame.suspected_by, frame.errors, frame.erred) == (
                known.deaths,
                known.suspected_by,
                known.errors,
                known.erred,
            )
            assert {worker: lease.attempt for worker, lease in frame.late.items()} == {
                worker: attempt for worker, (attempt, _) in known.late.items()
            }
            assert {(n, lease.worker, lease.deadline, lease.reported) for n, lease in frame.leases.items()} == {
                (n, loan.worker, loan.deadline, loan.reported) for n, loan in known.loans.items()
            }
            assert len(frame.pending()) <= PENDING_MAX
        counts = (self.table.redispatched, self.table.hedged, self.table.sends)
        assert counts == (self.redispatched, self.hedged, self.sends)

    @invariant()
    def every_lease_has_an_end(self) -> None:
        """The table wants to be looked at when the first lease runs out, and not for leases that are over."""
        ends = [loan.deadline for known in self.model.values() for loan in known.loans.values()]
        assert self.table.deadline() == min(ends, default=float("inf"))

    def teardown(self) -> None:
        """Whatever waits in the end can be sent."""
        waiting = {key for key, _ in self._in(FrameState.QUEUED)}
        while (frame := self.table.queues.peek_suspect()) is not None:
            self.table.queues.pop_suspect()
            waiting.remove(frame.key)
            self._grant(frame, 0, hedge=False)
        while (frame := self.table.queues.pop_ordinary()) is not None:
            waiting.remove(frame.key)
            self._grant(frame, 0, hedge=False)
        assert waiting == set()

    def _in(self, state: FrameState) -> list[tuple[Key, Known]]:
        return [(key, known) for key, known in sorted(self.model.items()) if known.state is state]

    def _open_loans(self) -> list[tuple[Key, int]]:
        """Leases whose workers are here and have not reported."""
        return [
            (key, attempt)
            for key, known in sorted(self.model.items())
            for attempt, loan in known.loans.items()
            if not loan.reported
        ]

    def _grant(self, frame: Frame, worker: int, *, hedge: bool) -> None:
        known = self.model[frame.key]
        session = self.sessions[worker]
        self.redispatched += known.attempts > 0 and not hedge
        self.hedged += hedge
        self.sends += 1
        known.attempts += 1
        lease = self.table.grant(frame, session, self.now, LEASE_S, hedge=hedge)
        assert (lease.attempt, lease.alone) == (known.attempts, known.is_suspect)
        known.loans[lease.attempt] = Loan(session, self.now + LEASE_S, lease.alone)


TestAgainstLoans = AgainstLoans.TestCase
TestAgainstLoans.settings = settings(max_examples=100, stateful_step_count=60)

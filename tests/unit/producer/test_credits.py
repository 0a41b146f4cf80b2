"""Tests of producer.credits: levels that heal, workers kept free for suspects, and a naive model of it all."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common import limits
from producer.credits import Attempt, CreditBook


def attempt(seq: int, number: int = 1) -> Attempt:
    """An attempt at a frame of stream a."""
    return ("a", seq), number


def book(**capacities: int) -> CreditBook:
    """One with workers 1, 2, ... of these capacities."""
    credit = CreditBook()
    for worker, capacity in enumerate(capacities.values(), 1):
        credit.open(worker)
        credit.state(worker, capacity, 0, 0.0)
    return credit


def test_what_is_outstanding_counts_against_the_level() -> None:
    """A worker gets no more than it asked for, until it answers."""
    credit = book(w=2)
    for seq in range(2):
        assert credit.next_hungry() == 1
        credit.charge(1, attempt(seq), 0.0, solo=False)
    assert credit.next_hungry() is None
    credit.answer(1, attempt(0))
    assert credit.next_hungry() == 1
    assert repr(credit) == "CreditBook({1: Account(1 of 2)})"


def test_an_answer_counts_once() -> None:
    """Repeated, or about something never sent, it frees nothing."""
    credit = book(w=1)
    credit.charge(1, attempt(0), 0.0, solo=False)
    credit.answer(1, attempt(7))
    assert credit.next_hungry() is None
    credit.answer(1, attempt(0))
    credit.answer(1, attempt(0))
    credit.charge(1, attempt(1), 0.0, solo=False)
    assert credit.next_hungry() is None


def test_a_lower_level_takes_credit_away() -> None:
    """Below what is outstanding, nothing is available until that much is answered."""
    credit = book(w=3)
    for seq in range(3):
        credit.charge(1, attempt(seq), 0.0, solo=False)
    credit.state(1, 1, 3, 0.1)
    credit.answer(1, attempt(0))
    credit.answer(1, attempt(1))
    assert credit.next_hungry() is None
    credit.answer(1, attempt(2))
    assert credit.next_hungry() == 1


def test_a_level_is_bounded() -> None:
    """No worker gets more than CREDITS_MAX, whatever it asks for."""
    assert book(w=10**6)[1].capacity == limits.CREDITS_MAX


def test_workers_take_turns() -> None:
    """Whoever was given a frame goes to the end."""
    credit = book(v=2, w=2)
    served = []
    while (worker := credit.next_hungry()) is not None:
        served.append(worker)
        credit.charge(worker, attempt(len(served)), 0.0, solo=False)
    assert served == [1, 2, 1, 2]
    assert book(v=1, w=1).next_hungry(but=1) == 2
    assert book(v=1).next_hungry(but=1) is None


@pytest.mark.parametrize(("held", "waited_s", "heals"), [(0, 1.01, True), (0, 1.0, False), (1, 9.0, False)])
def test_a_worker_that_holds_nothing_owes_nothing(held: int, waited_s: float, heals: bool) -> None:  # noqa: FBT001
    """Only a while after the last frame was sent: before that the frame may be on its way."""
    credit = book(w=1)
    credit.charge(1, attempt(0), 5.0, solo=True)
    credit.stall(1)
    credit.state(1, 1, held, 5.0 + waited_s)
    assert (credit.next_hungry() == 1) == heals
    assert credit[1].solo == credit[1].stalled == (not heals)


def test_a_worker_that_let_a_lease_run_out_gets_nothing_until_it_answers() -> None:
    """An answer of any kind is progress."""
    credit = book(w=3)
    credit.charge(1, attempt(0), 0.0, solo=False)
    credit.charge(1, attempt(1), 0.0, solo=False)
    credit.stall(1)
    assert (credit.next_hungry(), credit.idle()) == (None, None)
    assert repr(credit[1]) == "Account(2 of 3, stalled)"
    credit.answer(1, attempt(0))
    assert credit.next_hungry() == 1


def test_a_worker_is_short_of_frames_when_a_third_of_them_is_missing() -> None:
    """Less than that is time enough to tell of several together; one that shall get none is not short."""
    book = CreditBook()
    book.open(1)
    assert not book.is_short()
    book.state(1, 6, 0, 0.0)
    for seq in range(5):
        assert book.is_short()
        book.charge(1, (("a", seq), 1), 0.0, solo=False)
    assert not book.is_short()
    book.answer(1, (("a", 0), 1))
    assert book.is_short()
    book.stall(1)
    assert not book.is_short()


def test_a_worker_that_is_gone_cannot_stall() -> None:
    """Its leases may run out after it."""
    credit = book(w=1)
    credit.close(1)
    credit.close(1)
    credit.stall(1)
    assert credit.next_hungry() is None
    credit.check()


def test_a_suspect_runs_alone() -> None:
    """Nothing else is given to its worker until it answers."""
    credit = book(w=4)
    assert credit.idle() == 1
    credit.charge(1, attempt(0), 0.0, solo=True)
    assert (credit.next_hungry(), credit.idle()) == (None, None)
    credit.check()
    credit.answer(1, attempt(0))
    assert (credit.next_hungry(), credit.idle()) == (1, 1)


def test_one_worker_is_kept_free_for_a_suspect() -> None:
    """The one that will be idle first; the others go on working."""
    credit = book(v=4, w=4)
    credit.charge(1, attempt(0), 0.0, solo=False)
    credit.charge(1, attempt(1), 0.0, solo=False)
    credit.charge(2, attempt(2), 0.0, solo=False)
    credit.reserve()
    credit.reserve()
    assert (credit[1].reserved, credit[2].reserved) == (False, True)
    assert credit.next_hungry() == 1
    credit.answer(2, attempt(2))
    credit.answer(1, attempt(0))
    credit.answer(1, attempt(1))
    assert credit.idle() == 2, "of two idle workers the reserved one"
    credit.charge(2, attempt(3, 2), 1.0, solo=True)
    assert not credit[2].reserved


def test_nobody_is_reserved_while_a_suspect_runs() -> None:
    """Suspects wait for the worker that runs one already."""
    credit = book(v=4, w=4)
    credit.charge(1, attempt(0), 0.0, solo=True)
    credit.charge(2, attempt(1), 0.0, solo=False)
    credit.reserve()
    assert not credit[2].reserved


def test_nobody_can_be_reserved_where_nobody_works() -> None:
    """Without capacity, or with all leases run out, there is no choice."""
    credit = book(v=0, w=1)
    credit.stall(2)
    credit.reserve()
    assert not credit[1].reserved
    assert not credit[2].reserved


def test_a_reserved_worker_is_released() -> None:
    """When the suspect is gone by another way, all may work again."""
    credit = book(w=2)
    credit.charge(1, attempt(0), 0.0, solo=False)
    credit.reserve()
    assert credit.next_hungry() is None
    credit.release()
    assert credit.next_hungry() == 1


def test_a_reserved_worker_that_stalls_is_reserved_no_more() -> None:
    """Another one has to be kept free."""
    credit = book(v=2, w=2)
    credit.charge(1, attempt(0), 0.0, solo=False)
    credit.charge(2, attempt(1), 0.0, solo=False)
    credit.reserve()
    credit.stall(1)
    credit.reserve()
    assert (credit[1].reserved, credit[2].reserved) == (False, True)


class Naive:
    """A worker's account by its rules, without any bookkeeping of who is hungry."""

    def __init__(self) -> None:
        self.capacity = 0
        self.outstanding: list[Attempt] = []
        self.sent_at = 0.0
        self.solo = self.reserved = self.stalled = False

    @property
    def available(self) -> int:
        """What it may be given now."""
        blocked = self.solo or self.reserved or self.stalled
        return 0 if blocked else max(0, self.capacity - len(self.outstanding))

    @property
    def is_idle(self) -> bool:
        """Whether it could run a suspect."""
        return self.capacity > 0 and not self.outstanding and not self.stalled


WORKERS = st.integers(1, 3)


class AgainstAccounts(RuleBasedStateMachine):
    """Statements, charges, answers, stalls, reservations and departures, in any order that a dispatcher can cause."""

    def __init__(self) -> None:
        super().__init__()
        self.book = CreditBook()
        self.model: dict[int, Naive] = {}
        self.now = 0.0
        self.seq = 0
        self.answered = 0

    @rule(worker=WORKERS)
    def open(self, worker: int) -> None:
        """A worker comes, once."""
        if worker not in self.model:
            self.book.open(worker)
            self.model[worker] = Naive()

    @rule(worker=WORKERS)
    def close(self, worker: int) -> None:
        """A worker leaves."""
        self.book.close(worker)
        self.model.pop(worker, None)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), capacity=st.integers(0, 3), held=st.integers(0, 2), after_s=st.sampled_from([0.0, 0.5, 1.5]))
    def state(self, data: st.DataObject, capacity: int, held: int, after_s: float) -> None:
        """A worker states its level."""
        worker = data.draw(st.sampled_from(sorted(self.model)))
        self.now += after_s
        self.book.state(worker, capacity, held, self.now)
        account = self.model[worker]
        account.capacity = capacity
        if held == 0 and self.now - account.sent_at > limits.LOST_AFTER_S:
            account.outstanding = []
            account.solo = account.stalled = False

    @rule()
    def charge(self) -> None:
        """The next hungry worker gets an ordinary frame."""
        worker = self.book.next_hungry()
        if worker is None:
            assert not [one for one in self.model.values() if one.available]
        else:
            assert self.model[worker].available
            self._send(worker, solo=False)

    @rule()
    def charge_alone(self) -> None:
        """An idle worker gets a suspect, a reserved one first."""
        worker = self.book.idle()
        idle = {number for number, one in self.model.items() if one.is_idle}
        if worker is None:
            assert not idle
        else:
            reserved = {number for number in idle if self.model[number].reserved}
            assert worker in (reserved or idle)
            self._send(worker, solo=True)

    @precondition(lambda self: any(one.outstanding for one in self.model.values()))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """A worker answers something it was given."""
        worker = data.draw(st.sampled_from([number for number, one in self.model.items() if one.outstanding]))
        account = self.model[worker]
        answered = data.draw(st.sampled_from(account.outstanding))
        self.book.answer(worker, answered)
        account.outstanding.remove(answered)
        self.answered += 1
        account.stalled = False
        account.solo = account.solo and bool(account.outstanding)

    @rule(worker=WORKERS)
    def stall(self, worker: int) -> None:
        """A lease of a worker's runs out, whether it is here or not."""
        self.book.stall(worker)
        if worker in self.model:
            self.model[worker].stalled = True
            self.model[worker].reserved = False

    @rule()
    def reserve(self) -> None:
        """One of those that work and will be idle first, unless a suspect runs or one is kept free already."""
        self.book.reserve()
        usable = {number: one for number, one in self.model.items() if one.capacity and not one.stalled}
        now_reserved = {number for number in self.model if self.book[number].reserved}
        before = {number for number, one in self.model.items() if one.reserved}
        if not usable or any(one.reserved or one.solo for one in usable.values()):
            assert now_reserved == before
        else:
            (chosen,) = now_reserved - before
            assert len(usable[chosen].outstanding) == min(len(one.outstanding) for one in usable.values())
            self.model[chosen].reserved = True

    @rule()
    def release(self) -> None:
        """Nobody is kept free."""
        self.book.release()
        for account in self.model.values():
            account.reserved = False

    @invariant()
    def agrees(self) -> None:
        """Levels, flags and what is available are the model's."""
        self.book.check()
        for worker, naive in self.model.items():
            account = self.book[worker]
            assert account.outstanding == set(naive.outstanding)
            assert max(0, account.available) == naive.available
            flags = (account.solo, account.reserved, account.stalled)
            assert flags == (naive.solo, naive.reserved, naive.stalled)

    @invariant()
    def every_attempt_is_accounted_for(self) -> None:
        """It was answered, never will be, or is with a worker."""
        with_workers = sum(len(naive.outstanding) for naive in self.model.values())
        assert self.seq == self.answered + self.book.unanswered + with_workers

    def _send(self, worker: int, *, solo: bool) -> None:
        self.seq += 1
        self.book.charge(worker, attempt(self.seq), self.now, solo=solo)
        account = self.model[worker]
        account.outstanding.append(attempt(self.seq))
        account.sent_at = self.now
        account.solo = solo
        account.reserved = account.reserved and not solo


TestAgainstAccounts = AgainstAccounts.TestCase

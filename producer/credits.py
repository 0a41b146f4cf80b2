"""How many frames each worker may still be given.

A worker states a level, its capacity; what it may be given is that less what is outstanding with it. A level, unlike a
count of grants, heals by itself: the next statement corrects whatever a lost message left wrong.
What this file does not know: frames' contents, leases, why a worker wants what it wants.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from common import limits
from producer.frames import Key

Attempt: TypeAlias = tuple[Key, int]


class Account:
    """One worker's credit.

    Attributes:
        capacity: frames it wants to hold.
        outstanding: attempts sent to it and not answered.
        solo: it works on a suspect, alone, and gets nothing else.
        reserved: it gets nothing until it is idle, for a suspect that waits.
        stalled: a lease of its ran out; it gets nothing until it answers or says that it holds nothing.
    """

    __slots__ = ("capacity", "outstanding", "reserved", "sent_at", "solo", "stalled")

    def __init__(self) -> None:
        self.capacity = 0
        self.outstanding: set[Attempt] = set()
        self.solo = False
        self.reserved = False
        self.stalled = False
        self.sent_at = 0.0

    def __repr__(self) -> str:
        flags = "".join(f", {flag}" for flag in ("solo", "reserved", "stalled") if getattr(self, flag))
        return f"Account({len(self.outstanding)} of {self.capacity}{flags})"

    @property
    def available(self) -> int:
        """How many ordinary frames it may be given now."""
        if self.solo or self.reserved or self.stalled:
            return 0
        return self.capacity - len(self.outstanding)

    @property
    def is_short(self) -> bool:
        """Whether it lacks a third or more of what it wants to hold: it may run out of frames."""
        available = self.available
        return available > 0 and 3 * available >= self.capacity

    @property
    def is_idle(self) -> bool:
        """Whether a suspect may run on it."""
        return self.capacity > 0 and not self.outstanding and not self.stalled


class CreditBook:
    """All workers' accounts, by session number; those with credit take turns.

    Attributes:
        unanswered: attempts of which no worker will say any more what became of them.
    """

    def __init__(self) -> None:
        self.unanswered = 0
        self._accounts: Final[dict[int, Account]] = {}
        self._hungry: Final[dict[int, None]] = {}
        self._short: Final[set[int]] = set()

    def __repr__(self) -> str:
        return f"CreditBook({self._accounts})"

    def __getitem__(self, worker: int) -> Account:
        return self._accounts[worker]

    def open(self, worker: int) -> None:
        """Begin an account without credit."""
        self._accounts[worker] = Account()

    def close(self, worker: int) -> None:
        """Forget a worker."""
        account = self._accounts.pop(worker, None)
        self._hungry.pop(worker, None)
        self._short.discard(worker)
        if account is not None:
            self.unanswered += len(account.outstanding)

    def state(self, worker: int, capacity: int, held: int, now: float) -> None:
        """Take a worker's statement.

        One that holds nothing, a while after the last frame was sent to it, has lost what is outstanding or its
        answers: the account is cleared.
        """
        account = self._accounts[worker]
        account.capacity = min(capacity, limits.CREDITS_MAX)
        if held == 0 and now - account.sent_at > limits.LOST_AFTER_S:
            self.unanswered += len(account.outstanding)
            account.outstanding.clear()
            account.stalled = account.solo = False
        self._weigh(worker)

    def charge(self, worker: int, attempt: Attempt, now: float, *, solo: bool) -> None:
        """Note that an attempt was sent."""
        account = self._accounts[worker]
        account.outstanding.add(attempt)
        account.sent_at = now
        account.solo = solo
        account.reserved = account.reserved and not solo
        self._weigh(worker)

    def answer(self, worker: int, attempt: Attempt) -> None:
        """Note that the worker has answered an attempt, in whatever way; that is progress."""
        account = self._accounts[worker]
        account.outstanding.discard(attempt)
        account.stalled = False
        if not account.outstanding:
            account.solo = False
        self._weigh(worker)

    def stall(self, worker: int) -> None:
        """Note that the worker let a lease run out."""
        account = self._accounts.get(worker)
        if account is not None:
            account.stalled = True
            account.reserved = False
            self._weigh(worker)

    def next_hungry(self, but: int = 0) -> int | None:
        """Return the worker whose turn it is, other than `but`; None if nobody has credit."""
        for worker in self._hungry:
            if worker != but:
                return worker
        return None

    def is_short(self) -> bool:
        """Whether any worker may run out of frames, see `Account.is_short`."""
        return bool(self._short)

    def idle(self) -> int | None:
        """Return a worker on which a suspect may run, a reserved one first; None if there is none."""
        candidates = [worker for worker, account in self._accounts.items() if account.is_idle]
        return max(candidates, key=lambda worker: self._accounts[worker].reserved, default=None)

    def reserve(self) -> None:
        """Keep one worker free for a suspect: the one that will be idle first, unless one is reserved already."""
        accounts = [account for account in self._accounts.values() if account.capacity and not account.stalled]
        if any(account.reserved or account.solo for account in accounts) or not accounts:
            return
        chosen = min(accounts, key=lambda account: len(account.outstanding))
        chosen.reserved = True
        self._weigh_all()

    def release(self) -> None:
        """No suspect waits any more: nobody is kept free."""
        for account in self._accounts.values():
            account.reserved = False
        self._weigh_all()

    def check(self) -> None:
        """Assert the invariants: those and only those with credit are hungry."""
        for worker, account in self._accounts.items():
            assert (worker in self._hungry) == (account.available > 0), (worker, account)
            assert (worker in self._short) == account.is_short, (worker, account)
            assert not (account.solo and len(account.outstanding) > 1), account
        assert self._short <= set(self._hungry) <= set(self._accounts)

    def _weigh_all(self) -> None:
        for worker in self._accounts:
            self._weigh(worker)

    def _weigh(self, worker: int) -> None:
        """Put the worker at the end of the queue of the hungry, or take it out."""
        self._hungry.pop(worker, None)
        account = self._accounts[worker]
        if account.available > 0:
            self._hungry[worker] = None
        if account.is_short:
            self._short.add(worker)
        else:
            self._short.discard(worker)

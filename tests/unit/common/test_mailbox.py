"""Tests of common.mailbox."""

from __future__ import annotations

import select
import signal
import threading
from collections.abc import Iterator

import pytest

from common.mailbox import Mailbox

DEADLINE_S = 10.0


@pytest.fixture
def mailbox() -> Iterator[Mailbox[int]]:
    """An open mailbox."""
    box: Mailbox[int] = Mailbox()
    yield box
    box.close()


def ringing(box: Mailbox[int], timeout_s: float = 0.0) -> bool:
    """Say whether a poller would see it."""
    return bool(select.select([box], [], [], timeout_s)[0])


def test_items_come_out_in_order_and_once(mailbox: Mailbox[int]) -> None:
    """What is put is drained, oldest first, and then gone."""
    for i in range(3):
        mailbox.put(i)
    assert mailbox.drain() == [0, 1, 2]
    assert mailbox.drain() == []


def test_it_rings_from_the_first_item_until_it_is_drained(mailbox: Mailbox[int]) -> None:
    """The descriptor is readable exactly while something waits."""
    assert not ringing(mailbox)
    mailbox.put(1)
    assert ringing(mailbox)
    mailbox.drain()
    assert not ringing(mailbox)
    mailbox.put(2)
    assert ringing(mailbox)


def test_what_may_wait_is_announced_when_somebody_attends(mailbox: Mailbox[int]) -> None:
    """It comes with the next item in any case; in its order."""
    mailbox.leave(1)
    assert not ringing(mailbox)
    mailbox.nudge()
    assert ringing(mailbox)
    assert mailbox.drain() == [1]
    mailbox.attend(attends=False)
    mailbox.leave(2)
    mailbox.nudge()
    assert not ringing(mailbox)
    mailbox.put(3)
    assert ringing(mailbox)
    assert mailbox.drain() == [2, 3]


def test_nobody_who_attends_sleeps_beside_what_was_left(mailbox: Mailbox[int]) -> None:
    """Nudged in vain before, it rings at once; where nothing was left, nothing does."""
    mailbox.attend(attends=False)
    mailbox.attend(attends=True)
    assert not ringing(mailbox)
    mailbox.attend(attends=False)
    mailbox.leave(1)
    mailbox.nudge()
    mailbox.attend(attends=True)
    assert ringing(mailbox)


def test_any_number_of_items_make_one_byte(mailbox: Mailbox[int]) -> None:
    """A flood of items cannot fill the socket pair."""
    for i in range(100_000):
        mailbox.put(i)
    assert mailbox._reader.recv(16) == b"\0"
    assert not ringing(mailbox)


def test_nothing_is_lost_between_threads_and_nobody_sleeps_too_long(mailbox: Mailbox[int]) -> None:
    """Every item of several threads arrives, and a wake-up announces the last of them."""

    def fill(k: int) -> None:
        for i in range(2000):
            mailbox.put(k * 2000 + i)

    threads = [threading.Thread(target=fill, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    found: list[int] = []
    while len(found) < 6000:
        assert ringing(mailbox, DEADLINE_S), "an item waits and nothing rang"
        found += mailbox.drain()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(6000))
    for k in range(3):
        own = [i for i in found if i // 2000 == k]
        assert own == sorted(own)


def test_a_signal_handler_may_put_while_the_loop_drains(mailbox: Mailbox[int]) -> None:
    """No lock is taken that the interrupted code could hold."""
    before = signal.signal(signal.SIGUSR1, lambda *_: mailbox.put(1))
    try:
        found = 0
        for _ in range(200):
            mailbox.put(0)
            signal.raise_signal(signal.SIGUSR1)
            found += len(mailbox.drain())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert found + len(mailbox.drain()) == 400


def test_an_item_put_after_close_is_no_error() -> None:
    """A thread that outlives the loop does not fail for it."""
    box: Mailbox[int] = Mailbox()
    box.close()
    box.put(1)
    assert box.fileno() == -1


def test_its_state_can_be_read(mailbox: Mailbox[int]) -> None:
    """Its repr says how much waits and whether it rang."""
    assert repr(mailbox) == "Mailbox(0 waiting, quiet)"
    mailbox.put(1)
    assert repr(mailbox) == "Mailbox(1 waiting, ringing)"

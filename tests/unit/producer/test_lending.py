"""A slot is lent when no send reads it any more."""

from __future__ import annotations

from common.transport import SENT, Outcome
from producer.lending import Lending


class Sending:
    """A receipt of a send that is under way until it is told otherwise."""

    outcome = Outcome.SENT

    def __init__(self) -> None:
        self.finished = False

    def done(self) -> bool:
        """See `Receipt.done`."""
        return self.finished


def test_a_slot_that_was_never_sent_is_ready_at_once() -> None:
    """It is given out once."""
    lending = Lending()
    lending.lend("a", [3])
    assert lending.ready() == {"a": [3]}
    assert lending.ready() == {}


def test_a_slot_waits_for_every_send_of_it() -> None:
    """Two sends of one slot, and others are not held up."""
    lending, first, second = Lending(), Sending(), Sending()
    lending.sent(0, first)
    lending.sent(0, second)
    lending.lend("a", [0])
    lending.lend("b", [1])
    assert lending.ready() == {"b": [1]}
    first.finished = True
    assert lending.ready() == {}
    second.finished = True
    assert lending.ready() == {"a": [0]}


def test_a_copied_payload_holds_nothing_up() -> None:
    """Its receipt is done when it comes."""
    lending = Lending()
    lending.sent(0, SENT)
    lending.lend("a", [0])
    assert lending.ready() == {"a": [0]}


def test_a_slot_that_was_lent_again_forgets_its_earlier_sends() -> None:
    """Only sends since it was filled count."""
    lending, old = Lending(), Sending()
    lending.sent(0, old)
    old.finished = True
    lending.lend("a", [0])
    lending.ready()
    old.finished = False
    lending.lend("a", [0])
    assert lending.ready() == {"a": [0]}

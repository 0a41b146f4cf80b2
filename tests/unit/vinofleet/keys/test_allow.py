"""`vinofleet keys allow`: another machine may take part."""

from __future__ import annotations

import pytest

from common.errors import OutputError, UsageError
from common.keyring import Role, key_text
from tests.unit.vinofleet.keys.machine import Machine
from vinofleet.keys.new import today


@pytest.fixture
def here(first: Machine) -> Machine:
    """A machine with a key."""
    first.keys("new", "--name", "one")
    return first


TWO = key_text("two", b"2" * 32)
TWO_ANEW = key_text("two", b"3" * 32)


def test_a_key_is_allowed_as_a_worker_unless_more_is_said(here: Machine) -> None:
    """It says what may be done now, and keeps the day."""
    before = today()
    assert here.keys("allow", TWO) == "two may act as worker here\n"
    assert here.keys("allow", TWO, "--role", "status") == "two may act as worker, status here\n"
    (key,) = here.ring().allowed
    assert (key.name, key.public, key.roles) == ("two", b"2" * 32, frozenset({Role.WORKER, Role.STATUS}))
    assert before <= key.since <= today()
    assert here.keys("allow", key_text("three", b"4" * 32), "--role", "collector", "--role", "producer") == (
        "three may act as producer, collector here\n"
    )


def test_another_key_of_the_same_name_is_refused_unless_it_replaces(here: Machine) -> None:
    """Then it may do what the old one might."""
    here.keys("allow", TWO, "--role", "status")
    with pytest.raises(OutputError, match="add --replace"):
        here.keys("allow", TWO_ANEW)
    assert here.ring().allowed[0].public == b"2" * 32
    assert here.keys("allow", TWO_ANEW, "--replace") == "two may act as status here\n"
    assert [key.public for key in here.ring().allowed] == [b"3" * 32]


def test_the_own_key_is_refused(here: Machine) -> None:
    """It may do everything already."""
    with pytest.raises(UsageError, match="on the other machine"):
        here.keys("allow", here.keys("show"))


def test_a_mistyped_key_and_an_unknown_role_are_refused(here: Machine) -> None:
    """Nothing is allowed."""
    with pytest.raises(UsageError, match="is not as it was written"):
        here.keys("allow", TWO.replace("two", "tow"))
    with pytest.raises(AssertionError, match="'chief' is not one of"):
        here.keys("allow", TWO, "--role", "chief")
    assert here.ring().allowed == ()

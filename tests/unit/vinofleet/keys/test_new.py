"""`vinofleet keys new`: a key of one's own."""

from __future__ import annotations

import platform

import pytest

from common.errors import KeyFileError, OutputError, UsageError
from common.keyring import parse_key_text
from tests.unit.vinofleet.keys.machine import Machine
from vinofleet.keys.edits import DEFAULT
from vinofleet.keys.new import SERVERS


def test_it_prints_the_key_and_nothing_else_to_stdout(first: Machine) -> None:
    """So that a script can send it; the machine's name is its host's."""
    text = first.keys("new")
    ring = first.ring()
    assert parse_key_text(text) == (ring.name, ring.public)
    assert text.count("\n") == 1
    assert ring.name == platform.node().partition(".")[0]
    assert ring.allowed == ()


def test_it_says_where_the_key_is_and_what_to_type_on_the_other_machine(first: Machine, second: Machine) -> None:
    """On stderr; the second one knows more."""
    said = first.advice("new", "--name", "one")
    text = first.keys("show").strip()
    assert f"made {first.path}" in said
    assert f"vinofleet keys new --trust {text}" in said
    said = second.advice("new", "--name", "two", "--trust", text)
    assert f"vinofleet keys allow {second.keys('show').strip()}" in said
    assert [(key.name, key.roles) for key in second.ring().allowed] == [("one", SERVERS)]


def test_three_commands_make_two_machines_know_each_other(first: Machine, second: Machine) -> None:
    """Each takes what the one before it printed."""
    one = first.keys("new", "--name", "one")
    two = second.keys("new", "--name", "two", "--trust", one)
    first.keys("allow", two)
    there, here = first.ring(), second.ring()
    assert [(key.name, key.public, key.roles) for key in there.allowed] == [("two", here.public, DEFAULT)]
    assert [(key.name, key.public, key.roles) for key in here.allowed] == [("one", there.public, SERVERS)]


def test_a_second_key_is_not_made_by_mistake(first: Machine) -> None:
    """Nothing is changed."""
    first.keys("new")
    ring = first.ring()
    with pytest.raises(OutputError, match="vinofleet keys show"):
        first.keys("new")
    assert first.ring() == ring


def test_a_new_key_keeps_the_name_and_the_keys_that_are_allowed(first: Machine, second: Machine) -> None:
    """And says what the others have to do."""
    first.keys("new", "--name", "one")
    first.keys("allow", second.keys("new", "--name", "two"))
    old = first.ring()
    said = first.advice("new", "--force")
    ring = first.ring()
    assert (ring.name, ring.allowed) == ("one", old.allowed)
    assert ring.public != old.public
    assert f"vinofleet keys allow --replace {first.keys('show').strip()}" in said
    assert "allowed here as before: two" in said


def test_a_new_key_of_another_name_does_not_take_the_place_of_the_old_one(first: Machine) -> None:
    """So the old one has to be revoked, which is said."""
    first.keys("new", "--name", "one")
    said = first.advice("new", "--force", "--name", "uno")
    assert "vinofleet keys revoke one" in said
    assert "--replace" not in said


def test_a_file_that_cannot_be_trusted_is_replaced_with_all_that_it_says(first: Machine, second: Machine) -> None:
    """Whoever could write to it may have admitted themselves."""
    first.keys("new")
    first.keys("allow", second.keys("new", "--name", "two"))
    first.path.chmod(0o666)
    with pytest.raises(KeyFileError, match="chmod 600"):
        first.keys("show")
    first.keys("new", "--force")
    assert first.ring().allowed == ()


@pytest.mark.parametrize("name", ["", "a.b", "a b", "../a", "x" * 33, "-a"])
def test_a_name_that_no_key_can_have_is_refused(first: Machine, name: str) -> None:
    """With what it can be made of; no file is made."""
    with pytest.raises(UsageError, match="letters, digits"):
        first.keys("new", "--name", name)
    assert not first.path.exists()


def test_two_machines_of_the_same_name_are_noticed_at_once(first: Machine, second: Machine) -> None:
    """When one is to trust the other; also when it is renamed so."""
    one = first.keys("new", "--name", "one")
    with pytest.raises(UsageError, match="give it another --name"):
        second.keys("new", "--name", "ONE", "--trust", one)
    assert not second.path.exists()
    second.keys("new", "--name", "two", "--trust", one)
    with pytest.raises(UsageError, match="give it another --name"):
        second.keys("new", "--force", "--name", "one")


def test_a_key_to_trust_that_is_none_is_refused_before_anything_is_made(first: Machine) -> None:
    """As it was mistyped."""
    with pytest.raises(UsageError, match="keys show"):
        first.keys("new", "--trust", "one:abc")
    assert not first.path.exists()

"""`vinofleet keys revoke`: another machine may no longer take part."""

from __future__ import annotations

import click
import pytest

from common.errors import UsageError
from common.keyring import key_text
from tests.unit.vinofleet.keys.machine import Machine
from vinofleet.keys.revoke import command


@pytest.fixture
def here(first: Machine) -> Machine:
    """A machine with a key, that allows two others."""
    first.keys("new", "--name", "one")
    for name in ("two", "three"):
        first.keys("allow", key_text(name, name.ljust(32).encode()), "--role", "worker", "--role", "status")
    return first


def test_a_key_is_revoked_whole_or_in_a_role(here: Machine) -> None:
    """It says what is left."""
    assert here.keys("revoke", "two", "--role", "status") == "two may still act as worker here\n"
    assert here.keys("revoke", "two") == "two may no longer take part here\n"
    assert [key.name for key in here.ring().allowed] == ["three"]


def test_a_name_that_is_not_allowed_is_refused(here: Machine) -> None:
    """It names those that are."""
    with pytest.raises(UsageError, match="two, three"):
        here.keys("revoke", "tow")


def completed(machine: Machine, word: str) -> list[str]:
    """What a shell completes a name to."""
    name = next(param for param in command.params if param.name == "name")
    context = click.Context(command)
    context.params["keys"] = machine.path
    return [item.value for item in name.shell_complete(context, word)]


def test_names_are_completed_and_a_file_that_cannot_be_read_completes_to_nothing(
    here: Machine, second: Machine
) -> None:
    """Nobody wants to read of it while typing."""
    assert completed(here, "t") == ["two", "three"]
    assert completed(here, "th") == ["three"]
    assert completed(second, "") == []

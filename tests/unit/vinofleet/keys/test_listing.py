"""`vinofleet keys list`: lines for people, JSON for scripts."""

from __future__ import annotations

import json

import jsonschema

from common.keyring import key_text
from tests.unit.vinofleet.keys.machine import Machine
from vinofleet.schema import schema_text

TWO = key_text("two", b"2" * 32)


def test_a_line_a_machine_and_which_one_this_is(first: Machine) -> None:
    """Keys as they begin."""
    own = first.keys("new", "--name", "one").strip()
    assert first.keys("list").splitlines() == [
        "no other machine may take part here",
        f"this machine is one ({own[4:12]}...)",
        str(first.path),
    ]
    first.keys("allow", TWO, "--role", "worker", "--role", "status")
    first.keys("allow", key_text("a-longer-name", b"3" * 32))
    head, two, longer, *rest = first.keys("list").splitlines()
    assert head.split() == ["NAME", "SINCE", "KEY", "ROLES"]
    since = first.ring().allowed[0].since
    places = [head.index(column) for column in head.split()]
    cells = [two[at:until].strip() for at, until in zip(places, [*places[1:], None], strict=True)]
    assert cells == ["two", since, f"{TWO[4:12]}...", "worker, status"]
    assert longer.startswith("a-longer-name  ")
    assert len(rest) == 2


def test_json_has_whole_keys_and_is_what_its_schema_says(first: Machine) -> None:
    """What it calls a key can be given to `allow`."""
    own = first.keys("new", "--name", "one").strip()
    first.keys("allow", TWO)
    found = json.loads(first.keys("list", "--json"))
    jsonschema.validate(found, json.loads(schema_text("keys")))
    assert found == {
        "file": str(first.path),
        "name": "one",
        "key": own,
        "allowed": [{"name": "two", "key": TWO, "roles": ["worker"], "since": first.ring().allowed[0].since}],
    }

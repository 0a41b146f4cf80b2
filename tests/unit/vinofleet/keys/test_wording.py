"""How keys and roles are written for people."""

from __future__ import annotations

from common.keyring import AllowedKey, Role, key_text
from vinofleet.keys.wording import full, roles_text, short

KEY = AllowedKey("b", b"b" * 32, frozenset({Role.WORKER}), "2026-01-31")


def test_roles_are_always_in_the_same_order() -> None:
    """That of the enum."""
    assert roles_text(frozenset({Role.STATUS, Role.PRODUCER, Role.WORKER})) == "worker, producer, status"
    assert roles_text({Role.COLLECTOR}) == "collector"


def test_a_key_is_written_whole_or_as_it_begins() -> None:
    """Whole with its name, as another machine wants it."""
    assert full(KEY) == key_text("b", KEY.public)
    assert full(KEY).startswith(f"b:{short(KEY).removesuffix('...')}")

"""Keys that are allowed and revoked: what is there afterwards, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import OutputError, UsageError, VinofleetError
from common.keyring import AllowedKey, Keyring, Role, dump_keyring, parse_keyring
from vinofleet.keys.edits import allowing, replacing, revoking

OWN = Keyring("a", b"s" * 32, b"p" * 32)
NO_ROLES: frozenset[Role] = frozenset()
B = AllowedKey("b", b"b" * 32, frozenset({Role.WORKER}), "2026-01-31")
C = AllowedKey("c", b"c" * 32, frozenset({Role.PRODUCER, Role.COLLECTOR}), "2026-02-01")
BOTH = replace(OWN, allowed=(B, C))

KEYS = st.builds(
    AllowedKey,
    st.sampled_from(("a", "b", "B", "c")),
    st.sampled_from((OWN.public, B.public, C.public, b"d" * 32)),
    st.frozensets(st.sampled_from(Role)),
    st.just("2026-03-01"),
)
EDITS = st.lists(
    st.tuples(st.sampled_from((allowing, replacing)), KEYS)
    | st.tuples(st.sampled_from(("a", "b", "c", "d")), st.frozensets(st.sampled_from(Role))),
    max_size=8,
)


@given(EDITS)
def test_whatever_is_done_to_keys_can_be_written_and_read(edits: list[tuple[object, object]]) -> None:
    """No edit makes a file that would be refused; who was allowed last may do what was said."""
    keyring = OWN
    for what, whom in edits:
        try:
            if isinstance(what, str):
                keyring = revoking(keyring, what, whom)  # type: ignore[arg-type]  # a pair of one strategy
            else:
                keyring = what(keyring, whom)  # type: ignore[operator]  # a pair of the other
                named = keyring.named(whom.name)  # type: ignore[attr-defined]
                assert named is not None
                assert named.roles >= whom.roles  # type: ignore[attr-defined]
        except VinofleetError:
            continue
        assert parse_keyring(dump_keyring(keyring)) == keyring


def test_a_key_that_is_allowed_again_gets_roles_besides_those_that_it_has() -> None:
    """And keeps its place and its date; the one that nothing is said of is a worker."""
    assert allowing(OWN, replace(B, roles=NO_ROLES)).allowed == (B,)
    assert allowing(allowing(OWN, B), C) == BOTH
    more = allowing(BOTH, replace(B, roles=frozenset({Role.STATUS}), since="2026-03-01"))
    assert more.allowed == (replace(B, roles=frozenset({Role.WORKER, Role.STATUS})), C)
    assert allowing(BOTH, B) == BOTH


@pytest.mark.parametrize(
    ("key", "word"),
    [
        (replace(B, public=b"d" * 32), "another key already"),
        (replace(B, name="B", public=b"d" * 32), "another key already"),
        (replace(B, name="d"), "under the name 'b' already"),
        (replace(B, name="B"), "under the name 'b' already"),
        (replace(B, public=C.public), "already"),
    ],
)
def test_a_name_or_key_that_is_known_otherwise_is_refused_unless_it_is_to_be_replaced(
    key: AllowedKey, word: str
) -> None:
    """Then nothing of it is left but what it may do, if nothing else is said."""
    with pytest.raises(OutputError, match=word) as caught:
        allowing(BOTH, key)
    assert "--replace" in caught.value.remedy
    after = replacing(BOTH, replace(key, roles=NO_ROLES))
    named = after.named(key.name)
    assert named is not None
    assert (named.public, Role.WORKER in named.roles) == (key.public, True)
    assert parse_keyring(dump_keyring(after)) == after


def test_a_key_in_the_place_of_another_may_do_what_that_might_or_what_is_said() -> None:
    """And one that takes no place is a worker."""
    other = replace(C, public=b"d" * 32)
    assert replacing(BOTH, replace(other, roles=NO_ROLES)).named("c") == other
    status = replace(other, roles=frozenset({Role.STATUS}))
    assert replacing(BOTH, status).named("c") == status
    assert replacing(OWN, replace(B, roles=NO_ROLES)).allowed == (B,)


@pytest.mark.parametrize("edit", [allowing, replacing])
def test_the_own_key_and_the_own_name_are_refused(edit: object) -> None:
    """Even if something is to be replaced."""
    assert callable(edit)
    with pytest.raises(UsageError, match="the key of this machine"):
        edit(OWN, replace(B, public=OWN.public))
    with pytest.raises(UsageError, match="called 'a' too"):
        edit(OWN, replace(B, name="A"))


def test_a_key_is_revoked_whole_or_in_a_role() -> None:
    """With its last role it is gone; the others stay."""
    assert revoking(BOTH, "b", NO_ROLES).allowed == (C,)
    assert revoking(BOTH, "b", frozenset({Role.WORKER})).allowed == (C,)
    left = revoking(BOTH, "c", frozenset({Role.PRODUCER, Role.STATUS}))
    assert left.allowed == (B, replace(C, roles=frozenset({Role.COLLECTOR})))


def test_what_is_not_allowed_cannot_be_revoked() -> None:
    """It says what can; nobody believes that a mistyped name is out."""
    with pytest.raises(UsageError, match="those that are: b, c"):
        revoking(BOTH, "B", NO_ROLES)
    with pytest.raises(UsageError, match="those that are: none"):
        revoking(OWN, "a", NO_ROLES)
    with pytest.raises(UsageError, match="'b' may not act as producer"):
        revoking(BOTH, "b", frozenset({Role.PRODUCER}))

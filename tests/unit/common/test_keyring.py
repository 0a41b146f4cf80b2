"""Keys in files and as text: what was written is read, and nothing else is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import KeyFileError, UsageError, VinofleetError
from common.keyring import (
    ALLOWED_MAX,
    NAME_MAX_CHARS,
    AllowedKey,
    Keyring,
    Role,
    dump_keyring,
    is_key_name,
    key_name_of,
    key_text,
    parse_key_text,
    parse_keyring,
)
from common.schema import is_name

KEYS = st.binary(min_size=32, max_size=32)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", fullmatch=True)
ROLES = st.frozensets(st.sampled_from(Role), min_size=1)
DATES = st.dates().map(str)
ALLOWED = st.builds(AllowedKey, NAMES, KEYS, ROLES, DATES)

OWN = Keyring("a", b"s" * 32, b"p" * 32)
B = AllowedKey("b", b"b" * 32, frozenset({Role.WORKER}), "2026-01-31")


@st.composite
def keyrings(draw: st.DrawFn) -> Keyring:
    """Any keys that one file can hold."""
    own = Keyring(draw(NAMES), draw(KEYS), draw(KEYS))
    others = draw(st.lists(ALLOWED, max_size=5, unique_by=(lambda key: key.name.lower(), lambda key: key.public)))
    distinct = [key for key in others if key.name.lower() != own.name.lower() and key.public != own.public]
    return replace(own, allowed=tuple(distinct))


def document(**entries: object) -> dict[str, object]:
    """A right key file as JSON's object, with other entries."""
    return {**json.loads(dump_keyring(replace(OWN, allowed=(B,)))), **entries}


def refusal(changed: object) -> str:
    """Why a file of this content is refused."""
    with pytest.raises(KeyFileError) as caught:
        parse_keyring(json.dumps(changed).encode())
    return str(caught.value)


@given(keyrings())
def test_what_is_written_is_read(keyring: Keyring) -> None:
    """Whatever keys a file can hold."""
    assert parse_keyring(dump_keyring(keyring)) == keyring


@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr).map(str.encode))
def test_bytes_that_are_no_key_file_are_refused_and_nothing_else_happens(data: bytes) -> None:
    """Whatever they are."""
    with pytest.raises(KeyFileError):
        parse_keyring(data)


@given(keyrings(), st.data())
def test_a_key_file_in_which_bytes_were_changed_is_read_or_refused(keyring: Keyring, data: st.DataObject) -> None:
    """And what is read of it can be written."""
    raw = bytearray(dump_keyring(keyring))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = parse_keyring(bytes(raw))
    except KeyFileError:
        return
    assert parse_keyring(dump_keyring(read)) == read


@given(NAMES, KEYS)
def test_a_key_is_read_from_its_text(name: str, public: bytes) -> None:
    """With blanks around it, and in capitals, as some programs change it."""
    text = key_text(name, public)
    assert parse_key_text(text) == (name, public)
    assert parse_key_text(f"  {name}:{text.partition(':')[2].upper()}\n") == (name, public)


@given(NAMES, KEYS, st.data())
def test_a_mistyped_character_is_noticed(name: str, public: bytes, data: st.DataObject) -> None:
    """Whichever it is, of the key or of the name."""
    text = key_text(name, public)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567-"))
    changed = text[:place] + other + text[place + 1 :]
    if changed != text:
        with pytest.raises(UsageError):
            parse_key_text(changed)


@given(st.text() | st.tuples(NAMES, st.text()).map(":".join))
def test_any_text_is_a_key_or_a_usage_error(text: str) -> None:
    """And what it is read as is what it says."""
    try:
        name, public = parse_key_text(text)
    except UsageError:
        return
    assert key_text(name, public).lower() == text.strip().lower()


def test_no_text_of_a_keyring_shows_the_secret() -> None:
    """Neither its repr nor what is raised about a file that holds it."""
    assert "s" * 32 not in repr(OWN)
    assert repr(OWN.secret) not in repr(OWN)
    text = refusal(document(secret="5e" * 31))
    assert "5e" not in text
    assert "'secret'" in text


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"version": 2}, "newer"),
        ({"name": "a.b"}, "'name'"),
        ({"name": 5}, "'name'"),
        ({"name": ""}, "'name'"),
        ({"secret": "AB" * 32}, "'secret'"),
        ({"public": "ab" * 33}, "'public'"),
        ({"public": "b" * 64 + "\n"}, "'public'"),
        ({"allowed": {}}, "'allowed'"),
        ({"allowed": [{}] * (ALLOWED_MAX + 1)}, "'allowed'"),
        ({"allowed": [{}]}, "allowed[0]"),
        ({"allowed": [5]}, "allowed[0]"),
        ({"more": 1}, "exactly the entries"),
    ],
)
def test_a_wrong_entry_is_named(entries: dict[str, object], word: str) -> None:
    """So that whoever edited the file by hand finds it."""
    assert word in refusal(document(**entries))


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("name", "b c"),
        ("public", 5),
        ("roles", []),
        ("roles", ["worker", "worker"]),
        ("roles", ["chief"]),
        ("roles", [["worker"]]),
        ("roles", "worker"),
        ("since", "yesterday"),
        ("since", "2026-13-01"),
    ],
)
def test_a_wrong_entry_of_an_allowed_key_is_named(entry: str, value: object) -> None:
    """By its number."""
    allowed = {"name": "b", "public": "62" * 32, "roles": ["worker"], "since": "2026-01-31", entry: value}
    assert f"allowed[0].{entry}" in refusal(document(allowed=[allowed]))


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"version":1,"version":1}', b'{"version":NaN}', b"\xff\xfe{}", b""])
def test_json_that_is_none_is_refused(data: bytes) -> None:
    """Also what Python's parser would take, and what would exhaust its stack."""
    with pytest.raises(KeyFileError):
        parse_keyring(data)


@pytest.mark.parametrize(
    "other",
    [
        replace(B, name="B", public=b"c" * 32),
        replace(B, name="c"),
        replace(B, name="A", public=b"c" * 32),
        replace(B, name="c", public=OWN.public),
    ],
)
def test_no_name_and_no_key_is_there_twice(other: AllowedKey) -> None:
    """Not even in other letters; neither is written nor read."""
    twice = replace(OWN, allowed=(B, other))
    with pytest.raises(KeyFileError, match="there twice"):
        dump_keyring(twice)
    raw = [
        {"name": key.name, "public": key.public.hex(), "roles": ["worker"], "since": key.since} for key in twice.allowed
    ]
    assert "there twice" in refusal(document(allowed=raw))


def test_more_keys_than_a_file_may_hold_are_not_written() -> None:
    """What it writes it can read."""
    many = tuple(replace(B, name=f"b{number}", public=number.to_bytes(32)) for number in range(ALLOWED_MAX + 1))
    assert parse_keyring(dump_keyring(replace(OWN, allowed=many[1:]))).allowed == many[1:]
    with pytest.raises(KeyFileError, match="revoke"):
        dump_keyring(replace(OWN, allowed=many))


def test_the_holder_of_a_key_is_found_and_the_own_key_may_do_everything() -> None:
    """A key that nobody allowed has none."""
    keyring = replace(OWN, allowed=(B,))
    assert keyring.holder(B.public) == B
    own = keyring.holder(OWN.public)
    assert own is not None
    assert (own.name, own.roles) == ("a", frozenset(Role))
    assert keyring.holder(b"x" * 32) is None
    assert keyring.holder(b"") is None


def test_servers_are_the_allowed_keys_of_a_role() -> None:
    """In their order."""
    c = replace(B, name="c", public=b"c" * 32, roles=frozenset({Role.PRODUCER, Role.COLLECTOR}))
    keyring = replace(OWN, allowed=(B, c))
    assert keyring.servers(Role.WORKER) == (B,)
    assert keyring.servers(Role.COLLECTOR) == (c,)
    assert keyring.servers(Role.STATUS) == ()
    assert keyring.named("c") == c
    assert keyring.named("a") is None


@given(st.text())
def test_any_host_gives_a_name(host: str) -> None:
    """Which can be a key's, and begin a process's."""
    name = key_name_of(host)
    assert is_key_name(name)
    assert is_name(f"{name}.{'x' * 31}")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("lab", "lab"),
        ("lab.example.org", "lab"),
        ("Anna's PC", "Anna-s-PC"),
        ("", "machine"),
        ("-_-", "machine"),
        ("x" * 40, "x" * NAME_MAX_CHARS),
    ],
)
def test_a_name_is_made_of_what_a_host_is_called(host: str, name: str) -> None:
    """Its first label."""
    assert key_name_of(host) == name


def test_errors_of_keys_are_one_line() -> None:
    """Whatever was typed."""
    with pytest.raises(VinofleetError) as caught:
        parse_key_text("b:\x1b[2J\n" + "a" * 58)
    assert str(caught.value).isprintable()

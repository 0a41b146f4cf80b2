"""Tests of common.schema: what a field may hold, at its bounds and one beyond."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits, messages
from common.schema import SCHEMAS, as_text, is_name, is_text
from tests.unit.common.message_strategies import ANY

WORK = messages.WorkItem("s", 1, 0, 1, 0, 8, 4, 0, 0, alone=False)


def field(kind: type[messages.Message], name: str, value: object) -> bool:
    """Whether a message's field admits a value."""
    return SCHEMAS[kind][kind._fields.index(name)](value)


@given(st.text())
def test_any_words_are_made_fit_for_a_message(words: str) -> None:
    """What is a text already stays as it is, but for its spaces."""
    assert is_text(as_text(words))
    if is_text(words):
        assert as_text(words) == " ".join(words.split())


def test_a_files_name_of_other_bytes_is_made_fit_too() -> None:
    """Python holds bytes that are no UTF-8 as surrogates, which no message could carry."""
    assert as_text("clip \udcff\x1b\n.mp4" + 400 * "!")[:13] == "clip ?? .mp4!"


@given(ANY)
def test_what_the_protocol_admits_the_schema_admits(message: messages.Message) -> None:
    """Every message that can be said by docs/protocol.md passes, field by field."""
    for name, check, value in zip(message._fields, SCHEMAS[type(message)], message, strict=True):
        assert check(value), name


@pytest.mark.parametrize("name", ["a", "9", "A.b_c-d", "x" * 64])
def test_a_name_is_a_word(name: str) -> None:
    """Letters, digits, dot, dash, underscore; up to 64 of them."""
    assert is_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "-a", "_a", "a/b", "a b", "a\n", "é", "{stream}", "x" * 65, b"a", 1])
def test_what_could_be_a_path_an_option_or_an_escape_is_no_name(name: object) -> None:
    """A name can be put into a file's name, a command line and a terminal as it is."""
    assert not is_name(name)


@pytest.mark.parametrize("text", ["", "clip.mp4 is damaged", "Größe", "x" * limits.TEXT_MAX_CHARS])
def test_a_text_is_one_printable_line(text: str) -> None:
    """Words for people, in any script."""
    assert is_text(text)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\x00", "\ud800", "x" * (limits.TEXT_MAX_CHARS + 1), b"a", None])
def test_what_would_move_a_terminals_cursor_is_no_text(text: object) -> None:
    """A peer cannot write to a person's terminal anything but words."""
    assert not is_text(text)


@pytest.mark.parametrize(
    ("kind", "name", "last", "beyond"),
    [
        (messages.Hello, "instance", bytes(16), bytes(15)),
        (messages.Hello, "job", bytes(32), bytes(31)),
        (messages.Hello, "facts", (("cpu", "x" * 100),), (("cpu", "x" * 101),)),
        (messages.Hello, "facts", (("a", "b"),) * 8, (("a", "b"),) * 9),
        (messages.Welcome, "session", 1, 0),
        (messages.Welcome, "shm", (1, 2, 3, 2**20, 1), (1, 2, 3, 2**20 + 1, 1)),
        (messages.Credit, "capacity", limits.CREDITS_MAX, limits.CREDITS_MAX + 1),
        (messages.Welcome, "patience_ms", limits.PATIENCE_MAX_MS, limits.PATIENCE_MAX_MS + 1),
        (messages.Work, "items", (WORK,) * limits.BATCH_MAX, (WORK,) * (limits.BATCH_MAX + 1)),
        (messages.Work, "items", (WORK._replace(slot=-1),), (WORK._replace(slot=-2),)),
        (messages.Work, "items", (WORK._replace(width=limits.SIDE_MAX_PIXELS),), (WORK._replace(width=0),)),
        (messages.Work, "items", (WORK._replace(seq=2**48),), (WORK._replace(seq=2**48 + 1),)),
        (messages.Work, "items", (WORK._replace(pts=-(2**62)),), (WORK._replace(pts=-(2**62) - 1),)),
        (messages.Work, "items", (WORK,), (WORK._replace(form=len(messages.FORMS)),)),
        (messages.Work, "items", (WORK,), ((*WORK[:-1], 0),)),
        (messages.Done, "refs", (("s", 1, 0, 1),) * limits.BATCH_MAX, (("s", 1, 0, 1),) * (limits.BATCH_MAX + 1)),
        (messages.Done, "refs", (("s", 1, 0, 1),), (("s", 1, 0),)),
        (messages.Open, "window", 1, 0),
        (messages.Open, "time_base", (0, 1), (1, 0)),
        (messages.Ack, "streams", (("s", 1, 0, ((0, 1),) * 64, True),), (("s", 1, 0, ((0, 1),) * 65, True),)),
        (messages.Ack, "streams", (("s", 1, 0, (), True),) * 32, (("s", 1, 0, (), True),) * 33),
        (messages.Fate, "status", "failed", "ok"),
        (messages.Chunk, "offset", limits.MODEL_FILE_MAX_BYTES, limits.MODEL_FILE_MAX_BYTES + 1),
    ],
)
def test_bounds_are_where_the_protocol_puts_them(
    kind: type[messages.Message], name: str, last: object, beyond: object
) -> None:
    """The last admitted value is admitted, the next is not."""
    assert field(kind, name, last)
    assert not field(kind, name, beyond)


@given(st.sampled_from([(kind, index) for kind in SCHEMAS for index in range(len(SCHEMAS[kind]))]), st.booleans())
def test_a_truth_value_is_no_number(where: tuple[type[messages.Message], int], value: bool) -> None:  # noqa: FBT001 - drawn
    """Python's True is an int; on the wire it is not."""
    kind, index = where
    assert SCHEMAS[kind][index](value) == (kind._fields[index] in {"resume", "ended", "draws"})

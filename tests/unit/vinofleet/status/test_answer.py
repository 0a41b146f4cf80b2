"""Only what has the shape of an answer is one; whoever listens at an address may send anything."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.inquiries import Document
from tests.unit.vinofleet.status import documents
from vinofleet.status.answer import Answer, read_answer
from vinofleet.status.lines import answer_lines

ANSWERS = [
    documents.producer(),
    documents.producer(staffed=False),
    documents.collector(),
    documents.collector(fed=False),
]
JUNK: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})
)


@pytest.mark.parametrize("document", ANSWERS)
def test_what_roles_tell_is_an_answer(document: Document) -> None:
    """As they wrote it."""
    assert read_answer(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"null", b'{"role": "producer"}', b'{"role": []}', b"\xff", b"[" * 5000, b'{"role": NaN}'],
)
def test_what_is_none_is_none(payload: bytes) -> None:
    """It raises nothing."""
    assert read_answer(payload) is None


def test_what_is_too_long_is_none() -> None:
    """Also where it would be one."""
    assert read_answer(json.dumps(ANSWERS[0]).encode().ljust(limits.STATUS_MAX_BYTES + 1)) is None


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """The paths to every value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, item in items for place in places(item, (*path, key))]


@given(st.sampled_from(ANSWERS), st.data())
def test_whatever_is_admitted_can_be_shown(document: Document, data: st.DataObject) -> None:
    """Any value of an answer may be replaced by any other: then it is none, or it is shown in lines of 80 columns."""
    damaged = copy.deepcopy(document)
    *way, last = data.draw(st.sampled_from(places(damaged)))
    target: Any = damaged
    for step in way:
        target = target[step]
    target[last] = data.draw(JUNK)
    read = read_answer(json.dumps(damaged).encode())
    if read is not None:
        lines = answer_lines(Answer("tcp://127.0.0.1:1", {**read, "address": "tcp://127.0.0.1:1"}))
        assert all(len(line) <= 80 and line.isprintable() for line in lines)

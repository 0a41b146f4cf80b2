"""Failures as a person reads them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common.errors import ModelError, one_line


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_a_failure_is_one_line_that_moves_no_cursor(what: str, remedy: str) -> None:
    """Whatever a file is called, also where its name is no UTF-8."""
    text = str(ModelError(what, remedy))
    assert text.isprintable()
    text.encode()


def test_what_cannot_be_printed_is_written_as_an_escape() -> None:
    """So that the file can still be told."""
    assert one_line("a\x1b[31m\n \udcffé") == "a\\x1b[31m \\udcffé"

"""Markup: data is text, whatever it holds."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from collector.markup import Html, el, join


class Reader(HTMLParser):
    """Notes tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See `HTMLParser`."""
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        """See `HTMLParser`."""
        self.text += data


@given(st.text())
def test_data_is_read_back_as_text(data: str) -> None:
    """As a child and as an attribute; it makes no element."""
    reader = Reader()
    reader.feed(el("p", data, title=data))
    reader.close()
    assert reader.tags == [("p", [("title", data)])]
    assert reader.text == data


def test_elements_nest() -> None:
    """What was made here is not escaped again."""
    assert el("p", el("b", "<"), " & ", class_="a", aria_label="b") == (
        '<p class="a" aria-label="b"><b>&lt;</b> &amp; </p>'
    )
    assert el("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert join("<", Html("<br>")) == "&lt;<br>"

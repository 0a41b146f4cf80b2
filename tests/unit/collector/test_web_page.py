"""The page is well-formed, says what each picture is, and holds nothing that its own policy forbids."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from collector.shown import Figures
from collector.web_page import SCRIPT, STYLE, page

VOID = {"meta", "link", "img"}


class Reader(HTMLParser):
    """Notes elements, and that each that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last."""
        assert self.open.pop() == tag


def read(*streams: Figures) -> Reader:
    """A page's elements."""
    reader = Reader()
    reader.feed(page(streams))
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_is_well_formed_and_names_its_pictures() -> None:
    """Language, title, text for each picture; a name is text, whatever is in it."""
    reader = read(
        Figures("door", "running", 64, 48, 0, 3, 0, 0, 1.0), Figures("<b>&", "running", 1, 1, 0, 0, 0, 0, 0.0)
    )
    assert ("html", {"lang": "en"}) in reader.elements
    images = [attributes for tag, attributes in reader.elements if tag == "img"]
    assert images[0] == {"src": "/stream/door.mjpg", "alt": "Live picture of stream door"}
    assert images[1]["alt"] == "Live picture of stream <b>&"
    assert "b" not in {tag for tag, _ in reader.elements}


def test_everything_comes_from_the_server_itself() -> None:
    """No other host, no script or style within the page, no text that is taken for markup."""
    document = page([])
    assert not re.search(r"https?://|style=|<style|\son\w+=|innerHTML", document + SCRIPT + STYLE)
    scripts = [attributes for tag, attributes in read().elements if tag == "script"]
    assert scripts == [{"src": "/page.js", "defer": None}]

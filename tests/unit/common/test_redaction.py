"""Tests of common.redaction: nothing of an address that opens a door is left in it."""

from __future__ import annotations

import pytest

from common.redaction import redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://user:secret@cam:554/door", "rtsp://cam:554/door"),
        ("RTSPS://user:se/cret@cam/door", "RTSPS://cam/door"),
        ("RTSPS://user:se/cr?et@cam/door", "RTSPS://..."),
        ("https://host/clip.mp4?mail=me@home.org&token=secret", "https://..."),
        ("https://u:p@host/clip.mp4#a@b", "https://..."),
        ("http://host/clip.mp4?token=secret#t", "http://host/clip.mp4"),
        ("--config=https://u:p@ss@host/x --json out", "--config=https://host/x --json out"),
        ("synthetic://counter?frames=10", "synthetic://counter?frames=10"),
        ("user@host?.mp4", "user@host?.mp4"),
    ],
)
def test_secrets_are_left_out(text: str, shown: str) -> None:
    """Who has access, and what comes after a question mark; files and synthetic sources have no secrets."""
    assert redacted(text) == shown

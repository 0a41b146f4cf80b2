"""Messages of the tap, there and back."""

from __future__ import annotations

import pytest

from common.tap import HEAD, StreamBegins, Tapped, TappedRow, pack, unpack


@pytest.mark.parametrize(
    "message",
    [StreamBegins("a", 3, 640, 480, ("person", "dog")), TappedRow("a", 3, None, "failed", "poison", b"")],
)
def test_what_is_packed_is_unpacked(message: Tapped) -> None:
    """With the picture behind it."""
    data = pack(message, b"planes")
    body, picture = HEAD.unpack_from(data)
    assert unpack(data[HEAD.size :][:body]) == message
    assert data[HEAD.size + body :] == b"planes"
    assert picture == len(b"planes")

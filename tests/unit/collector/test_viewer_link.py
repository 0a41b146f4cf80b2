"""What goes over the pair of sockets comes out of it, whatever the pieces; and a torn message is the end."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from collector.shown import Figures, Shown
from collector.viewer_link import HEAD, WORDS_MAX_BYTES, figures_of, message, picture_message, picture_of, receive

PIXELS = 10_000


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_picture_arrives_with_its_pixels(pair: tuple[socket.socket, socket.socket]) -> None:
    """Of odd sides as well: the canvas is larger than the stream then."""
    i420 = np.random.default_rng(1).integers(0, 256, (36, 32), np.uint8)
    ours, theirs = pair
    ours.sendall(picture_message(Shown("door", 7, 31, 23, i420)) + i420.tobytes())
    heard = receive(theirs, PIXELS)
    assert heard is not None
    word, fields, pixels = heard
    found = picture_of(fields, pixels)
    assert (word, found[:4]) == ("picture", ("door", 7, 31, 23))
    assert np.array_equal(found.i420, i420)


def test_figures_arrive_one_after_the_other(pair: tuple[socket.socket, socket.socket]) -> None:
    """As they were told."""
    figures = [Figures("a", "running", 64, 48, 0, 3, 2, 1, 24.94), Figures("b", "complete", 1, 1, 9, 9, 0, 0, 0.0)]
    ours, theirs = pair
    for told in (figures, []):
        ours.sendall(message("figures", told))
    for told in (figures, []):
        heard = receive(theirs, PIXELS)
        assert heard is not None
        assert (heard[0], figures_of(heard[1]), heard[2]) == ("figures", told, bytearray())


@pytest.mark.parametrize("length", [0, 3, HEAD.size, HEAD.size + 4, -1])
def test_a_message_that_breaks_off_is_the_end(pair: tuple[socket.socket, socket.socket], length: int) -> None:
    """In its head, its fields or its pixels: who was talking is gone."""
    i420 = np.zeros((36, 32), np.uint8)
    ours, theirs = pair
    ours.sendall((picture_message(Shown("a", 0, 31, 23, i420)) + i420.tobytes())[:length])
    ours.close()
    assert receive(theirs, PIXELS) is None


def test_pixels_are_announced_not_contained() -> None:
    """They are sent from where they are, without a copy."""
    i420 = np.zeros((36, 32), np.uint8)
    said = picture_message(Shown("a", 0, 31, 23, i420))
    length, size = HEAD.unpack(said[: HEAD.size])
    assert (len(said), size) == (HEAD.size + length, i420.nbytes)
    assert json.loads(said[HEAD.size :]) == ["picture", "a", 0, 31, 23, 36, 32]


@pytest.mark.parametrize(
    "data",
    [
        HEAD.pack(WORDS_MAX_BYTES + 1, 0),
        HEAD.pack(8, PIXELS + 1) + b'["took"]',
        HEAD.pack(3, 0) + b"[1,",
        HEAD.pack(2, 0) + b"[]",
        HEAD.pack(1, 0) + b"7",
        HEAD.pack(60_000, 0) + b"[" * 60_000,
    ],
)
def test_what_is_no_message_is_refused_before_there_is_room_for_it(
    pair: tuple[socket.socket, socket.socket], data: bytes
) -> None:
    """A process that reads strangers' bytes is not believed."""
    ours, theirs = pair
    ours.sendall(data)
    with pytest.raises(ValueError, match=r"Expecting|message|unpack"):
        receive(theirs, PIXELS)

"""Tests of producer.picture_line: order, pieces, going back, and no more encoded pictures than are needed next."""

from __future__ import annotations

import pytest

from common.limits import HEADER_MAX_BYTES, PICTURE_CHUNK_BYTES
from producer.picture_line import ENCODED_AHEAD, PictureLine, Piece

FILE = bytes(range(256)) * (PICTURE_CHUNK_BYTES // 256) + b"rest"
"""A picture of two pieces."""


def kept(_seq: int) -> bool:
    """No picture is gone."""
    return False


def inline(captured: int) -> PictureLine:
    """A line of which the first pictures are being encoded."""
    line = PictureLine(0, kept)
    line.to_encode(captured)
    return line


def test_pictures_in_shared_memory_are_named_in_order() -> None:
    """From the first that is wanted, each once, as soon as it is captured."""
    line = PictureLine(0, kept)
    line.restart(5, is_inline=False)
    assert line.next(5) is None
    assert [line.next(7), line.next(7), line.next(7)] == [Piece(5, 0, 0, None), Piece(6, 0, 0, None), None]
    assert line.ahead_bytes == 2 * HEADER_MAX_BYTES
    assert line.to_encode(7) == []
    assert repr(line) == f"PictureLine(shm, seen (5, 0), sent (7, 0), {2 * HEADER_MAX_BYTES} bytes ahead)"


def test_a_picture_goes_out_in_pieces_once_it_is_encoded() -> None:
    """Together they are the file; each says where it begins and how much there is in all."""
    line = inline(1)
    assert line.next(1) is None
    assert line.encoded(0, FILE)
    first, last = line.next(1), line.next(1)
    assert first == Piece(0, 0, len(FILE), FILE[:PICTURE_CHUNK_BYTES])
    assert last == Piece(0, PICTURE_CHUNK_BYTES, len(FILE), b"rest")
    assert line.next(1) is None
    assert line.ahead_bytes == PICTURE_CHUNK_BYTES + HEADER_MAX_BYTES, "small pieces count as much as a header"


def test_a_file_of_whole_pieces_ends_with_the_last_of_them() -> None:
    """There is no empty piece."""
    line = inline(1)
    line.encoded(0, FILE[:PICTURE_CHUNK_BYTES])
    assert line.next(1) is not None
    assert line.next(1) is None
    assert line.sent == (1, 0)


def test_only_what_is_sent_next_is_encoded() -> None:
    """One after the other, and none twice."""
    line = PictureLine(0, kept)
    assert line.to_encode(1) == [0]
    assert line.to_encode(9) == [1]
    assert line.to_encode(9) == []
    assert line.hear((1, 0), 9)
    assert line.to_encode(9) == [ENCODED_AHEAD]


def test_what_is_encoded_for_nobody_is_let_go() -> None:
    """Of a frame that is settled, that was not asked for, or that the collector has."""
    line = inline(3)
    assert not line.encoded(2, b"jpeg")
    assert line.settle(1)
    assert not line.settle(1)
    assert not line.encoded(0, b"jpeg")
    assert line.encoded(1, b"jpeg")
    assert not line.encoded(1, b"jpeg")
    line.check()


def test_a_picture_that_cannot_be_encoded_is_said_to_be_gone() -> None:
    """The next one follows."""
    line = inline(2)
    line.encoded(0, b"")
    line.encoded(1, b"jpeg")
    assert [line.next(2), line.next(2)] == [Piece(0, 0, 0, None), Piece(1, 0, 4, b"jpeg")]


def test_what_is_given_up_is_said_to_be_gone_and_what_is_encoded_still_goes_out() -> None:
    """Nothing more is encoded, and what comes too late is not used."""
    line = inline(3)
    line.encoded(0, b"jpeg")
    line.give_up()
    assert not line.encoded(1, b"late")
    assert [line.next(3) for _ in range(4)] == [
        Piece(0, 0, 4, b"jpeg"),
        Piece(1, 0, 0, None),
        Piece(2, 0, 0, None),
        None,
    ]
    assert line.to_encode(3) == []


def test_what_was_not_seen_can_be_sent_again() -> None:
    """From the picture's first byte, whatever was seen of it; what the collector still has, it says again."""
    line = inline(1)
    line.encoded(0, FILE)
    sent = [line.next(1), line.next(1)]
    line.rewind()
    assert (line.ahead_bytes, [line.next(1), line.next(1)]) == (0, sent)
    line.hear((0, PICTURE_CHUNK_BYTES), 1)
    line.rewind()
    assert line.next(1) == sent[0], "the collector may have let go of it meanwhile"
    line.hear((0, PICTURE_CHUNK_BYTES), 1)
    assert line.next(1) == sent[1]


def test_the_collector_may_have_more_than_was_sent_since_the_line_went_back() -> None:
    """It has it from before; nothing of that is sent again."""
    line = inline(2)
    line.encoded(0, FILE)
    line.encoded(1, b"jpeg")
    line.next(2)
    line.rewind()
    assert line.hear((0, PICTURE_CHUNK_BYTES), 2)
    assert line.sent == (0, PICTURE_CHUNK_BYTES)
    assert line.hear((1, 0), 2)
    assert line.next(2) == Piece(1, 0, 4, b"jpeg")


@pytest.mark.parametrize("place", [(0, 0), (1, 0), (0, 2**20), (9, 0), (1, 5), (1, 4)])
def test_a_word_that_is_no_news_or_impossible_changes_nothing(place: tuple[int, int]) -> None:
    """What was said before, later than everything captured, or more bytes than a picture has."""
    line = inline(2)
    line.encoded(0, b"jpeg")
    line.encoded(1, b"jpeg")
    line.next(2)
    line.hear((1, 0), 2)
    before = repr(line)
    assert not line.hear(place, 2)
    assert repr(line) == before


def test_a_new_beginning_keeps_only_the_files_that_are_next() -> None:
    """A collector that has lost everything needs those that were seen again; one that shares memory needs no files."""
    line = inline(8)
    line.hear((5, 0), 8)
    assert line.to_encode(8) == [5, 6]
    line.encoded(5, b"jpeg")
    line.restart(4, is_inline=True)
    assert line.to_encode(8) == [4]
    assert line.next(8) is None
    line.encoded(4, b"four")
    assert [piece.seq for piece in (line.next(8), line.next(8)) if piece] == [4, 5]
    line.restart(4, is_inline=False)
    assert not line.encoded(6, b"jpeg")
    line.check()


def test_pictures_that_are_gone_are_said_to_be_and_keep_no_other_waiting() -> None:
    """They are not encoded, and do not count among those that are encoded ahead, also after going back."""
    line = PictureLine(0, {0, 2, 3, 5}.__contains__)
    assert line.to_encode(9) == [1, 4]
    line.encoded(1, b"one")
    line.encoded(4, b"four")
    pieces = [line.next(9) for _ in range(6)]
    assert pieces[:5] == [
        Piece(seq, 0, len(data), data or None) for seq, data in enumerate([b"", b"one", b"", b"", b"four"])
    ]
    assert pieces[5] == Piece(5, 0, 0, None)
    assert line.hear((2, 0), 9)
    assert line.to_encode(9) == [6]
    line.restart(0, is_inline=True)
    assert line.to_encode(9) == [1]
    line.check()
    line.restart(3, is_inline=False)
    assert line.next(9) == Piece(3, 0, 0, None)

"""The newest picture for whoever watches: encoded once, and never kept for who is slow."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from collector import web_shelf
from collector.shown import Figures, Shown
from collector.web_shelf import Shelf
from common.jpeg import jpeg_size


def picture(seq: int) -> Shown:
    """A grey picture of odd sides."""
    return Shown("a", seq, 31, 23, np.full((36, 32), 128, np.uint8))


def figures(*streams: str) -> list[Figures]:
    """How streams are."""
    return [Figures(name, "running", 31, 23, 0, 1, 0, 0, 1.0) for name in streams]


def test_all_who_wait_get_one_encoding_of_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it is a JPEG file of the frame's own size."""
    encoded: list[int] = []
    encode = web_shelf.encoded

    def noting(shown: Shown) -> bytes:
        encoded.append(shown.seq)
        return encode(shown)

    monkeypatch.setattr(web_shelf, "encoded", noting)

    async def watch() -> None:
        shelf = Shelf()
        shelf.tell(figures("a"))
        waiting = [asyncio.create_task(shelf.newer("a", 0, 20)) for _ in range(2)]
        await asyncio.sleep(0)
        assert shelf.watched(asyncio.get_running_loop().time()) == ["a"]
        for seq in (7, 8):
            shelf.put(picture(seq))
        first, second = await asyncio.gather(*waiting)
        assert first is not None
        assert first == second
        assert (first[0], jpeg_size(first[1])) == (2, (31, 23))
        assert await shelf.newer("a", 2, 0.0) is None
        assert await shelf.newer("a", 99, 0.0) == first  # the number of a server that was here before

    asyncio.run(watch())
    assert encoded == [8]


def test_nothing_is_encoded_while_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures come now and then all the same."""
    monkeypatch.setattr(web_shelf, "encoded", None)
    shelf = Shelf()
    shelf.put(picture(0))
    assert shelf.watched(0.0) == []


def test_a_stream_that_has_ended_does_not_run() -> None:
    """Nor does one that nobody has heard of."""
    shelf = Shelf()
    shelf.tell([*figures("a"), figures("b")[0]._replace(state="complete")])
    assert [shelf.runs(name) for name in ("a", "b", "c")] == [True, False, False]


def test_who_waits_for_a_stream_that_is_forgotten_is_told() -> None:
    """There is nothing to wait for."""

    async def watch() -> None:
        shelf = Shelf()
        shelf.tell(figures("a"))
        waiting = asyncio.create_task(shelf.newer("a", 0, 20))
        await asyncio.sleep(0)
        shelf.tell(figures("b"))
        assert await waiting is None
        assert ("a" in shelf, "b" in shelf) == (False, True)

    asyncio.run(watch())

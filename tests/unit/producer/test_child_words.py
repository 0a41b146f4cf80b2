"""Tests of producer.child_words: nothing is believed."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits
from producer.child_words import Broken, Ended, Handed, NonsenseError, Opened, Ring, Skipped, understood

OPENED = [64, 48, [1, 25], [25, 1], 10, False, True]
FRAME = [0, 7, 64, 48, 900]
RING = [0, 12, 3, 4096, 3, 4608]

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KINDS = st.sampled_from(["opened", "ring", "frame", "skipped", "ended", "broken", "other"])


def said(kind: str, *parts: object) -> bytes:
    """A line as a child writes it."""
    return json.dumps({kind: parts}).encode() + b"\n"


def test_what_may_be_said() -> None:
    """Each kind, as it is written."""
    assert understood(said("opened", *OPENED)) == Opened(64, 48, (1, 25), (25, 1), 10, live=False, timed=True)
    assert understood(said("ring", *RING)) == Ring(*RING)
    assert understood(said("frame", *FRAME)) == Handed(*FRAME)
    assert understood(said("skipped")) == Skipped()
    assert understood(said("ended", "complete", "")) == Ended("complete", "")
    assert understood(said("broken", "no", "do")) == Broken("no", "do")


def test_pixels_have_even_sides() -> None:
    """So many bytes as I420 of the next even size has."""
    assert Handed(0, 0, 63, 47, 0).nbytes == 64 * 48 * 3 // 2


@pytest.mark.parametrize(
    ("kind", "whole", "place", "value"),
    [
        ("opened", OPENED, 0, 0),
        ("opened", OPENED, 1, limits.SIDE_MAX_PIXELS + 1),
        ("opened", OPENED, 2, [1, 0]),
        ("opened", OPENED, 3, [25, 0]),
        ("opened", OPENED, 3, [-1, 1]),
        ("opened", OPENED, 4, 2**62),
        ("opened", OPENED, 5, 1),
        ("frame", FRAME, 0, -2),
        ("frame", FRAME, 0, True),
        ("frame", FRAME, 1, 2**62),
        ("frame", FRAME, 2, 63.0),
        ("frame", FRAME, 3, -48),
        ("ring", RING, 4, 0),
        ("ring", RING, 4, 17),
        ("ring", RING, 1, "12"),
        ("ended", ["complete", ""], 0, "perhaps"),
        ("broken", ["", ""], 1, None),
    ],
)
def test_what_is_out_of_bounds_means_nothing(kind: str, whole: list[object], place: int, value: object) -> None:
    """Sizes, counts and ratios that the rest of a producer could not live with, one at a time."""
    understood(said(kind, *whole))
    with pytest.raises(NonsenseError):
        understood(said(kind, *whole[:place], value, *whole[place + 1 :]))


@given(KINDS, ANYTHING)
def test_whatever_is_said(kind: str, parts: object) -> None:
    """It is understood or means nothing; there is no third."""
    line = json.dumps({kind: parts}).encode()
    with suppress(NonsenseError):
        understood(line)


@pytest.mark.parametrize("line", [b"\n", b"{", b"\xff\n", b"[]", b'{"a": 1, "b": 2}', b"[" * 60_000, b"9" * 5000])
def test_what_is_no_word_means_nothing(line: bytes) -> None:
    """Other bytes, other JSON, depths and numbers that a parser refuses."""
    with pytest.raises(NonsenseError):
        understood(line)

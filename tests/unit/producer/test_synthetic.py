"""Synthetic frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from common.counter import read_stamp
from common.errors import InputError
from common.job import InputSpec, Pixels
from common.rows import Ending
from producer.synthetic import SyntheticSource, open_synthetic


def spec(pixels: Pixels = "i420", width: int = 16, height: int = 8) -> InputSpec:
    """A small model input."""
    return InputSpec("image", width, height, pixels, "BGR", "stretch")


def pixels_of(source: SyntheticSource, want: InputSpec, first: int = 0) -> list[np.ndarray]:
    """What every frame writes."""
    written = []
    for frame in source.frames(first):
        out = np.empty(want.nbytes, np.uint8)
        frame.write_to(want, out)
        written.append(out)
    return written


@pytest.mark.parametrize("pixels", ["i420", "bgr"])
def test_every_frame_carries_its_number(pixels: Pixels) -> None:
    """Frame n reads as n in both pixel formats."""
    written = pixels_of(open_synthetic("synthetic://counter?frames=5", "s"), spec(pixels))
    assert [read_stamp(out) for out in written] == [0, 1, 2, 3, 4]


def test_resuming_continues_the_numbers() -> None:
    """Skipping leaves number, pixels and timestamp of each later frame as they were."""
    source = open_synthetic("synthetic://counter?frames=5", "s")
    assert [frame.pts for frame in source.frames(3)] == [3, 4]
    assert source.ending is Ending.COMPLETE


def test_a_resumed_street_goes_on_with_the_same_pictures() -> None:
    """Its frames are those of a street that was read from the start, byte by byte."""
    whole, resumed = (open_synthetic("synthetic://street?frames=5&size=96x64&seed=4", "s") for _ in range(2))
    assert whole.header == resumed.header
    later = pixels_of(resumed, spec(width=64, height=48), 3)
    written = pixels_of(whole, spec(width=64, height=48))
    assert [out.tobytes() for out in later] == [out.tobytes() for out in written[3:]]
    assert len({out.tobytes() for out in written}) == 5


def test_seed_decides_the_pixels() -> None:
    """The same address gives the same bytes; another seed gives others."""
    once, again, other = (
        pixels_of(open_synthetic(f"synthetic://counter?frames=1&seed={seed}", "s"), spec())[0] for seed in (1, 1, 2)
    )
    assert (once == again).all()
    assert (once != other).any()


def test_street_names_its_truth() -> None:
    """The street's header carries the scene with all defaults said; no other source claims to know anything."""
    street = open_synthetic("synthetic://street?frames=5&fps=12.50&seed=007", "s").header
    assert street.truth == "synthetic://street?people=6&size=1280x720&fps=25/2&seed=7"
    assert (street.width, street.height, street.expected) == (1280, 720, 5)
    assert open_synthetic("synthetic://counter?frames=5", "s").header.truth == ""


def test_header_is_exact() -> None:
    """Size, rate, time base and count are those of the address."""
    header = open_synthetic("synthetic://counter?frames=7&size=33x21&fps=30000/1001", "cam").header
    assert (header.name, header.width, header.height, header.expected) == ("cam", 33, 21, 7)
    assert (header.rate, header.time_base) == (Fraction(30000, 1001), Fraction(1001, 30000))


def test_decimal_rate_is_exact() -> None:
    """A decimal rate has no rounding error."""
    assert open_synthetic("synthetic://counter?frames=1&fps=12.5", "s").header.time_base == Fraction(2, 25)


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        ("counter", "frames must be"),
        ("counter?frames=0", "frames must be"),
        ("counter?frames=4294967296", "frames must be"),
        ("counter?frames=-1", "frames cannot be '-1'"),
        ("counter?frames=1&frames=2", "given twice"),
        ("counter?frames=1&speed=2", "'speed' is none of"),
        ("counter?frames=1&size=0x4", "size is out of bounds"),
        ("counter?frames=1&size=16385x4", "size is out of bounds"),
        ("counter?frames=1&size=4", "size cannot be '4'"),
        ("counter?frames=1&fps=0", "fps must be above 0"),
        ("counter?frames=1&fps=1001", "fps must be above 0"),
        ("counter?frames=1&fps=1/0", "fps cannot be '1/0'"),
        ("counter?frames=1&fps=1e9", "fps cannot be '1e9'"),
        ("counter?frames=1&seed=", "seed cannot be ''"),
        ("counter?frames", "malformed"),
        ("counter/x?frames=1", "only options may follow"),
        ("counter?frames=1#x", "only options may follow"),
        ("road?frames=1", "the pictures are counter, street"),
        ("counter?frames=1&people=2", "people are in the street alone"),
        ("street?frames=1&people=0", "people must be 1..60"),
        ("street?frames=1&people=61", "people must be 1..60"),
        ("street?frames=1&size=40x400", "at least 48 pixels"),
        ("street?frames=1&size=400x4097", "at most 4096 pixels"),
        ("[?frames=1", "malformed"),
    ],
)
def test_bad_address_is_one_clear_line(rest: str, why: str) -> None:
    """Nothing is guessed: what is unknown, repeated or out of bounds is named."""
    with pytest.raises(InputError) as caught:
        open_synthetic(f"synthetic://{rest}", "s")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("picture", "example"), [("street", "street"), ("counter", "counter"), ("road", "counter")])
@pytest.mark.parametrize("query", ["frames=x", "frames=0", "frames=1&fps=1/0", "frames=1&fps=0", "x"])
def test_a_refusal_shows_an_address_of_the_same_picture(picture: str, example: str, query: str) -> None:
    """Of a picture that there is."""
    with pytest.raises(InputError, match=f"write it like synthetic://{example}"):
        open_synthetic(f"synthetic://{picture}?{query}", "s")

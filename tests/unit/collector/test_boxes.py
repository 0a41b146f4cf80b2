"""The bytes of a video: what another parser makes of them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import boxes
from collector.boxes import Fragment, Track

TRACK = Track(32, 16, 1000, b"\x67\x64\x00\x0a\xac", b"\x68\xef")


def parsed(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Boxes of one level; their sizes must fill the data exactly."""
    while data:
        size, kind = struct.unpack_from(">I4s", data)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, 8)[0], 16
        assert head <= size <= len(data)
        yield kind.decode(), data[head:size]
        data = data[size:]


def inside(data: bytes, *path: str) -> bytes:
    """The content of the only box of that path."""
    for kind in path:
        (data,) = [content for name, content in parsed(data) if name == kind]
    return data


FRAGMENTS = st.builds(
    Fragment,
    st.integers(0, 2**32 - 2),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 9),
    st.booleans(),
)


@given(fragment=FRAGMENTS)
def test_a_head_is_read_back(fragment: Fragment) -> None:
    """Every fragment that can be written is recognised."""
    assert boxes.read_head(fragment.head()) == fragment


@given(fragment=FRAGMENTS, at=st.integers(0, boxes.HEAD_BYTES - 1), flip=st.integers(1, 255))
def test_a_damaged_head_is_another_fragment_or_none(fragment: Fragment, at: int, flip: int) -> None:
    """Only exactly what `head` writes is read, so a changed byte never goes unnoticed."""
    damaged = bytearray(fragment.head())
    damaged[at] ^= flip
    found = boxes.read_head(bytes(damaged))
    assert found is None or (found != fragment and found.head() == damaged)


@given(noise=st.binary(min_size=boxes.HEAD_BYTES, max_size=boxes.HEAD_BYTES))
def test_noise_is_no_head(noise: bytes) -> None:
    """Nothing but a head is taken for one."""
    assert boxes.read_head(noise) is None


def test_a_fragment_is_a_moof_and_an_mdat() -> None:
    """Sizes nest, and the sample begins where the run says."""
    head = Fragment(4, 77, 10, 3, key=True).head()
    moof, mdat = parsed(head + b"abc")
    assert (moof[0], mdat) == ("moof", ("mdat", b"abc"))
    assert [name for name, _ in parsed(inside(moof[1], "traf"))] == ["tfhd", "tfdt", "trun"]
    offset = struct.unpack_from(">i", inside(moof[1], "traf", "trun"), 8)[0]
    assert (head + b"abc")[offset:] == b"abc"


def test_an_opening_is_measured_and_keeps_the_start() -> None:
    """What follows it does not matter, and its time stamp comes back."""
    opening = boxes.opening(TRACK, -5)
    assert [name for name, _ in parsed(opening)] == ["ftyp", "free", "moov", "uuid"]
    assert boxes.opening_bytes(opening + b"more") == len(opening)
    assert boxes.read_start(opening[-boxes.START.size :]) == -5


def test_other_bytes_keep_no_start() -> None:
    """A box of another kind is not taken for ours."""
    assert boxes.read_start(bytes(boxes.START.size)) is None


def test_a_finished_file_is_one_mdat_and_its_index() -> None:
    """The cover hides what the file was while it grew."""
    opening = boxes.opening(TRACK, 0)
    frames = Fragment(0, 0, 10, 3, key=True).head() + b"abc"
    data = bytearray(opening + frames + boxes.index(TRACK, len(opening), [3], [0], [0], 10))
    data[boxes.COVER_AT : boxes.COVER_AT + 16] = boxes.finished_cover(len(opening) + len(frames))
    assert [name for name, _ in parsed(bytes(data))] == ["ftyp", "mdat", "moov"]


def test_an_index_says_where_each_sample_is() -> None:
    """Offsets, sizes, key frames, and durations in runs."""
    moov = boxes.index(TRACK, 1000, [10, 20, 30], [0, 5, 10], [0, 2], 7)
    table = inside(moov, "moov", "trak", "mdia", "minf", "stbl")
    head = boxes.HEAD_BYTES
    assert struct.unpack(">8x3I", inside(table, "stco")) == (1000 + head, 1010 + 2 * head, 1030 + 3 * head)
    assert struct.unpack(">12x3I", inside(table, "stsz")) == (10, 20, 30)
    assert struct.unpack(">8x2I", inside(table, "stss")) == (1, 3)
    assert struct.unpack(">8x4I", inside(table, "stts")) == (2, 5, 1, 7)


@pytest.mark.parametrize(("first", "kind", "form"), [(2**32 - 1000, "stco", ">8xI"), (2**32, "co64", ">8xQ")])
def test_a_large_file_has_wide_offsets(first: int, kind: str, form: str) -> None:
    """Beyond 4 GiB an offset needs 64 bits."""
    moov = boxes.index(TRACK, first, [10], [0], [0], 7)
    table = inside(moov, "moov", "trak", "mdia", "minf", "stbl")
    assert struct.unpack(form, inside(table, kind)) == (first + boxes.HEAD_BYTES,)

"""Hostile segment offers and pixels: a phrase or an attachment, a number or a ValueError."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.counter import STAMP_MIN_BYTES, read_stamp, stamp
from common.shm import PAGE_BYTES, Attachment, Segment, ShmOffer, attach, segment_size
from tests.fuzz.harness import at_most, damaged, fuzzed

pytestmark = pytest.mark.fuzz

SLOTS, SLOT_BYTES = 3, 500
U32 = st.integers(0, 2**32 - 1)
COUNT = st.integers(1, 2**20)
SLOT_SIZE = st.integers(1, limits.INTO_WORKER_MAX_BYTES)


@pytest.fixture(scope="module")
def segment() -> Iterator[Segment]:
    """A segment that can be shared."""
    one = Segment.create(SLOTS, SLOT_BYTES)
    if one.offer() is None:
        pytest.skip("this system has no memfd")
    yield one
    one.close()


@pytest.fixture(scope="module")
def descriptors(segment: Segment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """Descriptors of this process that an offer may name: a segment's, a file's, a pipe's, a device's, a folder's."""
    offer = segment.offer()
    assert offer is not None
    folder = tmp_path_factory.mktemp("descriptors")
    file = folder / "a segment in size only"
    file.write_bytes(bytes(segment_size(SLOTS, SLOT_BYTES)))
    opened = [os.open(file, os.O_RDWR), os.open(file, os.O_RDONLY), os.open(os.devnull, os.O_RDWR), *os.pipe()]
    opened.append(os.open(folder, os.O_RDONLY))
    opened.append(os.memfd_create("unsealed"))
    os.ftruncate(opened[-1], segment_size(SLOTS, SLOT_BYTES))
    yield [offer.fd, *opened]
    for fd in opened:
        os.close(fd)


@fuzzed
@given(data=st.data())
def test_an_offer_is_attached_or_declined(segment: Segment, descriptors: list[int], data: st.DataObject) -> None:
    """Nothing is raised, and only an offer whose slots lie within a segment is attached."""
    slots, slot_bytes = (
        data.draw(st.sampled_from([SLOTS, SLOTS + 1]) | COUNT),
        data.draw(st.just(SLOT_BYTES) | SLOT_SIZE),
    )
    size = data.draw(st.just(segment_size(slots, slot_bytes)) | st.integers(0, 2**64 - 1))
    pid = data.draw(st.sampled_from([os.getpid(), 0, 2**32 - 1]) | U32)
    offer = ShmOffer(pid, data.draw(st.sampled_from(descriptors) | U32), size, slots, slot_bytes)
    with at_most(1 << 20):
        found = attach(offer)
    if isinstance(found, Attachment):
        assert found.token == segment.token
        assert size == segment_size(slots, slot_bytes) == segment_size(SLOTS, SLOT_BYTES)
    else:
        assert found


@fuzzed
@given(damaged(st.just(bytes(range(64))), cuts=2), st.integers(-5, 5), st.integers(0, 2**64 - 1))
def test_what_lies_in_a_segment_does_not_matter(content: bytes, slot: int, session: int) -> None:
    """Reading and marking stay within the slot that is named, whatever other processes wrote there."""
    owner = Segment.create(SLOTS, SLOT_BYTES)
    offer = owner.offer()
    assert offer is not None
    found = attach(offer)
    assert isinstance(found, Attachment)
    memory = owner.pixels(0)[: len(content)]
    memory[:] = np.frombuffer(content, np.uint8)[: len(memory)]
    with suppress(IndexError, ValueError):
        found.mark(slot, session, 1)
        assert owner.mark_of(slot, session, 1)
        assert 0 <= slot < SLOTS
    assert bytes(memory) == content[: len(memory)]
    owner.close()


@fuzzed
@given(st.binary(max_size=64), st.none() | st.integers(0, 2**32 - 1), st.integers(0, 63), st.integers(0, 255))
def test_pixels_carry_the_number_that_was_written_or_none(
    content: bytes, number: int | None, at: int, value: int
) -> None:
    """A stamp with a changed byte is not read as another number."""
    pixels = np.frombuffer(content, np.uint8).copy()
    if number is not None and pixels.size >= STAMP_MIN_BYTES:
        stamp(pixels, number)
    if pixels.size:
        pixels[at % pixels.size] = value
    with suppress(ValueError):
        found = read_stamp(pixels)
        assert number is None or found == number
        again = pixels.copy()
        stamp(again, found)
        assert np.array_equal(again, pixels)


def test_the_page_is_what_the_layout_says() -> None:
    """Sizes in these tests are those of the layout."""
    assert segment_size(SLOTS, SLOT_BYTES) % PAGE_BYTES == 0

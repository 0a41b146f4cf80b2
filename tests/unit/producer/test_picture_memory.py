"""The memory of a stream's originals."""

from __future__ import annotations

import numpy as np
import pytest

from common import shm
from common.errors import UsageError
from common.shm import Attachment, ShmOffer
from producer.actions import MakePictures
from producer.picture_memory import PictureMemory


def test_a_slots_picture_is_numbered_within_its_stream() -> None:
    """What is written here is read there, in a collector that attached."""
    memory = PictureMemory(MakePictures("a", 8, 2, 6, 4))
    assert (memory.spec.shape, memory.spec.nbytes) == ((6, 6), 36)
    memory.pixels(9)[:] = 7
    assert not memory.pixels(8).any()
    fields = memory.offer()
    assert fields is not None
    attached = shm.attach(ShmOffer(*fields))
    assert isinstance(attached, Attachment)
    assert (attached.token, attached.slots) == (memory.token, 2)
    assert np.array_equal(attached.pixels(1), memory.pixels(9))
    assert repr(memory).startswith("PictureMemory(6x4 from slot 8, Segment(2 x 36 bytes, memfd ")
    memory.close()
    assert memory.offer() is None
    assert memory.pixels(9).all(), "a decoder may still write"


def test_where_memory_cannot_be_shared_it_is_there_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are sent from it."""
    monkeypatch.setattr(shm, "_memfd", lambda: None)
    memory = PictureMemory(MakePictures("a", 0, 2, 6, 4))
    assert memory.offer() is None
    memory.pixels(1)[:] = 7


def test_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody is killed for it."""
    monkeypatch.setattr(shm, "_available_bytes", lambda: 10_000_000)
    with pytest.raises(UsageError, match="25 MB for 8 frames in flight cannot be reserved"):
        PictureMemory(MakePictures("a", 0, 8, 1920, 1080))

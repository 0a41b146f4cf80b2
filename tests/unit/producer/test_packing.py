"""Frames are encoded off the loop, and each order is answered."""

from __future__ import annotations

import queue

import cv2
import numpy as np
import pytest

from common.job import InputSpec
from common.messages import WorkItem
from producer.actions import Pack
from producer.packing import Packed, Packer

SPEC = InputSpec("pixels", 64, 48, "i420", "BGR", "stretch")
ITEM = WorkItem("a", 1, 0, 1, 0, 640, 480, -1, 1, alone=False)
PATIENCE_S = 30.0


@pytest.mark.parametrize("fill", [90, None], ids=["plain", "noise"])
def test_a_frame_becomes_a_file_if_that_is_smaller(fill: int | None) -> None:
    """The planes as one grey picture; noise of the best quality stays as it is."""
    pixels = np.random.default_rng(1).integers(0, 256, SPEC.nbytes, np.uint8)
    if fill is not None:
        pixels[:] = fill
    answers: queue.SimpleQueue[Packed] = queue.SimpleQueue()
    packer = Packer(SPEC, 100, lambda _slot: pixels, answers.put)
    packer.pack(Pack(7, ITEM, 3))
    worker, item, data = answers.get(timeout=PATIENCE_S)
    packer.close()
    assert (worker, item) == (7, ITEM)
    if fill is None:
        assert data is None
    else:
        found = cv2.imdecode(np.frombuffer(data or b"", np.uint8), cv2.IMREAD_UNCHANGED)
        assert found is not None
        assert np.array_equal(found, pixels.reshape(SPEC.shape))


def test_what_fails_is_answered_too() -> None:
    """Or the frame would wait for ever."""

    def lost(_slot: int) -> np.ndarray:
        raise RuntimeError("no such slot")

    answers: queue.SimpleQueue[Packed] = queue.SimpleQueue()
    packer = Packer(SPEC, 90, lost, answers.put)
    packer.pack(Pack(7, ITEM, 3))
    assert answers.get(timeout=PATIENCE_S) == Packed(7, ITEM, None)
    packer.close()

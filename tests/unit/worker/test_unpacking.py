"""JPEG files become pixels off the loop; damaged ones do not."""

from __future__ import annotations

import queue

import cv2
import numpy as np
import pytest

from worker.actions import Submit
from worker.unpacking import Unpacked, Unpacker, decode_planes

SHAPE = (72, 64)
PATIENCE_S = 30.0


def grey(shape: tuple[int, ...] = SHAPE, *options: int) -> bytes:
    """A file of a plain picture."""
    data: bytes = cv2.imencode(".jpg", np.full(shape, 90, np.uint8), list(options))[1].tobytes()
    return data


@pytest.mark.parametrize(("payload", "value"), [(grey(), 90), (b"\xff\xd8", None), (None, None)])
def test_each_order_is_answered(payload: bytes | None, value: int | None) -> None:
    """With pixels as the job wants them, or with none."""
    answers: queue.SimpleQueue[Unpacked] = queue.SimpleQueue()
    unpacker = Unpacker(answers.put)
    data = None if payload is None else memoryview(payload)
    submit = Submit(1, b"", "producer:0", 7, -1, data, 1, (64, 48), 1, mark=False, seq=0)
    unpacker.unpack(submit, SHAPE)
    answer = answers.get(timeout=PATIENCE_S)
    unpacker.close()
    assert answer.submit is submit
    if value is None:
        assert answer.pixels is None
    else:
        assert answer.pixels is not None
        assert answer.pixels.shape == SHAPE
        assert (answer.pixels == value).all()


@pytest.mark.parametrize(
    "data",
    [grey((48, 64)), grey(SHAPE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1), grey()[:200], b""],
    ids=["size", "scans", "torn", "nothing"],
)
def test_another_picture_is_none(data: bytes) -> None:
    """Its head was read before; what it says is held against what came out all the same."""
    assert decode_planes(data, SHAPE) is None

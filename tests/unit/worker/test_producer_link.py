"""What a producer's frames may be, before anything is made of them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from common.job import InputSpec
from common.messages import PROTOCOL, Hello, WorkItem
from tests.unit.worker.playbook import JOB
from worker.producer_link import ProducerLink


def grey(height: int, width: int, *options: int) -> bytes:
    """A JPEG file of one component."""
    data: bytes = cv2.imencode(".jpg", np.full((height, width), 90, np.uint8), list(options))[1].tobytes()
    return data


@pytest.mark.parametrize(
    ("pixels", "form", "data", "fault"),
    [
        ("i420", 0, bytes(64 * 48 * 3 // 2), ""),
        ("i420", 0, grey(72, 64), "work_size"),
        ("i420", 1, grey(72, 64), ""),
        ("i420", 1, grey(72, 64)[:60], "work_size"),
        ("i420", 1, grey(72, 64, cv2.IMWRITE_JPEG_PROGRESSIVE, 1), "work_size"),
        ("i420", 1, grey(9000, 64), "work_size"),
        ("i420", 1, bytes(64 * 48 * 3 // 2), "work_size"),
        ("bgr", 1, grey(72, 64), "work_size"),
    ],
)
def test_inline_pixels_are_judged_by_their_head(pixels: str, form: int, data: bytes, fault: str) -> None:
    """A file of another size is refused before anything is decoded; of a job in bgr each is."""
    spec = InputSpec("pixels", 64, 48, "i420" if pixels == "i420" else "bgr", "BGR", "stretch")
    link = ProducerLink("producer:0", "tcp://h:1", Hello(PROTOCOL, "worker", "w", b"i" * 16, b"", ()), 0.0)
    link.admitted(replace(JOB, input=spec), "")
    assert link.fault(WorkItem("s", 1, 0, 1, 0, 640, 480, -1, form, alone=False), memoryview(data)) == fault

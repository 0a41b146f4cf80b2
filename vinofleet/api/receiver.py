"""Reads what collectors hand over (`common.tap`), and makes results of it.

Guarantees each row once and in order, however many collectors one after another have sent it: what a collector has
sent before it died was read before the next one is heard, and what comes again is left out.
What this file does not know: processes, and when to stop.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np

from common.picture import picture_size
from common.rows import Status
from common.tap import HEAD, REPORT, StreamBegins, TappedRow, unpack
from vinofleet.api.values import Box, Detection, Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ_BYTES: Final = 8192
"""Rows that were read ahead are part of what a slow program is behind."""


class _Stream:
    """What is known of one stream, and the frame that comes next."""

    def __init__(self, begins: StreamBegins) -> None:
        self.size = begins.width, begins.height
        self.labels = begins.labels
        self.next = begins.start

    def result(self, row: TappedRow, planes: bytes) -> Result:
        found = np.frombuffer(row.detections, np.float32).reshape(-1, 6).tolist()
        detections = tuple(
            Detection(self._label(int(number)), int(number), score, Box(x1, y1, x2, y2))
            for x1, y1, x2, y2, score, number in found
        )
        picture = _bgr(planes, *self.size) if planes else None
        return Result(row.stream, row.frame, row.seconds, Status(row.status), row.reason, detections, picture)

    def _label(self, number: int) -> str:
        return self.labels[number] if 0 <= number < len(self.labels) else str(number)


def receive(control: socket.socket, on_report: Callable[[dict[str, Any]], None]) -> Generator[Result, None, None]:
    """Everything until nobody holds the other end of the control socket any more.

    Args:
        control: see `common.tap`.
        on_report: is given the report of the run.
    """
    streams: dict[str, _Stream] = {}
    while (handed := accept(control)) is not None:
        kind, descriptor = handed
        if kind == REPORT:
            on_report(read_report(descriptor))
            continue
        with os.fdopen(descriptor, "rb", READ_BYTES) as file:
            yield from _results(file, streams)


def accept(control: socket.socket) -> tuple[bytes, int] | None:
    """The next that is handed over; None where nothing comes any more.

    Raises:
        TimeoutError: nothing has come within the socket's time-out.
    """
    try:
        kind, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    except ConnectionError:
        return None
    if not descriptors:
        return None
    # As all others of Python's are not: `recv_fds` passes no flags on (3.11).
    os.set_inheritable(descriptors[0], False)  # noqa: FBT003 - it takes no keywords
    return kind, descriptors[0]


def read_report(descriptor: int) -> dict[str, Any]:
    """The report in a file."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        report: dict[str, Any] = json.loads(file.read())
    return report


def _results(file: IO[bytes], streams: dict[str, _Stream]) -> Iterator[Result]:
    """What one collector says, until it ends; a message that is torn will come again."""
    with suppress(ConnectionError):
        while len(head := file.read(HEAD.size)) == HEAD.size:
            lengths = HEAD.unpack(head)
            body, planes = file.read(lengths[0]), file.read(lengths[1])
            if (len(body), len(planes)) != lengths:
                return
            message = unpack(body)
            if isinstance(message, StreamBegins):
                streams.setdefault(message.stream, _Stream(message))
                continue
            stream = streams[message.stream]
            if message.frame == stream.next:
                stream.next += 1
                yield stream.result(message, planes)


def _bgr(planes: bytes, width: int, height: int) -> NDArray[np.uint8]:
    import cv2  # noqa: PLC0415 - who wants no pictures needs none of it

    across, down = picture_size(width, height)
    i420 = np.frombuffer(planes, np.uint8).reshape(down * 3 // 2, across)
    bgr: NDArray[np.uint8] = np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420), np.uint8)
    return bgr[:height, :width]

"""Frames as one process reads them: uint8 [H, W, 3] in B, G, R, each once, in order.

A file is read as the notebook reads it, by cv2.VideoCapture; what OpenCV cannot read (synthetic://, folders of images)
by this project's own sources, which turn the same frames into B, G, R. What this file does not know: what is done with
a frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from common.errors import InputError
from common.job import InputSpec
from producer.sources import open_source

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = "frames"
"""Of the stream, where a source wants one."""


def bgr_frames(source: str, skipped: int, count: int) -> Iterator[NDArray[np.uint8]]:
    """At most `count` frames of a source, after the first `skipped`; each is the caller's to draw on.

    Raises:
        InputError: it cannot be read.
    """
    return islice(_of_file(source) if Path(source).is_file() else _of_source(source), skipped, skipped + count)


def _of_file(path: str) -> Iterator[NDArray[np.uint8]]:
    capture = cv2.VideoCapture(path)  # noqa: TID251 - what it costs is what is compared
    try:
        if not capture.isOpened():
            raise InputError(f"OpenCV cannot read {path}", "compare fleets alone (--modes fleet), or another file")
        while True:
            read, frame = capture.read()
            if not read:
                return
            yield np.asarray(frame, np.uint8)
    finally:
        capture.release()


def _of_source(uri: str) -> Iterator[NDArray[np.uint8]]:
    with closing(open_source(uri, NAME)) as source:
        for frame in source.frames():
            spec = InputSpec(NAME, frame.width, frame.height, "bgr", "BGR", "stretch")
            pixels = np.empty(spec.nbytes, np.uint8)
            frame.write_to(spec, pixels)
            yield pixels.reshape(frame.height, frame.width, 3)

"""What a producer's capture thread does, in a process where nothing else is done: decoding, and resizing.

What this file does not know: who measures, models.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from common.errors import InputError
from producer.sources import open_source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.source import RawFrame

NAME: Final = "frames"
"""Of the stream, where a source wants one."""

PIXELS_KEPT: Final = 8
"""Frames that inference alone goes through: more than a device has under way, fewer than would leave the caches."""


def decoded(source: str, skipped: int, count: int, spec: InputSpec | None) -> dict[str, Any]:
    """Read frames, and where there is a `spec`, make each into what the model takes.

    The first frame starts the clock: opening a source is not in the figures.

    Args:
        source: what is read.
        skipped: so many frames are left out at first.
        count: at most so many are read.
        spec: of the model's input; None to leave frames as they are.

    Returns:
        Notes: frames a second, CPU milliseconds of each.

    Raises:
        InputError: it cannot be read, or has fewer than two frames.
    """
    out = None if spec is None else np.empty(spec.nbytes, np.uint8)
    began = began_cpu = 0.0
    done = -1
    for frame in _frames(source, skipped, count):
        if spec is not None and out is not None:
            frame.write_to(spec, out)
        if done < 0:
            began, began_cpu = time.perf_counter(), time.process_time()
        done += 1
    if done < 1:
        raise InputError(f"{source} has no two frames to be measured", "give another source")
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    return {"fps": done / seconds, "cpu_ms": 1000 * cpu_s / done, "engine": {}}


def first_pixels(source: str, skipped: int, spec: InputSpec) -> list[NDArray[np.uint8]]:
    """The first frames as the model takes them, at most `PIXELS_KEPT`; uint8 [spec.nbytes] each.

    Raises:
        InputError: it cannot be read, or has no frames.
    """
    found = []
    for frame in _frames(source, skipped, PIXELS_KEPT):
        found.append(np.empty(spec.nbytes, np.uint8))
        frame.write_to(spec, found[-1])
    if not found:
        raise InputError(f"{source} has no frames", "give another source")
    return found


def _frames(source: str, skipped: int, count: int) -> Iterator[RawFrame]:
    with closing(open_source(source, NAME)) as opened:
        yield from islice(opened.frames(skipped), count)

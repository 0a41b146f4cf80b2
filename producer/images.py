"""Images as a source: one, a folder of them, or those that a pattern matches, a frame each.

Guarantees: the order is the one in which people number files; one frame a file, whatever becomes of the others: an
image that cannot be decoded is a frame without pixels. Frames may differ in size; the stream has that of the first one
that can be decoded. Which files there are is decided when the source is opened; sub-folders are not looked into.

What this file does not know: how a file is decoded (`producer.image_file`).
"""

from __future__ import annotations

import glob
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common import limits
from common.errors import InputError
from common.rows import Ending, StreamHeader
from producer import planes
from producer.image_file import read_image
from producer.naturally import natural_key
from producer.source import UndecodableError
from producer.sources import IMAGES
from producer.timeline import ASSUMED_RATE
from producer.view import WHOLE

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.orientation import Orientation
    from producer.source import Terms
    from producer.view import View

_REMEDY: Final = f"give images: {', '.join(sorted(IMAGES))}"


class ImageFrame:
    """A decoded image (see `producer.source.RawFrame`)."""

    __slots__ = ("_frame", "_turn", "decode_us", "height", "pts", "width")

    def __init__(self, frame: av.VideoFrame, turn: Orientation, pts: int, decode_us: int) -> None:
        self._frame = frame
        self._turn = turn
        self.pts = pts
        self.decode_us = decode_us
        self.width, self.height = turn.displayed(frame.width, frame.height)

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`."""
        planes.render(self._frame, spec, out, view, self._turn)


class BrokenFrame:
    """An image without pixels (see `producer.source.RawFrame`); it has the size of its stream."""

    __slots__ = ("_why", "decode_us", "height", "pts", "width")

    def __init__(self, pts: int, size: tuple[int, int], why: str) -> None:
        self._why = why
        self.pts = pts
        self.width, self.height = size
        self.decode_us = 0

    def write_to(self, _spec: InputSpec, _out: NDArray[np.uint8], _view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`."""
        raise UndecodableError(self._why)


class ImagesSource:
    """See `producer.source.Source`.

    Args:
        paths: of the files, in order.
        name: the stream's name.
        source: what the user gave.
        rate: frames a second.

    Raises:
        InputError: not one of them can be decoded.
    """

    def __init__(self, paths: Sequence[Path], name: str, source: str, rate: Fraction) -> None:
        self._paths = paths
        self._closed = False
        self.ending = Ending.INTERRUPTED
        self.ending_reason = "closed before its end"
        self._head: ImageFrame | None = self._first()
        size = (self._head.width, self._head.height)
        self.header = StreamHeader(name, *size, 1 / rate, rate, len(paths), source[-limits.TEXT_MAX_CHARS :])

    def frames(self, first: int = 0) -> Iterator[ImageFrame | BrokenFrame]:
        """See `producer.source.Source.frames`. Frames that are left out are not decoded."""
        for number in range(first, len(self._paths)):
            if self._closed:
                return
            head, self._head = self._head, None
            try:
                yield head if head is not None and head.pts == number else _decoded(self._paths[number], number)
            except UndecodableError as error:
                yield BrokenFrame(number, (self.header.width, self.header.height), str(error))
        if not self._closed:
            self.ending, self.ending_reason = Ending.COMPLETE, ""

    def close(self) -> None:
        """See `producer.source.Source.close`."""
        self._closed = True

    def _first(self) -> ImageFrame:
        """The first image that can be decoded: it tells the stream's size."""
        reasons = []
        for number, path in enumerate(self._paths):
            try:
                return _decoded(path, number)
            except UndecodableError as error:
                reasons.append(str(error))
        if len(reasons) == 1:
            raise InputError(reasons[0], "check it in a viewer")
        raise InputError(f"not one of {len(reasons)} images can be decoded (the first: {reasons[0]})", _REMEDY)


def open_images(uri: str, name: str, terms: Terms) -> ImagesSource:
    """Open an image, a folder of images, or what a pattern matches; says what else is there.

    Raises:
        InputError: there is no image, or none that can be decoded.
    """
    path = Path(uri)
    try:
        is_folder = path.is_dir()
        if is_folder:
            found = list(path.iterdir())
        elif path.exists():
            return ImagesSource([path], name, uri, terms.rate or ASSUMED_RATE)
        else:
            found = [Path(each) for each in glob.glob(uri, include_hidden=False)]  # noqa: PTH207 - of any folder
        images = [each for each in found if each.suffix.lower() in IMAGES and each.is_file()]
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{uri} cannot be read ({why})", "check the path and its permissions") from error
    others = len(found) - len(images)
    if not images:
        there = f", among {others} other entries" if others else ""
        raise InputError(f"{uri} {'holds' if is_folder else 'matches'} no image{there}", _REMEDY)
    if others:
        count = f"{len(images)} image{'s' if len(images) > 1 else ''}"
        terms.note(f"{uri}: {count}; {others} other {'entries are' if others > 1 else 'entry is'} left out")
    return ImagesSource(sorted(images, key=lambda each: natural_key(str(each))), name, uri, terms.rate or ASSUMED_RATE)


def _decoded(path: Path, number: int) -> ImageFrame:
    began = time.perf_counter_ns()
    frame, turn = read_image(path)
    return ImageFrame(frame, turn, number, (time.perf_counter_ns() - began) // 1000)

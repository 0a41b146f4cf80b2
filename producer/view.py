"""Which part of a frame is captured, and which way round: `--roi` and `--flip`.

Guarantees that whoever is given a `View` of a frame finds its region inside that frame. A region is given in pixels of
the frames that the source announces; a frame of another size shows the same part of its picture, so that a camera that
comes back with another resolution, or a folder of pictures, needs no other region.

What this file does not know: pixels, and how they are cut (`producer.planes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from common.errors import UsageError
from producer.derived import Derived

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.source import RawFrame, Source


class Region(NamedTuple):
    """A rectangle of whole pixels, of a frame as a person sees it."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"

    def scaled(self, before: tuple[int, int], after: tuple[int, int]) -> Region:
        """The same part of a picture of another size, of one pixel at least."""
        left, right = _scaled(self.x, self.width, before[0], after[0])
        top, bottom = _scaled(self.y, self.height, before[1], after[1])
        return Region(left, top, right - left, bottom - top)


class View(NamedTuple):
    """What is seen of a frame: cut to `region` (None: all of it), then mirrored."""

    region: Region | None = None
    mirror_x: bool = False
    mirror_y: bool = False

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Pixels across and down of what is seen of a frame of this size."""
        return (width, height) if self.region is None else (self.region.width, self.region.height)

    def of(self, announced: tuple[int, int], size: tuple[int, int]) -> View:
        """The view of a frame of another size than its source announces."""
        return self if self.region is None else self._replace(region=self.region.scaled(announced, size))


WHOLE: Final = View()
"""A frame as it is."""


class ViewedFrame:
    """A part of a frame, or its mirror image (see `producer.source.RawFrame`); nothing is copied before it is written.

    Args:
        frame: of the source.
        view: what is seen of it.
    """

    __slots__ = ("_frame", "_view", "height", "width")

    def __init__(self, frame: RawFrame, view: View) -> None:
        self._frame = frame
        self._view = view
        self.width, self.height = view.size(frame.width, frame.height)

    @property
    def pts(self) -> int:
        """See `producer.source.RawFrame.pts`."""
        return self._frame.pts

    @property
    def decode_us(self) -> int:
        """See `producer.source.RawFrame.decode_us`."""
        return self._frame.decode_us

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`; there is one view of a frame.

        Raises:
            ValueError: a view of a view is asked for.
        """
        if view is not WHOLE:
            raise ValueError("a frame is viewed once")
        self._frame.write_to(spec, out, self._view)


class Viewed(Derived):
    """A source of which a part is captured, or the mirror image (see `producer.source.Source`).

    Args:
        source: closed with this one.
        view: its region in pixels of the frames that the source announces.

    Raises:
        UsageError: the region is not inside these frames.
    """

    def __init__(self, source: Source, view: View) -> None:
        announced, region = (source.header.width, source.header.height), view.region
        if region is not None and not _is_inside(region, announced):
            size = f"{announced[0]}x{announced[1]}"
            text = f"--roi {region} is not inside the frames of {source.header.source or source.header.name}"
            raise UsageError(f"{text}, which are {size}", "give X,Y,W,H in pixels of the source")
        width, height = view.size(*announced)
        super().__init__(source, replace(source.header, width=width, height=height, truth=""))
        self._announced = announced
        self._view = view

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `producer.source.Source.frames`."""
        for frame in self.source.frames(first):
            size = (frame.width, frame.height)
            yield ViewedFrame(frame, self._view if size == self._announced else self._view.of(self._announced, size))


def _is_inside(region: Region, size: tuple[int, int]) -> bool:
    return (
        min(region.x, region.y) >= 0
        and min(region.width, region.height) > 0
        and region.x + region.width <= size[0]
        and region.y + region.height <= size[1]
    )


def _scaled(start: int, length: int, before: int, after: int) -> tuple[int, int]:
    first = min(start * after // before, after - 1)
    return first, min(after, max(first + 1, -(-(start + length) * after // before)))

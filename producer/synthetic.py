"""Sources without a file: deterministic frames, for tests, for measuring transports, and for trying models.

- `synthetic://counter?frames=20000&size=64x48&fps=25&seed=1`: each frame carries its own number in its pixels (see
  `common.counter`), so that a scripted engine can tell which frame it really received. It costs next to nothing, and is
  drawn at the size that is asked for.
- `synthetic://street?people=6&frames=600&size=1280x720&fps=25&seed=1`: people whose places are known (see
  `common.street`). It is drawn at its own size and resized, as a file's frames are.

Guarantees: frame n of a given address is the same bytes, wherever reading begins: the counter's on every machine, the
street's on one (see `producer.street`); pts is n and the time base exactly 1/fps.

What this file does not know: how a street is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from common import limits
from common.counter import NUMBER_MAX, stamp
from common.errors import InputError
from common.rows import Ending, StreamHeader
from producer.view import WHOLE, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec

Painter = Callable[[int, "InputSpec", "NDArray[np.uint8]", View], None]
"""Paints what is seen of a frame, by its number, as `spec` wants it into a flat buffer."""

_EXAMPLE: Final = "synthetic://counter?frames=100&size=640x480&fps=25&seed=1"
_STREET_EXAMPLE: Final = "synthetic://street?people=6&frames=600&size=1280x720&fps=25&seed=1"
_OPTIONS: Final = {
    "frames": re.compile(r"[0-9]{1,10}"),
    "people": re.compile(r"[0-9]{1,3}"),
    "size": re.compile(r"[0-9]{1,5}x[0-9]{1,5}"),
    "fps": re.compile(r"[0-9]{1,6}(?:/[0-9]{1,6}|\.[0-9]{1,6})?"),
    "seed": re.compile(r"[0-9]{1,9}"),
}


@lru_cache(maxsize=4)
def _counter_ground(grey: int, luma: int, nbytes: int) -> bytes:
    """A counter's frame without its number."""
    return bytes([96 + grey]) * luma + bytes([128]) * (nbytes - luma)


def paint_counter(number: int, seed: int, spec: InputSpec, out: NDArray[np.uint8]) -> None:
    """A grey that `seed` chooses (96..159), and the frame's number at both ends of the buffer, however it is seen."""
    luma = spec.width * spec.height if spec.pixels == "i420" else spec.nbytes
    out.data[:] = _counter_ground(seed % 64, luma, spec.nbytes)  # numpy would let go of the interpreter
    stamp(out, number)


PICTURES: Final = ("counter", "street")


@dataclass(frozen=True, slots=True)
class SyntheticFrame:
    """One frame, painted when it is written (see `producer.source.RawFrame`)."""

    pts: int
    width: int
    height: int
    paint: Painter
    decode_us: int = 0

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE) -> None:
        """See `producer.source.RawFrame.write_to`."""
        if out.shape != (spec.nbytes,):
            raise ValueError(f"pixels of {spec.nbytes} bytes cannot be written to an array {out.shape}")
        self.paint(self.pts, spec, out, view)


class SyntheticSource:
    """See `producer.source.Source`.

    Args:
        header: with the number of frames in `expected`.
        paint: draws them.
    """

    def __init__(self, header: StreamHeader, paint: Painter) -> None:
        self.header = header
        self.ending = Ending.INTERRUPTED
        self.ending_reason = "closed before its end"
        self._paint = paint
        self._closed = False

    def frames(self, first: int = 0) -> Iterator[SyntheticFrame]:
        """See `producer.source.Source.frames`."""
        for number in range(first, self.header.expected):
            if self._closed:
                return
            yield SyntheticFrame(number, self.header.width, self.header.height, self._paint)
        if not self._closed:
            self.ending, self.ending_reason = Ending.COMPLETE, ""

    def close(self) -> None:
        """See `producer.source.Source.close`."""
        self._closed = True


def open_synthetic(uri: str, name: str) -> SyntheticSource:
    """Open `synthetic://PICTURE?frames=N[&size=WxH][&fps=F][&seed=S]`, of the street also `[&people=P]`.

    `frames` is required; the others default to 64x48 (the street: 1280x720), 25, 0 and 6. `fps` is a number or a ratio
    such as 30000/1001.

    Raises:
        InputError: the picture or an option is unknown, repeated, malformed or out of bounds.
    """
    picture, options = _parse(uri)
    default = "1280x720" if picture == "street" else "64x48"
    width, height = (int(side) for side in options.get("size", default).split("x"))
    frames = int(options.get("frames", "0"))
    rate = _rate(uri, options.get("fps", "25"))
    seed = int(options.get("seed", "0"))
    _require(1 <= frames <= NUMBER_MAX, uri, f"frames must be 1..{NUMBER_MAX}")
    _require(min(width, height) > 0 and max(width, height) <= limits.SIDE_MAX_PIXELS, uri, "size is out of bounds")
    header = StreamHeader(name, width, height, 1 / rate, rate, frames, uri[: limits.TEXT_MAX_CHARS])
    if picture == "street":
        return _street(uri, header, int(options.get("people", "6")), seed)
    _require("people" not in options, uri, "people are in the street alone")
    return SyntheticSource(header, lambda number, spec, out, _view: paint_counter(number, seed, spec, out))


def _street(uri: str, header: StreamHeader, people: int, seed: int) -> SyntheticSource:
    from common.street_scene import Scene  # noqa: PLC0415 - only when asked for
    from producer.street import StreetPainter  # noqa: PLC0415 - loads cv2

    try:
        scene = Scene(people, header.width, header.height, header.rate, seed)
    except ValueError as error:
        raise _refused(uri, str(error)) from error
    return SyntheticSource(replace(header, truth=scene.address), StreetPainter(scene).paint)


def _parse(uri: str) -> tuple[str, dict[str, str]]:
    try:
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise _refused(uri, f"it is malformed ({error})") from error
    _require(parts.path in {"", "/"} and not parts.fragment, uri, "only options may follow the picture's name")
    _require(parts.netloc in PICTURES, uri, f"the pictures are {', '.join(PICTURES)}")
    options = dict(pairs)
    _require(len(options) == len(pairs), uri, "an option is given twice")
    for key, value in pairs:
        _require(key in _OPTIONS, uri, f"{key!r} is none of {', '.join(_OPTIONS)}")
        _require(_OPTIONS[key].fullmatch(value) is not None, uri, f"{key} cannot be {value!r}")
    return parts.netloc, options


def _rate(uri: str, text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except ZeroDivisionError as error:
        raise _refused(uri, f"fps cannot be {text!r}") from error
    _require(0 < rate <= limits.SYNTHETIC_FPS_MAX, uri, f"fps must be above 0 and at most {limits.SYNTHETIC_FPS_MAX}")
    return rate


def _require(condition: bool, uri: str, why: str) -> None:  # noqa: FBT001 - a condition is what this takes
    if not condition:
        raise _refused(uri, why)


def _refused(uri: str, why: str) -> InputError:
    example = _STREET_EXAMPLE if uri.startswith("synthetic://street") else _EXAMPLE
    return InputError(f"{uri} is refused, {why}", f"write it like {example}")

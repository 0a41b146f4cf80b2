"""Sources without a file: deterministic frames that cost next to nothing, for tests and for measuring transports.

`synthetic://counter?frames=20000&size=64x48&fps=25&seed=1`: each frame carries its own number in its pixels (see
`common.counter`), so that a scripted engine can tell which frame it really received.

Guarantees: frame n of a given address is the same bytes on every machine; pts is n and the time base exactly 1/fps.

What this file does not know: originals. A synthetic frame is drawn at the size that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from common import limits
from common.counter import NUMBER_MAX, stamp
from common.errors import InputError
from common.rows import Ending, StreamHeader

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from common.job import InputSpec

FPS_MAX: Final = 1000

Painter = Callable[[int, int, "InputSpec", "NDArray[np.uint8]"], None]
"""Paints frame `number` of a source with `seed` as `spec` into a flat buffer."""

_EXAMPLE: Final = "synthetic://counter?frames=100&size=640x480&fps=25&seed=1"
_OPTIONS: Final = {
    "frames": re.compile(r"[0-9]{1,10}"),
    "size": re.compile(r"[0-9]{1,5}x[0-9]{1,5}"),
    "fps": re.compile(r"[0-9]{1,6}(?:/[0-9]{1,6}|\.[0-9]{1,6})?"),
    "seed": re.compile(r"[0-9]{1,9}"),
}


def paint_counter(number: int, seed: int, spec: InputSpec, out: NDArray[np.uint8]) -> None:
    """A grey that `seed` chooses (96..159), and the frame's number at both ends of the buffer."""
    out.fill(128)
    luma = spec.width * spec.height if spec.pixels == "i420" else spec.nbytes
    out[:luma] = 96 + seed % 64
    stamp(out, number)


PICTURES: Final[dict[str, Painter]] = {"counter": paint_counter}


@dataclass(frozen=True, slots=True)
class SyntheticFrame:
    """One frame, painted when it is written (see `producer.source.RawFrame`)."""

    pts: int
    width: int
    height: int
    seed: int
    paint: Painter
    decode_us: int = 0

    def write_to(self, spec: InputSpec, out: NDArray[np.uint8]) -> None:
        """See `producer.source.RawFrame.write_to`."""
        if out.shape != (spec.nbytes,):
            raise ValueError(f"pixels of {spec.nbytes} bytes cannot be written to an array {out.shape}")
        self.paint(self.pts, self.seed, spec, out)


class SyntheticSource:
    """See `producer.source.Source`.

    Args:
        header: with the number of frames in `expected`.
        seed: varies the picture.
        paint: draws it.
    """

    def __init__(self, header: StreamHeader, seed: int, paint: Painter) -> None:
        self.header = header
        self.ending = Ending.INTERRUPTED
        self.ending_reason = "closed before its end"
        self._seed = seed
        self._paint = paint
        self._closed = False

    def frames(self, first: int = 0) -> Iterator[SyntheticFrame]:
        """See `producer.source.Source.frames`."""
        for number in range(first, self.header.expected):
            if self._closed:
                return
            yield SyntheticFrame(number, self.header.width, self.header.height, self._seed, self._paint)
        if not self._closed:
            self.ending, self.ending_reason = Ending.COMPLETE, ""

    def close(self) -> None:
        """See `producer.source.Source.close`."""
        self._closed = True


def open_synthetic(uri: str, name: str) -> SyntheticSource:
    """Open `synthetic://PICTURE?frames=N[&size=WxH][&fps=F][&seed=S]`.

    `frames` is required; the others default to 64x48, 25 and 0. `fps` is a number or a ratio such as 30000/1001.

    Raises:
        InputError: the picture or an option is unknown, repeated, malformed or out of bounds.
    """
    picture, options = _parse(uri)
    width, height = (int(side) for side in options.get("size", "64x48").split("x"))
    frames = int(options.get("frames", "0"))
    rate = _rate(uri, options.get("fps", "25"))
    _require(1 <= frames <= NUMBER_MAX, uri, f"frames must be 1..{NUMBER_MAX}")
    _require(min(width, height) > 0 and max(width, height) <= limits.SIDE_MAX_PIXELS, uri, "size is out of bounds")
    header = StreamHeader(name, width, height, 1 / rate, rate, frames, uri[: limits.TEXT_MAX_CHARS])
    return SyntheticSource(header, int(options.get("seed", "0")), PICTURES[picture])


def _parse(uri: str) -> tuple[str, dict[str, str]]:
    try:
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise InputError(f"{uri} is malformed ({error})", f"write it like {_EXAMPLE}") from error
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
        raise InputError(f"{uri} is refused, fps cannot be {text!r}", f"write it like {_EXAMPLE}") from error
    _require(0 < rate <= FPS_MAX, uri, f"fps must be above 0 and at most {FPS_MAX}")
    return rate


def _require(condition: bool, uri: str, why: str) -> None:  # noqa: FBT001 - a condition is what this takes
    if not condition:
        raise InputError(f"{uri} is refused, {why}", f"write it like {_EXAMPLE}")

"""The scripted model: what the shipped fake of an inference engine does, as text, and what it detects. Pure.

A script is `key=value` joined by `&`, as in `service_ms=2&requests=4&poison=17`. Its detections are a function of the
frame number alone, so a test can tell at the far end of a fleet whether each frame got its own result.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from common import limits
from common.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Script:
    """Options of the scripted engine.

    Attributes:
        service_ms: milliseconds that one request takes for one frame; no CPU is used meanwhile.
        requests: frames under way at a time.
        detections: boxes of each frame.
        poison: frame numbers that kill the process with SIGKILL when they are started.
        hang: frame numbers that never complete.
        error: frame numbers that complete with an error.
        lost: the device is lost when so many frames have been started; from then on everything fails, until a process
            begins anew. 0: never.
        unnumbered: 1 takes pixels without a number, such as a camera's, for frame 0; 0 fails on them.
    """

    service_ms: float = 0.0
    requests: int = 2
    detections: int = 1
    poison: frozenset[int] = frozenset()
    hang: frozenset[int] = frozenset()
    error: frozenset[int] = frozenset()
    lost: int = 0
    unnumbered: int = 0


_REMEDY = "known are " + ", ".join(field.name for field in fields(Script))


def parse_script(text: str) -> Script:
    """Read a script; an option that is absent has its default.

    Raises:
        ModelError: an option is unknown, given twice, or has a value that it cannot have.
    """
    options = [option.partition("=")[::2] for option in text.split("&") if option]
    if len({key for key, _ in options}) < len(options):
        raise ModelError(f"the script '{text}' gives an option twice", "give each once")
    script = Script(**{key: _value(key, value) for key, value in options})  # type: ignore[arg-type] # _value's duty
    sound = 0 <= script.service_ms <= 3_600_000 and 0 < script.requests <= limits.CREDITS_MAX  # noqa: PLR2004 - an hour
    sound = sound and script.lost >= 0 and script.unnumbered in {0, 1}
    if not (sound and 0 <= script.detections <= limits.DETECTIONS_MAX):
        raise ModelError(f"the script '{text}' has a value out of range")
    return script


def scripted_detections(number: int, count: int, frame_size: tuple[int, int]) -> NDArray[np.float32]:
    """Return what the scripted engine detects in frame `number`: float32 [count, 6], x1 y1 x2 y2 score class.

    Row i stands at x1 = (7 number + 31 i) mod width, y1 = (11 number + 17 i) mod height, is 8 wide and 16 high, has
    the score 0.5 + ((number + i) mod 50) / 100 and the class i mod 3.
    """
    width, height = frame_size
    i = np.arange(count, dtype=np.int64)
    x, y = (7 * number + 31 * i) % width, (11 * number + 17 * i) % height
    score = 0.5 + (number + i) % 50 / 100
    return np.ascontiguousarray(np.stack([x, y, x + 8, y + 16, score, i % 3], axis=1), dtype=np.float32)


def _value(key: str, value: str) -> float | int | frozenset[int]:
    try:
        if key == "service_ms":
            return float(value)
        if key in {"requests", "detections", "lost", "unnumbered"}:
            return int(value)
        if key in {"poison", "hang", "error"}:
            return frozenset(int(number) for number in value.split(","))
    except ValueError as error:
        raise ModelError(f"the script's option {key} cannot be '{value}'", "give numbers") from error
    raise ModelError(f"the script's option '{key}' is unknown", _REMEDY)

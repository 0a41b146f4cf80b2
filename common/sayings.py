"""What a role says while it runs, and how `vinofleet run` hears it: one JSON object a line.

To a person every saying is a line of text, or nothing; to the process that started the role it is what it is, so that
nobody has to read a sentence to learn a fact. Pure: `common.console` shows sayings, or sends them.
What this file does not know: who listens, and how often.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple, TypeAlias, cast

from common.actions import Notice

PROGRESS_EVERY_S: Final = 5.0
"""How often a log shows how far a stream is."""


class Listening(NamedTuple):
    """The role's endpoint is bound; what could be wrong with its sources, its model or its outputs was not."""

    address: str


class StreamProgress(NamedTuple):
    """Every frame of a stream below `frames` is written; `expected` is 0 where nobody knows how many there will be."""

    stream: str
    frames: int
    expected: int
    fps: float


class FirstFrame(NamedTuple):
    """A worker has sent its first result: it is able to do its work."""


class Halted(NamedTuple):
    """The role stands still until a disk has room, or (False) goes on: for as long as that takes it does not hang."""

    halted: bool


class Concluded(NamedTuple):
    """All that the collector had to do is done and on record: how it dies from here on says nothing any more."""

    code: int
    text: str


class Dismissed(NamedTuple):
    """The user has closed the window of the pictures: the run is to end, as by Ctrl-C."""


Saying: TypeAlias = Notice | Listening | StreamProgress | FirstFrame | Halted | Concluded | Dismissed

_KINDS: Final[dict[str, type[Saying]]] = {
    "notice": Notice,
    "listening": Listening,
    "progress": StreamProgress,
    "first": FirstFrame,
    "halted": Halted,
    "concluded": Concluded,
    "dismissed": Dismissed,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "notice": (str, str),
    "listening": (str,),
    "progress": (str, int, int, float),
    "first": (),
    "halted": (bool,),
    "concluded": (int, str),
    "dismissed": (),
}
_MOST: Final = 2**63
_SLOWEST_FPS: Final = 0.001
"""Below that nobody can say how long the rest takes."""


def as_notice(saying: Saying) -> Notice | None:
    """Put it into words for a person; None where there is nothing to tell."""
    match saying:
        case Notice():
            return saying
        case Listening(address):
            return Notice("info", f"listening on {address}")
        case StreamProgress(stream, frames, expected, fps):
            of = f" of {expected}" if expected else ""
            left_s = (expected - frames) / fps if expected and fps >= _SLOWEST_FPS else 0
            left = f", {_clock(round(left_s))} left" if left_s > 0 else ""
            return Notice("info", f"{stream}: {frames}{of} frames, {fps:.1f} FPS{left}")
        case FirstFrame() | Halted() | Concluded() | Dismissed():
            return None


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def as_line(saying: Saying) -> bytes:
    """Write it as one line, with the line's end."""
    return json.dumps([_NAMES[type(saying)], *saying]).encode() + b"\n"


def parse_line(line: bytes) -> Saying:
    """Read what `as_line` wrote.

    Raises:
        ValueError: it is nothing that this version says.
    """
    try:
        kind, *fields = cast("list[Any]", json.loads(line))
        if all(map(_is, _FIELDS[kind], fields)):
            return _KINDS[kind](*fields)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"no saying: {line!r}") from error
    raise ValueError(f"no saying: {line!r}")


def _is(kind: type, value: object) -> bool:
    """Whether a field holds what it should: a role reads what strangers send, and is not believed blindly."""
    if type(value) is not kind:
        return False
    return not isinstance(value, float | int) or -_MOST < value < _MOST  # nor is it nan


class Pace:
    """Thins out progress for a log: each stream at most every `PROGRESS_EVERY_S`, the first time after that time."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def admits(self, progress: StreamProgress, now: float) -> bool:
        """Whether it is time to show this."""
        if now < self._due.setdefault(progress.stream, now + PROGRESS_EVERY_S):
            return False
        self._due[progress.stream] = now + PROGRESS_EVERY_S
        return True

"""What options of `vinofleet chaos` may hold: durations, shares, faults, addresses and processes.

What this file does not know: what they are for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from vinofleet.chaos.schedule import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    FloatType = click.ParamType[float]
    WordsType = click.ParamType[tuple[str, ...]]
    PairType = click.ParamType[tuple[str, str]]
    ProcessType = click.ParamType[tuple[str, int]]
else:  # click has types with an argument since 8.3 only
    FloatType = WordsType = PairType = ProcessType = click.ParamType

_UNITS: Final[Mapping[str, float]] = {"ms": 1e-3, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+) ?(ms|s|m|h|)\Z")
_SHARE: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+) ?%\Z")


class Duration(FloatType):
    """A time: `500ms`, `2.5s`, `10m`; a bare number is seconds. Positive."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Seconds."""
        if isinstance(value, float):
            return value
        match = _DURATION.match(str(value))
        seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
        if seconds <= 0:
            self.fail(f"{value!r} is no duration such as 500ms, 2.5s or 10m", param, ctx)
        return seconds


class Share(FloatType):
    """A share of packets: `2%`; more than 0 and at most 100 %."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """As a fraction."""
        if isinstance(value, float):
            return value
        match = _SHARE.match(str(value))
        share = float(match[1]) / 100 if match else 0.0
        if not 0 < share <= 1:
            self.fail(f"{value!r} is no share such as 2%", param, ctx)
        return share


class Words(WordsType):
    """Words of a list, with commas between; one that stands there twice stays twice.

    Args:
        known: which there are.
    """

    name = "list"

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known: Final = known

    def convert(  # what click calls it with
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, ...]:
        """The words."""
        if isinstance(value, tuple):
            return value
        words = tuple(str(value).split(","))
        strange = [word for word in words if word not in self._known]
        if strange:
            self.fail(f"{strange[0]!r} is none of {', '.join(self._known)}", param, ctx)
        return words


class Pair(PairType):
    """Two words with `=` between, such as `w1=4711`."""

    name = "pair"

    def convert(  # what click calls it with
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        """Both."""
        if isinstance(value, tuple):
            return value
        before, _, after = str(value).rpartition("=")
        if not before or not after:
            self.fail(f"{value!r} has no two sides of a =", param, ctx)
        return before, after


class Process(ProcessType):
    """A name and a process's number: `w1=4711`."""

    name = "process"

    def convert(  # what click calls it with
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, int]:
        """Both."""
        if isinstance(value, tuple):
            return value
        name, pid = Pair().convert(value, param, ctx)
        if not pid.isdecimal() or int(pid) <= 1:
            self.fail(f"{pid!r} is no process's number", param, ctx)
        return name, int(pid)


FAULTS: Final = tuple(Fault)

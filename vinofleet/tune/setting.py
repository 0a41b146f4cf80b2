"""A way to set a fleet up, and those worth trying: coarsely, then what differs from a good one in one respect. Pure.

Nothing here changes what is found in a frame, only how soon. What this file does not know: how good any of it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common.params import Goal


@dataclass(frozen=True, slots=True)
class Setting:
    """Options of `vinofleet run`, by their names there; None leaves one to its default."""

    workers: int | None = None
    hint: str | None = None
    streams: int | None = None
    nireq: int | None = None
    threads: int | None = None
    pin: bool | None = None
    window: int | None = None

    def __str__(self) -> str:
        words = [
            name if value is True else f"no-{name}" if value is False else f"{name}={value}"
            for name, value in self.given().items()
        ]
        return " ".join(words) or "defaults"

    def given(self) -> dict[str, int | str | bool]:
        """What is not left to its default."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def counts(self) -> list[int]:
        """The numbers among them."""
        return [value for value in self.given().values() if isinstance(value, int) and not isinstance(value, bool)]


DEFAULTS = Setting()


def coarse(goal: Goal, cores: int, *, is_cpu: bool) -> list[Setting]:
    """What is tried first, the defaults before all.

    Args:
        goal: what is wanted.
        cores: that there are.
        is_cpu: whether the device is the CPU alone, which shares its cores with decoding.
    """
    if goal == "latency":
        found = [
            Setting(pin=False),
            Setting(threads=cores - 1),
            Setting(hint="throughput", streams=1),
            Setting(hint="none"),
        ]
        return _once([DEFAULTS, *(found if is_cpu else found[2:])])
    found = [
        Setting(hint="latency", nireq=2),
        *(Setting(workers=count) for count in (2, cores) if is_cpu and 1 < count <= cores),
        *(Setting(streams=count) for count in (1, 2, cores if is_cpu else 4)),
        *([Setting(threads=cores - 1)] if is_cpu else []),
        Setting(nireq=2 * cores if is_cpu else 8),
    ]
    return _once([DEFAULTS, *found])


def near(setting: Setting, goal: Goal, cores: int, *, is_cpu: bool) -> list[Setting]:
    """Settings that differ from this one in one respect, the most promising first; see `coarse`."""
    own = (setting.workers or 1) if is_cpu else 1
    threads = max(1, cores // own)
    found = [replace(setting, nireq=count) for count in _around(setting.nireq or setting.streams or threads)]
    if is_cpu:
        found[1:1] = [replace(setting, pin=False), replace(setting, threads=threads - 1)]
        found.append(replace(setting, threads=threads))
    found += [replace(setting, window=frames) for frames in ((2, 4) if goal == "latency" else (16, 128))]
    found += [replace(setting, streams=count) for count in _around(setting.streams or threads)]
    return [each for each in _once(found) if each != setting]


def _around(count: int) -> list[int]:
    return [2 * count, count + 1, count - 1]


def _once(settings: Iterable[Setting]) -> list[Setting]:
    """Each once, in order, without those that are impossible."""
    return [each for each in dict.fromkeys(settings) if min(each.counts(), default=1) > 0]

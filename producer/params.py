"""Values of the producer's options that click does not have: a moment, a rate, a region, and how they are refused."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import click

from common import limits

if TYPE_CHECKING:
    from producer.view import Region

    _FloatType = click.ParamType[float]
    _RateType = click.ParamType[Fraction]
    _RegionType = click.ParamType[Region]
else:  # click before 8.4 has no type arguments
    _FloatType = _RateType = _RegionType = click.ParamType

_CLOCK: Final = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]{1,9})?)")
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_RATE: Final = re.compile(r"[0-9]{1,6}(?:/[0-9]{1,6}|\.[0-9]{1,6})?")
_REGION: Final = re.compile(r"([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5})")


class Moment(_FloatType):
    """Seconds, or [H:]MM:SS, of a recording; becomes seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """See `click.ParamType.convert`."""
        text = str(value)
        clock = _CLOCK.fullmatch(text)
        if clock is not None and float(clock[3]) < 60 and (clock[1] is None or int(clock[2]) < 60):  # noqa: PLR2004
            return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
        if _SECONDS.fullmatch(text) is None:
            self.fail(f"{text!r} is no time; write seconds (12.5), MM:SS or H:MM:SS.", param, ctx)
        return float(text)


class Rate(_RateType):
    """Frames a second: a number, or a ratio such as 30000/1001."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:  # noqa: ANN401
        """See `click.ParamType.convert`."""
        text = str(value)
        rate = Fraction(0)
        if _RATE.fullmatch(text) is not None and not re.search(r"/0+$", text):
            rate = Fraction(text)
        if not 0 < rate <= limits.SYNTHETIC_FPS_MAX:
            most = limits.SYNTHETIC_FPS_MAX
            self.fail(f"{text!r} is no rate above 0 and up to {most}; write 12.5 or 30000/1001.", param, ctx)
        return rate


class Rectangle(_RegionType):
    """X,Y,W,H in pixels; becomes a `producer.view.Region`."""

    name = "x,y,w,h"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Region:  # noqa: ANN401
        """See `click.ParamType.convert`."""
        from producer.view import Region  # noqa: PLC0415 - only where it is asked for

        found = _REGION.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no region; write X,Y,W,H in pixels, such as 100,0,640,480.", param, ctx)
        region = Region(*map(int, found.groups()))
        if not (region.width and region.height):
            self.fail(f"{value!r} holds no pixel.", param, ctx)
        return region

"""What commands' options share: kinds of values that click does not have, and the options of every role that binds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final, Literal

import click

Goal = Literal["throughput", "latency"]
"""What a role is tuned for: as many frames as it can, or each as soon as it can."""


class Seconds(click.FloatRange):
    """A positive, finite number of seconds."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """See `click.ParamType.convert`; `nan`, which no comparison refuses, and `inf` are no durations."""
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


keys_option: Final = click.option(
    "--keys",
    "keys",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The key file.  [default: VINOFLEET_KEYS, or this user's; see `vinofleet keys`]",
)
"""For every command that opens or reaches a tcp address; `common.keyfile.find_keyring` reads what it names."""

insecure_option: Final = click.option(
    "--insecure", is_flag=True, help="Allow --bind to an address that other machines reach."
)

parent_option: Final = click.option(
    "--parent", type=int, hidden=True, help="Descriptor of a socket to the process that started this one."
)
"""For `vinofleet run`; see `common.lifeline`."""

goal_option: Final = click.option(
    "--goal",
    type=click.Choice(["throughput", "latency"]),
    default="throughput",
    show_default=True,
    help="latency: each frame as soon as can be, none read ahead; give it to producer and workers.",
)

address_file_option: Final = click.option(
    "--address-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the bound address to this file."
)

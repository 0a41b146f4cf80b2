"""The command `vinofleet compare`: its own options, and those that it takes from the roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from common.interrupt import raise_again
from vinofleet.compare.modes import KINDS
from vinofleet.measure.options import PASSED, frames_options, output_options, with_subject

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from common.exits import Exit

if TYPE_CHECKING:
    KindsType = click.ParamType[tuple[str, ...]]
else:  # click has types with an argument since 8.3 only
    KindsType = click.ParamType

EPILOG: Final = """\b
Examples:
  vinofleet compare
  vinofleet compare clip.mp4 --model person-detection-0202 \\
      --chart fps.png --json fps.json
  vinofleet compare clip.mp4 --model m.xml --modes queue,fleet --workers 4

\b
Modes; each draws boxes, scores and frames a second on every frame, and writes
a row of it (with --no-draw only the row):
  sync              one request; one thing after the other
  async             two requests, swapped
  queue-latency     AsyncInferQueue of two requests, hint LATENCY
  queue-throughput  AsyncInferQueue as the device likes, hint THROUGHPUT
  fleet-N           `vinofleet run --workers N --json ... --output null:`
  inference only    one tensor again and again: what a device can do at most
All but fleets read with cv2.VideoCapture, resize and transpose in one
process. Frames a second and CPU time are those between the first result and
the 64th before the last, so starting and compiling are not in them.

\b
Detections have to agree in all runs before a figure is printed; if they do
not, it says where, and exits with 13 (CHECK_FAILED).
"""


class Kinds(KindsType):
    """Modes with commas between."""

    name = "modes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ANN401
        """See `click.ParamType.convert`."""
        if isinstance(value, tuple):
            return value
        kinds = tuple(word.strip() for word in str(value).split(","))
        for kind in kinds:
            if kind not in KINDS:
                self.fail(f"{kind!r} is none of {', '.join(KINDS)}.", param, ctx)
        return kinds

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click's signature
        """Complete the last of them."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when a shell asks

        before, comma, last = incomplete.rpartition(",")
        return [CompletionItem(f"{before}{comma}{kind}") for kind in KINDS if kind.startswith(last)]


@with_subject()
@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@frames_options(least=8, repeats=3)
@click.option("--workers", type=click.IntRange(1), help="The largest fleet. [default: as many as cores]")
@click.option(
    "--modes", type=Kinds(), default=",".join(KINDS), show_default=True, help="Which to compare; queue is two."
)
@click.option("--draw/--no-draw", default=True, show_default=True, help="Draw on every frame, in every mode.")
@output_options("a bar chart")
def command(**options: Any) -> Exit:  # noqa: ANN401 - click's values
    """Compare one process with a fleet, on the same frames.

    SOURCE is a video file or synthetic:// [default: synthetic://street]. Each mode is a process of its own, each goes
    through the same frames with the same model; modes take turns, so that a machine's moods touch each alike.
    """
    from vinofleet.compare.app import run_compare  # noqa: PLC0415 - --help needs none of it
    from vinofleet.compare.plan import CompareOptions  # noqa: PLC0415

    raise_again()  # everything is imported
    passed = {name: options.pop(name) for name in ("model", *PASSED)}
    return run_compare(CompareOptions(passed=passed, **options))

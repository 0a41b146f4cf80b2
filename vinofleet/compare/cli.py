"""The command `vinofleet compare`: its own options, and those that it takes from the roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from common import completing
from common.interrupt import raise_again
from vinofleet.compare.modes import KINDS
from vinofleet.run.options import role_option

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from common.exits import Exit

if TYPE_CHECKING:
    KindsType = click.ParamType[tuple[str, ...]]
else:  # click has types with an argument since 8.3 only
    KindsType = click.ParamType

STREET: Final = "synthetic://street"
MODEL: Final = "vinofleet-person"

EPILOG: Final = """\b
Examples:
  vinofleet compare
  vinofleet compare clip.mp4 --model person-detection-0202 \\
      --chart fps.png --json fps.json
  vinofleet compare clip.mp4 --model m.xml --modes queue,fleet --workers 4

\b
Modes; each draws boxes, scores and frames a second on every frame:
  sync              one request; one thing after the other
  async             two requests, swapped
  queue-latency     AsyncInferQueue of two requests, hint LATENCY
  queue-throughput  AsyncInferQueue as the device likes, hint THROUGHPUT
  fleet-N           `vinofleet run --workers N --output null:`
  inference only    one tensor again and again: what a device can do at most
All but fleets read with cv2.VideoCapture, resize and transpose in one
process. Frames a second and CPU time are those between the first result and
the 64th before the last, so starting and compiling are not in them.

\b
Detections have to agree in all runs before a figure is printed; if they do
not, it says where, and exits with 13 (CHECK_FAILED).
"""

AFTER: Final = ("labels", "label_base", "threshold", "precision", "color", "device")
"""Options of roles, in the order that help shows them."""


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


def _with_role_options(command: click.Command) -> click.Command:
    text = role_option("model").help
    model = click.Option(["--model"], default=MODEL, show_default=True, shell_complete=completing.models, help=text)
    at = 1
    command.params[at:at] = [model, *(role_option(name) for name in AFTER)]
    return command


@_with_role_options
@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", default=STREET, shell_complete=completing.files)
@click.option("--frames", type=click.IntRange(8), default=300, show_default=True, help="At most.")
@click.option("--skip-first-frames", type=click.IntRange(0), default=0, help="Leave out so many frames at first.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="Of each mode, in turns.")
@click.option("--workers", type=click.IntRange(1), help="The largest fleet. [default: as many as cores]")
@click.option(
    "--modes", type=Kinds(), default=",".join(KINDS), show_default=True, help="Which to compare; queue is two."
)
@click.option("--json", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures to this file.")
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="Draw a bar chart, a .png.")
@click.option("--force", is_flag=True, help="Replace these files if they are there.")
def command(**options: Any) -> Exit:  # noqa: ANN401 - click's values
    """Compare one process with a fleet, on the same frames.

    SOURCE is a video file or synthetic:// [default: synthetic://street]. Each mode is a process of its own, each goes
    through the same frames with the same model; modes take turns, so that a machine's moods touch each alike.
    """
    from vinofleet.compare.app import run_compare  # noqa: PLC0415 - --help needs none of it
    from vinofleet.compare.plan import PASSED, CompareOptions  # noqa: PLC0415

    raise_again()  # everything is imported
    passed = {name: options.pop(name) for name in PASSED}
    return run_compare(CompareOptions(passed=passed, **options))

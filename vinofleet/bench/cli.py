"""The command `vinofleet bench`: its own options, and those that it takes from the roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from common.interrupt import raise_again
from vinofleet.measure.options import DEVICE, PASSED, frames_options, output_options, with_subject

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet bench
  vinofleet bench clip.mp4 --model person-detection-0202 \\
      --chart where.png --json where.json
  vinofleet bench clip.mp4 --model m.xml --workers 2 --streams 1

\b
What is measured, in turns, each in processes of its own:
  inference only      frames that are ready, again and again, on all cores
  benchmark_app       the same by OpenVINO's own program (its FPS alone)
  decode only         one thread reads the source
  decode + resize     and makes the model's input of it
  fleet               `vinofleet run --json`
  transport only      a fleet with a model that does nothing, frames of the
                      same size that nobody decodes: as fast as it can
  transport, paced    the same at the fleet's rate
From these it says what is possible, what was reached, and why.
"""


@with_subject("goal", *DEVICE)
@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@frames_options(least=16, repeats=3)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Of the fleet.")
@output_options("stacked bars of where the CPU time goes")
def command(**options: Any) -> Exit:  # noqa: ANN401 - click's values
    """Measure a fleet and its parts, and say where the time goes.

    SOURCE is a video file or synthetic:// [default: synthetic://street]. The parts are decoding, resizing, inference
    and the transport of frames and results, each alone and all together.
    """
    from vinofleet.bench.app import BenchOptions, run_bench  # noqa: PLC0415 - --help needs none of it

    raise_again()  # everything is imported
    passed = {name: options.pop(name) for name in ("model", *PASSED, "goal", *DEVICE)}
    passed["hint"] = passed["hint"] or passed["goal"]  # as a worker has it
    return run_bench(BenchOptions(passed=passed, **options))

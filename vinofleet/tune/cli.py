"""The command `vinofleet tune`: its own options, and those that it takes from the roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from common.interrupt import raise_again
from common.params import Seconds
from vinofleet.measure.options import PASSED, with_subject

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet tune clip.mp4 --model person-detection-0202 --config fleet.toml
  vinofleet run clip.mp4 --config fleet.toml --json out.jsonl
  vinofleet tune clip.mp4 --model m.xml --goal latency --seconds 120

\b
Each trial is a fleet on this machine, `vinofleet run` with JSON lines as its
output, whose frames a second (with --goal latency: the median age of its
results) are taken for a while. Hint, streams, requests, threads, workers and
window are tried coarsely, the better half again, then what is near the best;
in the end the best two take turns with the defaults, by which it is said how
sure it is that they are better. What is not surely better is not written.
Ctrl-C ends it, and writes the best so far.
"""


@with_subject("goal")
@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", type=Seconds(), default=60.0, show_default=True, help="How long to try.")
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the best to this TOML file, which `vinofleet run --config` takes.",
)
@click.option("--json", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures to this file.")
@click.option("--force", is_flag=True, help="Replace these files if they are there.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> Exit:  # noqa: ANN401 - click's values
    """Find the settings that are best for this machine, model and clip.

    SOURCE is a video file or synthetic:// [default: synthetic://street].
    """
    from vinofleet.tune.app import TuneOptions, run_tune  # noqa: PLC0415 - --help needs none of it

    raise_again()  # everything is imported
    passed = {name: options.pop(name) for name in ("model", *PASSED)}
    origin = context.get_parameter_source
    given = {
        name: value for name, value in passed.items() if name == "model" or origin(name) is not ParameterSource.DEFAULT
    }
    return run_tune(TuneOptions(passed=passed, given=given, **options))

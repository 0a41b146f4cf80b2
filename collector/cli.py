"""The command `vinofleet collector`: its options, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from common.console import speaking
from common.params import Seconds, address_file_option, insecure_option

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet collector --json out.jsonl --report report.json --report report.html
  vinofleet collector --json 'out-{stream}.jsonl' --stay
  vinofleet collector --bind tcp://0.0.0.0:5556 --insecure --json out.jsonl

\b
Killed or stopped before its end, it continues its output when it is
started again in the same way. {stream} in --json makes a file each.
"""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--bind",
    default="tcp://127.0.0.1:5556",
    show_default=True,
    help="Where producers and workers connect; port * is any.",
)
@click.option("--json", type=click.Path(path_type=Path), help="Write one JSON object for each frame to this file.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Write a report of the run to this file: .json, or .html for a page; give it again for both.",
)
@click.option("--force", is_flag=True, help="Replace what is in --json.")
@click.option("--resume", is_flag=True, help="Take up a finished run in --json: its streams that are not complete.")
@click.option(
    "--timeout",
    type=Seconds(),
    help="Seconds to wait for a producer, the first or one that is lost. [default: 60 for one lost, else for ever]",
)
@click.option("--stay", is_flag=True, help="Go on when every stream has ended.")
@insecure_option
@address_file_option
def command(**options: Any) -> Exit:  # noqa: ANN401 - click's values, checked by click
    """Put results in order and write them out.

    It ends when every stream has ended: with 0 where all are complete.
    """
    from collector.app import CollectorOptions, run_collector  # noqa: PLC0415 - --help needs none of it

    with speaking("collector") as speak:
        return run_collector(CollectorOptions(**options), speak)

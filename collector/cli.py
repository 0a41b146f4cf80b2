"""The command `vinofleet collector`: its options, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from common import completing
from common.console import speaking
from common.params import Seconds, address_file_option, insecure_option, parent_option

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet collector --json out.jsonl --report report.json --report report.html
  vinofleet collector --json out.jsonl --output out.mp4
  vinofleet collector --json out.jsonl --serve 8080 --anonymize
  vinofleet collector --json 'out-{stream}.jsonl' --stay
  vinofleet collector --bind tcp://0.0.0.0:5556 --insecure --json out.jsonl

\b
Killed or stopped before its end, it continues its outputs when it is
started again in the same way. {stream} in a name makes a file each.
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
@click.option(
    "--output",
    multiple=True,
    shell_complete=completing.files,
    help="Draw what was found: a video (.mp4), pictures (name-{frame}.jpg, or a folder, ending in /), or null: to draw "
    "and keep nothing. Or write it as a table (.csv) or as COCO results (.coco.json). May be given several times.",
)
@click.option("--show", is_flag=True, help="Show the pictures in a window; ESC, q or closing it ends the run.")
@click.option(
    "--serve",
    metavar="[HOST:]PORT",
    help="Show the pictures on a page, for browsers of this machine; port 0 is any. Other hosts need --insecure.",
)
@click.option("--anonymize", is_flag=True, help="Make what is in boxes unrecognisable in all pictures.")
@click.option("--force", is_flag=True, help="Replace what is in --json and --output.")
@click.option("--resume", is_flag=True, help="Take up a finished run in them: its streams that are not complete.")
@click.option(
    "--timeout",
    type=Seconds(),
    help="Seconds to wait for a producer, the first or one that is lost. [default: 60 for one lost, else for ever]",
)
@click.option("--score", is_flag=True, help="Compare what is found with what is there, where the source knows it.")
@click.option("--stay", is_flag=True, help="Go on when every stream has ended.")
@insecure_option
@address_file_option
@parent_option
@click.option("--tap", type=int, hidden=True, help="Descriptor of a socket to a program that reads the rows.")
@click.option("--tap-pictures", type=click.Choice(["original", "annotated"]), hidden=True, help="What it sees of them.")
@click.option("--part-of", hidden=True, help="The command of which this is a part, for the report: a JSON array.")
def command(parent: int | None, **options: Any) -> Exit:  # noqa: ANN401 - click's values, checked by click
    """Put results in order and write them out.

    It ends when every stream has ended: with 0 where all are complete.
    """
    from collector.app import CollectorOptions, run_collector  # noqa: PLC0415 - --help needs none of it

    with speaking("collector", parent) as speak:
        return run_collector(CollectorOptions(**options), speak)

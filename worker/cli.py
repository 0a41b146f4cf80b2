"""The command `vinofleet worker`: its options, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from common.console import speaking
from common.errors import DeviceError
from common.params import Seconds, goal_option, parent_option

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet worker --connect tcp://127.0.0.1:5555
  vinofleet worker --connect tcp://10.0.0.5:5555 --device GPU --stay
  vinofleet worker --connect tcp://a:5555 --connect tcp://b:5555 --nireq 4

\b
The model comes from the producer and is kept in --cache-dir. SIGTERM and
Ctrl-C finish what was begun, for up to 1.5 s; the second one leaves at once.
When its device is lost or an inference hangs, it starts itself again, and
gives up after eight times in a row without a frame.
"""

_SECONDS: Final = Seconds()
_COUNT: Final = click.IntRange(1)


def _devices(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell may complete --device to."""
    from worker.device_choice import COMBINING, device_names  # noqa: PLC0415 - only when a device is completed

    try:
        names = device_names()
    except DeviceError:
        names = []
    return [CompletionItem(name) for name in (*names, *COMBINING) if name.startswith(incomplete)]


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--connect", multiple=True, required=True, help="Where a producer is bound; once for each producer.")
@click.option(
    "--device",
    default="CPU",
    show_default=True,
    shell_complete=_devices,
    help="As `vinofleet devices` names them, or AUTO, MULTI:...",
)
@click.option("--name", help="This worker's name, one of a kind in its fleet. [default: from the host's name]")
@goal_option
@click.option(
    "--hint",
    type=click.Choice(["throughput", "latency", "none"]),
    help="What the device is told to be tuned for. [default: as --goal]",
)
@click.option("--streams", type=_COUNT, help="Inferences at the same time. [default: the device's choice]")
@click.option("--nireq", type=_COUNT, help="Frames in the device at a time. [default: the device's choice]")
@click.option(
    "--threads", type=_COUNT, help="CPU threads of a worker, all inferences together. [default: the device's choice]"
)
@click.option(
    "--pin/--no-pin", default=None, help="Whether CPU threads stay on their cores. [default: the device's choice]"
)
@click.option(
    "--transport",
    type=click.Choice(["auto", "shm", "inline"]),
    default="auto",
    show_default=True,
    help="auto: share a producer's memory where it can be reached; shm: fail where not; inline: never.",
)
@click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where models are kept, for GPU and NPU also compiled. [default: the user's cache]",
)
@click.option("--timeout", type=_SECONDS, help="Seconds without any producer before giving up. [default: for ever]")
@click.option(
    "--request-timeout",
    type=_SECONDS,
    default=30.0,
    show_default=True,
    help="Seconds that one inference may take before the worker starts itself again.",
)
@click.option("--stay", is_flag=True, help="Wait for the next run when every producer is done.")
@click.option(
    "--crash-on",
    multiple=True,
    type=click.IntRange(0),
    metavar="FRAME",
    help="For a rehearsal: die (SIGKILL) when a frame of this number is started; once for each.",
)
@parent_option
def command(parent: int | None, **options: Any) -> Exit:  # noqa: ANN401 - click's values, checked by click
    """Ask a producer for frames and run the model on them.

    It ends when every producer is done, and needs neither the model nor the videos: both come over the connection.
    """
    from worker.app import WorkerOptions, run_worker  # noqa: PLC0415 - --help needs none of it

    with speaking("worker", parent) as speak:
        return run_worker(WorkerOptions(**options), speak, replaces_itself=parent is None)

"""The command `vinofleet status`: its options, each declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from common.interrupt import raise_again
from common.params import Seconds
from common.schema import is_name

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet status                          every fleet of this user here
  vinofleet status tcp://127.0.0.1:5555     a producer, where workers connect
  vinofleet status tcp://127.0.0.1:5556     a collector
  vinofleet status 4711 --watch             the fleet of that `vinofleet run`
  vinofleet status tcp://10.0.0.5:5555 --worker door-1
  vinofleet status tcp://127.0.0.1:5555 --live --json

\b
Exit codes: 0 it is ready (with --live: it answers), 12 NOT_READY, and
10 TIMEOUT where nobody answers. A producer is ready with a collector and a
worker that is ready, a collector with a producer.
"""


def _check_targets(_context: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for target in value:
        if "://" not in target and not (target.isdecimal() and int(target) > 0):
            raise click.BadParameter(f"{target!r} is neither an address (tcp://HOST:PORT) nor a process number.")
    return value


def _check_worker(_context: click.Context, _param: click.Parameter, value: str) -> str:
    if value and not is_name(value):
        raise click.BadParameter(f"{value!r} is no name of a worker.")
    return value


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("target", metavar="[ADDRESS|PID]...", nargs=-1, callback=_check_targets)
@click.option(
    "--worker",
    default="",
    callback=_check_worker,
    help="Ask for this worker only, at its producer: workers listen nowhere.",
)
@click.option(
    "--ready/--live", default=True, help="Whether exit code 0 means ready, or that it answers.  [default: ready]"
)
@click.option("--timeout", type=Seconds(), default=2.0, show_default=True, help="Seconds to wait for an answer.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each address.")
@click.option("--watch", is_flag=True, help="Ask again each second, until Ctrl-C.")
def command(target: tuple[str, ...], worker: str, timeout: float, *, ready: bool, as_json: bool, watch: bool) -> Exit:
    """Ask a fleet how it is: who is there, leases, credits, rates.

    Asking changes nothing, and a run ends as if nobody did. PID is that of `vinofleet run`, or of a role.
    """
    from vinofleet.status.app import StatusOptions, show_status  # noqa: PLC0415 - --help needs none of it

    raise_again()  # everything is imported
    return show_status(
        StatusOptions(target=target, worker=worker, live=not ready, timeout=timeout, as_json=as_json, watch=watch)
    )

"""The command `vinofleet`: one subcommand a role, loaded only when it is invoked.

`vinofleet --help` imports neither a role nor OpenVINO, OpenCV or PyAV: the table below holds what it shows. Options
are declared once, in the role's own `cli` module.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from common.entry import run_command
from common.messages import PROTOCOL
from vinofleet.lazy_group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "run": ("vinofleet.run.cli:command", "Start a whole fleet on this machine, and see it to its end."),
    "demo": ("vinofleet.demo.cli:command", "Find people in a synthetic street; needs no clip, no model."),
    "producer": ("producer.cli:command", "Decode sources and hand their frames to workers."),
    "worker": ("worker.cli:command", "Ask a producer for frames and run the model on them."),
    "collector": ("collector.cli:command", "Put results in order and write them out."),
    "keys": ("vinofleet.keys.cli:command", "Make, show, allow and revoke the keys of machines."),
    "status": ("vinofleet.status.cli:command", "Ask a fleet how it is: who is there, leases, credits, rates."),
    "compare": ("vinofleet.compare.cli:command", "Compare one process with a fleet, on the same frames."),
    "bench": ("vinofleet.bench.cli:command", "Measure a fleet and its parts, and say where the time goes."),
    "tune": ("vinofleet.tune.cli:command", "Find the settings that are best for this machine, model and clip."),
    "models": ("vinofleet.models.cli:command", "List, fetch and inspect models."),
    "chaos": ("vinofleet.chaos.cli:command", "Harm a fleet on purpose, undo it, and check every frame."),
    "devices": ("vinofleet.devices:command", "List the inference devices of this machine."),
    "completion": ("vinofleet.completion:command", "Print what completes command lines in bash, zsh or fish."),
    "schema": ("vinofleet.schema:command", "Print the JSON schema of a file."),
}
"""Subcommands in the order that help shows them: where the click command lies, and its line of help."""

VARIABLE: Final = "_VINOFLEET_COMPLETE"
"""By which a shell asks what a word may be completed to: click's own protocol, see `vinofleet.completion`."""

LIBRARIES: Final = ("openvino", "opencv-python", "av", "pyzmq", "numpy", "msgpack")
"""Distributions that `--version` names: what a report of a defect needs to say."""

EPILOG: Final = """\b
One command for all of it:
  vinofleet run clip.mp4 --model person-detection-0202 --json out.jsonl

\b
Or three terminals; the order does not matter:
  vinofleet collector --bind tcp://127.0.0.1:5556 --json out.jsonl
  vinofleet producer clip.mp4 --model model.xml \\
      --bind tcp://127.0.0.1:5555 --collector tcp://127.0.0.1:5556
  vinofleet worker --connect tcp://127.0.0.1:5555

Every command also takes --debug: a failure then prints its traceback.
"""


def version_text() -> str:
    """What `--version` prints: this distribution, its protocol, the interpreter and the libraries, a line each."""
    import platform  # noqa: PLC0415 - what every other command would wait for is imported where it is used

    own = f"vinofleet {_version('vinofleet')} (protocol {PROTOCOL}, Python {platform.python_version()})"
    return "\n".join([own, *(f"{name} {_version(name)}" for name in LIBRARIES)])


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - as above: a third of --help's time

    try:
        return version(distribution)
    except PackageNotFoundError:
        return "(not installed)"


def _print_version(ctx: click.Context, _param: click.Parameter, value: Any) -> None:  # noqa: ANN401 - click's
    if value:
        click.echo(version_text())
        ctx.exit()


@click.group(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Versions.")
def cli() -> None:
    """Detect objects in video with any number of processes and machines.

    A producer decodes, workers infer, a collector puts the results in order: every frame ends exactly once as ok,
    failed or dropped.
    """


def main() -> NoReturn:
    """Run the command line, or answer a shell; see `vinofleet.__main__`."""
    if VARIABLE in os.environ:
        from vinofleet.completion import complete  # noqa: PLC0415 - whoever is not asked by a shell needs none of it

        complete(cli)
    run_command(cli)

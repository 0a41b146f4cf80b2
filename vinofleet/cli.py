"""The command `vinofleet`: one subcommand a role, loaded only when it is invoked.

`vinofleet --help` imports neither a role nor OpenVINO, OpenCV or PyAV: the table below holds what it shows. Options
are declared once, in the role's own `cli` module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from common.entry import load_command, run_command
from common.messages import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "run": ("vinofleet.run.cli:command", "Start a whole fleet on this machine, and see it through to its end."),
    "producer": ("producer.cli:command", "Decode sources and hand their frames to workers."),
    "worker": ("worker.cli:command", "Ask a producer for frames and run the model on them."),
    "collector": ("collector.cli:command", "Put results in order and write them out."),
    "devices": ("vinofleet.devices:command", "List the inference devices of this machine."),
    "schema": ("vinofleet.schema:command", "Print the JSON schema of a file."),
}
"""Subcommands in the order that help shows them: where the click command lies, and its line of help."""

LIBRARIES: Final = ("openvino", "opencv-python", "av", "pyzmq", "numpy", "msgpack")
"""Distributions that `--version` names: what a report of a defect needs to say."""

EPILOG: Final = """\b
One command for all of it:
  vinofleet run clip.mp4 --model model.xml --json out.jsonl

\b
Or three terminals; the order does not matter:
  vinofleet collector --bind tcp://127.0.0.1:5556 --json out.jsonl
  vinofleet producer clip.mp4 --model model.xml \\
      --bind tcp://127.0.0.1:5555 --collector tcp://127.0.0.1:5556
  vinofleet worker --connect tcp://127.0.0.1:5555

Every command also takes --debug: a failure then prints its traceback.
"""


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are run, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the subcommands, in the order of a fleet's data."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the subcommand of this name; None if there is none."""
        return load_command(COMMANDS[cmd_name][0]) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the list of subcommands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Versions.")
def cli() -> None:
    """Detect objects in video with any number of processes and machines.

    A producer decodes, workers infer, a collector puts the results in order: every frame ends exactly once as ok,
    failed or dropped.
    """


def main() -> NoReturn:
    """Run the command line; see `vinofleet.__main__`."""
    run_command(cli)

"""`vinofleet completion`: the script by which a shell completes command lines of vinofleet.

The script asks vinofleet itself at each Tab, by a variable in its environment: click's own protocol. What this file
does not know: what a word may be completed to.
"""

from __future__ import annotations

import os
import sys
from typing import Final, NoReturn

import click
from click.shell_completion import get_completion_class, shell_complete

from vinofleet.cli import VARIABLE

PROGRAM: Final = "vinofleet"
SHELLS: Final = ("bash", "zsh", "fish")

EPILOG: Final = """\b
Once and for all (then open another shell):
  bash   vinofleet completion bash \\
             >~/.local/share/bash-completion/completions/vinofleet
         (needs the package bash-completion; without it, in ~/.bashrc:
          eval "$(vinofleet completion bash)")
  zsh    in ~/.zshrc, after compinit:
         eval "$(vinofleet completion zsh)"
  fish   vinofleet completion fish >~/.config/fish/completions/vinofleet.fish

\b
It completes subcommands, options, names of models and devices, policies,
and files. vinofleet has to be on the PATH.
"""


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print what completes command lines in bash, zsh or fish."""
    kind = get_completion_class(shell)
    assert kind is not None  # click has all of SHELLS
    click.echo(kind(context.find_root().command, {}, PROGRAM, VARIABLE).source())


def complete(cli: click.Command) -> NoReturn:
    """Answer a shell, which says in the environment what it wants, such as `bash_complete`; the process ends."""
    sys.exit(shell_complete(cli, {}, PROGRAM, VARIABLE, os.environ[VARIABLE]))

"""A command of subcommands that are imported when they are run: its help comes from a table, and costs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from common.entry import load_command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group whose subcommands are imported when they are run, not when they are listed.

    Args:
        table: by name, in the order that help shows them: where the click command lies, and its line of help.
        options: click's own.
    """

    def __init__(self, *, table: Mapping[str, tuple[str, str]], **options: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(**options)
        self.table: Final = table

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the subcommands, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the subcommand of this name; None if there is none."""
        return load_command(self.table[cmd_name][0]) if cmd_name in self.table else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a subcommand from the table, importing none of them, or an option."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when a shell asks

        names = [
            CompletionItem(name, help=text) for name, (_, text) in self.table.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the list of subcommands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

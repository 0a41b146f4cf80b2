"""What a shell may complete a word to, for options of several commands (click's `shell_complete`).

Guarantees that nothing is printed and nothing raised: a failure completes to nothing, since nobody wants to read of it
while typing. What this file does not know: shells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from click.shell_completion import CompletionItem

from common.errors import VinofleetError

if TYPE_CHECKING:
    import click

POLICIES: Final = ("lossless", "freshest", "max-age=")


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Any file."""
    return [CompletionItem(incomplete, type="file")]


def models(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of models; files where no name begins so."""
    from common.zoo.names import open_zoo  # noqa: PLC0415 - only when a name is completed

    try:
        entries = open_zoo().manifest.entries
    except VinofleetError:
        entries = {}
    named = [CompletionItem(name) for name in entries if name.startswith(incomplete)]
    return named or files(ctx, param, incomplete)


def policies(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Which frames are dropped."""
    return [CompletionItem(policy) for policy in POLICIES if policy.startswith(incomplete)]

"""The command `vinofleet models fetch`: models onto this machine before they are needed."""

from __future__ import annotations

from typing import Final

import click

from common import completing
from common.errors import UsageError
from common.interrupt import raise_again
from common.params import Seconds
from common.zoo.manifest import PRECISIONS, Entry, Manifest
from common.zoo.names import bring, find, near_miss, open_zoo
from common.zoo.patience import Patience
from vinofleet.models.progress import fetch_shown

_USUAL: Final = Patience()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("name", nargs=-1, shell_complete=completing.models)
@click.option("--all", "everything", is_flag=True, help="Every model of the list that does not come with vinofleet.")
@click.option("--precision", type=click.Choice(PRECISIONS), help="Of names without one. [default: FP16]")
@click.option("--mirror", help="An address that has what the publisher's has. [default: VINOFLEET_MIRROR, if set]")
@click.option(
    "--timeout",
    type=Seconds(),
    default=_USUAL.stall_s,
    show_default=True,
    help="Seconds without progress after which a try is given up.",
)
@click.option("--tries", type=click.IntRange(1, 100), default=_USUAL.tries, show_default=True, help="Tries of a file.")
def command(
    *, name: tuple[str, ...], everything: bool, precision: str | None, mirror: str | None, timeout: float, tries: int
) -> None:
    """Fetch models, so that they are on this machine.

    NAME may have /PRECISION after it. Prints the path of each model's file when all are here. Bytes are checked by
    SHA-384, so a mirror may be plain http. What is here already is checked, and only what is missing or damaged is
    fetched.
    """
    raise_again()  # everything is imported
    zoo = open_zoo(mirror)
    wanted = _wanted(zoo.manifest, name, precision, everything=everything)
    patience = Patience(tries=tries, connect_s=min(timeout, _USUAL.connect_s), stall_s=timeout)
    with fetch_shown("models") as tell:
        paths = [bring(entry, each, zoo, tell, patience) for entry, each in wanted]
    click.echo("\n".join(map(str, paths)))  # not before: while there is a bar, stdout may be the bar's


def _wanted(
    manifest: Manifest, names: tuple[str, ...], precision: str | None, *, everything: bool
) -> list[tuple[Entry, str]]:
    """Read every name before anything is fetched."""
    if bool(names) is everything:
        raise UsageError("give the names of models, or --all", "see `vinofleet models list`")
    if everything:
        names = tuple(entry.name for entry in manifest.entries.values() if not entry.embedded)
    return [_named(f"{name}/{precision}" if precision and "/" not in name else name, manifest) for name in names]


def _named(name: str, manifest: Manifest) -> tuple[Entry, str]:
    found = find(name, manifest)
    if found is None:
        raise UsageError(f"no model has the name '{name}'", near_miss(name, manifest) or "see `vinofleet models list`")
    return found

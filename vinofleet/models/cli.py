"""The command `vinofleet models`: its subcommands, loaded only when they are invoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from vinofleet.lazy_group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE: Final[Mapping[str, tuple[str, str]]] = {
    "list": ("vinofleet.models.listing:command", "List the models that have names."),
    "fetch": ("vinofleet.models.fetching:command", "Fetch models, so that they are on this machine."),
    "path": ("vinofleet.models.path:command", "Print where a model's file is."),
    "inspect": ("vinofleet.models.inspect:command", "Say what a model is and what vinofleet would do with it."),
}

EPILOG: Final = """\b
Examples:
  vinofleet models list
  vinofleet models fetch person-detection-0202
  vinofleet run clip.mp4 --model person-detection-0202 --output out.mp4
  vinofleet models inspect my-model.xml

\b
A machine without the internet: name a mirror with --mirror URL or
VINOFLEET_MIRROR=URL, or put the files where `models fetch` says.
VINOFLEET_MANIFEST=FILE names another manifest: models of your own.
"""


@click.group(cls=LazyGroup, table=TABLE, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EPILOG)
def command() -> None:
    """List, fetch and inspect models.

    What has a name can be given to --model by it: NAME, or NAME/PRECISION (FP16 unless it is said). It is fetched when
    it is first used, kept in the user's cache, and checked by its SHA-384 each time.
    """

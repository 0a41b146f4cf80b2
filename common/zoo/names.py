"""From what a user writes after --model to the model's files, and to what is known of them.

Guarantees: a file wins over a name, so nobody's file is ever passed over; an error names both ways in which the text
was read. What is wrong with a model's files once they are found is not judged here (`common.inspection`).

| variable | what |
|---|---|
| `VINOFLEET_MIRROR` | an http or https address that has what the publisher's has, for machines that do not reach that |
| `VINOFLEET_MANIFEST` | another manifest: the models of one's own |
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from common.cache_folder import cache_folder
from common.errors import ModelError, UsageError
from common.leaving import leaving_at_once, stopping
from common.zoo.manifest import ADDRESS, Entry, Manifest, parse_manifest
from common.zoo.patience import Patience
from common.zoo.steps import Step, label, public
from common.zoo.store import ZooStore

MANIFEST: Final = Path(__file__).with_name("manifest.json")
MANIFEST_VARIABLE: Final = "VINOFLEET_MANIFEST"
MIRROR_VARIABLE: Final = "VINOFLEET_MIRROR"


@dataclass(frozen=True, slots=True)
class Zoo:
    """The models that have names here.

    Attributes:
        manifest: what is known of them.
        store: where they are kept.
        base: where they are fetched from; ends in a slash.
    """

    manifest: Manifest
    store: ZooStore
    base: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """A model's graph, and what is known of it.

    Attributes:
        path: where it is.
        entry: None for a file of the user's own.
    """

    path: Path
    entry: Entry | None


def open_zoo(mirror: str | None = None) -> Zoo:
    """Read the manifest and the environment.

    Args:
        mirror: as given; None is VINOFLEET_MIRROR, or else the publisher.

    Raises:
        ModelError: the manifest cannot be used.
        UsageError: the mirror is no address.
    """
    manifest = _read(Path(os.environ.get(MANIFEST_VARIABLE) or MANIFEST))
    asked = mirror or os.environ.get(MIRROR_VARIABLE) or manifest.base
    if not ADDRESS.match(asked):
        raise UsageError(f"the mirror {public(asked)!r} is no http or https address", "write https://HOST/FOLDER")
    return Zoo(manifest, ZooStore(cache_folder() / "zoo"), asked.rstrip("/") + "/")


def find(text: str, manifest: Manifest) -> tuple[Entry, str] | None:
    """Read NAME or NAME/PRECISION; None where there is no such name.

    Raises:
        ModelError: there is, but not in that precision.
    """
    name, slash, precision = text.partition("/")
    entry = manifest.entries.get(name)
    if entry is None:
        return None
    wanted = precision if slash else entry.precision
    if wanted not in entry.precisions:
        raise ModelError(
            f"'{text}' is no file, and {name} cannot be had as '{wanted}'", f"choose {', '.join(entry.precisions)}"
        )
    return entry, wanted


def near_miss(text: str, manifest: Manifest) -> str:
    """Ask whether a name that is nearly written so was meant; '' where none is."""
    near = difflib.get_close_matches(text.partition("/")[0].lower(), manifest.entries, 1)
    return f"did you mean {near[0]}?" if near else ""


def resolve(text: str, zoo: Zoo | None = None) -> Resolved:
    """Find a model that is on this machine.

    Args:
        text: a path, NAME or NAME/PRECISION; a file wins over a name, and a name over a folder.
        zoo: which names there are; None is what the environment says.

    Raises:
        ModelError: there is neither such a file nor such a name; or what it names is not here, or not right.
        OutputError: the disk fails where models are kept.
        UsageError: the mirror of the environment is no address.
    """
    return _read_text(text, zoo, _at_hand)


def obtain(text: str, tell: Callable[[Step], None]) -> Resolved:
    """Find a model as `resolve` does, and fetch it if it has a name and is not here.

    Args:
        text: see `resolve`.
        tell: is told what happens, if anything does.

    Raises:
        ModelError: there is neither such a file nor such a name.
        NetworkError: it cannot be fetched.
        OutputError: it cannot be kept.
        UsageError: the mirror of the environment is no address.
    """
    return _read_text(text, None, partial(bring, tell=tell))


def bring(
    entry: Entry, precision: str, zoo: Zoo, tell: Callable[[Step], None], patience: Patience | None = None
) -> Path:
    """Make sure that a model with a name is here, and return where its graph is; for errors see `obtain`."""
    if entry.embedded:
        return _at_hand(entry, precision, zoo)
    if not zoo.store.has(entry, precision):
        with leaving_at_once():  # imports; nothing has been made
            from common.zoo.fetch import Fetcher  # noqa: PLC0415 - a model that is here needs no HTTP

        with stopping():
            Fetcher(zoo.store, zoo.base, tell, patience or Patience()).fetch(entry, precision)
    return zoo.store.graph(entry, precision)


def _at_hand(entry: Entry, precision: str, zoo: Zoo) -> Path:
    if not zoo.store.has(entry, precision):
        raise _not_here(entry, precision, zoo.store)
    return zoo.store.graph(entry, precision)


def _read_text(text: str, zoo: Zoo | None, locate: Callable[[Entry, str, Zoo], Path]) -> Resolved:
    """Read a path or a name; a file needs neither a manifest nor a mirror."""
    # os.path and not pathlib: it takes any text, however long, for a question that can be answered.
    if os.path.isfile(text):  # noqa: PTH113 - as above
        return Resolved(Path(text), None)
    zoo = zoo or open_zoo()
    if named := find(text, zoo.manifest):
        return Resolved(locate(*named, zoo), named[0])
    if os.path.exists(text):  # noqa: PTH110 - as above
        return Resolved(Path(text), None)
    raise _neither(text, zoo.manifest)


def _neither(text: str, manifest: Manifest) -> ModelError:
    remedy = near_miss(text, manifest) or "check the path, or see `vinofleet models list`"
    return ModelError(f"'{text}' is neither a file nor the name of a model", remedy)


def _not_here(entry: Entry, precision: str, store: ZooStore) -> ModelError:
    if entry.embedded:
        return ModelError(f"this installation lacks {entry.name}", "install vinofleet again")
    name = label(entry, precision)
    folder = store.folder(entry, precision)
    return ModelError(f"{name} is not in {folder}", f"fetch it: vinofleet models fetch {name}")


def _read(path: Path) -> Manifest:
    try:
        return parse_manifest(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ModelError(
            f"the manifest {path} cannot be read ({error.strerror})", f"see {MANIFEST_VARIABLE}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"the manifest {path} is no JSON ({error})", f"see {MANIFEST_VARIABLE}") from error

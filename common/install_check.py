"""Whether vinofleet's packages are its own.

`common`, `worker`, `producer` and `collector` are ordinary words: another wheel that ships one of them, or a folder of
that name on the path, replaces ours without a word. This check finds that out before anything is imported from the
stranger. It imports none of the packages; it asks the import system where they would come from.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.errors import VinofleetError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.machinery import ModuleSpec

PACKAGES: Final = ("vinofleet", "producer", "worker", "collector", "common")
REMEDY: Final = "install vinofleet into an environment of its own (pipx, uv tool or a venv), or start it elsewhere"


class ForeignPackageError(VinofleetError):
    """A package of vinofleet's is missing, or is hidden by another of the same name."""


def check_install(find: Callable[[str], ModuleSpec | None] = find_spec) -> None:
    """Assert that all of vinofleet's packages lie in one folder.

    Args:
        find: how a package is looked up; for tests.

    Raises:
        ForeignPackageError: one is missing or lies elsewhere; the message names it and where it was found.
    """
    home = Path(__file__).resolve().parent.parent
    strangers = list(_strangers(home, {name: find(name) for name in PACKAGES}))
    if strangers:
        raise ForeignPackageError(f"vinofleet is installed in {home}, but {' and '.join(strangers)}", REMEDY)


def _strangers(home: Path, specs: dict[str, ModuleSpec | None]) -> Iterable[str]:
    """One phrase for each package that is not at `home`."""
    for name, spec in specs.items():
        places = _places(spec)
        if not places:
            yield f"package {name} is missing"
        elif places != [home / name]:
            yield f"package {name} comes from {', '.join(map(str, places))}"


def _places(spec: ModuleSpec | None) -> list[Path]:
    """The folders that a package would be loaded from; a plain module's is its file."""
    if spec is None:
        return []
    if spec.submodule_search_locations is not None:
        return [Path(folder).resolve() for folder in spec.submodule_search_locations]
    return [Path(spec.origin).resolve()] if spec.origin else []

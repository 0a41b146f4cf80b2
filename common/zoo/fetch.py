"""A model from its publisher, or from a mirror, into the store.

Guarantees: a model is in the store afterwards, whole and right, or an error says what was tried and what can be done,
and nothing of a file that did not come is left. Several processes may fetch the same model at once: one does, the
others wait and find it.

What this file does not know: who asked for it, and who is told.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from common.errors import NetworkError
from common.zoo.download import Web
from common.zoo.failure import DownloadError
from common.zoo.manifest import Entry, ZooFile
from common.zoo.patience import Patience
from common.zoo.steps import Began, Fetched, Reached, Step, Waiting, label, public
from common.zoo.store import ZooStore


class Fetcher:
    """Brings models into a store.

    Args:
        store: where they are to be.
        base: the address that their files' paths continue; ends in a slash.
        tell: is told what happens.
        patience: how often, and how long.
    """

    def __init__(self, store: ZooStore, base: str, tell: Callable[[Step], None], patience: Patience) -> None:
        self._store: Final = store
        self._base: Final = base
        self._tell: Final = tell
        self._patience: Final = patience

    def __repr__(self) -> str:
        return f"Fetcher({public(self._base)} -> {self._store})"

    def fetch(self, entry: Entry, precision: str) -> None:
        """Make sure that a model is in the store.

        Args:
            entry: the model; not an embedded one.
            precision: one that it has.

        Raises:
            NetworkError: it cannot be had from there.
            OutputError: it cannot be kept.
        """
        name = label(entry, precision)
        with self._store.claim(entry, precision, lambda: self._tell(Waiting(name))):
            missing = self._store.missing(entry, precision)
            if missing:
                self._tell(Began(name, sum(file.size for file in missing), public(self._base)))
                self._fetch_all(entry, precision, missing)
        self._tell(Fetched(name, self._store.nbytes(entry, precision)))

    def _fetch_all(self, entry: Entry, precision: str, files: list[ZooFile]) -> None:
        done = 0
        with Web(self._patience, self._tell) as web:
            for file in files:
                url = f"{self._base}{file.path}"
                try:
                    with self._store.coming(entry, precision, file) as out:
                        web.download(url, file, out, partial(self._reached, done))
                except DownloadError as error:
                    raise self._not_had(entry, precision, f"{public(url)}: {error}") from error
                done += file.size

    def _reached(self, before: int, nbytes: int) -> None:
        self._tell(Reached(before + nbytes))

    def _not_had(self, entry: Entry, precision: str, why: str) -> NetworkError:
        """Say what was tried, and both ways around it."""
        names = " and ".join(file.name for file in entry.files[precision])
        return NetworkError(
            f"{label(entry, precision)} cannot be fetched from {why}",
            f"name a mirror with `vinofleet models fetch --mirror URL` or VINOFLEET_MIRROR=URL, "
            f"or put {names} into {self._store.folder(entry, precision)} by hand",
        )

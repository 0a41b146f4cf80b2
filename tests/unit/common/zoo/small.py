"""A mirror with small files under the shipped manifest's names, and a store that is empty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from common.zoo.names import Zoo
from common.zoo.store import ZooStore
from tests.unit.common.zoo.mirror import Mirror, mirror, small_zoo, write_manifest

NAMED: Final = "person-detection-0202"


@dataclass(frozen=True, slots=True)
class SmallZoo:
    """What `small_zoo_in` gives: the zoo, its mirror, the folder of its store, and the bytes of each file by path."""

    zoo: Zoo
    mirror: Mirror
    root: Path
    contents: dict[str, bytes]

    def files(self) -> dict[str, bytes]:
        """What is in the store, by path; locks are not."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path.suffix != ".lock"
        }

    def wanted(self, name: str, precision: str = "FP16") -> dict[str, bytes]:
        """What is to be there of a model."""
        files = self.zoo.manifest.entries[name].files[precision]
        return {f"{name}/{precision}/{file.name}": self.contents[file.path] for file in files}


@contextmanager
def small_zoo_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallZoo]:
    """Give nine models of small files; the environment points to them too."""
    document, contents = small_zoo()
    with mirror() as server:
        server.has(document, contents)
        manifest = write_manifest(tmp_path / "manifest.json", document)
        monkeypatch.setenv("VINOFLEET_MANIFEST", str(tmp_path / "manifest.json"))
        monkeypatch.setenv("VINOFLEET_MIRROR", server.base)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        root = tmp_path / "cache/vinofleet/zoo"
        yield SmallZoo(Zoo(manifest, ZooStore(root), server.base), server, root, contents)

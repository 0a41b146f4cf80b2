"""Every input that fuzzing has kept, and every seed, again: what was found once is not found by a user."""

from __future__ import annotations

import pytest

import tests.fuzz.targets  # noqa: F401 - it fills TARGETS
from tests.fuzz.harness import at_most
from tests.fuzz.target import CORPUS, TARGETS


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_fuzzing_has_kept_holds(name: str) -> None:
    """In the memory that a case may take."""
    target = TARGETS[name]
    for seed in target.seeds():
        target.run(seed)  # what is imported and kept once is not what a case costs
    for path in target.corpus:
        try:
            with at_most(target.memory):
                target.run(path.read_bytes())
        except BaseException as error:
            error.add_note(f"with {path}")
            raise


def test_each_folder_belongs_to_a_target() -> None:
    """A target that is renamed takes its corpus along."""
    assert {folder.name for folder in CORPUS.iterdir()} <= set(TARGETS)

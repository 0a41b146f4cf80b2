"""A model is damaged where a worker keeps it."""

from __future__ import annotations

import pytest

from tests.process.media import clip, model
from tests.process.roles import Shell, assert_conserved, assert_end_well

pytestmark = [pytest.mark.faults, pytest.mark.process]


def test_a_model_is_damaged_in_the_workers_cache(shell: Shell) -> None:
    """Its digest is not the job's, so it is fetched anew; the run is as any other."""
    source, cache = clip(shell.folder / "a.mp4", frames=20), shell.folder / "cache"
    arguments = (str(source), "--model", str(model(shell.folder)))
    assert_end_well(shell.collector(), shell.producer(*arguments), shell.worker("w1", "--cache-dir", str(cache)))
    undisturbed = shell.jsonl
    kept = sorted((cache / "models").iterdir())
    before = [path.read_bytes() for path in kept]
    for path, sound in zip(kept, before, strict=True):
        path.chmod(0o600)
        path.write_bytes(bytes(len(sound)))
    roles = (shell.collector("--force"), shell.producer(*arguments), shell.worker("w1", "--cache-dir", str(cache)))
    assert_end_well(*roles)
    assert_conserved(shell, 20)
    assert shell.jsonl == undisturbed
    assert [path.read_bytes() for path in kept] == before

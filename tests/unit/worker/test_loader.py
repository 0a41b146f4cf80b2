"""The loader's thread: what it leaves in the mailbox, and how it ends."""

from __future__ import annotations

import select
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from common.counter import stamp
from common.errors import DeviceError, ModelError
from common.mailbox import Mailbox
from tests.unit.worker.playbook import FILE, JOB, JOB_WITH_FILE, MODEL, SHA
from worker import loader
from worker.actions import Store
from worker.engine import Completion, EngineInfo, EngineOptions, OnDone
from worker.loader import Broken, Event, Failed, Loaded, Loader, Prepared, Stored
from worker.model_store import ModelStore
from worker.pace import AT_ONCE

DEADLINE_S = 20.0


class Desk:
    """A loader with a mailbox, of which one event is taken at a time."""

    def __init__(self, root: Path) -> None:
        self.mailbox: Mailbox[Event] = Mailbox()
        self.loader = Loader(ModelStore(root), EngineOptions(), self.mailbox)
        self._waiting: list[Event] = []

    def next(self) -> Event:
        """Wait for the next event; a test that waits longer than the deadline fails."""
        if not self._waiting:
            assert select.select([self.mailbox], [], [], DEADLINE_S)[0], "nothing came"
            self._waiting = self.mailbox.drain()
        return self._waiting.pop(0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Make a desk whose loader ends with the test."""
    desk = Desk(tmp_path)
    yield desk
    desk.loader.close(DEADLINE_S)
    desk.mailbox.close()


def test_a_model_is_found_missing_stored_and_loaded(desk: Desk) -> None:
    """Each step leaves its event."""
    digest = JOB_WITH_FILE.digest
    desk.loader.prepare(digest, JOB_WITH_FILE)
    assert desk.next() == Prepared(digest, ((SHA, FILE.size),))
    desk.loader.store(Store(digest, SHA, 0, FILE.size, memoryview(MODEL)[:5]))
    desk.loader.store(Store(digest, SHA, 5, FILE.size, memoryview(MODEL)[5:]))
    assert desk.next() == Stored(digest, SHA, ok=True)
    desk.loader.prepare(digest, JOB_WITH_FILE)
    assert desk.next() == Prepared(digest, ())
    desk.loader.load(digest, JOB_WITH_FILE)
    loaded = desk.next()
    assert isinstance(loaded, Loaded)
    assert loaded.engine.requests == 2


def test_completions_come_the_same_way(desk: Desk) -> None:
    """The loop has one place to look."""
    desk.loader.load(JOB.digest, JOB)
    loaded = desk.next()
    assert isinstance(loaded, Loaded)
    pixels = np.zeros(JOB.input.nbytes, np.uint8)
    stamp(pixels, 7)
    loaded.engine.submit(3, pixels, (8, 4))
    completion = desk.next()
    assert isinstance(completion, Completion)
    assert (completion.token, completion.error) == (3, "")


def test_a_failure_is_told_with_its_cause(desk: Desk) -> None:
    """A script that nobody can read is the model's fault."""
    desk.loader.load(b"digest", replace(JOB, script="nonsense=1"))
    failed = desk.next()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ModelError)


def test_a_defect_is_handed_to_the_loop(desk: Desk) -> None:
    """It must end the process there, and not a thread here."""
    desk.loader.load(b"digest", None)  # type: ignore[arg-type] # a defect
    assert isinstance(desk.next(), Broken)


def test_an_unloaded_engine_is_closed(desk: Desk) -> None:
    """Its thread is gone when the loader is."""
    desk.loader.load(JOB.digest, JOB)
    loaded = desk.next()
    assert isinstance(loaded, Loaded)
    desk.loader.unload(JOB.digest)
    assert desk.loader.close(DEADLINE_S)


def test_what_hangs_is_reported_and_not_waited_for(tmp_path: Path) -> None:
    """An engine with a request that never ends cannot be closed."""
    desk = Desk(tmp_path)
    document = replace(JOB, script="hang=7")
    desk.loader.load(document.digest, document)
    loaded = desk.next()
    assert isinstance(loaded, Loaded)
    pixels = np.zeros(document.input.nbytes, np.uint8)
    stamp(pixels, 7)
    loaded.engine.submit(1, pixels, (8, 4))
    assert not desk.loader.close(0.05)
    desk.mailbox.close()


class Prover:
    """Stands for engines: what they complete, each when it is told to."""

    def __init__(self) -> None:
        self.made: list[OnDone] = []
        self.info = EngineInfo("fake", "NPU", "", "default", 0, 2, "")
        self.requests = self.depth = 2
        self.pace = AT_ONCE

    def make(self, _job: object, _folder: object, _options: object, on_done: OnDone) -> Prover:
        """One more."""
        self.made.append(on_done)
        return self

    def submit(self, token: int, _pixels: object, _frame_size: object) -> None:
        """The third one answers; the first one's answer comes while the second is asked."""
        if len(self.made) == 2:
            self.made[0]([Completion(token, None, "", 1)])
        if len(self.made) == 3:
            self.made[2]([Completion(token, None, "no such kernel", 1)])

    def close(self) -> None:
        """Nothing is under way."""


def test_an_engine_that_does_not_infer_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says nothing, or that it cannot; and what another one says late is no proof of it."""
    monkeypatch.setattr(loader, "make_engine", Prover().make)
    monkeypatch.setattr(loader, "PROOF_S", 0.05)
    texts = []
    for digest in (b"1", b"2", b"3"):
        desk.loader.load(digest, JOB)
        failed = desk.next()
        assert isinstance(failed, Failed)
        assert isinstance(failed.error, DeviceError)
        texts.append(failed.error.what)
    late = "device NPU fails at the first inference (it took more than 0.05 s)"
    assert texts == [late, late, "device NPU fails at the first inference (no such kernel)"]

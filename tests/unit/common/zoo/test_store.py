"""Where models with names are kept."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from common.errors import OutputError
from common.zoo import store as module
from common.zoo.store import ZooStore
from tests.unit.common.zoo.small import NAMED, SmallZoo


def test_what_was_put_there_by_hand_is_as_good(small: SmallZoo) -> None:
    """If its bytes are right."""
    entry, store = small.zoo.manifest.entries[NAMED], small.zoo.store
    folder = store.folder(entry, "FP16")
    folder.mkdir(parents=True)
    for file in entry.files["FP16"]:
        assert not store.has(entry, "FP16")
        (folder / file.name).write_bytes(small.contents[file.path])
    assert store.has(entry, "FP16")
    assert store.graph(entry, "FP16") == folder / f"{NAMED}.xml"
    assert not store.has(entry, "FP32")


def test_what_is_coming_has_no_name_until_it_ends_well(small: SmallZoo) -> None:
    """And is gone where it does not."""
    entry, store = small.zoo.manifest.entries[NAMED], small.zoo.store
    file = entry.files["FP16"][0]
    with store.claim(entry, "FP16", lambda: None):
        with pytest.raises(ZeroDivisionError), store.coming(entry, "FP16", file) as out:
            out.write(b"%d" % (len(small.files()) // 0))
        assert small.files() == {}
        with store.coming(entry, "FP16", file) as out:
            assert small.files() == {f"{NAMED}/FP16/{file.name}.part": b""}
            out.write(b"all")
        assert small.files() == {f"{NAMED}/FP16/{file.name}": b"all"}


def test_what_a_killed_process_left_is_swept_away(small: SmallZoo) -> None:
    """By the next one that fetches the same model; what is not `.part` stays."""
    entry, store = small.zoo.manifest.entries[NAMED], small.zoo.store
    folder = store.folder(entry, "FP16")
    folder.mkdir(parents=True)
    (folder / "m.bin.part").write_bytes(b"half")
    (folder / "notes.txt").write_bytes(b"mine")
    with store.claim(entry, "FP16", lambda: None):
        assert small.files() == {f"{NAMED}/FP16/notes.txt": b"mine"}


def test_one_claims_a_model_at_a_time(small: SmallZoo) -> None:
    """The other is told that it waits, and goes on when the first is through."""
    entry, store = small.zoo.manifest.entries[NAMED], small.zoo.store
    waits, entered = threading.Event(), threading.Event()

    def second() -> None:
        with ZooStore(small.root).claim(entry, "FP16", waits.set):
            entered.set()

    thread = threading.Thread(target=second)
    with store.claim(entry, "FP16", lambda: None):
        thread.start()
        assert waits.wait(60)
        assert not entered.is_set()
        with store.claim(entry, "FP32", lambda: pytest.fail("another precision is another model")):
            pass
    thread.join(60)
    assert entered.is_set()


def test_another_process_that_never_ends_is_not_waited_for_for_ever(
    small: SmallZoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been stopped."""
    monkeypatch.setattr(module, "LOCK_MAX_S", 0.01)
    entry, store = small.zoo.manifest.entries[NAMED], small.zoo.store
    with (
        store.claim(entry, "FP16", lambda: None),
        pytest.raises(OutputError, match="another process has held a lock"),
        ZooStore(small.root).claim(entry, "FP16", lambda: None),
    ):
        pytest.fail("both have it")


def test_an_embedded_model_is_there_with_both_files(
    small: SmallZoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes with the installation, so nobody checks its bytes; the store is not touched."""
    monkeypatch.setattr(module, "EMBEDDED", tmp_path)
    entry, store = small.zoo.manifest.entries["vinofleet-person"], small.zoo.store
    (tmp_path / "vinofleet-person.xml").write_bytes(b"<net/>")
    assert not store.has(entry, "FP16")
    (tmp_path / "vinofleet-person.bin").write_bytes(b"1234")
    assert store.has(entry, "FP16")
    assert store.nbytes(entry, "FP16") == 10
    assert store.graph(entry, "FP16") == tmp_path / "vinofleet-person.xml"
    assert small.files() == {}


def test_a_store_that_cannot_be_read_is_an_error_of_the_output(small: SmallZoo) -> None:
    """A folder stands where a file should be."""
    entry, store = small.zoo.manifest.entries[NAMED], small.zoo.store
    (store.folder(entry, "FP16") / f"{NAMED}.xml").mkdir(parents=True)
    with pytest.raises(OutputError, match="Is a directory"):
        store.has(entry, "FP16")

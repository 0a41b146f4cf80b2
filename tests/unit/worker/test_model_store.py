"""Model files by content, in a shared folder."""

from __future__ import annotations

import hashlib
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ModelError, OutputError
from common.job import JobDocument, ModelFile
from tests.unit.worker.playbook import job
from worker.model_store import ModelStore

XML, BIN = b"<net/>", bytes(range(200))


def _file(name: str, content: bytes) -> ModelFile:
    return ModelFile(name, len(content), hashlib.sha256(content).hexdigest())


def _sha(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


MODEL = job(files=(_file("m.xml", XML), _file("m.bin", BIN)))


def _fill(store: ModelStore, document: JobDocument = MODEL, *contents: bytes) -> None:
    for content in contents or (XML, BIN):
        assert store.add(document.digest, _sha(content), 0, len(content), memoryview(content)) is True


def _names(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if path.is_file()}


def test_what_is_not_here_is_missing_until_it_is_added(tmp_path: Path) -> None:
    """Each file is named with its bytes, in the job's order."""
    store = ModelStore(tmp_path)
    assert store.missing(MODEL) == ((_sha(XML), len(XML)), (_sha(BIN), len(BIN)))
    _fill(store)
    assert store.missing(MODEL) == ()


def test_two_names_of_one_content_are_fetched_once(tmp_path: Path) -> None:
    """Files are told apart by their bytes."""
    twice = job(files=(_file("a.bin", BIN), _file("b.bin", BIN)))
    store = ModelStore(tmp_path)
    assert store.missing(twice) == ((_sha(BIN), len(BIN)),)
    _fill(store, twice, BIN)
    folder = store.folder(twice)
    assert (folder / "a.bin").read_bytes() == (folder / "b.bin").read_bytes() == BIN


def test_the_folder_has_the_files_under_their_names(tmp_path: Path) -> None:
    """It is the same for every job with the same files, so that compiled models are found again."""
    store = ModelStore(tmp_path)
    _fill(store)
    folder = store.folder(MODEL)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"m.xml": XML, "m.bin": BIN}
    assert store.folder(job(threshold=0.25, files=MODEL.files)) == folder
    assert ModelStore(tmp_path).folder(MODEL) == folder


@pytest.mark.parametrize("damage", [b"", BIN[:-1], bytes(len(BIN))])
def test_a_file_that_was_changed_is_fetched_again_and_replaced(tmp_path: Path, damage: bytes) -> None:
    """Neither the file nor the name that was linked to it keeps the damage."""
    store = ModelStore(tmp_path)
    _fill(store)
    store.folder(MODEL)
    (tmp_path / "models" / _sha(BIN).hex()).write_bytes(damage)
    assert store.missing(MODEL) == ((_sha(BIN), len(BIN)),)
    _fill(store, MODEL, BIN)
    assert (store.folder(MODEL) / "m.bin").read_bytes() == BIN


def test_a_name_that_leads_to_other_bytes_is_replaced(tmp_path: Path) -> None:
    """What is loaded is what was checked."""
    store = ModelStore(tmp_path)
    _fill(store)
    name = store.folder(MODEL) / "m.bin"
    name.unlink()
    name.write_bytes(b"something else")
    assert (store.folder(MODEL) / "m.bin").read_bytes() == BIN


def test_without_links_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems know no hard links."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    store = ModelStore(tmp_path)
    _fill(store)
    assert (store.folder(MODEL) / "m.bin").read_bytes() == BIN


def test_bytes_of_another_digest_are_not_kept(tmp_path: Path) -> None:
    """Nothing of them stays."""
    store = ModelStore(tmp_path)
    assert store.add(MODEL.digest, _sha(BIN), 0, 3, memoryview(b"bad")) is False
    assert _names(tmp_path) == set()


@given(cuts=st.lists(st.integers(1, len(BIN) - 1), unique=True))
def test_pieces_make_the_file(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    """However it is cut, only the last piece brings the finding."""
    store = ModelStore(tmp_path_factory.mktemp("store"))
    edges = [0, *sorted(cuts), len(BIN)]
    findings = [
        store.add(b"job", _sha(BIN), start, len(BIN), memoryview(BIN)[start:end]) for start, end in pairwise(edges)
    ]
    assert findings == [None] * len(cuts) + [True]


def test_offset_0_begins_anew(tmp_path: Path) -> None:
    """What came before is forgotten."""
    store = ModelStore(tmp_path)
    assert store.add(MODEL.digest, _sha(BIN), 0, len(BIN), memoryview(b"wrong")) is None
    _fill(store, MODEL, BIN)
    assert store.missing(job(files=MODEL.files[1:])) == ()


def test_a_piece_that_does_not_continue_is_let_go(tmp_path: Path) -> None:
    """It comes after a failure that was told already."""
    store = ModelStore(tmp_path)
    assert store.add(b"job", _sha(BIN), 5, len(BIN), memoryview(BIN)[5:]) is None
    assert _names(tmp_path) == set()


def test_two_jobs_may_fetch_the_same_file(tmp_path: Path) -> None:
    """Their pieces do not mix, and the file is there once."""
    store = ModelStore(tmp_path)
    for start, end in ((0, 50), (50, len(BIN))):
        for job_digest in (b"a", b"b"):
            finding = store.add(job_digest, _sha(BIN), start, len(BIN), memoryview(BIN)[start:end])
            assert finding is (True if end == len(BIN) else None)
    assert _names(tmp_path) == {_sha(BIN).hex()}


def test_discarded_and_closed_stores_leave_no_parts(tmp_path: Path) -> None:
    """Only whole files stay."""
    store = ModelStore(tmp_path)
    for job_digest in (b"a", b"b"):
        store.add(job_digest, _sha(BIN), 0, len(BIN), memoryview(BIN)[:5])
    store.discard(b"a")
    assert len(_names(tmp_path)) == 1
    store.close()
    assert _names(tmp_path) == set()


def test_an_empty_file_needs_no_fetching(tmp_path: Path) -> None:
    """There is only one; a job that says otherwise is refused."""
    store = ModelStore(tmp_path)
    empty = job(files=(_file("empty.bin", b""),))
    assert store.missing(empty) == ()
    assert (store.folder(empty) / "empty.bin").read_bytes() == b""
    with pytest.raises(ModelError, match=r"empty\.bin"):
        store.missing(job(files=(ModelFile("empty.bin", 0, "0" * 64),)))


@pytest.mark.skipif(os.name != "posix", reason="other systems name a file in the place of a folder differently")
def test_a_folder_that_cannot_be_is_named_with_a_remedy(tmp_path: Path) -> None:
    """The user is told which, and what to do."""
    (tmp_path / "file").write_text("")
    store = ModelStore(tmp_path / "file")
    with pytest.raises(OutputError, match="--cache-dir"):
        store.add(b"job", _sha(BIN), 0, len(BIN), memoryview(BIN))

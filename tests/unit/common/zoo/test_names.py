"""From what a user writes to a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import ModelError, NetworkError, UsageError
from common.zoo import store
from common.zoo.names import find, near_miss, obtain, open_zoo, resolve
from common.zoo.steps import Fetched, Step
from tests.unit.common.zoo.small import NAMED, SmallZoo


def test_a_name_is_fetched_once_and_found_after_that(small: SmallZoo) -> None:
    """With what is known of it; nothing is told where nothing happens."""
    with pytest.raises(ModelError, match=f"fetch it: vinofleet models fetch {NAMED}/FP16"):
        resolve(NAMED)
    steps: list[Step] = []
    found = obtain(NAMED, steps.append)
    assert steps[-1] == Fetched(f"{NAMED}/FP16", 203_000)
    assert found.path == small.root / NAMED / f"FP16/{NAMED}.xml"
    assert found.entry == small.zoo.manifest.entries[NAMED]
    steps.clear()
    assert obtain(f"{NAMED}/FP16", steps.append) == resolve(NAMED) == found
    assert steps == []


def test_a_precision_may_be_named(small: SmallZoo) -> None:
    """Another one is another model; one that is not there is refused with those that are."""
    assert obtain(f"{NAMED}/FP16-INT8", lambda _: None).path.parent.name == "FP16-INT8"
    with pytest.raises(ModelError, match=r"cannot be had as 'INT8': choose FP32, FP16, FP16-INT8"):
        obtain(f"{NAMED}/INT8", lambda _: None)
    with pytest.raises(ModelError, match=r"cannot be had as ''"):
        resolve(f"{NAMED}/")
    assert find("other/FP16", small.zoo.manifest) is None


def test_a_file_wins_over_a_name_and_a_name_over_a_folder(
    small: SmallZoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's file is passed over; a folder is no model that is run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / NAMED).mkdir()
    assert obtain(NAMED, lambda _: None).path.is_relative_to(small.root)
    (tmp_path / NAMED).rmdir()
    (tmp_path / NAMED).touch()
    assert resolve(NAMED).path == Path(NAMED)
    assert resolve(NAMED).entry is None
    (tmp_path / "saved_model").mkdir()
    assert resolve("saved_model").path == Path("saved_model")


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", ["", "m.xml", "/no/such/m.xml", "a\0b", "x" * 5000, "person"])
def test_what_is_neither_is_called_both(text: str) -> None:
    """One line that says so, whatever the text."""
    with pytest.raises(ModelError, match="is neither a file nor the name of a model: "):
        resolve(text)


@pytest.mark.usefixtures("small")
def test_a_name_that_is_nearly_right_is_offered() -> None:
    """A slip of the finger."""
    with pytest.raises(ModelError, match=r"did you mean person-vehicle-bike-detection-2000\?"):
        resolve("person-vehicle-bike-2000")


@pytest.mark.usefixtures("small")
def test_an_installation_without_the_embedded_model_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for it elsewhere."""
    monkeypatch.setattr(store, "EMBEDDED", tmp_path)
    for find_it in (resolve, lambda text: obtain(text, lambda _: None)):
        with pytest.raises(ModelError, match="this installation lacks vinofleet-person: install vinofleet again"):
            find_it("vinofleet-person")


def test_the_embedded_model_is_here_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is part of the installation."""
    monkeypatch.setenv("VINOFLEET_MIRROR", "http://127.0.0.1:9/")
    found = obtain("vinofleet-person", lambda _: None)
    assert found.path.is_file()
    assert found.path.with_suffix(".bin").is_file()
    assert found.entry is not None
    assert found.entry.labels == ("person",)


def test_a_mirror_takes_the_place_of_the_publisher(small: SmallZoo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option before the variable, and the variable before the manifest."""
    assert open_zoo("http://h:1/models").base == "http://h:1/models/"
    assert open_zoo().base == small.mirror.base
    monkeypatch.delenv("VINOFLEET_MIRROR")
    assert open_zoo().base == small.zoo.manifest.base


def test_a_file_needs_neither_a_manifest_nor_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with them is told to those who use a name."""
    monkeypatch.setenv("VINOFLEET_MANIFEST", str(tmp_path / "none.json"))
    monkeypatch.setenv("VINOFLEET_MIRROR", "none")
    (tmp_path / "m.xml").touch()
    assert resolve(str(tmp_path / "m.xml")).path == tmp_path / "m.xml"
    with pytest.raises(ModelError, match=r"none\.json cannot be read"):
        resolve(NAMED)


@pytest.mark.parametrize("mirror", ["ftp://h/", "h", "file:///models", "http://", "http://h/?a", "http://a b/"])
def test_a_mirror_that_is_no_address_is_refused(mirror: str) -> None:
    """Before anything is asked for."""
    with pytest.raises(UsageError, match="is no http or https address"):
        open_zoo(mirror)


def test_a_password_in_a_mirror_that_is_no_address_is_not_shown() -> None:
    """A log may be read by many."""
    with pytest.raises(UsageError, match=r"the mirror 'ftp://\*\*\*@h/' is no http"):
        open_zoo("ftp://me:secret@h/")


def test_a_mirror_that_lacks_a_model_is_an_error_of_the_network(small: SmallZoo) -> None:
    """It names what was asked for."""
    small.mirror.files.clear()
    with pytest.raises(NetworkError, match=r"FP16/person-detection-0202\.xml: the server answers 404 Not Found: "):
        obtain(NAMED, lambda _: None)


@pytest.mark.parametrize(
    ("data", "found"),
    [(None, "cannot be read"), (b"\xff", "is no JSON"), (b"[" * 100_000, "is no JSON"), (b"{}", "cannot be used")],
    ids=["missing", "no text", "deep", "empty"],
)
def test_a_manifest_of_ones_own_that_is_of_no_use_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes | None, found: str
) -> None:
    """By one line."""
    path = tmp_path / "own.json"
    if data is not None:
        path.write_bytes(data)
    monkeypatch.setenv("VINOFLEET_MANIFEST", str(path))
    with pytest.raises(ModelError, match=found):
        open_zoo()


@pytest.mark.usefixtures("small")
def test_a_path_below_a_folder_that_is_called_as_a_model_is_read_both_ways() -> None:
    """As of a collection of models, from the wrong folder."""
    with pytest.raises(ModelError, match=f"'{NAMED}/m.xml' is no file, and {NAMED} cannot be had as 'm.xml': choose"):
        resolve(f"{NAMED}/m.xml")


def test_a_name_in_capitals_is_a_near_miss(small: SmallZoo) -> None:
    """Nothing is as far as another word."""
    assert near_miss(NAMED.upper(), small.zoo.manifest) == f"did you mean {NAMED}?"
    assert near_miss("qqq", small.zoo.manifest) == ""

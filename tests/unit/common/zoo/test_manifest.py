"""What is known of models, and that the shipped document is what it should be."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ModelError
from common.families import DECODERS
from common.zoo.manifest import PRECISIONS, parse_manifest
from common.zoo.names import MANIFEST

SHIPPED: Final[dict[str, Any]] = json.loads(MANIFEST.read_text(encoding="utf-8"))

OPEN_MODEL_ZOO: Final = {
    **{f"person-detection-020{number}": 1 for number in range(4)},
    "pedestrian-detection-adas-0002": 1,
    **{f"person-vehicle-bike-detection-200{number}": 3 for number in range(3)},
    "face-detection-0200": 1,
}
"""The nine, with how many classes each has."""


def test_the_shipped_manifest_has_nine_models_in_three_precisions_and_an_embedded_one() -> None:
    """Each with a graph and its weights, all from one publisher."""
    entries = parse_manifest(SHIPPED).entries
    assert {name: len(entry.labels) for name, entry in entries.items() if not entry.embedded} == OPEN_MODEL_ZOO
    assert [name for name, entry in entries.items() if entry.embedded] == ["vinofleet-person"]
    for entry in entries.values():
        assert entry.licence == "Apache-2.0"
        assert entry.embedded or set(entry.files) == set(PRECISIONS)
        for precision, files in entry.files.items():
            assert [file.name for file in files] == [f"{entry.name}.xml", f"{entry.name}.bin"]
            assert all(f"/{entry.name}/{precision}/{file.name}" in file.path for file in files)


def test_the_shipped_manifest_says_which_models_are_run() -> None:
    """All but the one whose boxes and labels come in two outputs."""
    entries = parse_manifest(SHIPPED).entries.values()
    assert [entry.name for entry in entries if entry.family not in DECODERS] == ["person-detection-0203"]


@pytest.mark.assets
def test_the_shipped_manifest_has_the_publishers_files(assets: Path) -> None:
    """Names, sizes, digests and addresses, as they were recorded elsewhere."""
    recorded: dict[str, list[dict[str, Any]]] = json.loads((assets / "models/omz_manifest.json").read_text())
    manifest = parse_manifest(SHIPPED)
    shipped = {
        name: [
            {"name": f"{p}/{f.name}", "size": f.size, "sha384": f.sha384, "url": manifest.base + f.path}
            for p, files in entry.files.items()
            for f in files
        ]
        for name, entry in manifest.entries.items()
        if not entry.embedded
    }
    assert shipped == recorded


def _first(document: dict[str, Any]) -> dict[str, Any]:
    model: dict[str, Any] = document["models"][1]
    return model


def _file(document: dict[str, Any]) -> dict[str, Any]:
    file: dict[str, Any] = _first(document)["files"]["FP16"][0]
    return file


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda d: d.update(version=2), "its version is 2, not 1"),
        (lambda d: d.pop("base"), "'base' is missing"),
        (lambda d: d.update(base="ftp://host/"), "'ftp://host/' is not an http or https address"),
        (lambda d: d.update(base="https:///models/"), "'https:///models/' is not an http or https address"),
        (lambda d: d.update(base="https://host/\x1b[2J"), "[2J' is no text of one line"),
        (lambda d: d.update(models=7), "it has another form"),
        (lambda d: d["models"].append(_first(d)), "it has person-detection-0200 twice"),
        (lambda d: _first(d).update(name="../etc"), "'../etc' is not a model's name"),
        (lambda d: _first(d).update(name="a/b"), "'a/b' is not a model's name"),
        (lambda d: _first(d).update(color="GBR"), "the colour order 'GBR'"),
        (lambda d: _first(d).update(width=0), "0 is no number from 1 on"),
        (lambda d: _first(d).update(label_base=True), "True is no number"),
        (lambda d: _first(d).update(ap=float("nan")), "nan is no figure"),
        (lambda d: _first(d).update(labels="person"), "'person' is no list"),
        (lambda d: _first(d).update(task="a\x1b[2Jb"), "is no text of one line"),
        (lambda d: _first(d).update(files={}), "has files for no precision"),
        (lambda d: _first(d).update(embedded=True), "and is embedded: True"),
        (lambda d: _first(d)["files"].update(INT4=_first(d)["files"]["FP16"]), "INT4"),
        (lambda d: _first(d)["files"].update(FP16=[]), "no file"),
        (lambda d: _file(d).update(name="../m.xml"), "'../m.xml' is not a file's name"),
        (lambda d: _file(d).update(name=".hidden"), "'.hidden' is not a file's name"),
        (lambda d: _file(d).update(path="../../m.xml"), "'../../m.xml' is not a path below the address"),
        (lambda d: _file(d).update(path="//host/m.xml"), "'//host/m.xml' is not a path below the address"),
        (lambda d: _file(d).update(path="http://host/m.xml"), "'http://host/m.xml' is not a path below the address"),
        (lambda d: _file(d).update(sha384="a" * 64), "aaa' is not a SHA-384"),
        (lambda d: _file(d).update(sha384="A" * 96), "AAA' is not a SHA-384"),
        (lambda d: _file(d).update(size="7"), "'7' is no number"),
    ],
)
def test_a_manifest_that_is_not_right_is_refused(spoil: Callable[[dict[str, Any]], object], found: str) -> None:
    """By one line that names what is wrong."""
    document = copy.deepcopy(SHIPPED)
    spoil(document)
    with pytest.raises(ModelError) as caught:
        parse_manifest(document)
    assert found in str(caught.value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["version", "base", "models", "name"]), inner),
)


@given(_JSON)
def test_no_document_is_more_than_refused(document: object) -> None:
    """Whatever it is."""
    with pytest.raises(ModelError):
        parse_manifest(document)

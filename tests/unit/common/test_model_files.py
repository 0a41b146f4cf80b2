"""Which files make up a model, and which are refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from common import limits
from common.errors import ModelError
from common.model_files import digested, is_saved_model, model_paths


def test_missing_files_and_other_formats_are_named(tmp_path: Path, model: Path) -> None:
    """Each refusal says which file is at fault."""
    with pytest.raises(ModelError, match=r"nothing\.xml does not exist"):
        model_paths(tmp_path / "nothing.xml")
    with pytest.raises(ModelError, match=r"model\.pt is of no format"):
        model_paths(tmp_path / "model.pt")
    model.with_suffix(".bin").unlink()
    with pytest.raises(ModelError, match=r"model\.bin is not beside it"):
        model_paths(model)


def test_the_data_of_an_onnx_model_belongs_to_it_when_the_graph_names_it(tmp_path: Path) -> None:
    """Another model's weights in the same folder do not travel along."""
    graph, data = tmp_path / "m.onnx", tmp_path / "m.onnx.data"
    graph.write_bytes(b"..location..m.onnx.data..")
    assert model_paths(graph) == (graph,)
    data.write_bytes(b"weights")
    assert model_paths(graph) == (graph, data)
    graph.write_bytes(b"no data elsewhere")
    assert model_paths(graph) == (graph,)


@pytest.mark.parametrize("suffix", [".tflite", ".pb", ".onnx"])
def test_a_model_of_one_file_is_that_file(tmp_path: Path, suffix: str) -> None:
    """Under its own ending, by which OpenVINO knows the format."""
    path = tmp_path / f"my model{suffix}"
    path.write_bytes(b"graph")
    assert model_paths(path) == (path,)
    assert [file.name for file in digested((path,))] == [f"my_model{suffix}"]


def test_a_saved_model_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    """Neither any folder nor any .pb is one."""
    (tmp_path / "frozen.pb").touch()
    assert not is_saved_model(tmp_path)
    assert not is_saved_model(tmp_path / "frozen.pb")
    assert not is_saved_model(tmp_path / "saved_model.pb")
    (tmp_path / "saved_model.pb").touch()
    assert is_saved_model(tmp_path)
    assert is_saved_model(tmp_path / "saved_model.pb")


def test_data_of_an_onnx_model_that_cannot_travel_under_its_name_is_refused(tmp_path: Path) -> None:
    """The graph names it, so it cannot be renamed as the graph can."""
    paths = (tmp_path / "my model.onnx", tmp_path / "my model.onnx.data")
    for path in paths:
        path.touch()
    with pytest.raises(ModelError, match=r"the data of my model\.onnx has a name that cannot travel"):
        digested(paths)


@pytest.mark.parametrize("method", ["read_bytes", "open"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Whether it is looked at for the name of its data, or for its digest."""
    (tmp_path / "m.onnx").touch()
    if method == "read_bytes":
        (tmp_path / "m.onnx.data").touch()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(ModelError, match=r"cannot read .*m\.onnx \(Permission denied\): check its permissions"):
        digested(model_paths(tmp_path / "m.onnx"))


def test_a_file_that_is_too_large_is_refused(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is read."""
    monkeypatch.setattr(limits, "MODEL_FILE_MAX_BYTES", 6)
    with pytest.raises(ModelError, match=r"model\.bin has 7 bytes, more than 6: use a smaller one"):
        digested(model_paths(model))


def test_what_is_no_graph_is_refused_with_the_file_that_is_meant(tmp_path: Path, model: Path) -> None:
    """Of weights the graph beside them, of an ending in capitals the same in small letters."""
    with pytest.raises(ModelError, match=r"name the graph, model\.xml"):
        model_paths(model.with_suffix(".bin"))
    (tmp_path / "m.ONNX").touch()
    with pytest.raises(ModelError, match=r"rename it to end in \.onnx"):
        model_paths(tmp_path / "m.ONNX")
    (tmp_path / "lone.bin").touch()
    with pytest.raises(ModelError, match="convert it with ovc"):
        model_paths(tmp_path / "lone.bin")


def test_what_is_there_and_no_file_is_not_called_missing(tmp_path: Path) -> None:
    """A folder, whatever its name, and a pipe, which is not waited for."""
    (tmp_path / "m.onnx").mkdir()
    for folder in (tmp_path, tmp_path / "m.onnx"):
        with pytest.raises(ModelError, match=r"is a folder: name the model's file in it"):
            model_paths(folder)
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(ModelError, match=r"pipe\.onnx is no regular file"):
        model_paths(tmp_path / "pipe.onnx")

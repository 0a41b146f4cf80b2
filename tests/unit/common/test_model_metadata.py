"""What a model says of itself, and that nothing else is said for it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.graph import Graph
from common.model_metadata import ModelMetadata, metadata_of


def _said(info: Mapping[str, str] | None = None, suppression: Mapping[str, int] | None = None) -> ModelMetadata:
    return metadata_of(Graph((), (), info=info or {}, suppression=suppression or {}))


def test_a_model_that_says_nothing_has_nothing_said_for_it() -> None:
    """Defaults are chosen elsewhere."""
    assert _said() == ModelMetadata()


@pytest.mark.parametrize(
    ("info", "color"),
    [
        ({"model_info/reverse_input_channels": "YES"}, "RGB"),
        ({"model_info/reverse_input_channels": "True"}, "RGB"),
        ({"model_info/reverse_input_channels": "NO"}, "BGR"),
        ({"model_info/reverse_input_channels": "YES", "model_info/embedded_processing": "YES"}, "BGR"),
        ({"model_info/reverse_input_channels": "perhaps"}, None),
        ({"framework/author": "Ultralytics"}, "RGB"),
        ({"conversion_parameters/reverse_input_channels": "True"}, "BGR"),
        ({"conversion_parameters/reverse_input_channels": "False"}, None),
        (
            {
                "conversion_parameters/reverse_input_channels": "True",
                "conversion_parameters/framework": "caffe",
            },
            None,
        ),
        (
            {
                "conversion_parameters/reverse_input_channels": "True",
                "model_info/reverse_input_channels": "YES",
            },
            "RGB",
        ),
    ],
)
def test_the_channel_order_is_read_from_who_reverses_it(info: dict[str, str], color: str | None) -> None:
    """Model API's caller reverses; Model Optimizer has reversed: one name, opposite meanings."""
    found = _said(info)
    assert found.color == color
    assert ("color" in found.said_by) == (color is not None)


def test_labels_are_model_apis_list_or_the_exporters_dictionary() -> None:
    """Words with spaces between them, or a Python literal with numbers from 0."""
    assert _said({"model_info/labels": "person traffic_light"}).labels == ("person", "traffic_light")
    assert _said({"framework/names": "{0: 'person', 1: 'traffic light'}"}).labels == ("person", "traffic light")
    assert _said({"framework/names": "{1: 'b', 0: 'a'}"}).classes == 2


@pytest.mark.parametrize(
    "text",
    ["", "person", "{1: 'a'}", "{0: 'a', 2: 'b'}", "{0: 'a', '0': 'b'}", "{0: '\\x1b[2J'}", "[1]", "{", "((" * 300],
)
def test_other_names_are_no_labels(text: str) -> None:
    """Nothing is guessed, and nothing moves a terminal's cursor."""
    assert _said({"framework/names": text}).labels == ()


@given(st.text())
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    """A model's file may come from anywhere."""
    keys = ("model_info/labels", "framework/names", "model_info/resize_type", "model_info/reverse_input_channels")
    found = _said(dict.fromkeys(keys, text))
    assert all(label.isprintable() for label in found.labels)
    assert (found.resize or "").isprintable()


@pytest.mark.parametrize(
    ("suppression", "base", "classes"),
    [
        ({"background_label_id": 1, "num_classes": 2}, 0, 1),
        ({"background_label_id": 3, "num_classes": 4, "boxes": 5376, "scores": 5376}, 0, 3),
        ({"background_label_id": 0, "boxes": 12996, "scores": 6498, "share_location": 1}, 1, 1),
        ({"background_label_id": 0, "num_classes": 21}, 1, 20),
        ({"background_label_id": 0, "num_classes": 21, "decrease_label_id": 1}, 0, 20),
        ({"background_label_id": -1, "num_classes": 3}, 0, 3),
        ({"background_label_id": 0, "boxes": 12996, "scores": 6498, "share_location": 0}, 1, None),
        ({"background_label_id": 0, "boxes": -1, "scores": -1}, 1, None),
    ],
)
def test_labels_begin_after_a_background_class_that_is_the_first(
    suppression: dict[str, int], base: int, classes: int | None
) -> None:
    """The background is never reported; where it is class 0, what is reported begins at 1."""
    found = _said(suppression=suppression)
    assert (found.label_base, found.classes) == (base, classes)
    assert f"takes class {suppression['background_label_id']}" in found.said_by["label_base"]


def test_a_list_of_labels_that_has_the_background_counts_from_0() -> None:
    """Then the raw label is the place in the list."""
    suppression = {"background_label_id": 0, "num_classes": 2}
    assert _said({"model_info/labels": "background face"}, suppression).label_base == 0
    assert _said({"model_info/labels": "face"}, suppression).label_base == 1


def test_kind_and_resize_are_told_in_the_models_words() -> None:
    """They are shown to a person."""
    found = _said({"model_info/model_type": "ssd", "model_info/resize_type": "fit_to_window_letterbox"})
    assert (found.family, found.resize) == ("ssd", "fit_to_window_letterbox")
    assert _said({"framework/description": "Ultralytics YOLO11n model"}).family == "Ultralytics YOLO11n model"
    assert _said({"model_info/model_type": "x" * 301}).family is None

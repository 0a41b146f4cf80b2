"""What a comparison says: the table, the sentences, the object."""

from __future__ import annotations

import json

import jsonschema
import pytest

from tests.unit.vinofleet.compare.comparisons import compared
from vinofleet.compare.result import Result, as_json, as_text
from vinofleet.schema import schema_text


@pytest.fixture
def result() -> Result:
    """A comparison."""
    return compared()


def test_the_table_has_a_row_a_mode_in_80_columns(result: Result) -> None:
    """With medians and spreads, and how much that is of the first mode's."""
    text = as_text(result)
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.startswith("  ")}
    assert rows["sync"][1:] == ["50.0", "48.0", "51.0", "1.00", "20.0", "0.80", "200"]
    assert rows["async"][1:] == ["60.0", "58.0", "61.0", "1.20", "-", "0.80", "-"]
    assert rows["fleet-2"][4] == "1.84"
    assert "inference only" in text
    assert "m in bf16 on CPU, 300 frames of clip.mp4" in text
    assert "frames 1 to 236" in text
    assert "at most 1.1 % without a counterpart" in text
    assert max(map(len, text.splitlines())) <= 80


def test_each_mode_is_explained_by_what_was_measured(result: Result) -> None:
    """What overlaps, what is waited for, and what the fleet does not do."""
    text = " ".join(as_text(result).split())
    assert "sync: nothing overlaps: decode 5.0 + preprocess 3.0 + infer 10.0 + draw 2.0 = 20.0 ms a frame" in text
    assert "async: while the device infers one frame, 10.0 ms" in text
    assert "queue-latency: 2 requests on 1 stream are under way" in text
    assert "fleet-1: decoding, inferring and drawing are processes of their own: one worker infers" in text
    assert "take 6.0 ms a frame, against 8.0 of decode and preprocess in sync" in text
    assert "inference only: the device alone" in text


def test_the_object_is_as_its_schema_says(result: Result) -> None:
    """With every run in it, so that another figure can be made of them."""
    document = json.loads(json.dumps(as_json(result)))
    jsonschema.validate(document, json.loads(schema_text("compare")))
    sync = document["modes"][0]
    assert sync["fps"] == {"median": 50.0, "min": 48.0, "max": 51.0}
    assert [run["fps"] for run in sync["runs"]] == [50.0, 48.0, 51.0]
    assert document["modes"][1]["cpu_ms"] is None

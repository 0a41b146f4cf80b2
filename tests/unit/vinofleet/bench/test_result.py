"""What a measurement says: the table, the sentences, the object."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema

from tests.unit.vinofleet.bench.measurements import measured
from vinofleet.bench.result import as_json, as_text
from vinofleet.schema import schema_text


def test_the_table_has_a_row_a_part_in_80_columns() -> None:
    """Medians and spreads; the roles in the order in which frames meet them."""
    text = as_text(measured())
    lines = text.splitlines()
    rows = {line[2:19].strip(): line[19:].split() for line in lines if line.startswith("  ")}
    assert rows["inference only"] == ["200.0", "198.0", "201.0", "10.00", "10.00", "10.00"]
    assert rows["benchmark_app"] == ["198.0", "196.0", "199.0", "-", "-", "-"]
    assert [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in {"run", "producer"}] == [
        "producer",
        "run",
    ]
    assert "m in bf16 on CPU, 300 frames of clip.mp4; workers: 1; repeats in turns: 3" in " ".join(text.split())
    assert max(map(len, lines)) <= 80 + len("transport costs")  # the headline is one line
    assert "Others used" not in text


def test_a_check_that_failed_and_neighbours_are_told() -> None:
    """The other figures stand."""
    found = measured()
    found = replace(found, runs={**found.runs, "check": []}, unchecked="benchmark_app: no", others_cores=0.7)
    text = as_text(found)
    assert "benchmark_app gave no figure (benchmark_app: no)" in text
    assert "Others used 0.7 of 2 cores meanwhile" in text


def test_a_machine_that_changes_its_speed_is_told() -> None:
    """Its parts were not measured on the same machine, in effect."""
    found = measured()
    assert list(found.doubts()) == []
    first, *others = found.runs["inference"]
    found = replace(found, runs={**found.runs, "inference": [replace(first, cpu_ms=13.0), *others]})
    (doubt,) = found.doubts()
    assert doubt.startswith("inference only took from 10.00 to 13.00 ms a frame")
    assert as_json(found)["doubts"] == [doubt]


def test_the_object_is_as_its_schema_says() -> None:
    """With every run in it, so that another figure can be made of them."""
    document = json.loads(json.dumps(as_json(measured())))
    jsonschema.validate(document, json.loads(schema_text("bench")))
    inference = document["parts"][0]
    assert inference["fps"] == {"median": 200.0, "min": 198.0, "max": 201.0}
    assert [run["fps"] for run in inference["runs"]] == [200.0, 198.0, 201.0]
    assert document["why"][0].startswith("142.9 FPS possible, 120.0 reached")

"""What a comparison says: the table, the sentences, the object, the chart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest

from common.errors import OutputError
from common.machine import machine_facts, versions
from vinofleet.compare.agreement import Agreement
from vinofleet.compare.chart import draw
from vinofleet.compare.figures import Run
from vinofleet.compare.modes import CEILING, KINDS, modes_of
from vinofleet.compare.result import Result, as_json, as_text
from vinofleet.schema import schema_text

ENGINE = {"precision": "bf16", "requests": 2, "streams": 1}
SYNC_MS = {"decode": 5.0, "preprocess": 3.0, "infer": 10.0, "draw": 2.0}


def runs(fps: float, **more: object) -> list[Run]:
    """Three repeats around a rate."""
    base = Run(fps, 20.0, 0.8, 200.0, 5.0, 6.0, SYNC_MS, ENGINE)
    return [replace(base, fps=value, **more) for value in (fps, fps - 2, fps + 1)]  # type: ignore[arg-type]


@pytest.fixture
def result() -> Result:
    """A comparison on a machine whose CPU time and memory nobody tells for the async mode."""
    modes = modes_of(KINDS, 2)
    fleet = {mode.name: runs(90.0 + mode.workers, stages_ms={"prepare": 1.5}, engine={}) for mode in modes[4:]}
    single = {mode.name: runs(50.0 + 10 * number) for number, mode in enumerate(modes[:4])}
    single["async"] = runs(60.0, cpu_ms=None, peak_mb=None)
    return Result(
        source="clip.mp4",
        model="m",
        device="CPU",
        precision="default",
        threshold=0.5,
        frames=300,
        modes=[*modes, CEILING],
        runs={**single, **fleet, CEILING.name: runs(120.0, first_s=None)},
        agreements={mode.name: Agreement(1000, 11, 0.05) for mode in modes},
        machine=machine_facts(),
        versions=versions(),
    )


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
    assert "takes 1.5 ms, against 3.0 of preprocess in sync" in text
    assert "inference only: the device alone" in text


def test_the_object_is_as_its_schema_says(result: Result) -> None:
    """With every run in it, so that another figure can be made of them."""
    document = json.loads(json.dumps(as_json(result)))
    jsonschema.validate(document, json.loads(schema_text("compare")))
    sync = document["modes"][0]
    assert sync["fps"] == {"median": 50.0, "min": 48.0, "max": 51.0}
    assert [run["fps"] for run in sync["runs"]] == [50.0, 48.0, 51.0]
    assert document["modes"][1]["cpu_ms"] is None


def test_the_chart_has_a_bar_a_mode_as_high_as_its_rate(result: Result, tmp_path: Path) -> None:
    """Fleets in a colour of their own; seen in the pixels."""
    draw(result, tmp_path / "fps.png")
    picture = cv2.imread(str(tmp_path / "fps.png"))
    assert picture is not None
    orange = np.array([0x2B, 0x82, 0xD9])  # B, G, R
    fleet = (np.abs(picture.astype(int) - orange) <= 2).all(axis=2)
    columns = np.flatnonzero(fleet.any(axis=0))
    assert np.count_nonzero(np.diff(columns) > 1) == 1  # two bars, one gap
    blue = np.array([0xA6, 0x83, 0x5B])
    queue = (np.abs(picture.astype(int) - blue) <= 2).all(axis=2)
    tallest = [int(mask.any(axis=1).sum()) for mask in (fleet, queue)]
    assert tallest[0] / tallest[1] == pytest.approx(92 / 80, abs=0.02)


def test_a_chart_that_cannot_be_written_is_refused(result: Result, tmp_path: Path) -> None:
    """As any output."""
    with pytest.raises(OutputError, match="cannot be written"):
        draw(result, tmp_path)

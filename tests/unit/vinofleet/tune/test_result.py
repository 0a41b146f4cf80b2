"""What is said of a search."""

from __future__ import annotations

import json

import jsonschema
import pytest

from common.params import Goal
from vinofleet.schema import schema_text
from vinofleet.tune.figures import Figures
from vinofleet.tune.result import Result, as_json, as_text, verdict
from vinofleet.tune.search import Search
from vinofleet.tune.setting import DEFAULTS, Setting

FAST, SLOW, BROKEN = Setting(streams=2), Setting(streams=1, pin=False), Setting(nireq=9)


def result(*shares: float, goal: Goal = "throughput", fast: float = 2.0, interrupted: bool = False) -> Result:
    """A search that had a trial at each of these shares of its time."""
    search = Search([DEFAULTS, FAST, SLOW, BROKEN], lambda _: [], "less" if goal == "latency" else "more")
    figures: dict[Setting, list[Figures]] = {}
    for number, share in enumerate(shares):
        setting = search.next(share)
        if setting == BROKEN:
            search.fails(setting, "no memory")
            continue
        value = {DEFAULTS: 10.0, FAST: 10.0 * fast, SLOW: 5.0}[setting] * (1 + 0.01 * (number % 3))
        search.tell(setting, value)
        latency_ms = value if goal == "latency" else None
        figures.setdefault(setting, []).append(Figures(value, None if setting == SLOW else 33.0, latency_ms))
    return Result(
        goal=goal,
        subject="m.xml on CPU, a.mp4",
        search=search,
        figures=figures,
        seconds=61.2,
        interrupted=interrupted,
        machine={"cpu": "x", "usable_cores": 2},
        versions={"openvino": None},
    )


WHOLE = (0.0, 0.1, 0.2, 0.25, 0.3, *[0.9] * 8)


def test_what_is_surely_better_is_said_with_how_sure_that_is() -> None:
    """With every setting that was tried, and why one could not be."""
    found = result(*WHOLE)
    text = as_text(found)
    assert found.best == FAST
    assert "best: streams=2, 2.0" in text
    assert "95 % confidence" in text.replace("\n    ", " ")
    assert "streams=1 no-pin" in text
    assert "nireq=9 cannot be: no memory" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_what_is_not_surely_better_is_not_best() -> None:
    """The defaults are, and by how little they are is said."""
    found = result(*WHOLE, fast=1.001)
    assert found.best == DEFAULTS
    assert verdict(found).startswith("the defaults are best")


@pytest.mark.parametrize("interrupted", [True, False])
def test_without_rounds_it_is_the_best_so_far(interrupted: bool) -> None:  # noqa: FBT001
    """And it says why no more is known."""
    found = result(0.0, 0.1, interrupted=interrupted)
    assert found.best == FAST
    assert ("interrupted" in verdict(found)) == interrupted
    assert verdict(found).startswith("best so far: streams=2")


@pytest.mark.parametrize("goal", ["throughput", "latency"])
def test_the_object_is_as_the_schema_says(goal: Goal) -> None:
    """Also after one trial."""
    schema = json.loads(schema_text("tune"))
    for shares in (WHOLE, (0.0,)):
        found = result(*shares, goal=goal)
        document = json.loads(json.dumps(as_json(found)))
        jsonschema.validate(document, schema)
        assert document["best"] == found.best.given()
    assert ("p50 ms" in as_text(result(*WHOLE, goal=goal))) == (goal == "latency")

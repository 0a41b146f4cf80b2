"""What a person reads of a model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.errors import ModelError
from common.families import Port
from common.graph import Graph, Step
from tests.unit.vinofleet.models.test_account import GRAPH, account
from vinofleet.models.account_text import account_text


def test_a_detector_is_one_screen() -> None:
    """Every fact on its line, with whose word it is."""
    assert account_text(account(warnings=("it is small",))).splitlines() == [
        "tiny.xml  (OpenVINO IR, FP16 weights, 0.0 MB, 5 operations)",
        "input    image  f32[1,3,8,16]  NCHW, 16 x 8 pixels",
        "pixels   0 to 255; the graph scales them itself (Multiply 0.5)",
        "output   found  f32[1,1,4,7]",
        "family   SSD: it ends in DetectionOutput, which suppresses boxes that overlap; at most 4 are left",
        "labels   cat, dog  (the model lists them as model_info/labels)",
        "base     labels begin at 1  (DetectionOutput takes class 0 of 3 for the background)",
        "colour   BGR  (the default; neither given nor known of the model)",
        "runs     yes: workers get frames of 16 x 8 as i420 (0.00 MB each), stretched to fit; 'ssd' reads found; the",
        "         least score is 0.5",
        "warning  it is small",
    ]


def test_a_model_that_is_not_run_says_why_and_nothing_of_defaults() -> None:
    """Each reason on its line; what is not known of it is not made up."""
    graph = Graph((Port("x", (1, 3, 416, 416), "f32"),), (Port("y", (1, 3549, 85), "f32"),))
    refusals = (ModelError("one", "do this"), ModelError("two", "do that"))
    lines = account_text(account(graph, job=None, refusals=refusals, files=())).splitlines()
    assert lines[0] == "tiny.xml  (OpenVINO IR, 0 operations)"
    assert lines[-3:] == ["labels   80 classes without names", "runs     no: one: do this", "         two: do that"]


def test_of_a_classification_only_what_it_says_is_told() -> None:
    """Its labels, if it names them; nothing that would be a default."""
    graph = replace(GRAPH, outputs=(Port("y", (1, 1000), "f32"),), suppression={})
    text = account_text(account(graph, job=None))
    assert "labels   cat, dog" in text
    assert "base" not in text
    assert "colour" not in text


def test_only_what_changes_pixels_is_called_a_scaling() -> None:
    """A graph that only turns the picture's planes takes the pixels as they are."""
    turned, scaled = Step("Transpose", (0, 3, 1, 2)), Step("Multiply", ())
    assert "as they are, 0 to 255" in account_text(account(replace(GRAPH, steps=(turned,))))
    assert "scales them itself (Multiply)" in account_text(account(replace(GRAPH, steps=(turned, scaled))))


def test_what_is_known_of_it_is_told() -> None:
    """The list's name for it, and its own."""
    graph = replace(GRAPH, info={"model_info/model_type": "ssd", "model_info/labels": " ".join("abcdefghij")})
    lines = account_text(account(graph, known_as="pets/FP16")).splitlines()
    assert "         the model calls itself ssd" in lines
    assert "known as pets/FP16 in `vinofleet models list`" in lines
    assert any("a, b, c, d, e, f, g, h and 2 more" in line for line in lines)


def test_no_line_is_wider_than_a_screen() -> None:
    """Long names and long sentences go on below."""
    lines = account_text(account(warnings=("word " * 80,))).splitlines()
    assert max(map(len, lines)) <= 110
    assert lines[-1].startswith("         word")


@pytest.mark.parametrize(("columns", "widest"), [(60, 60), (5, 40), (500, 110)])
def test_lines_fit_a_terminal(columns: int, widest: int) -> None:
    """Within what can be read."""
    facts = account_text(account(warnings=("word " * 80,)), columns).splitlines()[1:]
    assert widest - 5 < max(map(len, facts)) <= widest


def test_nothing_from_a_file_moves_the_cursor() -> None:
    """A tensor may be called anything."""
    graph = replace(GRAPH, inputs=(Port("\x1b[2Jimage\n", (1, 3, 8, 16), "f32"),))
    assert "input    ?[2Jimage?  f32[1,3,8,16]  NCHW, 16 x 8 pixels" in account_text(account(graph)).splitlines()


def test_a_file_may_be_called_anything() -> None:
    """The first line is one line, and can be written."""
    first = account_text(replace(account(), name="a\nb\x1b\udcff.xml")).splitlines()[0]
    assert first.startswith("a?b??.xml  (")

"""What is drawn of a result, and the row that is written of it."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from vinofleet.compare.screen import GREEN, Screen

NOTHING = np.zeros((0, 6), np.float32)


def test_a_row_a_frame_numbered_from_0_with_labels_by_name() -> None:
    """Of a class without a name, its number."""
    rows = io.BytesIO()
    screen = Screen(rows, ("person",))
    screen.show(np.zeros((72, 128, 3), np.uint8), NOTHING)
    screen.show(np.zeros((72, 128, 3), np.uint8), np.array([[1, 2, 30, 40, 0.9, 0], [5, 6, 7, 8, 0.6, 3]], np.float32))
    first, second = (json.loads(line) for line in rows.getvalue().splitlines())
    assert (first["frame"], first["status"], first["detections"]) == (0, "ok", [])
    assert (second["frame"], screen.count) == (1, 2)
    person, other = second["detections"]
    assert (person["label"], person["box"]) == ("person", pytest.approx([1, 2, 30, 40]))
    assert other["class_id"] == 3


def test_without_drawing_a_frame_is_left_as_it_is_and_has_its_row() -> None:
    """What is compared then is finding alone."""
    rows, frame = io.BytesIO(), np.zeros((72, 128, 3), np.uint8)
    Screen(rows, (), draws=False).show(frame, np.array([[1, 2, 30, 40, 0.9, 0]], np.float32))
    assert not frame.any()
    assert len(json.loads(rows.getvalue())["detections"]) == 1


def test_the_rate_is_drawn_where_nothing_is_found_too() -> None:
    """At the top left, in green."""
    frame = np.zeros((360, 640, 3), np.uint8)
    Screen(io.BytesIO(), ()).show(frame, NOTHING)
    assert (frame[:40, :200] == GREEN).all(axis=2).any()
    assert not frame[60:].any()


def test_a_box_beyond_the_frame_is_drawn_at_its_edges() -> None:
    """All four sides are seen."""
    frame = np.zeros((360, 640, 3), np.uint8)
    Screen(io.BytesIO(), ()).show(frame, np.array([[-50, -50, 700, 400, 0.9, 0]], np.float32))
    for side in (frame[180, 0], frame[180, 639], frame[0, 400], frame[359, 400]):
        assert tuple(side) == GREEN

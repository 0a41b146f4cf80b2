"""Tests of common.rows: plain values that outputs and messages rely on."""

from __future__ import annotations

import numpy as np

from common.rows import Ending, Row, Status


def test_a_status_and_an_ending_print_as_their_words() -> None:
    """They go into JSON, messages and file names as they are."""
    assert [str(status) for status in Status] == ["ok", "failed", "dropped"]
    assert [f"{ending}" for ending in Ending] == ["complete", "incomplete", "interrupted"]


def test_rows_compare_without_their_arrays() -> None:
    """Two rows of the same frame are equal, and comparing them never asks an array for its truth."""
    found = Row("s", 1, 2, Status.OK, detections=np.zeros((2, 6), np.float32))
    assert found == Row("s", 1, 2, Status.OK, detections=np.ones((3, 6), np.float32))
    assert found != Row("s", 2, 2, Status.OK)
    assert Row("s", 1, 2, Status.DROPPED, "interrupted").detections is None

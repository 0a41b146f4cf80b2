"""SSD rows become detections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from common import limits
from common.job import OutputSpec
from worker.decoders.ssd import decode

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME = (200, 100)


def _decode(rows: object, *, threshold: float = 0.5, label_base: int = 0) -> NDArray[np.float32]:
    output = np.array(rows, np.float32).reshape(1, 1, -1, 7)
    return decode({"out": output}, OutputSpec("ssd", "out", label_base, (), threshold), FRAME)


def test_boxes_are_in_pixels_of_the_frame_and_not_clamped() -> None:
    """A box that reaches over the edge still does."""
    found = _decode([[0, 2, 0.75, -0.1, 0.2, 1.1, 0.5]])
    np.testing.assert_allclose(found, [[-20, 20, 220, 50, 0.75, 2]], rtol=1e-6)


def test_rows_after_the_end_are_not_detections() -> None:
    """The filler looks like image 0, label 0, and with a threshold of 0 would even pass it."""
    rows = [[0, 1, 0.9, 0, 0, 1, 1], [-1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0], [0, 1, 0.8, 0, 0, 1, 1]]
    assert len(_decode(rows, threshold=0.0)) == 1


def test_an_output_without_detections_is_an_empty_array() -> None:
    """Nothing found is zero rows of six, not None."""
    found = _decode([[-1, 0, 0, 0, 0, 0, 0]])
    assert found.shape == (0, 6)
    assert found.dtype == np.float32


def test_a_score_equal_to_the_threshold_is_kept() -> None:
    """The threshold is the least score."""
    assert len(_decode([[0, 0, 0.5, 0, 0, 1, 1], [0, 0, 0.49, 0, 0, 1, 1]])) == 1


def test_labels_count_from_their_base_and_the_background_is_dropped() -> None:
    """With a base of 1, label 1 is class 0 and label 0 is nothing."""
    found = _decode([[0, 1, 0.9, 0, 0, 1, 1], [0, 0, 0.9, 0, 0, 1, 1], [0, 3, 0.9, 0, 0, 1, 1]], label_base=1)
    assert found[:, 5].tolist() == [0, 2]


def test_of_too_many_the_best_are_kept_in_the_models_order() -> None:
    """Two over the limit: the two lowest scores go, and no order changes."""
    count = limits.DETECTIONS_MAX + 2
    scores = np.linspace(0.6, 0.9, count)
    scores[[3, 500]] = 0.55
    rows = np.zeros((count, 7))
    rows[:, 2] = scores
    np.testing.assert_array_equal(_decode(rows)[:, 4], np.delete(scores, [3, 500]).astype(np.float32))


@given(hnp.arrays(np.float32, st.tuples(st.integers(0, 8), st.just(7)), elements=st.floats(width=32)))
def test_any_output_gives_finite_rows_over_the_threshold(rows: NDArray[np.float32]) -> None:
    """NaN, infinities and overflow in a model's output never reach a result, and give no warning."""
    found = _decode(rows)
    assert np.isfinite(found).all()
    assert (found[:, 4] >= 0.5).all()
    assert (found[:, 5] >= 0).all()
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, _decode(rows))

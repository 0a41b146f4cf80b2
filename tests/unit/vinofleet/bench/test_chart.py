"""The chart, as its pixels show it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import OutputError
from tests.unit.vinofleet.bench.measurements import measured
from vinofleet.bench.chart import bars_of, draw


def test_both_bars_are_all_of_the_cores_time() -> None:
    """By cause and by role."""
    for _, parts in bars_of(measured()):
        assert sum(length for _, length in parts) == pytest.approx(2000 / 120)


def test_parts_are_as_long_as_they_take(tmp_path: Path) -> None:
    """Seen in the pixels: the worker's part of its bar against inference's alone of the other."""
    draw(measured(), tmp_path / "where.png")
    picture = cv2.imread(str(tmp_path / "where.png"))
    assert picture is not None
    orange = np.array([0x2B, 0x82, 0xD9])  # B, G, R
    widths = (np.abs(picture[: picture.shape[0] * 6 // 10].astype(int) - orange) <= 2).all(axis=2).sum(axis=1)
    by_cause, by_role = sorted({int(width) for width in widths if width > 100 and (widths == width).sum() > 20})
    assert by_role / by_cause == pytest.approx(11.4 / 10.0, abs=0.02)


def test_a_chart_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """As any output."""
    with pytest.raises(OutputError, match="cannot be written"):
        draw(measured(), tmp_path)

"""The chart, as its pixels show it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import OutputError
from tests.unit.vinofleet.compare.comparisons import compared
from vinofleet.compare.chart import draw


def test_the_chart_has_a_bar_a_mode_as_high_as_its_rate(tmp_path: Path) -> None:
    """Fleets in a colour of their own; seen in the pixels."""
    draw(compared(), tmp_path / "fps.png")
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


def test_a_chart_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """As any output."""
    with pytest.raises(OutputError, match="cannot be written"):
        draw(compared(), tmp_path)

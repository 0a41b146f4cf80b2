"""Text: as high as asked for, within its paper, in its colours."""

from __future__ import annotations

import numpy as np
import pytest

from collector.canvas import BLACK, GREEN, WHITE
from collector.lettering import Lettering


@pytest.mark.parametrize("capital", [9, 14, 26, 52])
def test_a_capital_is_as_high_as_asked_for(capital: int) -> None:
    """To a soft edge, or a little higher: OpenCV 4 draws half a stroke beyond."""
    patch = Lettering(capital, WHITE, BLACK).line("HEIT")
    rows = np.flatnonzero((patch.y > 100).any(axis=1))
    assert 0.95 * capital - 1 <= rows[-1] - rows[0] + 1 <= 1.25 * capital


@pytest.mark.parametrize("capital", [9, 14, 26, 52])
def test_letters_stay_on_their_paper(capital: int) -> None:
    """No stroke touches the border, not of g and j either: nothing is cut off."""
    patch = Lettering(capital, WHITE, BLACK).line("(Agjpqy|%Q 97.53%")
    border = [patch.y[0], patch.y[-1], patch.y[:, 0], patch.y[:, -1]]
    assert all((side == BLACK.y).all() for side in border)
    assert patch.width % 2 == patch.height % 2 == 0
    assert patch.chroma.shape == (2, patch.height // 2, patch.width // 2)


def test_letters_have_the_inks_colour_and_the_papers() -> None:
    """Luma and chroma reach both, and nothing beyond."""
    patch = Lettering(52, BLACK, GREEN).line("HH")
    for plane, ink, paper in zip((patch.y, *patch.chroma), BLACK, GREEN, strict=True):
        assert (plane.min(), plane.max()) == (min(ink, paper), max(ink, paper))


@pytest.mark.parametrize("text", ["", " ", "person 99.00%", "żółw 日本", "\u00a0"])
def test_any_text_is_a_line(text: str) -> None:
    """Also nothing, and letters that the font may not have."""
    lettering = Lettering(14, WHITE, BLACK)
    assert lettering.line(text).height == lettering.height

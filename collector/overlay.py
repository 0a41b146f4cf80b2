"""What stands on a picture: boxes with label and score, frames a second, and what went wrong.

Guarantees that it is legible from 240 lines to 4K: sizes grow with the picture, text stands on paper of its own, and
never leaves the picture while it is small enough. Colours no picture back and forth: it draws on the planes. Does NOT
know rows, streams or time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from collector.canvas import BLACK, GREEN, RED, WHITE, Canvas
from collector.lettering import Lettering

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CAPITAL_SHARE: Final = 0.02
_CAPITAL_MIN: Final = 9
"""A capital's height: a share of the picture's, but this many pixels at least."""

_LINES_A_PIXEL: Final = 540
"""A box is drawn with 2 pixels for each of these lines of the picture."""

_FAR: Final = 1e6
"""Further out than any picture reaches; larger numbers may not fit into an integer."""


class Overlay:
    """Draws on pictures of one size.

    Args:
        height: of the pictures in pixels.
        labels: names by class; a class without one is named by its number.
    """

    def __init__(self, height: int, labels: tuple[str, ...]) -> None:
        capital = max(_CAPITAL_MIN, round(_CAPITAL_SHARE * height))
        self._labels = labels
        self._line = 2 * max(1, round(height / _LINES_A_PIXEL))
        self._tag = Lettering(capital, BLACK, GREEN)
        self._panel = Lettering(capital, WHITE, BLACK)
        self._alarm = Lettering(capital, WHITE, RED)
        self._panel_width = self._panel.line("FPS 00000.0").width

    def detections(self, canvas: Canvas, found: NDArray[np.float32]) -> None:
        """Draw boxes, then their tags above them (or in them, where there is no room above).

        Args:
            canvas: of the size that `found` is measured in.
            found: float32 [N, 6], rows x1 y1 x2 y2 score class; all finite, in or out of the picture.
        """
        found = found[np.argsort(found[:, 4], kind="stable")]  # where tags overlap, the likelier is read
        edges = self._edges(found)
        for left, top, right, bottom in edges:
            self._frame(canvas, left, top, right, bottom)
        for (left, top, right, bottom), (score, number) in zip(edges, found[:, 4:].tolist(), strict=True):
            if left < canvas.width and right > 0 and top < canvas.height and bottom > 0:
                self._name(canvas, left, top, f"{self._label(int(number))} {score:.2f}")

    def rate(self, canvas: Canvas, fps: float) -> None:
        """Say at the top left how many frames a second come; always on as much paper."""
        canvas.fill(0, 0, self._panel_width, self._panel.height, BLACK)
        canvas.paste(self._panel.line(f"FPS {fps:.1f}"), 0, 0)

    def alarm(self, canvas: Canvas, text: str) -> None:
        """Say below that, across the picture, why there is nothing better to see."""
        top = self._panel.height
        canvas.fill(0, top, canvas.width, top + self._alarm.height, RED)
        canvas.paste(self._alarm.line(text), 0, top)

    def _edges(self, found: NDArray[np.float32]) -> list[list[int]]:
        """Outer edges, even, at least a line apart; the line lies on the box's border, half in and half out."""
        half = self._line / 2
        boxes = np.clip(found[:, :4], -_FAR, _FAR) + np.array([-half, -half, half, half], np.float32)
        edges = 2 * np.floor(boxes / 2 + 0.5).astype(np.int64)
        edges[:, 2:] = np.maximum(edges[:, 2:], edges[:, :2] + self._line)
        return edges.tolist()  # type: ignore[no-any-return]

    def _frame(self, canvas: Canvas, left: int, top: int, right: int, bottom: int) -> None:
        line = self._line
        canvas.fill(left, top, right, top + line, GREEN)
        canvas.fill(left, bottom - line, right, bottom, GREEN)
        canvas.fill(left, top, left + line, bottom, GREEN)
        canvas.fill(right - line, top, right, bottom, GREEN)

    def _name(self, canvas: Canvas, left: int, top: int, text: str) -> None:
        tag = self._tag.line(text)
        x = _within(left, tag.width, canvas.width)
        y = _within(top if top < tag.height else top - tag.height, tag.height, canvas.height)
        if x < self._panel_width and y < self._panel.height:
            y = self._panel.height  # where `rate` leaves it to be read
        canvas.paste(tag, x, y)

    def _label(self, number: int) -> str:
        return self._labels[number] if 0 <= number < len(self._labels) else str(number)


def _within(start: int, length: int, whole: int) -> int:
    """Where something begins so that it ends within the whole, if it can."""
    return max(0, min(start, whole - length))

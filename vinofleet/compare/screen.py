"""What one process does with a result: boxes, scores and frames a second on the frame, and a row of it in a file.

The rows are those of `--json`, by the collector's own format, so that modes can be compared row by row. What this file
does not know: who found what.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import IO, TYPE_CHECKING, Final

import cv2

from collector.jsonl import RowFormat
from common.rows import Row, Status, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GREEN: Final = (0, 255, 0)
FONT: Final = cv2.FONT_HERSHEY_COMPLEX
THICKNESS: Final = 2
RATE_AT: Final = (5, 20)


class Screen:
    """Draws on frames, and throws them away.

    Args:
        rows: where rows are written, unbuffered, so that whoever reads along sees each when it is done.
        labels: names by class.
        draws: whether anything is drawn.

    Attributes:
        count: frames shown.
    """

    def __init__(self, rows: IO[bytes], labels: tuple[str, ...], *, draws: bool = True) -> None:
        self.count = 0
        self._rows: Final = rows
        self._labels: Final = labels
        self._draws: Final = draws
        self._format: Final = RowFormat(StreamHeader("frames", 1, 1, Fraction(1), Fraction(0)), labels)
        self._began = time.perf_counter()

    def show(self, frame: NDArray[np.uint8], found: NDArray[np.float32]) -> None:
        """Draw on a frame (uint8 [H, W, 3], in place) what was found in it, and write its row.

        Args:
            frame: of the next number.
            found: float32 [N, 6], rows x1 y1 x2 y2 score class, in pixels of the frame.
        """
        if self._draws:
            self._draw(frame, found)
        self._rows.write(self._format.line(Row("frames", self.count, None, Status.OK, "", found)).encode())
        self.count += 1

    def _draw(self, frame: NDArray[np.uint8], found: NDArray[np.float32]) -> None:
        height, width = frame.shape[:2]
        scale = height / 720
        for x1, y1, x2, y2, score, number in found.tolist():
            left, top = max(int(x1), 0), max(int(y1), 0)
            right, bottom = min(int(x2), width - 1), min(int(y2), height - 1)
            cv2.rectangle(frame, (left, top), (right, bottom), GREEN, THICKNESS)
            text = f"{self._label(int(number))} {score:.2f}"
            cv2.putText(frame, text, (left, max(top - 5, 15)), FONT, scale, GREEN, 1)
        rate = (self.count + 1) / (time.perf_counter() - self._began)
        cv2.putText(frame, f"FPS {rate:.1f}", RATE_AT, FONT, scale, GREEN, 1)

    def _label(self, number: int) -> str:
        return self._labels[number] if 0 <= number < len(self._labels) else str(number)

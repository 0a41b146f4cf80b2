"""Lines that say how far each stream is: "vtest: 312 of 795 frames, 24.8 FPS". Pure; times are arguments.

What this file does not know: who reads them, and how often.
"""

from __future__ import annotations

from collections.abc import Mapping

from common.meter import Rate
from common.rows import StreamHeader

WINDOW_S = 5.0


class Progress:
    """How far the outputs are, by stream."""

    def __init__(self) -> None:
        self._expected: dict[str, int] = {}
        self._written: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._rates: dict[str, Rate] = {}

    def begin(self, header: StreamHeader, start: int) -> None:
        """Take note of a stream that is to be written from frame `start` on."""
        self._expected[header.name] = header.expected
        self._written[header.name] = self._told[header.name] = start
        self._rates[header.name] = Rate(WINDOW_S)

    def written(self, nexts: Mapping[str, int], now: float) -> None:
        """Take note that every frame below `nexts[stream]` is written."""
        for name, upto in nexts.items():
            if upto > self._written[name]:
                self._rates[name].add(now, upto - self._written[name])
                self._written[name] = upto

    def lines(self, now: float) -> list[str]:
        """One line for each stream that went on since it was last asked."""
        moved = [name for name, count in self._written.items() if count > self._told[name]]
        self._told.update({name: self._written[name] for name in moved})
        return [self._line(name, now) for name in moved]

    def _line(self, name: str, now: float) -> str:
        expected = f" of {self._expected[name]}" if self._expected[name] else ""
        return f"{name}: {self._written[name]}{expected} frames, {self._rates[name].recent(now):.1f} FPS"

"""How far each stream is, and how fast it goes. Pure; times are arguments.

What this file does not know: who reads them, and how often.
"""

from __future__ import annotations

from collections.abc import Mapping

from common.meter import Rate
from common.rows import StreamHeader
from common.sayings import StreamProgress

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

    def steps(self, now: float) -> list[StreamProgress]:
        """Say how far those streams are that went on since it was last asked."""
        moved = [name for name, count in self._written.items() if count > self._told[name]]
        self._told.update({name: self._written[name] for name in moved})
        return [
            StreamProgress(name, self._written[name], self._expected[name], self._rates[name].recent(now))
            for name in moved
        ]

"""How long the parts of a frame's way take, in one process.

What this file does not know: which parts there are, and which of them overlap.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Stages:
    """Sums of wall time, by stage; of one stage only one thread at a time may tell."""

    def __init__(self) -> None:
        self._sums_s: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Count what happens within this."""
        began = time.perf_counter()
        yield
        self.add(stage, time.perf_counter() - began)

    def timed(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """Pass items on, and count how long each takes to come."""
        began = time.perf_counter()
        for item in items:
            self.add(stage, time.perf_counter() - began)
            yield item
            began = time.perf_counter()

    def add(self, stage: str, seconds: float) -> None:
        """Count so much more."""
        self._sums_s[stage] += seconds

    def means_ms(self, frames: int) -> dict[str, float]:
        """Milliseconds a frame."""
        return {stage: 1000 * seconds / frames for stage, seconds in self._sums_s.items()} if frames else {}

"""The shipped fake engine: a simulated device that takes its time without using the CPU, and fails when told to.

It keeps every promise of `worker.engine`, and the dangers too: a frame told to hang is never completed, and `close`
waits for it for ever, as a device's driver does. What it detects is in `common.script`; the frame's number is read from
the counter in its pixels (`common.counter`), so a frame whose pixels were mixed up shows as an error or a wrong result.
The neutral picture has no number, takes no time, and has nothing in it.
"""

from __future__ import annotations

import heapq
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from common import counter
from common.job import JobDocument
from common.script import Script, parse_script, scripted_detections
from worker.engine import NEUTRAL, Completion, EngineInfo, OnDone
from worker.pace import AT_ONCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERSION: Final = "1"


@dataclass(order=True, slots=True)
class _Flight:
    """A frame under way; ordered by when it is due, then by token."""

    due: float
    token: int
    started: float = field(compare=False)
    pixels: NDArray[np.uint8] = field(compare=False)
    frame_size: tuple[int, int] = field(compare=False)


class ScriptedEngine:
    """Completes each frame `service_ms` after its start, from a thread of its own; see `worker.engine.Engine`.

    Raises:
        ModelError: the job's script cannot be read.
    """

    def __init__(self, job: JobDocument, on_done: OnDone) -> None:
        self._script: Script = parse_script(job.script)
        self._on_done = on_done
        self._flights: list[_Flight] = []
        self._hung = 0
        self._started = 0
        self._closing = False
        self._changed = threading.Condition()
        self.requests = self.depth = self._script.requests
        self.pace = AT_ONCE
        self.info = EngineInfo(
            kind="scripted",
            device="SCRIPTED",
            device_name="scripted engine",
            precision="default",
            streams=self.requests,
            requests=self.requests,
            version=_VERSION,
        )
        self._thread = threading.Thread(target=self._serve, name="scripted-engine", daemon=True)
        self._thread.start()

    def submit(self, token: int, pixels: NDArray[np.uint8], frame_size: tuple[int, int]) -> None:
        """Start one frame; a poison frame ends the process here."""
        number = _number(pixels)  # read again at the end, so that pixels changed under way are found
        is_neutral = number is None and _is_neutral(pixels)
        if number in self._script.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        now = time.perf_counter()
        with self._changed:
            self._started += not is_neutral
            if number in self._script.hang:
                self._hung += 1
                return
            due = now if is_neutral else now + self._script.service_ms / 1000
            if not self._flights or due < self._flights[0].due:  # else the thread wakes in time by itself
                self._changed.notify()
            heapq.heappush(self._flights, _Flight(due, token, now, pixels, frame_size))

    def close(self) -> None:
        """Wait for what is under way: for ever when a frame hangs."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _serve(self) -> None:
        while completions := self._next():
            self._on_done(completions)

    def _next(self) -> list[Completion]:
        """Wait until frames are due and complete them; none when the engine is closing and nothing is under way."""
        with self._changed:
            until = 0.0
            while True:
                if not self._flights:
                    if self._closing and not self._hung:
                        return []
                    self._changed.wait()
                    continue
                until = until or time.perf_counter() + self.pace.patience_s
                left_s = self._told_at(until) - time.perf_counter()
                if left_s <= 0:
                    return self._due()
                self._changed.wait(left_s)

    def _told_at(self, until: float) -> float:
        """When frames that are due are to be told of: the pace's frame is, or patience is over and one is."""
        flights = sorted(self._flights)
        return min(flights[self.pace.awaited(len(flights))].due, max(until, flights[0].due))

    def _due(self) -> list[Completion]:
        now = time.perf_counter()
        completions = []
        while self._flights and self._flights[0].due <= now:
            completions.append(self._completion(heapq.heappop(self._flights)))
        return completions

    def _completion(self, flight: _Flight) -> Completion:
        infer_us = int((time.perf_counter() - flight.started) * 1e6)
        if 0 < self._script.lost <= self._started:
            return Completion(flight.token, None, "the scripted device is gone", infer_us)
        try:
            number = counter.read_stamp(flight.pixels)
        except ValueError as error:
            if _is_neutral(flight.pixels):
                return Completion(flight.token, scripted_detections(0, 0, flight.frame_size), "", infer_us)
            if not self._script.unnumbered:
                return Completion(flight.token, None, str(error), infer_us)
            number = 0
        if number in self._script.error:
            return Completion(flight.token, None, f"frame {number} is scripted to fail", infer_us)
        found = scripted_detections(number, self._script.detections, flight.frame_size)
        return Completion(flight.token, found, "", infer_us)


def _number(pixels: NDArray[np.uint8]) -> int | None:
    """Read the frame's number at its start, or None where the pixels carry none; then its completion says so."""
    try:
        return counter.read_stamp(pixels)
    except ValueError:
        return None


def _is_neutral(pixels: NDArray[np.uint8]) -> bool:
    return bool((pixels == NEUTRAL).all())

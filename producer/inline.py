"""Frames for workers that share no memory: in which form each goes, and what that comes to in bytes. Pure.

A frame that goes as a JPEG file is encoded by the edge first, off the loop; where that cannot be done, or saves
nothing, it goes as it is. What this file does not know: sessions, credit, and when a frame is granted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from common import limits
from common.messages import JPEG, RAW
from producer.credits import Attempt
from producer.form_trial import FormTrial

Sending: TypeAlias = Literal["raw", "jpeg", "auto"]
"""How frames are to go: as they are, as JPEG files, or as is faster."""

REPORTED_WORKERS_MAX: Final = 256
"""So many are told of in the report; the earliest are forgotten."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried to one worker, of frames that it has answered.

    Attributes:
        form: of its last frame.
        frames, nbytes: how many, with how many bytes of pixels in all.
        seconds: from the first answer to the last.
    """

    form: int
    frames: int
    nbytes: int
    seconds: float


class _Sent(NamedTuple):
    """A frame under way: its form, its bytes of pixels, when it was granted."""

    form: int
    nbytes: int
    granted_at: float


class Carriage:
    """One worker's frames."""

    def __init__(self, sending: Sending) -> None:
        self._trial: Final = FormTrial() if sending == "auto" else None
        self._fixed: Final = JPEG if sending == "jpeg" else RAW
        self._form = RAW
        self._under_way: Final[dict[Attempt, _Sent]] = {}
        self._frames = 0
        self._nbytes = 0
        self._first_at = self._last_at = 0.0

    def __repr__(self) -> str:
        return f"Carriage({self.carried}, {self._trial})"

    @property
    def form(self) -> int:
        """In which form the next frame goes."""
        return self._fixed if self._trial is None else self._trial.form

    @property
    def carried(self) -> Carried:
        """What was carried so far."""
        return Carried(self._form, self._frames, self._nbytes, self._last_at - self._first_at)

    def sent(self, attempt: Attempt, form: int, nbytes: int, granted_at: float) -> None:
        """Note that a frame goes to the worker; of those that it never answers the last are remembered."""
        self._under_way[attempt] = _Sent(form, nbytes, granted_at)
        if len(self._under_way) > limits.CREDITS_MAX:
            del self._under_way[next(iter(self._under_way))]

    def answered(self, attempt: Attempt, now: float) -> None:
        """Note that the worker has said what became of a frame."""
        sent = self._under_way.pop(attempt, None)
        if sent is None:
            return
        self._first_at = self._first_at if self._frames else now
        self._last_at = now
        self._form = sent.form
        self._frames += 1
        self._nbytes += sent.nbytes
        if self._trial is not None:
            self._trial.answered(sent.granted_at, now)


class Carriages:
    """All workers that get frames inline, by name: one that comes again goes on as before."""

    def __init__(self, sending: Sending) -> None:
        self._sending: Final = sending
        self._by_name: Final[dict[str, Carriage]] = {}

    def __repr__(self) -> str:
        return f"Carriages({self._by_name})"

    def of(self, worker: str) -> Carriage:
        """A worker's."""
        carriage = self._by_name.get(worker)
        if carriage is None:
            carriage = self._by_name[worker] = Carriage(self._sending)
            if len(self._by_name) > REPORTED_WORKERS_MAX:
                del self._by_name[next(iter(self._by_name))]
        return carriage

    def answered(self, worker: str, attempt: Attempt, now: float) -> None:
        """Note that a worker, whatever it shares, has said what became of a frame."""
        carriage = self._by_name.get(worker)
        if carriage is not None:
            carriage.answered(attempt, now)

    def carried(self) -> Mapping[str, Carried]:
        """What was carried to each that has answered any frame."""
        told = {name: carriage.carried for name, carriage in self._by_name.items()}
        return {name: carried for name, carried in told.items() if carried.frames}

"""Is it the frame or the engine? Before an engine that failed is believed, it is tried with a picture of nothing.

Guarantees: every failure is followed by a trial that began after it; failures that came before a trial began share it;
an engine has one trial at a time, for which the request of a frame that failed is free.
What this file does not know: what follows from a failed trial, messages, devices.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from worker.actions import Try
from worker.held import Frame

_NEVER: Final = float("inf")

Accused = tuple[Frame, str]
"""A frame, and what the engine said as it failed."""


class _Trial:
    """One engine's: `accused` wait for its end."""

    __slots__ = ("accused", "began_at", "token")

    def __init__(self, token: int, accused: list[Accused], began_at: float) -> None:
        self.token: Final = token
        self.accused: Final = accused
        self.began_at: Final = began_at


class Trials:
    """The engines that are being tried, by job."""

    def __init__(self) -> None:
        self._under_way: Final[dict[bytes, _Trial]] = {}
        self._next: Final[dict[bytes, list[Accused]]] = {}
        self._by_session: Final[Counter[int]] = Counter()
        self._last_token = 0

    def __len__(self) -> int:
        """How many engines."""
        return len(self._under_way)

    def __repr__(self) -> str:
        return f"Trials({len(self._under_way)}, for {self._by_session.total()} frames)"

    def on(self, digest: bytes) -> int:
        """How many requests of a job's engine are taken by a trial."""
        return digest in self._under_way

    def of(self, session: int) -> int:
        """How many frames of a producer's session wait for the end of one."""
        return self._by_session[session]

    def jobs(self) -> set[bytes]:
        """Digests of the jobs whose engines are being tried."""
        return set(self._under_way)

    def accuse(self, frame: Frame, text: str) -> None:
        """Take a frame on which its engine failed; the next trial of it is for this one."""
        self._next.setdefault(frame.digest, []).append((frame, text))
        self._by_session[frame.session] += 1

    def begin(self, now: float) -> list[Try]:
        """Begin the trials that are due."""
        if not self._next:
            return []
        due = [digest for digest in self._next if digest not in self._under_way]
        return [self._begin(digest, self._next.pop(digest), now) for digest in due]

    def is_under_way(self, token: int) -> bool:
        """Whether a completion is a trial's that has not ended."""
        return any(trial.token == token for trial in self._under_way.values())

    def passed(self, token: int) -> list[Accused]:
        """Take note that an engine works; returns the frames whose fault it was."""
        digest, trial = next(pair for pair in self._under_way.items() if pair[1].token == token)
        del self._under_way[digest]
        self._by_session.subtract(frame.session for frame, _ in trial.accused)
        return trial.accused

    def accused(self) -> list[Frame]:
        """The frames that wait for a verdict."""
        waiting = [*(trial.accused for trial in self._under_way.values()), *self._next.values()]
        return [frame for accused in waiting for frame, _ in accused]

    def oldest_start(self) -> float:
        """When the trial that has lasted longest began; infinite where there is none."""
        return min(trial.began_at for trial in self._under_way.values()) if self._under_way else _NEVER

    def check(self) -> None:
        """Assert the invariants: counts agree, no trial is for nobody, and nobody waits for none."""
        assert +self._by_session == Counter(frame.session for frame in self.accused()), self
        assert all(trial.accused for trial in self._under_way.values()), self
        assert set(self._next) <= set(self._under_way), self

    def _begin(self, digest: bytes, accused: list[Accused], now: float) -> Try:
        self._last_token -= 1
        self._under_way[digest] = _Trial(self._last_token, accused, now)
        return Try(self._last_token, digest)

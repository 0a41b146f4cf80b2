"""How far each job is on its way into an engine, and what is to be done next. Producers with the same job share one.

What this file does not know: devices, disks, sessions' states, who asked for the job.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from enum import StrEnum
from typing import Final

from common.job import JobDocument
from common.messages import Fetch
from worker.actions import Action, Load, Prepare, Store, Unload
from worker.fetching import Fetching
from worker.producer_link import ProducerLink


class Phase(StrEnum):
    """What is being done for a job."""

    PREPARING = "preparing"
    """The edge looks which files are here."""
    FETCHING = "fetching"
    LOADING = "loading"
    READY = "ready"


class EngineState:
    """One job's way to its engine.

    Attributes:
        job: the document.
        phase: how far it is.
        fetching: what is to come; None unless FETCHING.
        requests: frames that keep it busy; 0 unless READY.
        depth: frames that it takes at a time; 0 unless READY.
    """

    __slots__ = ("depth", "fetching", "job", "phase", "requests")

    def __init__(self, job: JobDocument) -> None:
        self.job: Final = job
        self.phase = Phase.PREPARING
        self.fetching: Fetching | None = None
        self.requests = self.depth = 0

    def __repr__(self) -> str:
        return f"EngineState({self.job.digest.hex()[:8]}, {self.phase}, {self.requests} requests)"


class Engines:
    """The jobs that this worker has, by digest."""

    def __init__(self) -> None:
        self._states: dict[bytes, EngineState] = {}

    def __repr__(self) -> str:
        return f"Engines({list(self._states.values())})"

    def requests(self, digest: bytes) -> int:
        """How many frames of a job keep its engine busy; 0 unless it is ready."""
        state = self._states.get(digest)
        return state.requests if state is not None else 0

    def depth(self, digest: bytes) -> int:
        """How many frames of a job its engine takes at a time; 0 unless it is ready."""
        state = self._states.get(digest)
        return state.depth if state is not None else 0

    def want(self, job: JobDocument, in_use: Container[bytes]) -> list[Action]:
        """Take on a job, if it is not here already, in the place of those that are in use no more."""
        if job.digest in self._states:
            return []
        actions = self._unload(in_use)
        self._states[job.digest] = EngineState(job)
        return [*actions, Prepare(job.digest, job)]

    def prepared(self, digest: bytes, missing: tuple[tuple[bytes, int], ...]) -> list[Action]:
        """Fetch what is missing, or load what is here."""
        state = self._in(digest, Phase.PREPARING)
        if state is None:
            return []
        if not missing:
            return self._load(state)
        state.phase, state.fetching = Phase.FETCHING, Fetching(missing)
        return []

    def fetch(self, sources: Mapping[bytes, ProducerLink], now: float) -> list[Action]:
        """Ask for the next piece of every model whose turn it is.

        Args:
            sources: a producer with an open session for each job that has one.
            now: seconds.
        """
        actions: list[Action] = []
        for digest, fetching in self._fetchings():
            source = sources.get(digest)
            asked = fetching.ask(now) if source is not None else None
            if source is not None and asked is not None:
                actions.append(source.dialer.send(Fetch(source.dialer.id, *asked), now))
        return actions

    def chunk(self, digest: bytes, sha256: bytes, offset: int, data: memoryview) -> list[Action]:
        """Take a piece of a model file; one that was not asked for is let go."""
        state = self._in(digest, Phase.FETCHING)
        if state is None or state.fetching is None:
            return []
        size = state.fetching.take(sha256, offset, data.nbytes)
        return [] if size is None else [Store(digest, sha256, offset, size, data)]

    def stored(self, digest: bytes, sha256: bytes, *, ok: bool) -> list[Action]:
        """Take the finding on a fetched file."""
        state = self._in(digest, Phase.FETCHING)
        if state is None or state.fetching is None:
            return []
        state.fetching.checked(sha256, ok=ok)
        return self._load(state) if state.fetching.is_done else []

    def is_hopeless(self, digest: bytes) -> bool:
        """Whether a file of the job came wrong once too often."""
        state = self._states.get(digest)
        return state is not None and state.fetching is not None and state.fetching.is_hopeless

    def source_lost(self, digest: bytes) -> None:
        """Note that the producer that may have been asked is gone."""
        state = self._in(digest, Phase.FETCHING)
        if state is not None and state.fetching is not None:
            state.fetching.source_lost()

    def loaded(self, digest: bytes, requests: int, depth: int) -> None:
        """Note that the engine takes frames."""
        state = self._in(digest, Phase.LOADING)
        if state is not None:
            state.phase, state.requests, state.depth = Phase.READY, requests, depth

    def failed(self, digest: bytes) -> None:
        """Forget a job that cannot be run; who comes with it again has it tried again."""
        self._states.pop(digest, None)

    def deadline(self, sources: Container[bytes]) -> float:
        """When `fetch` has something to do."""
        due = [fetching.deadline() for digest, fetching in self._fetchings() if digest in sources]
        return min(due, default=float("inf"))

    def check(self) -> None:
        """Assert the invariants: each phase has what belongs to it."""
        for digest, state in self._states.items():
            assert digest == state.job.digest, state
            assert (state.fetching is not None) == (state.phase is Phase.FETCHING), state
            assert (state.requests > 0) == (state.phase is Phase.READY), state
            assert state.depth >= state.requests, state
            if state.fetching is not None:
                state.fetching.check()

    def _in(self, digest: bytes, phase: Phase) -> EngineState | None:
        state = self._states.get(digest)
        return state if state is not None and state.phase is phase else None

    def _load(self, state: EngineState) -> list[Action]:
        state.phase, state.fetching = Phase.LOADING, None
        return [Load(state.job.digest, state.job)]

    def _unload(self, in_use: Container[bytes]) -> list[Action]:
        """Let go of jobs out of use, unless a thread is busy with them: those go the next time."""
        at_rest = {Phase.FETCHING, Phase.READY}
        idle = [digest for digest, state in self._states.items() if state.phase in at_rest and digest not in in_use]
        for digest in idle:
            del self._states[digest]
        return [Unload(digest) for digest in idle]

    def _fetchings(self) -> list[tuple[bytes, Fetching]]:
        return [(digest, state.fetching) for digest, state in self._states.items() if state.fetching is not None]

"""The frames that a worker holds: waiting for a request, or in one.

Guarantees: an attempt is held once; a token is given once; frames of one producer start in the order they came, and
producers take turns; a frame that is to be alone runs beside no other, and keeps no other waiting for longer than that
takes; an inline frame's pixels are referenced until it is finished.
What this file does not know: sessions' states, engines, and who is told of what.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Final

from common import limits
from common.messages import WorkItem, WorkRef

_NEVER: Final = float("inf")


class Frame:
    """One attempt at one frame.

    Attributes:
        session: the producer's, in which it came.
        work: as the producer sent it.
        link: whence it came.
        collector: the link that takes its result.
        digest: its job.
        payload: its pixels where they came inline.
        received_at, started_at: in seconds of the core's clock; `started_at` only while it runs.
    """

    __slots__ = ("collector", "digest", "link", "payload", "received_at", "session", "started_at", "work")

    def __init__(
        self,
        session: int,
        work: WorkItem,
        link: str,
        collector: str,
        digest: bytes,
        payload: memoryview | None,
        now: float,
    ) -> None:
        self.session: Final = session
        self.work: Final = work
        self.link: Final = link
        self.collector: Final = collector
        self.digest: Final = digest
        self.payload: Final = payload
        self.received_at: Final = now
        self.started_at = now

    def __repr__(self) -> str:
        return f"Frame({self.link} {self.work.stream} {self.work.seq} attempt {self.work.attempt})"

    @property
    def ref(self) -> WorkRef:
        """How messages name it."""
        return self.work[:4]

    @property
    def attempt(self) -> tuple[int, WorkRef]:
        """What may be held once."""
        return self.session, self.ref

    @property
    def wait_us(self) -> int:
        """Microseconds between its arrival and its start."""
        return max(0, int((self.started_at - self.received_at) * 1e6))


class Held:
    """Queued and running frames of all producers."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Frame]] = {}
        self._running: dict[int, Frame] = {}
        self._attempts: set[tuple[int, WorkRef]] = set()
        self._by_session: Counter[int] = Counter()
        self._running_on: Counter[bytes] = Counter()
        self._queued = 0
        self._alone = False
        self._next_token = 1

    def __len__(self) -> int:
        return self._queued + len(self._running)

    def __repr__(self) -> str:
        return f"Held({self._queued} queued, {len(self._running)} running)"

    @property
    def queued(self) -> int:
        """How many wait for a request."""
        return self._queued

    def of(self, session: int) -> int:
        """How many are held for a producer's session."""
        return self._by_session[session]

    def running_on(self, digest: bytes) -> int:
        """How many frames of a job are in the engine."""
        return self._running_on[digest]

    def add(self, frame: Frame) -> bool:
        """Queue a frame; False, and nothing happens, if this attempt is held already."""
        attempt = frame.attempt
        if attempt in self._attempts:
            return False
        self._attempts.add(attempt)
        self._by_session[frame.session] += 1
        queue = self._queues.get(frame.link)
        if queue is None:
            queue = self._queues[frame.link] = deque()
        queue.append(frame)
        self._queued += 1
        return True

    @property
    def is_alone(self) -> bool:
        """Whether the one frame that runs is to be alone."""
        return self._alone

    def start(self, has_room: Callable[[bytes], bool], now: float, *, quiet: bool = True) -> tuple[int, Frame] | None:
        """Move the next frame from its queue into a request.

        Args:
            has_room: whether a job's engine takes one more.
            now: seconds.
            quiet: whether nothing but frames is in the engines.

        Returns:
            Its token and the frame, or None where nothing can start.
        """
        if not self._queued or self._alone:
            return None
        for link, queue in self._queues.items():
            if not queue:
                continue
            if queue[0].work.alone and (self._running or not quiet):
                return None  # it has its turn when the engines are empty, and nothing else starts before
            if has_room(queue[0].digest):
                self._queues[link] = self._queues.pop(link)  # to the end: the others have their turn first
                return self._start(queue.popleft(), now)
        return None

    def finish(self, token: int) -> Frame | None:
        """Let go of a running frame; None for a token that is not running."""
        frame = self._running.pop(token, None)
        if frame is not None:
            self._running_on[frame.digest] -= 1
            self._alone = False  # either it was this one, or nobody was
            self._forget(frame)
        return frame

    def drop_queued(self, link: str) -> list[Frame]:
        """Let go of what waits for a request, of one producer, oldest first."""
        dropped = list(self._queues.pop(link, ()))
        self._queued -= len(dropped)
        for frame in dropped:
            self._forget(frame)
        return dropped

    def oldest_start(self) -> float:
        """When the frame that has run longest was started; infinite where none runs."""
        for frame in self._running.values():
            return frame.started_at
        return _NEVER

    def running(self) -> Iterator[Frame]:
        """The frames in the engines, in the order of their start."""
        return iter(tuple(self._running.values()))

    def links(self) -> Iterator[str]:
        """The producers of whom frames wait."""
        return iter(tuple(self._queues))

    def check(self) -> None:
        """Assert the invariants: counts agree with what is there, no attempt is held twice, the bound is kept."""
        queued = [frame for queue in self._queues.values() for frame in queue]
        frames = [*queued, *self._running.values()]
        assert len(queued) == self._queued, self
        assert len(frames) == len(self) <= limits.CREDITS_MAX, self
        assert {frame.attempt for frame in frames} == self._attempts, self
        assert len(self._attempts) == len(frames), self
        assert self._by_session == Counter([frame.session for frame in frames]), self
        assert self._running_on == Counter([frame.digest for frame in self._running.values()]), self
        assert all(token < self._next_token for token in self._running), self
        starts = [frame.started_at for frame in self._running.values()]
        assert starts == sorted(starts), self
        assert self._alone == any(frame.work.alone for frame in self._running.values()), self
        assert not self._alone or len(self._running) == 1, self

    def _start(self, frame: Frame, now: float) -> tuple[int, Frame]:
        token = self._next_token
        self._next_token += 1
        self._queued -= 1
        self._running[token] = frame
        self._running_on[frame.digest] += 1
        self._alone = frame.work.alone
        frame.started_at = now
        return token, frame

    def _forget(self, frame: Frame) -> None:
        self._attempts.discard(frame.attempt)
        self._by_session[frame.session] -= 1
        if not self._by_session[frame.session]:
            del self._by_session[frame.session]

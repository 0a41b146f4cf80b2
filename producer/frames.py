"""One captured frame on its way to settlement, and the attempts at it.

The legal moves of a frame are `MOVES`; docs/protocol.md's drawing shows the same. A settled frame is forgotten.
"""

from __future__ import annotations

from collections import deque
from typing import Final, TypeAlias

from common.rows import Status
from common.word import Word

Key: TypeAlias = tuple[str, int]
"""stream, seq."""


class FrameState(Word):
    """Where a captured frame stands."""

    QUEUED = "queued"
    """Waits for a worker."""
    LEASED = "leased"
    """With one worker, or two where it is hedged."""
    REPORTED = "reported"
    """A worker says that its result is on the way to the collector; believed for a while only."""
    HINTED = "hinted"
    """This collector has received its outcome, but not written it."""
    FATED = "fated"
    """It will have no result; the collector is being told."""


MOVES: Final[frozenset[tuple[FrameState, FrameState]]] = frozenset(
    {
        (FrameState.QUEUED, FrameState.LEASED),
        (FrameState.QUEUED, FrameState.HINTED),
        (FrameState.QUEUED, FrameState.FATED),
        (FrameState.LEASED, FrameState.QUEUED),
        (FrameState.LEASED, FrameState.REPORTED),
        (FrameState.LEASED, FrameState.HINTED),
        (FrameState.LEASED, FrameState.FATED),
        (FrameState.REPORTED, FrameState.QUEUED),
        (FrameState.REPORTED, FrameState.HINTED),
        (FrameState.REPORTED, FrameState.FATED),
        (FrameState.HINTED, FrameState.QUEUED),
        (FrameState.HINTED, FrameState.FATED),
        (FrameState.FATED, FrameState.HINTED),
    }
)
"""Settlement ends a frame in any state."""


STORY_MAX: Final = 32
"""Moves that a frame remembers: one that nobody can deliver waits and goes out again for ever."""


UNDECODABLE: Final = "undecodable"
"""Why a frame failed that has no pixels."""


class FrameError(Exception):
    """An illegal move: a defect of this process. Carries the frame's last moves."""


class Lease:
    """One attempt: who has the frame since when, until when that is believed, and whether it has no other meanwhile.

    `due_at` is when the lease table looks at it next, no later than `deadline`.
    """

    __slots__ = ("alone", "attempt", "deadline", "due_at", "reported", "sent_at", "started", "worker")

    def __init__(self, worker: int, attempt: int, sent_at: float, deadline: float, *, alone: bool) -> None:
        self.worker: Final = worker
        self.attempt: Final = attempt
        self.sent_at: Final = sent_at
        self.deadline = self.due_at = deadline
        self.alone: Final = alone
        self.started = False
        self.reported = False

    def __repr__(self) -> str:
        return f"Lease(#{self.attempt} by {self.worker:x}, until {self.deadline:.3f})"


class Frame:
    """A captured, unsettled frame.

    Attributes:
        epoch: of its stream.
        slot: where its pixels are.
        pts, width, height: of the original.
        captured_at: producer's clock, seconds.
        ready_at: the same, when it was decoded and could be prepared: its latency counts from here.
        attempts: how many leases it ever had; the next attempt has this number plus one.
        leases: the live ones by attempt.
        late: leases that ran out, by worker, the last of each, while it is here and has not said what became of it: its
            engine may still fail on the frame, or it die of it.
        suspected_by: instances that died when they may have begun it, in company.
        erred: whether an engine failed on it in company.
        deaths: instances of workers that died after they had begun it, alone.
        errors: how many engines failed on it, alone.
        verdict: its fate, with a reason, once it is FATED.
        vacated: whether it is fated and its slot given away, as nobody had been given it: it is
            dropped, or has no pixels.
    """

    __slots__ = (
        "attempts",
        "captured_at",
        "deaths",
        "epoch",
        "erred",
        "errors",
        "height",
        "key",
        "late",
        "leases",
        "pts",
        "ready_at",
        "slot",
        "state",
        "story",
        "suspected_by",
        "vacated",
        "verdict",
        "width",
    )

    def __init__(self, key: Key, epoch: int, slot: int, pts: int, size: tuple[int, int], captured_at: float) -> None:
        self.key: Final = key
        self.epoch: Final = epoch
        self.slot: Final = slot
        self.pts: Final = pts
        self.width, self.height = size
        self.captured_at: Final = captured_at
        self.ready_at = captured_at
        self.state = FrameState.QUEUED
        self.attempts = 0
        self.leases: dict[int, Lease] = {}
        self.late: dict[int, Lease] = {}
        self.suspected_by: list[bytes] = []
        self.erred = False
        self.deaths: list[bytes] = []
        self.errors = 0
        self.verdict: tuple[Status, str] | None = None
        self.vacated = False
        self.story: deque[FrameState] = deque(maxlen=STORY_MAX)

    def __repr__(self) -> str:
        return f"Frame({self.key[0]} {self.key[1]}, {self.state}, leases {list(self.leases.values())})"

    @property
    def is_suspect(self) -> bool:
        """Whether it may be what ends workers or engines, so that it has to run alone."""
        return bool(self.erred or self.suspected_by or self.deaths or self.errors)

    @property
    def is_untouched(self) -> bool:
        """Whether it waits, and nobody was ever given it: its policy may take its slot from it."""
        return self.state is FrameState.QUEUED and self.attempts == 0

    @property
    def strikes(self) -> int:
        """How often a worker or an engine failed that had nothing else to do."""
        return len(self.deaths) + self.errors

    def move(self, target: FrameState) -> None:
        """Make a legal move.

        Raises:
            FrameError: `MOVES` has no such move.
        """
        if (self.state, target) not in MOVES:
            raise FrameError(f"{self} cannot become {target}; story: {list(self.story)}")
        self.story.append(target)
        self.state = target

    def pending(self) -> list[Lease]:
        """Return the leases whose workers have not reported."""
        return [lease for lease in self.leases.values() if not lease.reported]

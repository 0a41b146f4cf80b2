"""One stream at the collector: its place in life, its owner, and what was received, emitted and written of it.

Phases go KNOWN -> OPENING -> OPEN -> CLOSING -> ENDED; a new stream begins at OPENING, a resumed one returns to it,
and one whose producer never came back goes from KNOWN to CLOSING. What this file does not know: who is told what.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from collector.intake import Intake
from collector.ledger import Ledger
from collector.records import PRODUCER_LOST, RecoveredStream, StreamRecord
from collector.reorder import ReorderBuffer
from common import limits
from common.messages import Acked
from common.registry import Member
from common.rows import Ending, Row

NEVER = float("inf")


class Phase(Enum):
    """Where a stream stands."""

    KNOWN = "known"
    """An earlier collector left it; nobody has opened it here."""
    OPENING = "opening"
    """The outputs are being made ready; its producer has not been answered."""
    OPEN = "open"
    CLOSING = "closing"
    """All its frames are emitted; its ending is being put on record."""
    ENDED = "ended"


class Held(NamedTuple):
    """A frame that waits for its turn.

    Attributes:
        row: what will be emitted.
        arrived_at: monotonic seconds.
        worker: who inferred it; None for a frame without a result.
        wait_us, infer_us: what the worker measured.
    """

    row: Row
    arrived_at: float
    worker: Member | None = None
    wait_us: int = 0
    infer_us: int = 0


class StreamEnd(NamedTuple):
    """How a stream will end, once `captured` frames are emitted; `announced` by its producer, or without it."""

    captured: int
    ending: Ending
    reason: str
    announced: bool = True


class Stream:
    """One stream. Made by `Stream.new` or `Stream.known`.

    Attributes:
        record: its header, epoch, job and ending.
        epoch, job: as in `record`, the job as 32 bytes: what each result is compared with.
        buffer: frames that were received and not emitted; `buffer.next` is the first that was not emitted.
        ledger: frames that were emitted.
        pictures: the originals, as far as they are wanted.
        written: every frame below is in the outputs.
        phase: where it stands.
        owner: the producer's session; 0 where it is gone.
        instance: the producer's process.
        lost_at: when its producer will have stayed away for too long.
        end: how it will end, once that is known.
        resumed_at: the first frame emitted by this process.
        patience_s: how long news of it may wait for company, by its producer's word.
        emitted_at: when frames last went out.
        acked: what its producer was last told is written.
        acked_at: when that was.
        parted: whether its producer has said goodbye knowing that it ended.
    """

    __slots__ = (
        "acked",
        "acked_at",
        "buffer",
        "emitted_at",
        "end",
        "epoch",
        "instance",
        "job",
        "ledger",
        "lost_at",
        "owner",
        "parted",
        "patience_s",
        "phase",
        "pictures",
        "record",
        "resumed_at",
        "written",
    )

    def __init__(self, record: StreamRecord, ledger: Ledger, phase: Phase) -> None:
        self.record = record
        self.epoch = record.epoch
        self.job = bytes.fromhex(record.job_digest)
        self.buffer: ReorderBuffer[Held] = ReorderBuffer(ledger.total, limits.WINDOW_MAX_FRAMES)
        self.ledger = ledger
        self.pictures = Intake()
        self.written = ledger.total
        self.phase = phase
        self.owner = 0
        self.instance = b""
        self.lost_at = NEVER
        self.end: StreamEnd | None = None
        self.resumed_at = ledger.total
        self.patience_s = 0.0
        self.emitted_at = -NEVER
        self.acked = ledger.total
        self.acked_at = -NEVER
        self.parted = False

    @classmethod
    def new(cls, record: StreamRecord, base: int) -> Stream:
        """A stream that nobody knew; `base` frames of it were accounted for without a record."""
        return cls(record, Ledger(base=base), Phase.OPENING)

    @classmethod
    def known(cls, recovered: RecoveredStream) -> Stream:
        """A stream that an earlier collector left."""
        stream = cls(recovered, Ledger(recovered.counts), Phase.KNOWN)
        if recovered.ending is not None:
            announced = recovered.reason != PRODUCER_LOST  # the journal keeps no more than the reason
            stream.end = StreamEnd(recovered.captured, recovered.ending, recovered.reason, announced)
            stream.ledger.captured = recovered.captured
            stream.phase = Phase.ENDED
            stream.parted = True
        return stream

    def __repr__(self) -> str:
        return f"Stream({self.name}, {self.phase.value}, epoch {self.epoch}, written {self.written}, {self.buffer})"

    @property
    def name(self) -> str:
        """Its name."""
        return self.record.header.name

    @property
    def idle(self) -> bool:
        """Whether the outputs owe no answer about it."""
        return self.phase not in {Phase.OPENING, Phase.CLOSING} and self.written == self.buffer.next

    @property
    def attended(self) -> bool:
        """Whether a producer is there that waits for acknowledgements."""
        return self.owner != 0 and self.phase in {Phase.OPEN, Phase.CLOSING}

    @property
    def ended_by_producer(self) -> bool:
        """Whether it ended as its producer said, so that only the acknowledgement can be missing."""
        return self.phase is Phase.ENDED and self.end is not None and self.end.announced

    @property
    def seen(self) -> tuple[int, int]:
        """The first frame whose picture is not here, and the bytes of it that are.

        Where none is waited for, the first that was not emitted.
        """
        pictures = self.pictures
        return (self.buffer.next if pictures.next is None else pictures.next), pictures.offset

    def take_ready(self) -> list[Held]:
        """Take what is in order and has its picture, if it is to have one."""
        pictured = self.pictures.next
        return self.buffer.take_ready() if pictured is None else self.buffer.take_ready(pictured)

    def own(self, member: Member, window: int, patience_s: float) -> None:
        """Give it to a producer's session."""
        self.owner = member.id
        self.instance = member.instance
        self.buffer.window = window
        self.patience_s = patience_s
        self.lost_at = NEVER
        self.parted = False

    def disown(self, lost_at: float) -> None:
        """Note that its producer is gone; it is waited for until `lost_at`."""
        self.owner = 0
        if self.phase in {Phase.OPENING, Phase.OPEN}:
            self.lost_at = lost_at

    def renew(self, record: StreamRecord) -> int:
        """Continue under another record (a new epoch, or one that was only known); return how many frames it forgot."""
        self.record = record
        self.epoch = record.epoch
        self.phase = Phase.OPENING
        self.end = None
        self.ledger.captured = None
        return self.buffer.drop_buffered()

    def close(self) -> None:
        """Note that its ending is on record."""
        assert self.end is not None, self
        self.phase = Phase.ENDED
        self.pictures.forgo()
        self.record = replace(self.record, ending=self.end.ending, captured=self.end.captured, reason=self.end.reason)

    def have(self) -> tuple[tuple[int, int], ...]:
        """Ranges [first, last] that were received and are not written."""
        emitted = ((self.written, self.buffer.next - 1),) if self.written < self.buffer.next else ()
        return emitted + self.buffer.ranges(limits.RANGES_MAX - len(emitted))

    def acknowledge(self, now: float) -> Acked:
        """What its producer is told of it now."""
        self.acked, self.acked_at = self.written, now
        return Acked(self.name, self.epoch, self.written, self.have(), self.phase is Phase.ENDED)

    def check(self) -> None:
        """Assert the invariants: written, emitted and accounted for agree, and an ended stream is balanced."""
        self.buffer.check()
        self.ledger.check()
        self.pictures.check()
        assert self.pictures.next is None or self.buffer.next <= self.pictures.next, self
        assert self.written <= self.buffer.next == self.ledger.total, self
        assert (self.phase in {Phase.CLOSING, Phase.ENDED}) <= (self.end is not None), self
        if self.phase in {Phase.CLOSING, Phase.ENDED}:
            assert self.ledger.balanced, (self, self.ledger)
            assert len(self.buffer) == 0, self
        if self.phase is Phase.ENDED:
            assert self.written == self.ledger.captured, self

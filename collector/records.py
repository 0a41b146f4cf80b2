"""What is on record of a stream, and who may continue it. Plain values: no file, no clock.

The rule of who continues a stream is here and nowhere else; the core asks it, the journal only keeps the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from common.rows import Ending, Status, StreamHeader

PRODUCER_LOST: Final = "producer lost"
"""Why a stream ended whose producer stayed away: the one ending that its producer did not announce."""

_OTHERWISE: Final = ": go on with that one, name other outputs, or start over with --force"


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """What the journal knows of a stream.

    Attributes:
        header, epoch: as last opened.
        job_digest: SHA-256 of the job document, 64 hexadecimal digits.
        ending: None while it is open.
        captured: frames it ended with; 0 while it is open.
        reason: of the ending.
    """

    header: StreamHeader
    epoch: int
    job_digest: str
    ending: Ending | None = None
    captured: int = 0
    reason: str = ""

    def refusal(self, header: StreamHeader, epoch: int, job_digest: str, *, resume: bool) -> str:
        """Why a stream that opens under this name does not continue this one; empty if it does.

        Args:
            header: of the stream that opens.
            epoch: of its producer's incarnation.
            job_digest: of its job, in hexadecimal.
            resume: whether another epoch may continue (`--resume`).
        """
        name = self.header.name
        if job_digest != self.job_digest:
            return f"the rows of {name} come from another job (model, threshold or preprocessing){_OTHERWISE}"
        if _geometry(header) != _geometry(self.header):
            return f"the rows of {name} come from a video of another size or time base{_OTHERWISE}"
        if epoch != self.epoch and not resume:
            return f"the rows of {name} come from a producer that is gone; --resume would continue them"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredStream(StreamRecord):
    """What an earlier collector left of a stream.

    Attributes:
        next: the frame that comes next; rows 0..next-1 are in every durable output.
        counts: those rows by status and reason.
    """

    next: int = 0
    counts: Mapping[tuple[Status, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, record: StreamRecord, upto: int, counts: Mapping[tuple[Status, str], int]) -> RecoveredStream:
        """What is on record of a stream whose frames below `upto`, by status and reason, are in the outputs."""
        return cls(
            header=record.header,
            epoch=record.epoch,
            job_digest=record.job_digest,
            ending=record.ending,
            captured=record.captured,
            reason=record.reason,
            next=upto,
            counts=dict(counts),
        )


def _geometry(header: StreamHeader) -> tuple[int, int, Fraction]:
    return header.width, header.height, header.time_base

"""What a producer is told at its start; nothing here changes while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from common.inquiries import UNKNOWN, Identity
from common.job import JobDocument
from common.messages import ShmOfferFields
from common.rows import StreamHeader
from producer.inline import Sending
from producer.policy import LOSSLESS, Policy
from producer.slots import shares


def _unmarked(_slot: int, _session: int, _attempt: int) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ProducerSettings:
    """A producer's settings.

    Attributes:
        name: of this process, at the collector.
        job: what every worker is to do.
        collector: the address that workers are told, as `common.address.advertised` reads it.
        streams: in the order of their slots.
        window: unsettled frames over all streams; each stream has an equal share, see `slots`. Under a policy
            that drops, so many that are not dropped.
        token: what lies in the segment for peers to read back; b"" where frames always travel inline.
        shm: how peers open the segment; None where it cannot be shared.
        marks: (slot, session, attempt) -> whether a worker marked that attempt as begun in the slot.
        resume: go on where an earlier producer of the same streams stopped.
        timeout_s: how long to do without a collector or a worker; None for ever.
        identity: of this process, for whoever asks.
        sending: how frames go to workers that do not share the segment; `raw` unless the job's pixels are i420.
        policies: what becomes of frames that nobody has time for, by stream; none of a stream that is not here goes.
        prefetches: whether frames are captured while others are under way, even if that makes them wait.
        patience_ms: how long news of a frame may wait for company, where nobody waits for the frame; see
            `limits.PATIENCE_MAX_MS`.
    """

    name: str
    job: JobDocument
    collector: str
    streams: tuple[StreamHeader, ...]
    window: int
    token: bytes = b""
    shm: ShmOfferFields | None = None
    marks: Callable[[int, int, int], bool] = _unmarked
    resume: bool = False
    timeout_s: float | None = None
    identity: Identity = UNKNOWN
    sending: Sending = "raw"
    policies: Mapping[str, Policy] = field(default_factory=dict)
    prefetches: bool = True
    patience_ms: int = 0

    @property
    def slots(self) -> dict[str, range]:
        """The slots of each stream."""
        return shares(self.window, {header.name: self._least(header.name) for header in self.streams})

    def policy_of(self, stream: str) -> Policy:
        """What becomes of a stream's frames that nobody has time for."""
        return self.policies.get(stream, LOSSLESS)

    def _least(self, stream: str) -> int:
        policy = self.policy_of(stream)
        return policy.least_slots if self.prefetches or policy.drops else 1

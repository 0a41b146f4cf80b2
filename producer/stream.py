"""One stream at its producer: opened, captured, settled, ended; counts and durations for the report."""

from __future__ import annotations

from typing import Final

from common.meter import Durations
from common.rows import Ending, StreamHeader
from producer.frames import Key
from producer.outages import Outages
from producer.policy import LOSSLESS, Policy

STAGES: Final = ("decode", "prepare", "dispatch")


class Stream:
    """The producer's state of one stream.

    Args:
        header: what is known of it.
        policy: what becomes of its frames that nobody has time for.

    Attributes:
        epoch: given by the collector; 0 before it has opened the stream.
        captured: the next frame's number.
        settled: the first frame that the collector has not written.
        ending: how and why it ended; None while frames may come.
        finished: the collector has written everything and said so, or has rejected the stream.
        rejection: why the collector does not take it.
        confirmed: the present session with the collector has answered Open.
        distrusted: the collector has begun a new life since its last hint.
        taken_since: since when the collector says that another producer has it.
        awaits: whether people were told that the collector is still writing its end.
        open_at, tell_at: when to say Open, and what is unanswered, again.
        latency: from `Frame.ready_at` to settlement, on this process's clock, of frames that were not fated.
        fated: the same of those that were: their age when their row was out.
        stages: durations by name, see `STAGES`.
        outages: when its source gave nothing.
        broken: how many of its frames had no pixels.
    """

    def __init__(self, header: StreamHeader, policy: Policy = LOSSLESS) -> None:
        self.header: Final = header
        self.policy: Final = policy
        self.name: Final = header.name
        self.epoch = 0
        self.captured = 0
        self.settled = 0
        self.ending: tuple[Ending, str] | None = None
        self.finished = False
        self.rejection = ""
        self.confirmed = False
        self.distrusted = False
        self.taken_since = float("inf")
        self.awaits = False
        self.open_at = float("inf")
        self.tell_at = float("inf")
        self.latency: Final = Durations()
        self.fated: Final = Durations()
        self.outages: Final = Outages()
        self.broken = 0
        self.stages: Final = {stage: Durations() for stage in STAGES}

    def __repr__(self) -> str:
        state = "finished" if self.finished else f"ending {self.ending}" if self.ending else "open"
        return f"Stream({self.name} epoch {self.epoch}, {state}, settled {self.settled} of {self.captured})"

    @property
    def is_started(self) -> bool:
        """Whether capture has begun."""
        return self.epoch > 0

    @property
    def oldest(self) -> Key:
        """The key of the oldest unsettled frame, if there is one."""
        return (self.name, self.settled)

    def begin(self, epoch: int, first: int) -> None:
        """Take the collector's epoch and the number of the first frame that it wants."""
        self.epoch = epoch
        self.captured = self.settled = first

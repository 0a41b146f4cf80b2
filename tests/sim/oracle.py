"""What must hold in every history, said without looking into a core.

Frames are known by (stream, seq); the oracle is told when one is captured, begun on an engine, written, and when its
slot is used again. What this file does not know: how any of it comes about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Final

import numpy as np

from common import limits
from common.rows import Ending, Row, Status
from producer.frames import UNDECODABLE
from producer.options import read_policy
from producer.policy import LOSSLESS, NO_ROOM, SUPERSEDED, TOO_OLD, Keep, Policy
from tests.sim.script import ProducerPlan, Script, StreamPlan

_CLOCKS_AGREE: Final = 1.001
"""So much a process's clock may be faster than the world's, where it does not leap."""

BEGUN_MAX: Final = 30
"""How often one frame may be inferred: a few faults cost a few repetitions each, a loop costs hundreds."""


DROPS: Final[Mapping[Keep, frozenset[str]]] = {
    Keep.LOSSLESS: frozenset(),
    Keep.FRESHEST: frozenset({SUPERSEDED}),
    Keep.MAX_AGE: frozenset({TOO_OLD, NO_ROOM}),
}
"""Why a policy may drop a frame."""


def policy_of(stream: StreamPlan, producer: ProducerPlan) -> Policy:
    """What becomes of a stream's frames that nobody has time for."""
    return LOSSLESS if stream.waits else read_policy(producer.policy, live=True)


class BrokenPromiseError(AssertionError):
    """The fleet did what it must not do, or did not do what it must."""


class Ledger:
    """What is known of every stream from outside.

    Attributes:
        rows: what is durable of each stream, in order.
        captured: frames that a source has delivered.
        endings: as recorded by the collector.
        begun: how often each frame was begun on an engine.
        tried: how often it was begun, or announced, where nothing else ran, on an engine that worked before.
        stopped: producers that were interrupted; abandoned: those that died for good.
        impatient: producers that may have been waited for too long, or have waited themselves, by a clock that leapt.
        poisoned: processes that died of a poison frame.
        silences: whether a living worker may have been taken for a dead one, by partition, loss, a freeze or a leap.
        drawn: frames, each with its epoch, that were drawn on their originals.
        bare: frames, each with its epoch, whose original nobody could have: it was not kept, or cannot be encoded.
        bare_from: since when a producer that was interrupted, or is gone, may owe originals.
        broken: frames that have no pixels.
        unmade: streams that ended as there was no room for their originals.
    """

    def __init__(self, script: Script) -> None:
        self.plans: Final[dict[str, StreamPlan]] = {plan.name: plan for plan in script.streams}
        self.number: Final = {plan.name: index for index, plan in enumerate(script.streams)}
        self.rows: Final[dict[str, list[Row]]] = {name: [] for name in self.plans}
        self.captured: Final = dict.fromkeys(self.plans, 0)
        self.endings: Final[dict[str, tuple[Ending, int]]] = {}
        self.begun: Final[Counter[tuple[str, int]]] = Counter()
        self.tried: Final[Counter[tuple[str, int]]] = Counter()
        self.stopped: Final[set[int]] = set()
        self.abandoned: Final[set[int]] = set()
        self.impatient: Final[set[int]] = set()
        self.poisoned: Final[set[bytes]] = set()
        self.silences = False
        self.drawn: Final[set[tuple[str, int, int]]] = set()
        self.bare: Final[set[tuple[str, int, int]]] = set()
        self.bare_from: Final[dict[int, float]] = {}
        self.unmade: Final[set[str]] = set()
        self.policies: Final[dict[str, Policy]] = {
            plan.name: policy_of(plan, script.producers[plan.producer]) for plan in script.streams
        }
        self.broken: Final = frozenset(script.broken)
        self._poison: Final = frozenset(script.poison)
        self._faulty: Final = frozenset(script.faulty)
        self._trials: Final[set[tuple[str, int, bytes, int]]] = set()
        self._begun_by: Final[dict[tuple[str, int], dict[bytes, None]]] = {}
        self._dead: Final[set[bytes]] = set()
        self._errors: Final[Counter[tuple[str, int]]] = Counter()
        self._captured_at: Final[dict[tuple[str, int], float]] = {}
        self._now = 0.0
        self._leaps: Final = any(fault.kind == "leap" for fault in script.faults)

    @property
    def given_up(self) -> set[int]:
        """Producers whose streams need not be complete."""
        return self.stopped | self.abandoned | self.impatient

    def capture(self, stream: str, seq: int, now: float) -> None:
        """Take note that a source delivers a frame, perhaps once more to a producer that goes on."""
        self.captured[stream] = max(self.captured[stream], seq + 1)
        self._captured_at[stream, seq] = now

    def write(self, rows: Iterable[Row], now: float) -> None:
        """Take rows that are durable now."""
        self._now = now
        for row in rows:
            due = len(self.rows[row.stream])
            if row.seq != due:
                raise BrokenPromiseError(f"{row.stream}: frame {row.seq} is written where {due} is due")
            if row.stream in self.endings:
                raise BrokenPromiseError(f"{row.stream}: frame {row.seq} is written after the end")
            self._judge(row)
            self.rows[row.stream].append(row)

    def end(self, stream: str, ending: Ending, captured: int) -> None:
        """Take the ending of a stream."""
        if stream in self.endings:
            raise BrokenPromiseError(f"{stream} ends twice")
        if captured != len(self.rows[stream]):
            raise BrokenPromiseError(f"{stream} ends with {captured} captured, {len(self.rows[stream])} written")
        self.endings[stream] = (ending, captured)

    def announce(self, stream: str, seq: int, worker: bytes, attempt: int) -> None:
        """Take note that a worker said that it begins an attempt where nothing else runs.

        What happens then is held against the frame, also if the worker dies before it has begun: nobody can know.
        """
        if (stream, seq, worker, attempt) not in self._trials:
            self._trials.add((stream, seq, worker, attempt))
            self.tried[stream, seq] += 1
            self._begun_by.setdefault((stream, seq), {})[worker] = None

    def begin(self, stream: str, seq: int, worker: bytes, attempt: int, *, is_trial: bool) -> None:
        """Take note that a worker's engine has begun a frame, and whether what happens now may be held against it."""
        self.begun[stream, seq] += 1
        self._begun_by.setdefault((stream, seq), {})[worker] = None
        if is_trial:
            self.announce(stream, seq, worker, attempt)
        if self.begun[stream, seq] > BEGUN_MAX:
            raise BrokenPromiseError(f"{stream}: frame {seq} goes round and round, {BEGUN_MAX} times by now")

    def blame(self, stream: str, seq: int) -> None:
        """Take note that an engine fails on a frame, or never ends."""
        self._errors[stream, seq] += 1

    def die(self, process: bytes) -> None:
        """Take note that a process has crashed."""
        self._dead.add(process)

    def draw(self, stream: str, epoch: int, seq: int, shown: tuple[str, int, int] | None, now: float) -> None:
        """Take what is drawn on for a row of this epoch that is being written: its own original, if that can be had."""
        if shown is not None:
            if shown != (stream, epoch, seq):
                raise BrokenPromiseError(f"{stream}: frame {seq} of epoch {epoch} is drawn on {shown}")
            self.drawn.add(shown)
        elif (stream, epoch, seq) not in self.bare and now < self.bare_from.get(self.plans[stream].producer, now + 1):
            raise BrokenPromiseError(f"{stream}: frame {seq} of epoch {epoch} is drawn without its original")

    def may_owe_originals(self, producer: int, since: float) -> None:
        """Take note that a producer's originals may be missing from then on."""
        self.bare_from[producer] = min(since, self.bare_from.get(producer, since))

    def resume(self, stream: str) -> None:
        """Take note that a stream is taken up again; one that ended complete never is."""
        if self.endings.get(stream, (None, 0))[0] is Ending.COMPLETE:
            raise BrokenPromiseError(f"{stream} is taken up again, and was complete")
        self.endings.pop(stream, None)

    def forget(self, stream: str, start: int) -> None:
        """Take note that rows from `start` on were written by a collector that keeps nothing, and is gone."""
        if start > len(self.rows[stream]):
            raise BrokenPromiseError(f"{stream} goes on at {start}, only {len(self.rows[stream])} are written")
        del self.rows[stream][start:]
        self.endings.pop(stream, None)

    def reuse(self, stream: str, seq: int, *, given: bool) -> None:
        """Take note that the slot of a frame is given to a decoder again; `given` if a worker may still read it."""
        if seq >= len(self.rows[stream]) and (given or not self.policies[stream].drops):
            raise BrokenPromiseError(f"{stream}: the slot of frame {seq} is lent before the frame is written")

    def verify(self, deserted: Container[int]) -> None:
        """Assert, at the end, that every captured frame is accounted for.

        Args:
            deserted: producers that are gone, and whose collector was restarted and waited in vain for them (it leaves
                their streams to be resumed), or keeps nothing.
        """
        for name, plan in self.plans.items():
            given_up = plan.producer in self.given_up
            if given_up and name not in self.endings and not self.captured[name]:
                continue  # it never came so far that its stream was opened
            if name not in self.endings and plan.producer in deserted:
                continue
            if name not in self.endings:
                raise BrokenPromiseError(f"{name} did not end")
            self._verify(name, plan)

    def _verify(self, name: str, plan: StreamPlan) -> None:
        ending, captured = self.endings[name]
        if captured > self.captured[name]:
            raise BrokenPromiseError(f"{name} captured {self.captured[name]}, but ended with {captured}")
        if plan.producer in self.given_up:
            return
        if name in self.unmade and ending is Ending.INCOMPLETE:
            return
        if str(ending) != plan.ending or captured != plan.frames:
            raise BrokenPromiseError(f"{name} ended {ending} with {captured}, not {plan.ending} with {plan.frames}")
        admitted = DROPS[self.policies[name].keep]
        missing = [row.seq for row in self.rows[name] if row.status is Status.DROPPED and row.reason not in admitted]
        if missing:
            raise BrokenPromiseError(f"{name}: frames {missing} are dropped, and nobody asked for it")
        for stream, seq in self._poison | self._faulty | self.broken:
            if stream == name and self.rows[name][seq].status not in {Status.FAILED, Status.DROPPED}:
                raise BrokenPromiseError(f"{name}: bad frame {seq} is {self.rows[name][seq]}")

    def _judge(self, row: Row) -> None:
        if row.seq >= self.captured[row.stream]:
            raise BrokenPromiseError(f"{row} was never captured")
        if (row.stream, row.seq) in self.broken and row.status is not Status.DROPPED:
            if (row.status, row.reason, row.pts) != (Status.FAILED, UNDECODABLE, row.seq * 10):
                raise BrokenPromiseError(f"{row} has no pixels")
        elif row.status is Status.OK:
            assert row.detections is not None, row
            content = np.asarray(row.detections)[0, :2].tolist()
            if content != [self.number[row.stream], row.seq] or row.pts != row.seq * 10:
                raise BrokenPromiseError(f"{row} is computed from frame {content}")
        elif row.status is Status.FAILED:
            self._judge_failure(row)
        else:
            self._judge_drop(row)

    def _judge_failure(self, row: Row) -> None:
        """No frame fails that was not struck `STRIKES_MAX` times, nor an innocent one for the company it was in.

        Struck is a frame by what happens while it runs alone: an engine's error, or the death of a worker that had
        begun it. So a poison frame strikes nobody but itself. A living worker that nobody could hear counts as dead:
        its producer cannot know better.
        """
        frame = (row.stream, row.seq)
        if self.tried[frame] < limits.STRIKES_MAX:
            raise BrokenPromiseError(f"{row} failed, begun alone only {self.tried[frame]} times")
        if frame in self._poison or frame in self._faulty:
            return
        by = self._begun_by[frame]
        deaths = len((self._dead - self.poisoned) & by.keys())
        unheard = len(by.keys() - self._dead) if self.silences else 0
        strikes = self._errors[frame] + deaths + unheard
        if strikes < limits.STRIKES_MAX:
            raise BrokenPromiseError(f"{row} failed, and is innocent: {strikes} strikes")

    def _judge_drop(self, row: Row) -> None:
        if row.reason in DROPS[self.policies[row.stream].keep]:
            self._judge_policy(row)
            return
        producer = self.plans[row.stream].producer
        impatient = producer in self.impatient
        admitted = {
            "interrupted": producer in self.stopped,
            "producer_lost": producer in self.given_up,
            "no_worker": impatient,
        }
        if not admitted.get(row.reason, False):
            raise BrokenPromiseError(f"{row}: nobody asked for this drop")

    def _judge_policy(self, row: Row) -> None:
        """A frame is dropped when it is too old, or for the sake of a newer one."""
        if row.reason != TOO_OLD and row.seq + 1 >= self.captured[row.stream]:
            raise BrokenPromiseError(f"{row} is the newest")
        age_s = (self._now - self._captured_at[row.stream, row.seq]) * _CLOCKS_AGREE
        if row.reason == TOO_OLD and age_s < self.policies[row.stream].max_age_s and not self._leaps:
            raise BrokenPromiseError(f"{row} is out when it is {age_s:.4f} s old")

"""The simulated collector: a thread that writes to a disk which outlives the process.

What was queued for the disk is lost in a crash; of the batch that is being written, a part may get there. What this
file does not know: when things go wrong (fleet.py).
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from collector import actions as collecting
from collector.core import CollectorCore
from collector.room import RETRY_S
from common import limits
from common.picture import picture_size
from common.rows import Row
from tests.sim.judge import Judge
from tests.sim.node import Node
from tests.sim.oracle import BrokenPromiseError
from tests.sim.originals import Originals
from tests.sim.script import CollectorPlan
from tests.sim.world import CONTENT, TIMEOUT_S, Disk, collector_address, jpeg_of, size_of

if TYPE_CHECKING:
    from tests.sim.fleet import Fleet

_FILE_MAX_BYTES: Final = 14_000
"""Of one original, which the next frame waits for."""


class CollectorNode(Node):
    """A collector and its writer's queue.

    Attributes:
        back_after_s: when a user who interrupted it will start it again; 0 where nobody did.
        disk: what it writes to.
        waits_for_room: whether that was full when it last tried.
    """

    core: CollectorCore

    def __init__(self, fleet: Fleet, index: int, plan: CollectorPlan, disk: Disk, *, again: bool) -> None:
        super().__init__(fleet, f"collector{index}", plan.host)
        if not plan.durable:
            disk.records.clear()
        self.plan: Final = plan
        self.index: Final = index
        self.disk: Final = disk
        self.waits_for_room = False
        self._queue: deque[collecting.Begin | collecting.Emit | collecting.EndStream] = deque()
        self._writing = False
        self.back_after_s = 0.0
        self._originals = Originals() if (plan.draws_again if again else plan.draws) else None
        self._judge = Judge(fleet.ledger.number)
        self._epochs: dict[str, int] = {}
        self._emitted: dict[tuple[str, int], int] = {}
        self.doings = {
            collecting.Begin: self._on_begin,
            collecting.Emit: self._on_emit,
            collecting.EndStream: self._put,
            collecting.Attach: self._attach,
            collecting.Keep: self._keep,
        }
        self.core = CollectorCore(
            instance=self.instance,
            new_id=fleet.new_id,
            recovered=disk.recovered(),
            over=plan.durable and bool(disk.records) and disk.all_ended,
            durable=plan.durable,
            timeout_s=TIMEOUT_S,
            stay=fleet.producers_of(index) > 1,
            draws=self._originals is not None,
        )
        self.links["peers"] = fleet.bind(self, collector_address(index))

    @property
    def has_work(self) -> bool:
        """Whether a stream has not ended yet."""
        return self._writing or not self.disk.all_ended

    @property
    def is_halted(self) -> bool:
        """Whether it was interrupted in the middle, and will be back."""
        return self.back_after_s > 0 and self.finish is not None and not self.fleet.is_served(self.index)

    def awaited(self) -> list[int]:
        """Producers that are waited for already: those of streams that nobody attends, or all before the first."""
        names = [name for name, stream in self.core._desk.streams.items() if not stream.attended]
        if not self.core._desk.opened:
            return [n for n, plan in enumerate(self.fleet.script.producers) if plan.collector == self.index]
        return [self.fleet.ledger.plans[name].producer for name in names]

    def ended(self) -> None:
        """Have the user start it again."""
        if self.is_halted:
            self.fleet.respawn(self, self.back_after_s)

    def crash(self) -> None:
        """Die; of the rows being written, the first ones may be on the disk already."""
        super().crash()
        if self._writing and isinstance(self._queue[0], collecting.Emit):
            rows = self._queue[0].rows
            self._write(rows[: self.fleet.rng.randint(0, len(rows))])

    def examine(self) -> None:
        """Every row is in the score, and no more originals are kept than there may be unsettled frames, or is room."""
        streams = self.core._desk.streams
        for name in self._judge.streams:
            self._judge.examine(name, streams[name].resumed_at, self.disk.next(name))
        for name, stream in streams.items():
            if self._originals is None:
                continue
            if self._originals.count(name) > stream.buffer.window:
                raise BrokenPromiseError(f"{name}: {self._originals.count(name)} originals are kept")
            room_bytes = limits.PICTURES_DEFAULT_BYTES // len(streams)
            if self._originals.file_bytes(name) > room_bytes + _FILE_MAX_BYTES:
                raise BrokenPromiseError(f"{name}: originals of {self._originals.file_bytes(name)} bytes are kept")

    def _on_begin(self, action: collecting.Begin) -> None:
        self._epochs[action.header.name] = action.epoch
        if self._originals is not None:
            self._originals.begin(action.header, action.start)
        self._put(action)

    def _on_emit(self, action: collecting.Emit) -> None:
        for row in action.rows:
            self._emitted[row.stream, row.seq] = self._epochs.get(row.stream, 0)
        self._put(action)

    def _attach(self, action: collecting.Attach) -> None:
        """Map a producer's memory, if it is there, and this host's, and nothing is against it."""
        assert self._originals is not None
        producer, segment = self.fleet.segments.get(action.offer, (None, None))
        if producer is None or producer.host != self.host or self.fleet.rng.random() < self.plan.unattached:
            segment = None
        self._originals.map(action.stream, segment)
        token = b"" if segment is None else segment.token
        self.call("attached", partial(self.core.attached, action), token)

    def _keep(self, action: collecting.Keep) -> None:
        assert self._originals is not None
        self._originals.keep(action)

    def _put(self, action: collecting.Begin | collecting.Emit | collecting.EndStream) -> None:
        self._queue.append(action)
        if not self._writing:
            self._begin()

    def _begin(self) -> None:
        self._writing = bool(self._queue)
        if self._writing:
            self.later(self.plan.write_s * (0.5 + self.fleet.rng.random()), self._finish)

    def _finish(self) -> None:
        self.waits_for_room = self.fleet.now < self.disk.full_until
        if self.waits_for_room:
            self.later(RETRY_S, self._finish)
            if self.trap is not None:
                self.trap()
            return
        action = self._queue.popleft()
        self._begin()
        if isinstance(action, collecting.Begin):
            self._begin_stream(action)
        elif isinstance(action, collecting.EndStream):
            self.disk.end(action)
            if self._originals is not None:
                self._originals.forget(action.stream)
            self.fleet.ledger.end(action.stream, action.ending, action.captured)
            self.call("ended", self.core.ended, action.stream)
        else:
            self._write(action.rows)
            if self.trap is not None:
                self.trap()
            nexts = {name: self.disk.next(name) for name in {row.stream: None for row in action.rows}}
            if self._originals is not None:
                self._originals.written(nexts)
            self.call("written", self.core.written, nexts)

    def _begin_stream(self, action: collecting.Begin) -> None:
        name = action.header.name
        if not self.plan.durable:
            self.disk.forget(name, action.start)
            self.fleet.ledger.forget(name, action.start)
        self.fleet.ledger.resume(name)
        self._judge.begin(action.header)
        self.call("written", self.core.written, {name: self.disk.begin(action)})

    def _write(self, rows: tuple[Row, ...]) -> None:
        self.fleet.ledger.write(rows, self.fleet.now)
        for row in rows:
            self._draw(row.stream, row.seq)
            self.disk.write(row)
        self._judge.write(rows)

    def _draw(self, stream: str, seq: int) -> None:
        """Look at what a row is drawn on."""
        epoch = self._emitted.pop((stream, seq))
        if self._originals is None:
            return
        found = self._originals.look(stream, seq)
        shown = None if found is None else self._shown(stream, *found)
        self.fleet.ledger.draw(stream, epoch, seq, shown, self.fleet.now)

    def _shown(self, stream: str, keep: collecting.Keep, data: bytes) -> tuple[str, int, int]:
        """Which frame an original shows: stream, epoch and seq; ("", 0, 0) for none."""
        ledger = self.fleet.ledger
        plan = ledger.plans[stream]
        content = data
        if keep.data is not None:
            at = len(jpeg_of(b"", picture_size(*size_of(plan, 0)), 0))
            content = data[at : at + CONTENT.size]
            if data != jpeg_of(content, picture_size(*size_of(plan, 0)), len(data)):
                return "", 0, 0
        number, epoch, seq, _ = CONTENT.unpack(content)
        if (keep.width, keep.height) != size_of(plan, seq):
            return "", 0, 0
        return next(name for name, known in ledger.number.items() if known == number), epoch, seq

"""The simulated collector: a thread that writes to a disk which outlives the process.

What was queued for the disk is lost in a crash; of the batch that is being written, a part may get there. What this
file does not know: when things go wrong (fleet.py).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from collector import actions as collecting
from collector.core import CollectorCore
from common.rows import Row
from tests.sim.node import Node
from tests.sim.script import CollectorPlan
from tests.sim.world import TIMEOUT_S, Disk, collector_address

if TYPE_CHECKING:
    from tests.sim.fleet import Fleet


class CollectorNode(Node):
    """A collector and its writer's queue.

    Attributes:
        back_after_s: when a user who interrupted it will start it again; 0 where nobody did.
    """

    core: CollectorCore

    def __init__(self, fleet: Fleet, index: int, plan: CollectorPlan, disk: Disk) -> None:
        super().__init__(fleet, f"collector{index}", plan.host)
        if not plan.durable:
            disk.records.clear()
        self.plan: Final = plan
        self.index: Final = index
        self._disk = disk
        self._queue: deque[collecting.Begin | collecting.Emit | collecting.EndStream] = deque()
        self._writing = False
        self.back_after_s = 0.0
        self.doings = dict.fromkeys((collecting.Begin, collecting.Emit, collecting.EndStream), self._put)
        self.core = CollectorCore(
            instance=self.instance,
            new_id=fleet.new_id,
            recovered=disk.recovered(),
            durable=plan.durable,
            timeout_s=TIMEOUT_S,
            stay=fleet.producers_of(index) > 1,
        )
        self.links["peers"] = fleet.bind(self, collector_address(index))

    @property
    def has_work(self) -> bool:
        """Whether a stream has not ended yet."""
        return self._writing or not self._disk.all_ended

    @property
    def is_halted(self) -> bool:
        """Whether it was interrupted in the middle, and will be back."""
        return self.back_after_s > 0 and self.finish is not None and not self.fleet.is_served(self.index)

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

    def _put(self, action: collecting.Begin | collecting.Emit | collecting.EndStream) -> None:
        self._queue.append(action)
        if not self._writing:
            self._begin()

    def _begin(self) -> None:
        self._writing = bool(self._queue)
        if self._writing:
            self.later(self.plan.write_s * (0.5 + self.fleet.rng.random()), self._finish)

    def _finish(self) -> None:
        action = self._queue.popleft()
        self._begin()
        if isinstance(action, collecting.Begin):
            self._begin_stream(action)
        elif isinstance(action, collecting.EndStream):
            self._disk.end(action)
            self.fleet.ledger.end(action.stream, action.ending, action.captured)
            self.call("ended", self.core.ended, action.stream)
        else:
            self._write(action.rows)
            names = {row.stream: None for row in action.rows}
            self.call("written", self.core.written, {name: self._disk.next(name) for name in names})

    def _begin_stream(self, action: collecting.Begin) -> None:
        name = action.header.name
        if not self.plan.durable:
            self._disk.forget(name, action.start)
            self.fleet.ledger.forget(name, action.start)
        self.call("written", self.core.written, {name: self._disk.begin(action)})

    def _write(self, rows: tuple[Row, ...]) -> None:
        self.fleet.ledger.write(rows)
        for row in rows:
            self._disk.write(row)

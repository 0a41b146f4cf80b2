"""The simulated worker: a model cache, an engine that is slow, fails, hangs or dies, and attached segments.

The engine reads a slot when it finishes, not when it starts, so a slot that is used again too early shows in the
result. What this file does not know: when things go wrong (fleet.py).
"""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, Final

from common.messages import Start
from common.transport import Outcome, Receipt
from tests.sim.node import Node
from tests.sim.script import WorkerPlan
from tests.sim.world import CONTENT, REQUEST_DEADLINE_S, TIMEOUT_S, Segment, producer_address
from worker import actions as working
from worker.core import WorkerCore
from worker.pace import AT_ONCE
from worker.results import Completed

if TYPE_CHECKING:
    from common.actions import Send
    from tests.sim.fleet import Fleet

_DETECTION: Final = struct.Struct("<6f")
_DYING_S: Final = 0.0005
"""How long a worker lives after it began a poison frame."""
_LOAD_S: Final = 0.03


class WorkerNode(Node):
    """A worker.

    Attributes:
        slowness: factor of its service time.
        errors, hangs: how many of the next inferences fail, or never end.
        lost: whether all of them fail, until the process begins anew.
    """

    core: WorkerCore

    def __init__(self, fleet: Fleet, index: int, plan: WorkerPlan) -> None:
        super().__init__(fleet, f"worker{index}", plan.host)
        self.plan: Final = plan
        self.slowness = fleet.stragglers.get(self.name, 1.0)
        self.errors = 0
        self.hangs = 0
        self.lost = False
        self._failed = False
        self._under_way: set[int] = set()
        self._ended: list[Completed] = []
        self._pace = AT_ONCE
        self._segments: dict[str, Segment] = {}
        self._announced: set[tuple[str, int, int]] = set()
        self._cache = fleet.caches[plan.host]
        links = {f"producer:{n}": producer_address(n) for n in range(len(fleet.script.producers))}
        self.core = WorkerCore(
            name=self.name,
            instance=self.instance,
            producers=tuple(links.values()),
            facts={},
            timeout_s=TIMEOUT_S,
            request_deadline_s=REQUEST_DEADLINE_S,
        )
        self.doings = {
            working.Connect: self._connect,
            working.Prepare: self._prepare,
            working.Store: self._store,
            working.Load: self._load,
            working.Unload: self._unload,
            working.Attach: self._attach,
            working.Detach: self._detach,
            working.Submit: self._submit,
            working.Try: self._try,
            working.Regulate: self._regulate,
        }
        for link, address in links.items():
            self.links[link] = fleet.connect(self, address)

    def _connect(self, action: working.Connect) -> None:
        """Open a link to a collector."""
        self.links[action.link] = self.fleet.connect(self, action.address)

    def _prepare(self, action: working.Prepare) -> None:
        """Look into the cache."""
        missing = tuple(
            (bytes.fromhex(file.sha256), file.size)
            for file in action.job.files
            if bytes.fromhex(file.sha256) not in self._cache
        )
        self.later(0.002, lambda: self.call("prepared", self.core.prepared, action.digest, missing))

    def _store(self, action: working.Store) -> None:
        """Keep a piece of a file; after its last, say whether all is well."""
        if action.offset + len(action.data) < action.size:
            return
        ok = not self.fleet.spoil_store()
        if ok:
            self._cache.add(action.sha256)
        answer = partial(self.core.stored, ok=ok)
        self.later(0.002, lambda: self.call("stored", answer, action.digest, action.sha256))

    def _load(self, action: working.Load) -> None:
        """Compile."""
        delay_s = _LOAD_S * (0.5 + self.fleet.rng.random())
        self.later(
            delay_s,
            lambda: self.call("loaded", self.core.loaded, action.digest, self.plan.requests, self.plan.requests),
        )

    def _unload(self, _action: working.Unload) -> None:
        """Free an engine."""

    def _attach(self, action: working.Attach) -> None:
        """Map a segment, if its producer is on this host and still there."""
        owner, segment = self.fleet.segments.get(action.offer, (None, None))
        token = b""
        if owner is not None and segment is not None and owner.host == self.host:
            self._segments[action.link] = segment
            token = segment.token
        self.call("attached", self.core.attached, action.link, action.session, token)

    def _detach(self, action: working.Detach) -> None:
        """Let go of a segment."""
        self._segments.pop(action.link, None)

    @property
    def _is_quiet(self) -> bool:
        """Whether what happens to the next frame is its own doing: nothing else runs, and the engine works."""
        return not self._under_way and not (self.lost and self._failed)

    def on_send(self, send: Send, receipt: Receipt) -> None:
        """Take note of what is announced, and begins later: a frame that is alone."""
        if isinstance(send.message, Start) and receipt.outcome is Outcome.SENT:
            announced = {(stream, seq, attempt) for stream, _, seq, attempt in send.message.refs}
            self._announced |= announced
            self.later(0.0, partial(self._wait, announced))

    def crash(self) -> None:
        """See `Node.crash`. What it has just announced counts, although it has had no time to wait."""
        self._wait(self._announced)
        super().crash()

    def _wait(self, announced: set[tuple[str, int, int]]) -> None:
        for stream, seq, attempt in sorted(announced & self._announced):
            self.fleet.ledger.announce(stream, seq, self.instance, attempt)

    def _submit(self, action: working.Submit) -> None:
        """Begin an inference."""
        segment = self._segments.get(action.link) if action.slot >= 0 else None
        if segment is not None and action.mark:
            segment.mark(action.slot, action.session, action.attempt)
        stream, seq = self._content(action, segment)
        ledger = self.fleet.ledger
        self._announced.discard((stream, seq, action.attempt))
        ledger.begin(stream, seq, self.instance, action.attempt, is_trial=self._is_quiet)
        self._under_way.add(action.token)
        if (stream, seq) in self.fleet.poison:
            self.later(_DYING_S, partial(self.fleet.die, self))
        elif self.hangs > 0:
            self.hangs -= 1
            ledger.blame(stream, seq)
        elif self.lost:
            if not self._failed:
                ledger.blame(stream, seq)  # by its last frame a device is lost, by its first one it was not
            self._fail(action.token)
        elif self.errors > 0 or (stream, seq) in self.fleet.faulty:
            self.errors = max(0, self.errors - 1)
            ledger.blame(stream, seq)
            self._fail(action.token)
        else:
            service_s = self.plan.service_s * self.slowness * (0.5 + self.fleet.rng.random())
            self.later(service_s, lambda: self._infer(action, segment, service_s))

    def _try(self, action: working.Try) -> None:
        """Infer the grey picture."""
        if self.lost:
            self._fail(action.token)
        else:
            self.later(self.plan.service_s, lambda: self._complete(Completed(action.token, b"", 0, "", 1000)))

    def _fail(self, token: int) -> None:
        self._failed = self.lost
        self.later(0.001, lambda: self._complete(Completed(token, b"", 0, "the device failed", 1000)))

    def blame_what_runs(self) -> None:
        """Its clock leaps: what is in the engine may seem to have been there for too long."""
        for frame in self.core._frames._held.running():
            self.fleet.ledger.blame(frame.work.stream, frame.work.seq)

    def ended(self) -> None:
        """Have a supervisor start it again, if there is work left by then."""
        self.fleet.respawn(self)

    def _infer(self, action: working.Submit, segment: Segment | None, service_s: float) -> None:
        number, _, seq, _ = CONTENT.unpack(self._pixels(action, segment))
        detections = _DETECTION.pack(number, seq, number + 1, seq + 1, 1, 0)
        self._complete(Completed(action.token, detections, 1, "", int(service_s * 1e6)))

    def _regulate(self, action: working.Regulate) -> None:
        """Let completions wait for company."""
        self._pace = action.pace

    def _complete(self, completed: Completed) -> None:
        self._under_way.discard(completed.token)
        self._ended.append(completed)
        if len(self._under_way) <= self._pace.low or not self._pace.patience_s:
            self._tell()
        elif len(self._ended) == 1:
            self.later(self._pace.patience_s, self._tell)

    def _tell(self) -> None:
        ended, self._ended = self._ended, []
        if ended:
            self.call("completed", self.core.completed, ended)

    def _pixels(self, action: working.Submit, segment: Segment | None) -> bytes | bytearray | memoryview:
        if segment is not None:
            return segment.slots[action.slot]
        assert action.payload is not None, action
        return action.payload[-CONTENT.size :]  # of a JPEG file it is the end

    def _content(self, action: working.Submit, segment: Segment | None) -> tuple[str, int]:
        number, _, seq, _ = CONTENT.unpack(self._pixels(action, segment))
        return self.fleet.script.streams[number].name, seq

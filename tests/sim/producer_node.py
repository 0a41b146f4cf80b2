"""The simulated producer: sources that fill slots, and a network that reads them while a message is under way.

What this file does not know: when things go wrong (fleet.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from common import limits
from common.actions import Send, Slot
from common.messages import Fate, Work
from common.picture import picture_bytes, picture_size
from common.rows import Ending
from common.runner import TURN_MAX_S
from common.transport import Receipt
from producer import actions as producing
from producer.core import ProducerCore
from producer.settings import ProducerSettings
from producer.slots import SlotState
from tests.sim.node import Node
from tests.sim.oracle import DROPS, BrokenPromiseError, policy_of
from tests.sim.script import ProducerPlan, StreamPlan
from tests.sim.world import (
    CONTENT,
    TIMEOUT_S,
    Segment,
    collector_address,
    header_of,
    job_of,
    jpeg_of,
    packed_of,
    producer_address,
    size_of,
)

if TYPE_CHECKING:
    from tests.sim.fleet import Fleet

_CHUNK_BYTES: Final = 256 * 1024
_RECEIPT_POLL_S: Final = 0.001
_MAKING_S: Final = 0.3
_ENCODING_S: Final = 0.05
_PACKING_S: Final = 0.05
"""At most: mostly it takes much less."""


class Source:
    """One stream's decoder: fills lent slots, in order, at its pace; a live one is late as long as it has no slot."""

    def __init__(self, producer: ProducerNode, plan: StreamPlan, first: int) -> None:
        self.plan: Final = plan
        self.stopped = False
        self._producer = producer
        self._next = first
        self._lent: deque[int] = deque()
        self._waits_for_slot = False
        self._due_at = producer.fleet.now
        producer.later(0.0, self._step)

    @property
    def waits_for_slot(self) -> bool:
        """Whether a frame is due, and has no place."""
        return self._waits_for_slot and not self.stopped

    def lend(self, slot: int) -> None:
        """Take a slot to fill."""
        self._lent.append(slot)
        if self._waits_for_slot:
            self._waits_for_slot = False
            self._step()

    def _step(self) -> None:
        plan, producer = self.plan, self._producer
        if self.stopped:
            return
        if self._next >= plan.frames:
            self.stopped = True
            reason = "" if plan.ending == "complete" else "damaged"
            producer.take_left()
            producer.call("source_ended", producer.core.source_ended, plan.name, Ending(plan.ending), reason)
        elif not self._lent:
            self._waits_for_slot = True
        else:
            seq, self._next = self._next, self._next + 1
            producer.capture(plan, self._lent.popleft(), seq)
            pause_s = plan.pace_s * (0.5 + producer.fleet.rng.random())
            self._due_at += pause_s
            producer.later(
                max(0.0, self._due_at - producer.fleet.now) if producer.policies[plan.name].drops else pause_s,
                self._step,
            )


class ProducerNode(Node):
    """A producer: its segment, its sources, its model files.

    Attributes:
        segment: its slots.
        sources: its decoders, by stream.
        resumes: whether it goes on where a crashed one stopped.
    """

    core: ProducerCore

    def __init__(self, fleet: Fleet, index: int, plan: ProducerPlan, *, resume: bool) -> None:
        super().__init__(fleet, f"producer{index}", plan.host)
        streams = [stream for stream in fleet.script.streams if stream.producer == index]
        self.policies: Final = {stream.name: policy_of(stream, plan) for stream in streams}
        self._windows: Final = {
            name: max(policy.least_slots, plan.window // len(streams)) for name, policy in self.policies.items()
        }
        self.segment = Segment(sum(self._windows.values()), fleet.rng)
        self._given: set[tuple[str, int]] = set()
        self.sources: dict[str, Source] = {}
        self.resumes: Final = resume
        self._plans = {stream.name: stream for stream in streams}
        self._receipts: dict[int, list[Receipt]] = {}
        self._lent_early: dict[str, list[int]] = {}
        self._job = job_of(fleet.model)
        self._plan = plan
        self._originals: dict[str, Segment] = {}
        self._attends = True
        self._left: list[Callable[[], None]] = []
        if plan.shm:
            fleet.segments[self.segment.offer] = (self, self.segment)
        self.doings = {
            producing.StartCapture: self._start_capture,
            producing.StopCapture: self._stop_capture,
            producing.Lend: self._take_back,
            producing.Attend: self._attend,
            producing.ReadModel: self._read_model,
            producing.MakePictures: self._make_pictures,
            producing.EncodePicture: self._encode,
            producing.Pack: self._pack,
        }
        settings = ProducerSettings(
            name=self.name,
            job=self._job,
            collector=collector_address(plan.collector),
            streams=tuple(header_of(stream) for stream in streams),
            window=plan.window,
            token=self.segment.token if plan.shm else b"",
            shm=self.segment.offer if plan.shm else None,
            marks=self.segment.mark_of,
            resume=resume,
            timeout_s=TIMEOUT_S,
            policies=self.policies,
            patience_ms=plan.patience_ms,
            sending=plan.sending,
        )
        self._may_wait: Final = settings.patience_ms > 0
        self.core = ProducerCore(settings, self.instance, fleet.new_id)
        self.links["work"] = fleet.bind(self, producer_address(index))
        self.links["collector"] = fleet.connect(self, collector_address(plan.collector))

    @property
    def is_waiting(self) -> bool:
        """Whether its patience with a missing collector or worker is running."""
        return bool(self.core.departure._patience.missing)

    def payload(self, slot: Slot) -> memoryview:
        """Lend the network the slot itself: it reads it while the message is under way."""
        return memoryview(self.segment.slots[slot.number])

    def on_send(self, send: Send, receipt: Receipt) -> None:
        """Remember who still reads a slot, and which frames somebody was given."""
        if isinstance(send.message, Work):
            self._given.update((item.stream, item.seq) for item in send.message.items)
        elif isinstance(send.message, Fate) and send.message.reason in DROPS[self.policies[send.message.stream].keep]:
            for seq, _ in send.message.items:
                if (send.message.stream, seq) not in self._given:
                    self.fleet.ledger.bare.add((send.message.stream, send.message.epoch, seq))
        if isinstance(send.payload, Slot) and not receipt.done():
            self._receipts.setdefault(send.payload.number, []).append(receipt)

    def capture(self, plan: StreamPlan, slot: int, seq: int) -> None:
        """Decode a frame into a lent slot."""
        ledger = self.fleet.ledger
        ledger.capture(plan.name, seq, self.fleet.now)
        if (plan.name, seq) in ledger.broken:
            ledger.bare.add((plan.name, self.core.upstream.streams[plan.name].epoch, seq))
            self.segment.holds[slot] = None
            self.take_left()
            self.call("broken", self.core.captured_broken, plan.name, slot, seq * 10, size_of(plan, 0), "torn")
            return
        self.segment.fill(slot, plan.name, seq, CONTENT.pack(ledger.number[plan.name], 0, seq, 0))
        picture_s = self._keep_original(plan.name, slot, seq)
        captured = partial(self.core.captured, picture_s=picture_s)
        told = (plan.name, slot, seq * 10, size_of(plan, seq), (0.001, 0.001))
        self._leave(partial(self.call, "captured", captured, *told), plan.name)

    def take_left(self) -> None:
        """Tell the core of the frames that did not wake it, as when it turns."""
        left, self._left = self._left, []
        for tell in left:
            tell()

    def _leave(self, tell: Callable[[], None], stream: str) -> None:
        """Tell of a frame, at once unless it may wait and nobody attends."""
        self._left.append(tell)
        if self._attends or not self._may_wait or self.policies[stream].drops:
            self.take_left()
        else:
            self.later(TURN_MAX_S, self.take_left)

    def _attend(self, action: producing.Attend) -> None:
        """Want to be told of frames at once, or not."""
        self._attends = action.attends
        if action.attends:
            self.later(0.0, self.take_left)

    def _keep_original(self, stream: str, slot: int, seq: int) -> float | None:
        """Write a frame's original, if there is room for it, which takes so long."""
        epoch = self.core.upstream.streams[stream].epoch
        originals = self._originals.get(stream)
        if originals is None:
            self.fleet.ledger.bare.add((stream, epoch, seq))
            return None
        content = CONTENT.pack(self.fleet.ledger.number[stream], epoch, seq, 0)
        originals.fill(slot - self.core.slots.first(stream), stream, seq, content)
        return 0.001

    def _make_pictures(self, action: producing.MakePictures) -> None:
        """Make room for originals, in another thread, or find that there is none."""
        self.later(self.fleet.rng.random() ** 3 * _MAKING_S, lambda: self._made(action))

    def _made(self, action: producing.MakePictures) -> None:
        stream = action.stream
        if self.fleet.rng.random() < self._plan.unmade:
            self.fleet.ledger.unmade.add(stream)
            self.call("not made", self.core.source_ended, stream, Ending.INCOMPLETE, "no room for its pictures")
            return
        originals = Segment(action.slots, self.fleet.rng, picture_bytes(action.width, action.height))
        self._originals[stream] = originals
        if self._plan.shm:
            self.fleet.segments[originals.offer] = (self, originals)
        offer, token = (originals.offer, originals.token) if self._plan.shm else (None, b"")
        self.call("pictures_made", self.core.pictures_made, stream, offer, token)

    def _encode(self, action: producing.EncodePicture) -> None:
        """Encode an original, in another thread; what is in its slot by the end counts."""
        self.later(self.fleet.rng.random() ** 3 * _ENCODING_S, lambda: self._encoded(action))

    def _encoded(self, action: producing.EncodePicture) -> None:
        stream, seq, slot = action
        if self.fleet.rng.random() < self._plan.unencoded:
            self.fleet.ledger.bare.add((stream, self.core.upstream.streams[stream].epoch, seq))
            self.call("not encoded", self.core.picture_encoded, stream, seq, b"", "no reason")
            return
        content = bytes(self._originals[stream].slots[slot - self.core.slots.first(stream)])
        size = picture_size(*size_of(self._plans[stream], 0))
        data = jpeg_of(content, size, self._plan.picture_bytes)
        self.call("encoded", partial(self.core.picture_encoded, stream, seq, data), "")

    def _pack(self, action: producing.Pack) -> None:
        """Encode a frame, in another thread; what is in its slot by the end counts."""
        self._given.add((action.item.stream, action.item.seq))
        self.later(self.fleet.rng.random() ** 3 * _PACKING_S, lambda: self._packed(action))

    def _packed(self, action: producing.Pack) -> None:
        worker, item, slot = action
        data = packed_of(bytes(self.segment.slots[slot]))
        there_is_none = self.fleet.rng.random() < self._plan.unpacked
        self.call("packed", self.core.packed, worker, item, None if there_is_none else data)

    def _start_capture(self, action: producing.StartCapture) -> None:
        """Open a source."""
        if action.stream in self.sources:
            raise BrokenPromiseError(f"{self.name} starts to capture {action.stream} twice")
        source = self.sources[action.stream] = Source(self, self._plans[action.stream], action.first)
        for slot in self._lent_early.pop(action.stream, []):
            source.lend(slot)

    def _stop_capture(self, action: producing.StopCapture) -> None:
        """Decode no more."""
        if action.stream in self.sources:
            self.sources[action.stream].stopped = True

    def _take_back(self, action: producing.Lend) -> None:
        """Give slots to a decoder, once the network has done with them."""
        for slot in action.slots:
            holds = self.segment.holds[slot]
            if holds is not None:
                self.fleet.ledger.reuse(*holds, given=holds in self._given)
            self._lend(action.stream, slot)

    def _read_model(self, action: producing.ReadModel) -> None:
        """Read a piece of the model, in another thread."""
        model = self.fleet.model
        answer = partial(self.core.model_read, action.session, action.sha256, action.offset)
        data = model[action.offset : action.offset + _CHUNK_BYTES]
        self.later(0.0005, lambda: self.call("model_read", answer, data))

    def examine(self) -> None:
        """Nothing is settled that is not written, the window is kept, and so is the budget of hedges."""
        leases = self.core.leases
        if leases.hedged > 1 and leases.hedged >= 2 + limits.HEDGE_BUDGET * leases.sends:
            raise BrokenPromiseError(f"{self.name} hedged {leases.hedged} of {leases.sends} sends")
        for name, stream in self.core.upstream.streams.items():
            written = len(self.fleet.ledger.rows[name])
            if stream.settled > written:
                raise BrokenPromiseError(f"{name}: frames below {stream.settled} are settled, {written} are written")
            unsettled = range(stream.settled, stream.captured)
            window = self.policies[name].window(stream.header.rate, self._windows[name])
            if len(unsettled) > window and not stream.finished:
                raise BrokenPromiseError(f"{name}: {len(unsettled)} frames are unsettled")
            if name in self._originals and not self.policies[name].drops and not stream.finished:
                in_slots = sum((name, seq) not in self.fleet.ledger.broken for seq in unsettled)
                if in_slots > len(self._originals[name].slots):
                    raise BrokenPromiseError(f"{name}: {in_slots} unsettled frames have an original")
            source = self.sources.get(name)
            drops = self.policies[name].drops
            waits = drops and source is not None and source.waits_for_slot and stream.ending is None
            if waits and not self.core.slots.count(name, SlotState.LENT) and stream.captured - stream.settled < window:
                raise BrokenPromiseError(
                    f"{name}: a frame has no slot, {stream.captured - stream.settled} are unsettled"
                )

    def ended(self) -> None:
        """Let go of the segments: nobody can attach any more."""
        for segment in (self.segment, *self._originals.values()):
            self.fleet.segments.pop(segment.offer, None)

    def crash(self) -> None:
        """Die; the segment goes with the process, but for those who have it mapped."""
        super().crash()
        self.ended()

    def _lend(self, stream: str, slot: int) -> None:
        if not all(receipt.done() for receipt in self._receipts.get(slot, [])):
            self.later(_RECEIPT_POLL_S, lambda: self._lend(stream, slot))
            return
        self._receipts.pop(slot, None)
        if stream in self._originals:  # the decoder may write from now on
            self._originals[stream].fill(slot - self.core.slots.first(stream), "", 0, bytes(CONTENT.size))
        if stream in self.sources:
            self.sources[stream].lend(slot)
        else:
            self._lent_early.setdefault(stream, []).append(slot)

"""The producer's side towards workers: who is here, what they ask for, what becomes of what they were given.

Everything a worker says is checked against its session and the lease it speaks of; a word about a lease that is over
changes nothing but its credit. What this file does not know: the collector; what follows from a fate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from common import limits
from common import messages as m
from common.actions import Notice, Send, Slot
from common.job import Pixels
from common.meter import Rate
from common.notices import Notices
from common.registry import Member, Registry
from common.session import Event, State
from producer.actions import Action, Pack, ReadModel
from producer.credits import CreditBook
from producer.dispatch import Dispatcher, Grant
from producer.frames import Frame, Lease
from producer.inline import Carriages
from producer.leases import LeaseTable
from producer.settings import ProducerSettings

LINK: Final = "work"
REPORTED_WORKERS_MAX: Final = 256

_MOVES: Final = {
    (State.LOADING, "ready"): Event.LOADED,
    (State.READY, "loading"): Event.UNLOADED,
    (State.LOADING, "draining"): Event.DRAIN,
    (State.READY, "draining"): Event.DRAIN,
}
"""What a stated worker state means for its session; other pairs change nothing."""


class Fleet:
    """All workers of one producer."""

    def __init__(
        self, settings: ProducerSettings, instance: bytes, new_id: Callable[[], int], leases: LeaseTable
    ) -> None:
        self._settings: Final = settings
        self._instance: Final = instance
        self._leases: Final = leases
        self._sharing: Final[set[int]] = set()
        self._files: Final = {bytes.fromhex(file.sha256): file.size for file in settings.job.files}
        self.registry: Final = Registry(LINK, new_id)
        self.credits: Final = CreditBook()
        self.dispatcher: Final = Dispatcher(leases, self.credits)
        self.transport: Final[dict[str, str]] = {}
        self.carriages: Final = Carriages(settings.sending)
        self.rates: Final[dict[int, Rate]] = {}
        self.faults = 0
        self._notices: Final = Notices()
        self._handlers: Final[dict[type, Callable[[Member, m.Message, float], list[Action]]]] = {
            m.Credit: self._credit,
            m.Start: self._start,
            m.Done: self._done,
            m.Fault: self._fault,
            m.Fetch: self._fetch,
            m.Bye: self._bye,
        }

    def __repr__(self) -> str:
        return f"Fleet({list(self.registry)}, {self.credits})"

    @property
    def is_staffed(self) -> bool:
        """Whether any worker is here that works or is going to, once it has loaded the model."""
        return any(member.session.state is not State.DRAINING for member in self.registry)

    @property
    def pixels(self) -> Pixels:
        """What lies in the slots."""
        return self._settings.job.input.pixels

    def transport_of(self, worker: int) -> str:
        """How frames get to a worker: `shm` or `inline`."""
        return "shm" if worker in self._sharing else "inline"

    def receive(self, peer: bytes, message: m.Message, now: float) -> list[Action]:
        """Take a message that came on the workers' link."""
        if isinstance(message, m.Hello):
            return self._hello(peer, message, now)
        member = self.registry.heard(peer, message, now)
        if isinstance(member, Send):
            return [member]
        handler = self._handlers.get(type(message))
        return handler(member, message, now) if handler is not None else []

    def work(self, grants: Sequence[Grant], now: float) -> list[Action]:
        """Write the Work messages of grants: one for all that a worker gets, or one a frame where pixels go along.

        Pixels that are to go as a JPEG file are encoded first; `packed` sends them.
        """
        by_worker: dict[int, list[Grant]] = {}
        for grant in grants:
            by_worker.setdefault(grant.worker, []).append(grant)
        return [send for worker, given in by_worker.items() for send in self._work_of(worker, given, now)]

    def _work_of(self, worker: int, given: Sequence[Grant], now: float) -> Iterator[Action]:
        member = self.registry.get(worker)
        assert member is not None, "credit without a session"
        if worker in self._sharing:
            items = [_item(grant, grant.frame.slot) for grant in given]
            for first in range(0, len(items), limits.BATCH_MAX):
                yield self.registry.send(member, m.Work(worker, tuple(items[first : first + limits.BATCH_MAX])), now)
        else:
            form = self.carriages.of(member.name).form
            for grant in given:
                item, slot = _item(grant, -1), grant.frame.slot
                if form == m.JPEG:
                    yield Pack(worker, item._replace(form=m.JPEG), slot)
                else:
                    yield self._send_pixels(member, item, slot, now)

    def _send_pixels(self, member: Member, item: m.WorkItem, slot: int, now: float) -> Send:
        """Send a frame as it lies in its slot."""
        attempt = ((item.stream, item.seq), item.attempt)
        self.carriages.of(member.name).sent(attempt, m.RAW, self._settings.job.input.nbytes, now)
        return self.registry.send(member, m.Work(member.id, (item,)), now, Slot(slot))

    def packed(self, worker: int, item: m.WorkItem, data: bytes | None, now: float) -> list[Action]:
        """Send a frame that was encoded, or as it is where there is no file of it; if it still is that worker's."""
        member = self.registry.get(worker)
        if member is None:
            return []
        attempt = ((item.stream, item.seq), item.attempt)
        found = self._leases.find(attempt[0], item.epoch, item.attempt, worker)
        if found is None:
            self.credits.answer(worker, attempt)  # it never will
            return self._let_go(member, now)
        if data is None:
            return [self._send_pixels(member, item._replace(form=m.RAW), found[0].slot, now)]
        self.carriages.of(member.name).sent(attempt, item.form, len(data), found[1].sent_at)
        return [self.registry.send(member, m.Work(worker, (item,)), now, data)]

    def model_read(self, session: int, sha256: bytes, offset: int, data: bytes | None, now: float) -> list[Action]:
        """Pass on a piece of a model file that the edge has read; a worker that left meanwhile needs none."""
        member = self.registry.get(session)
        if member is None:
            return []
        if data is None:
            return self._dismiss(member, "error", "the producer can no longer read the model", now)
        return [self.registry.send(member, m.Chunk(session, sha256, offset), now, data)]

    def unreachable(self, peer: bytes, now: float) -> list[Action]:
        """End the session of a connection that takes no more messages."""
        member = self.registry.by_peer(peer)
        if member is None:
            return []
        self.registry.remove(member, Event.LOST, now)
        return self._gone(member, now, crashed=True)

    def tick(self, now: float) -> list[Action]:
        """Send beats, find the lost, end leases that ran out."""
        beats, lost = self.registry.tick(now)
        actions: list[Action] = [*beats]
        for member in lost:
            actions += self._gone(member, now, crashed=True)
        for worker in self._leases.expire(now):
            self.credits.stall(worker)
        return actions

    def deadline(self) -> float:
        """When `tick` has something to do."""
        return min(self.registry.deadline(), self._leases.deadline())

    def _hello(self, peer: bytes, hello: m.Hello, now: float) -> list[Action]:
        job = self._settings.job.digest
        if hello.role != "worker":
            return [self.registry.refuse(peer, 0, "role", f"a {hello.role} has no business here: connect a worker")]
        if hello.job not in {b"", job}:
            return [self.registry.refuse(peer, 0, "job", f"this producer's job is {job.hex()[:12]}")]
        member, replaced = self.registry.admit(peer, hello, now)
        gone = self._gone(replaced, now, crashed=False) if replaced else []  # the same process lives on
        if isinstance(member, Send):
            return [*gone, member]
        self._leases.absolve(hello.instance)
        self.credits.open(member.id)
        self.rates[member.id] = Rate()
        settings = self._settings
        welcome = m.Welcome(member.id, self._instance, job, settings.collector, settings.shm, settings.patience_ms)
        return [
            *gone,
            self.registry.welcome(member, welcome, now, self._settings.job.canonical),
            Notice("detail", f"worker {member.name} has joined and loads the model"),
        ]

    def _credit(self, member: Member, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Credit)
        actions: list[Action] = []
        if message.token and message.token == self._settings.token and member.id not in self._sharing:
            self._sharing.add(member.id)
            self._note_transport(member)
        event = _MOVES.get((member.session.state, message.state))
        if event is not None:
            member.session.move(event, now)
            if event is Event.LOADED:
                self._note_transport(member)
                actions.append(Notice("info", f"worker {member.name} is ready ({self.transport[member.name]})"))
        self.credits.state(member.id, message.capacity, message.held, now)
        return [*actions, *self._let_go(member, now)]

    def _note_transport(self, member: Member) -> None:
        """Remember for the report how frames get to a worker; of those that never were ready, nobody knows.

        The report has room for so many workers; the earliest are forgotten.
        """
        self.transport[member.name] = self.transport_of(member.id)
        if len(self.transport) > REPORTED_WORKERS_MAX:
            del self.transport[next(iter(self.transport))]

    def _start(self, member: Member, message: m.Message, _now: float) -> list[Action]:
        assert isinstance(message, m.Start)
        for stream, epoch, seq, attempt in message.refs:
            found = self._leases.find((stream, seq), epoch, attempt, member.id)
            if found is not None:
                found[1].started = True
        return []

    def _done(self, member: Member, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Done)
        for stream, epoch, seq, number in message.refs:
            key = (stream, seq)
            attempt = (key, number)
            self.credits.answer(member.id, attempt)
            self.carriages.answered(member.name, attempt, now)
            found = self._leases.find(key, epoch, number, member.id)
            if found is None:
                late = self._leases.done_late(key, epoch, number, member.id)
                if late is not None and message.outcome == "sent":
                    self.dispatcher.served_late(member.id, now - late.sent_at)
                continue
            frame, lease = found
            if lease.reported:
                continue
            if message.outcome == "sent":
                self.dispatcher.served(member.id, now - lease.sent_at)
                self.rates[member.id].add(now)
                self._leases.reported(frame, lease, now)
            else:
                self._leases.returned(frame, lease)
        if message.outcome == "undelivered":  # nothing goes there in vain before the worker states its credit again
            self.credits.state(member.id, 0, len(message.refs), now)
        return self._let_go(member, now)

    def _fault(self, member: Member, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Fault)
        stream, epoch, seq, attempt = message.ref
        self.credits.answer(member.id, ((stream, seq), attempt))
        found = self._leases.find((stream, seq), epoch, attempt, member.id)
        if found is not None and not found[1].reported:
            self._leases.failed(*found)
        elif not self._leases.failed_late((stream, seq), epoch, attempt, member.id):
            return self._let_go(member, now)
        self.faults += 1
        said = f"worker {member.name} failed on frames of {stream}, the first is {seq}: {message.text}"
        told = self._notices.tell("warning", said, once=f"{member.name} {stream} {message.text}")
        return [*told, *self._let_go(member, now)]

    def _fetch(self, member: Member, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Fetch)
        size = self._files.get(message.sha256)
        if size is None or message.offset >= max(size, 1):
            return self._dismiss(member, "error", "no such piece of the job's model", now)
        return [ReadModel(member.id, message.sha256, message.offset)]

    def _bye(self, member: Member, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Bye)
        level = "warning" if message.code == "error" else "info"
        return self._left(member, level, message.text or message.code, now)

    def _let_go(self, member: Member, now: float) -> list[Action]:
        """Part with a worker that drains, once it has answered everything: what was on its way to it is among that."""
        if member.session.state is not State.DRAINING or self.credits[member.id].outstanding:
            return []
        goodbye = self.registry.send(member, m.Bye(member.id, "drained", ""), now)
        return [goodbye, *self._left(member, "info", "drained", now)]

    def _left(self, member: Member, level: str, why: str, now: float) -> list[Action]:
        """End the session of a worker that leaves in order."""
        self.registry.remove(member, Event.BYE, now)
        text = f"worker {member.name} has left ({why})"
        return [Notice(level, text), *self._gone(member, now, crashed=False, quiet=True)]

    def _dismiss(self, member: Member, code: str, text: str, now: float) -> list[Action]:
        goodbye = self.registry.send(member, m.Bye(member.id, code, text), now)
        self.registry.remove(member, Event.BYE, now)
        return [goodbye, *self._gone(member, now, crashed=False)]

    def _gone(self, member: Member, now: float, *, crashed: bool, quiet: bool = False) -> list[Action]:
        """Take back everything a worker had."""
        shared = member.id in self._sharing

        def started(frame: Frame, lease: Lease) -> bool | None:
            if shared:
                return self._settings.marks(frame.slot, member.id, lease.attempt)
            return True if lease.started else None

        self._leases.worker_gone(member.id, member.instance, now, crashed=crashed, started=started)
        self._sharing.discard(member.id)
        self.credits.close(member.id)
        self.rates.pop(member.id, None)
        self.dispatcher.forget(member.id)
        return [] if quiet else [Notice("warning", f"worker {member.name} is gone; its frames are sent again")]


def _item(grant: Grant, slot: int) -> m.WorkItem:
    frame, lease = grant.frame, grant.lease
    stream, seq = frame.key
    return m.WorkItem(
        stream, frame.epoch, seq, lease.attempt, frame.pts, frame.width, frame.height, slot, m.RAW, lease.alone
    )

"""The collector's decisions about its peers and its own end; what happens to streams is decided in `desk.py`.

Guarantees that a message counts only in the session that it names and from the role that may send it, and that after
`Finish` nothing is said. Does NOT know clocks, sockets, threads or files: time is an argument, the edge performs the
actions in order and reports back what its outputs have done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from collector import status
from collector.actions import Action, Attach
from collector.desk import StreamDesk
from collector.facts import RunFacts
from collector.records import RecoveredStream
from collector.stats import parse_stats
from collector.streams import NEVER
from collector.tally import Tally
from common import limits
from common.actions import Finish, Send
from common.errors import ModelError
from common.exits import Exit
from common.inquiries import UNKNOWN, Identity, Inquiries, Standing
from common.job import parse_job
from common.messages import (
    Ask,
    Beat,
    Bye,
    End,
    Fate,
    Hello,
    Message,
    Open,
    Picture,
    Refuse,
    Results,
    Show,
    Stats,
    Welcome,
)
from common.notices import Notices
from common.registry import Member, Registry
from common.schema import as_text
from common.session import Event
from common.transport import Outcome

LINK: Final = "peers"
"""The one endpoint, bound."""

GRACE_S: Final = 1.0
"""How long a producer whose session was lost may come back for the acknowledgement of its last end."""

RETURN_S: Final = 3.0
"""The same for a collector that was started when all had ended: a producer may be there that does not know it yet.

It says hello again `LOST_AFTER_S` after the last it heard of the collector before, or as soon as it is refused.
"""


class CollectorCore:
    """The collector. See `common.core.Core`; the edge adds what follows `interrupt` below.

    Args:
        instance: 16 random bytes, this process.
        new_id: gives session numbers, see `Registry`.
        recovered: what an earlier collector left in the outputs, by stream.
        over: whether nobody need come: all streams had ended, and only the run's end was missing.
        durable: whether there are outputs that outlive this process.
        timeout_s: how long a producer is waited for; None for as long as it takes.
        orphan_timeout_s: how long a stream whose producer is gone stays open; None for `timeout_s`.
        stay: whether to go on when every stream has ended.
        draws: whether the originals of the frames are wanted too.
        single: whether the outputs hold one stream and no more.
        outputs: what they are called, for whoever asks.
        identity: of this process, for the same.
    """

    def __init__(  # noqa: PLR0913 - a process has many options, each given by name
        self,
        *,
        instance: bytes,
        new_id: Callable[[], int],
        recovered: Mapping[str, RecoveredStream] = MappingProxyType({}),
        over: bool = False,
        durable: bool,
        timeout_s: float | None,
        orphan_timeout_s: float | None = None,
        stay: bool = False,
        draws: bool = False,
        single: bool = False,
        outputs: Sequence[str] = (),
        identity: Identity = UNKNOWN,
    ) -> None:
        self._instance: Final = instance
        self._recovered: Final = recovered
        self._over: Final = over
        self._timeout_s: Final = NEVER if timeout_s is None else timeout_s
        self._stay: Final = stay
        self._registry: Final = Registry(LINK, new_id)
        self._tally: Final = Tally()
        self._notices: Final = Notices()
        orphan_s = self._timeout_s if orphan_timeout_s is None else orphan_timeout_s
        self._desk: Final = StreamDesk(
            self._registry,
            self._tally,
            self._notices,
            durable=durable,
            timeout_s=orphan_s,
            draws=draws,
            single=single,
        )
        self._labels: dict[int, tuple[str, ...]] = {}
        """Labels of each open producer's job, by session; a producer is here if this has an entry."""
        self._outputs: Final = outputs
        self._identity: Final = identity
        self._inquiries: Final = Inquiries(LINK)
        self._writing = status.Writing("ok", 0.0)
        self._began_at = 0.0
        self._idle_since = 0.0
        self._drain_by = NEVER
        self._finished = False

    def __repr__(self) -> str:
        return f"CollectorCore({len(self._registry)} sessions, {list(self._desk.streams.values())})"

    # --- calls of the runner -----------------------------------------------------------------------------------------

    def start(self, now: float) -> list[Action]:
        """See `Core.start`."""
        self._began_at = self._idle_since = now
        self._writing = status.Writing("ok", now)
        self._desk.start(self._recovered, now)
        return [*self._notices.tell("detail", "waiting for a producer")]

    def receive(self, link: str, peer: bytes, message: Message, payload: memoryview | None, now: float) -> list[Action]:
        """See `Core.receive`."""
        del link  # there is one
        if self._finished:
            return []
        if isinstance(message, Ask | Hello):
            return self._from_stranger(peer, message, payload, now)
        member = self._registry.heard(peer, message, now)
        if isinstance(member, Send):
            self._tally.discard("unknown_session")
            return [member]
        if isinstance(message, Bye):
            return self._leave(member, Event.BYE, now)
        if isinstance(message, Beat) or self._interrupted:
            return []
        take = self._from_worker if member.role == "worker" else self._from_producer
        return take(member, message, payload, now)

    def garbage(self, link: str, peer: bytes, code: str, now: float) -> list[Action]:
        """See `Core.garbage`."""
        del link, now
        self._tally.discard(code)
        if code != "protocol" or self._finished:
            return []
        return [self._registry.refuse(peer, 0, "protocol", "run the same version of vinofleet on every machine")]

    def send_failed(self, send: Send, outcome: Outcome, now: float) -> list[Action]:
        """See `Core.send_failed`: all that is said is said again, so only a peer that is gone matters."""
        member = self._registry.by_peer(send.peer)
        if outcome is not Outcome.GONE or member is None or self._finished:
            return []
        return self._leave(member, Event.LOST, now)

    def tick(self, now: float) -> list[Action]:
        """See `Core.tick`."""
        if self._finished:
            return []
        sends, lost = self._registry.tick(now)
        actions: list[Action] = [*sends]
        for member in lost:
            actions += self._left(member, now, parted=False)
        actions += self._conclude(now)
        if not self._finished:
            actions += self._desk.acknowledge_again(now)
            actions += [] if self._interrupted else self._desk.give_up(now)
        return actions

    def flush(self, now: float) -> list[Action]:
        """See `Core.flush`."""
        return [] if self._finished else self._desk.flush(now)

    def deadline(self) -> float:
        """See `Core.deadline`."""
        if self._finished:
            return NEVER
        lost_at = NEVER if self._interrupted else self._desk.lost_at()
        return min(self._registry.deadline(), self._conclude_at(), self._desk.ack_at(), self._desk.flush_at, lost_at)

    def interrupt(self, now: float) -> list[Action]:
        """See `Core.interrupt`: nothing more is emitted; streams that have not ended can be resumed."""
        if self._finished:
            return []
        if self._interrupted:
            return self._finish(self._interruption(), "", now)
        actions = self._desk.hurry(now)
        self._drain_by = now + limits.DRAIN_S
        return [*actions, *self._conclude(now)]

    def written(self, nexts: Mapping[str, int], now: float) -> list[Action]:
        """Learn from the outputs that every frame below `nexts[stream]` is written, or that the stream was begun."""
        return [] if self._finished else [*self._desk.written(nexts, now), *self._conclude(now)]

    def ended(self, stream: str, now: float) -> list[Action]:
        """Learn from the outputs that a stream's ending is on record."""
        return [] if self._finished else [*self._desk.ended(stream, now), *self._conclude(now)]

    def attached(self, attach: Attach, token: bytes, now: float) -> list[Action]:
        """Learn which token a producer's segment holds; empty if this process cannot read it."""
        return [] if self._finished else self._desk.attached(attach, token, now)

    def stalled(self, state: str, now: float) -> None:
        """Learn how the outputs are: `status.FULL`, `status.SLOW`, or "ok"."""
        self._writing = status.Writing(state, now)

    def undrawable(self) -> None:
        """Learn that a kept picture could not be decoded, so that its frame is drawn without."""
        self._tally.discard("picture")

    def sink_failed(self, text: str, now: float) -> list[Action]:
        """Learn that an output cannot be written, which ends the run."""
        return [] if self._finished else self._finish(Exit.OUTPUT, text, now)

    def facts(self, now: float) -> RunFacts:
        """What the report says of this run; `command` and `started` are empty, for the edge to fill in."""
        del now  # the figures end with the last frame
        return self._tally.facts(self._desk.streams.values())

    def check(self) -> None:
        """See `Core.check`."""
        self._registry.check()
        self._desk.check()
        assert set(self._labels) == {member.id for member in self._registry if member.role == "producer"}

    def _tell(self, peer: bytes, ask: Ask, now: float) -> list[Action]:
        """Say how it is to whoever asks; nothing else comes of it."""
        parts = status.Parts(self._registry, self._desk.streams, self._tally, self._outputs, self._writing)

        def describe(worker: str) -> bytes:
            phase, up_s = "draining" if self._interrupted else "running", now - self._began_at
            standing = Standing("collector", self._instance, self._identity, up_s, phase, status.waits_for(parts))
            return status.document(parts, standing, worker, now)

        return [*self._inquiries.answer(peer, ask, now, describe)]

    # --- sessions ----------------------------------------------------------------------------------------------------

    def _from_stranger(self, peer: bytes, message: Ask | Hello, payload: memoryview | None, now: float) -> list[Action]:
        if isinstance(message, Ask):
            return self._tell(peer, message, now)
        return self._on_hello(peer, message, payload, now)

    def _on_hello(self, peer: bytes, hello: Hello, payload: memoryview | None, now: float) -> list[Action]:
        if self._interrupted:
            return [self._registry.refuse(peer, 0, "closing", "the collector is being stopped")]
        labels = () if hello.role == "worker" else _labels(hello.job, payload)
        if labels is None:
            self._tally.discard("job")
            return [self._registry.refuse(peer, 0, "job", "the job document does not match its digest")]
        member, earlier = self._registry.admit(peer, hello, now)
        if isinstance(member, Send):
            assert isinstance(member.message, Refuse)
            self._tally.discard(member.message.code)
            return [member]
        member.session.move(Event.LOADED, now)
        if member.role == "producer":
            self._labels[member.id] = labels
        actions = [] if earlier is None else self._left(earlier, now, parted=False)
        return [*actions, self._registry.welcome(member, Welcome(0, self._instance, b"", "", None, 0), now)]

    def _leave(self, member: Member, event: Event, now: float) -> list[Action]:
        self._registry.remove(member, event, now)
        return [*self._left(member, now, parted=event is Event.BYE), *self._conclude(now)]

    def _left(self, member: Member, now: float, *, parted: bool) -> list[Action]:
        if self._labels.pop(member.id, None) is None:
            return []
        self._idle_since = now
        return [*self._desk.left(member, now, parted=parted)]

    def _from_worker(self, member: Member, message: Message, payload: memoryview | None, now: float) -> list[Action]:
        if isinstance(message, Results):
            self._desk.take(member, message, payload, now)
            return []
        self._tally.discard("role")
        return []

    def _from_producer(self, member: Member, message: Message, payload: memoryview | None, now: float) -> list[Action]:
        match message:
            case Open():
                return self._desk.open(member, message, self._labels[member.id], now)
            case Fate() | End():
                return self._desk.last_words(member, message, now)
            case Show():
                return self._desk.show(member, message, now)
            case Picture():
                return self._desk.picture(member, message, payload, now)
            case Stats():
                self._on_stats(member, payload, now)
            case _:
                self._tally.discard("role")
        return []

    def _on_stats(self, member: Member, payload: memoryview | None, now: float) -> None:
        stats = parse_stats(b"" if payload is None else bytes(payload))
        if stats is None:
            self._tally.discard("stats")
        else:
            self._tally.keep(member.instance, stats, now)

    # --- the end -----------------------------------------------------------------------------------------------------

    @property
    def _interrupted(self) -> bool:
        return self._drain_by < NEVER

    def _conclude(self, now: float) -> list[Action]:
        """Finish if it is time to."""
        if self._finished or now < self._conclude_at():
            return []
        if self._interrupted:
            return self._finish(self._interruption(), "", now)
        if not self._desk.opened and not self._over:
            text = f"no producer came within {self._timeout_s:g} s: start one whose --collector is this address"
            return self._finish(Exit.TIMEOUT, text, now)
        return self._finish(*self._desk.verdict(), now)

    def _conclude_at(self) -> float:
        """When it is time to finish: at once (-inf), later, or never if nothing else happens."""
        desk = self._desk
        if self._interrupted:
            return -NEVER if desk.idle else self._drain_by
        if self._labels:
            return NEVER
        if not desk.opened:
            return self._idle_since + (RETURN_S if self._over and not self._stay else self._timeout_s)
        if self._stay or not desk.all_ended:
            return NEVER
        return -NEVER if desk.all_parted else desk.ended_at + GRACE_S

    def _interruption(self) -> Exit:
        """An interrupt after the last stream's end (with `stay`, say) is how the run was meant to end."""
        begun = self._desk.opened or self._over
        return self._desk.verdict()[0] if begun and self._desk.all_ended else Exit.INTERRUPTED

    def _finish(self, code: Exit, text: str, now: float) -> list[Action]:
        bye = _BYES.get(code, "complete")
        sends = self._desk.tell_written(self._desk.untold(), now)
        sends += self._registry.dismiss(bye, as_text(text) if bye == "error" else "", now)
        self._labels.clear()
        self._desk.release()
        self._finished = True
        return [*sends, Finish(code, text)]


_BYES: Final = {Exit.OUTPUT: "error", Exit.TIMEOUT: "error", Exit.INTERRUPTED: "interrupted"}


def _labels(digest: bytes, payload: memoryview | None) -> tuple[str, ...] | None:
    """The labels of the job document in a producer's hello; None if that is not what its digest says."""
    canonical = b"" if payload is None else bytes(payload)
    if hashlib.sha256(canonical).digest() != digest:
        return None
    try:
        return parse_job(canonical).output.labels
    except ModelError:
        return None

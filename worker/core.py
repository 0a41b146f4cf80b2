"""The worker's decisions: whom to greet, which job to take on, how much work to ask for, when to leave.

A pure state machine (`common.core.Core`): every call takes the time and returns actions. Frames go their way in
`frames`, models in `engines`; this file keeps the sessions, and lets one follow from the other.
What this file does not know: sockets, disks, devices, threads, pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from common import limits
from common.actions import Finish, Notice, Send
from common.dialer import Heard
from common.errors import ModelError, NetworkError
from common.exits import Exit
from common.messages import PROTOCOL, Bye, Chunk, Done, Fault, Hello, Message, Results, Welcome, Work
from common.schema import FACT_MAX_CHARS, as_text
from common.transport import Outcome
from worker.actions import Action, Attach, Connect, Detach, Regulate
from worker.appetite import Appetite, pace
from worker.engines import Engines
from worker.frames import Frames
from worker.link import Link, collector_link_name
from worker.pace import AT_ONCE
from worker.producer_link import ProducerLink, read_welcome
from worker.results import Completed
from worker.share import capacity

_NEVER: Final = float("inf")


class WorkerCore:
    """One worker; see `common.core.Core`.

    Args:
        name: of this worker, unique in its fleet.
        instance: 16 random bytes of this process.
        producers: addresses; the i-th is reached by the link `producer:i`.
        facts: about this worker, for the report; at most 8, with names as `schema.is_name` wants them.
        timeout_s: how long no producer may be there; None for ever.
        stay: whether to wait for the next run when every producer is done.
        request_deadline_s: how long one inference may take.
        ahead: frames that it wants beyond those that its engine runs.

    Attributes:
        ignored: what was not acted on, by reason.
    """

    def __init__(  # noqa: PLR0913 - a process has many options, each given by name
        self,
        *,
        name: str,
        instance: bytes,
        producers: Sequence[str],
        facts: Mapping[str, str],
        timeout_s: float | None = None,
        stay: bool = False,
        request_deadline_s: float = 30.0,
        ahead: int = 1,
    ) -> None:
        told = tuple((key, as_text(text)[:FACT_MAX_CHARS]) for key, text in facts.items())
        self._hello: Final = Hello(PROTOCOL, "worker", name, instance, b"", told)
        self._addresses: Final = tuple(producers)
        self._timeout_s: Final = _NEVER if timeout_s is None else timeout_s
        self._stay: Final = stay
        self._ahead: Final = ahead
        self._appetite: Final = Appetite()
        self._pace = AT_ONCE  # as the engines were told
        self._producers: dict[str, ProducerLink] = {}
        self._collectors: dict[str, Link] = {}
        self._engines: Final = Engines()
        self._frames: Final = Frames(self._producers, self._collectors, self._engines, request_deadline_s)
        self.ignored: Final = self._frames.ignored
        self._alone_since = _NEVER
        self._drain_until = _NEVER
        self._finished = False
        self._look_at = -_NEVER  # when sessions and models want a look, or sooner

    def __repr__(self) -> str:
        return f"WorkerCore({list(self._producers.values())}, {list(self._collectors.values())}, {self._frames})"

    # --- common.core.Core --------------------------------------------------------------------------------------------

    def start(self, now: float) -> list[Action]:
        """Greet every producer."""
        for index, address in enumerate(self._addresses):
            link = f"producer:{index}"
            self._producers[link] = ProducerLink(link, address, self._hello, now)
        return self.tick(now)

    def receive(
        self,
        link: str,
        peer: bytes,  # noqa: ARG002 - a connecting side has one
        message: Message,
        payload: memoryview | None,
        now: float,
    ) -> list[Action]:
        """Take a message of a producer or a collector."""
        if self._finished:
            return []
        producer = self._producers.get(link)
        if producer is not None:
            return self._from_producer(producer, message, payload, now)
        collector = self._collectors.get(link)
        if collector is not None:
            return self._from_collector(collector, message, now)
        self.ignored["link"] += 1
        return []

    def garbage(self, link: str, peer: bytes, code: str, now: float) -> list[Action]:  # noqa: ARG002 - it only counts
        """Count bytes that were no message; nobody says hello to a worker."""
        self.ignored[code] += 1
        return []

    def send_failed(self, send: Send, outcome: Outcome, now: float) -> list[Action]:  # noqa: ARG002 - not sent is enough
        """Keep what must be said, and try soon again to be heard at all; the rest is repeated by its timers."""
        message = send.message
        link = self._producers.get(send.link) or self._collectors.get(send.link)
        if isinstance(message, Hello) and link is not None and not self._finished:
            link.dialer.unsent(now)
            self._look_at = min(self._look_at, link.deadline())
        if isinstance(message, Results):
            self._frames.not_sent(send.link, message)
            return self._follow_up(now)  # no credit before there is a sign of life, or frames go round in vain
        if isinstance(message, Done | Fault) and not self._finished:
            self._look_at = min(self._look_at, self._producers[send.link].not_said(message, now))
        return []

    def tick(self, now: float) -> list[Action]:
        """Do what is due."""
        if self._finished:
            return []
        if now >= self._frames.hung_at():
            return self._leave_hung(now)
        actions = self._frames.begin_alone(now)
        if now < self._look_at and not self._draining:
            return actions
        for producer in self._producers.values():
            actions += self._tick_producer(producer, now) if producer.ended is None else []
        for collector in self._collectors.values():
            actions += self._tick_collector(collector, now)
        return actions + self._follow_up(now)

    def flush(self, now: float) -> list[Action]:
        """Tell producers what became of their frames (by now it is known whether the results were sent)."""
        if self._finished:
            return []
        actions = self._regulate()
        if not self._frames.has_news:
            return actions
        actions += self._frames.tell(now)
        return actions + self._follow_up(now) if self._draining else actions

    def deadline(self) -> float:
        """When `tick` is next wanted."""
        if self._finished:
            return _NEVER
        return min(self._frames.deadline(), self._look_at)

    def interrupt(self, now: float) -> list[Action]:
        """Finish what is here and leave; the second time leave at once."""
        if self._finished:
            return []
        if self._draining:
            return self._finish(Exit.INTERRUPTED, "", "interrupted", now)
        self._drain_until = now + limits.DRAIN_S
        actions: list[Action] = [Notice("info", "finishing what is under way")]
        for producer in self._producers.values():
            if not producer.is_open:
                actions += self._end(producer, Exit.INTERRUPTED, "", now)
        return actions + self._follow_up(now)

    def check(self) -> None:
        """Assert every invariant."""
        self._frames.check()
        self._engines.check()
        for producer in self._producers.values():
            producer.check()

    # --- the edge's answers ------------------------------------------------------------------------------------------

    def prepared(self, digest: bytes, missing: tuple[tuple[bytes, int], ...], now: float) -> list[Action]:
        """Learn which of a job's files (SHA-256, bytes) are not here; empty files are the edge's to make."""
        return self._engines.prepared(digest, missing) + self._follow_up(now)

    def stored(self, digest: bytes, sha256: bytes, now: float, *, ok: bool) -> list[Action]:
        """Learn whether a fetched file is what its digest says."""
        actions = self._engines.stored(digest, sha256, ok=ok)
        if self._engines.is_hopeless(digest):
            text = f"the model file {sha256.hex()[:12]} came damaged again and again"
            return self.load_failed(digest, text, now)
        return actions + self._follow_up(now)

    def loaded(self, digest: bytes, requests: int, depth: int, now: float) -> list[Action]:
        """Learn how many frames keep a job's engine busy, and how many it takes at a time."""
        self._engines.loaded(digest, requests, depth)
        return self._follow_up(now)

    def load_failed(self, digest: bytes, text: str, now: float, code: Exit = Exit.MODEL) -> list[Action]:
        """Learn that there will be no engine for a job; producers that want it are left."""
        self._engines.failed(digest)
        lost = [producer for producer in self._open_producers() if producer.digest == digest]
        return self._end_all(lost, code, text, now) + self._follow_up(now)

    def attached(self, link: str, session: int, token: bytes, now: float) -> list[Action]:
        """Learn what was read from a producer's segment; b"" where it cannot be mapped."""
        producer = self._producers[link]
        if producer.is_open and producer.dialer.id == session:
            producer.token = token
        return self._follow_up(now)

    def unreachable(self, link: str, text: str, now: float) -> list[Action]:
        """Learn that a collector's address leads nowhere."""
        del self._collectors[link]
        return self._end_all(self._served_by(link), Exit.NETWORK, text, now) + self._follow_up(now)

    def completed(self, completions: Sequence[Completed], now: float) -> list[Action]:
        """Take what came out of the engines."""
        if self._finished:
            return []
        self._appetite.finished(len(completions), now)
        actions = self._frames.complete(completions, now)
        return actions + self._leave_lost(now) if self._frames.lost else actions

    # --- producers ---------------------------------------------------------------------------------------------------

    def _from_producer(
        self, producer: ProducerLink, message: Message, payload: memoryview | None, now: float
    ) -> list[Action]:
        heard = producer.heard(message, now)
        if heard is Heard.CURRENT:
            return self._current(producer, message, payload, now)
        if heard is Heard.ADMITTED and isinstance(message, Welcome):
            actions = self._admitted(producer, message, payload, now)
        elif heard is Heard.LOST:
            actions = self._lost(producer, now)
        elif heard is Heard.LEFT and isinstance(message, Bye):
            actions = self._left(producer, message, now)
        elif heard is Heard.REFUSED:
            actions = self._end(producer, Exit.REFUSED, producer.refusal(), now)
        else:
            self.ignored["session"] += 1
            return []
        return actions + self._follow_up(now)

    def _current(
        self, producer: ProducerLink, message: Message, payload: memoryview | None, now: float
    ) -> list[Action]:
        if isinstance(message, Work):
            return self._frames.take(producer, message, payload, now)
        if isinstance(message, Chunk) and payload is not None:
            actions = self._engines.chunk(producer.digest, message.sha256, message.offset, payload)
            return actions + self._engines.fetch(self._sources(), now)
        return []

    def _admitted(
        self, producer: ProducerLink, welcome: Welcome, payload: memoryview | None, now: float
    ) -> list[Action]:
        try:
            job, address = read_welcome(welcome, payload, producer.address)
        except (ModelError, NetworkError) as error:
            return self._end(producer, error.exit_code, f"{producer.address}: {error}", now)
        producer.admitted(job, collector_link_name(address) if address else "", welcome.patience_ms / 1000)
        actions = self._engines.want(job, {*self._sources(), *self._frames.jobs()})
        if welcome.shm is not None and producer.fits(welcome.shm):
            actions.append(Attach(producer.name, producer.dialer.id, welcome.shm))
        return actions + self._connect(producer, address, now)

    def _connect(self, producer: ProducerLink, address: str, now: float) -> list[Action]:
        if not address:
            return [Notice("warning", f"{producer.address} names no collector: no frames can be taken from it")]
        known = self._collectors.get(producer.collector)
        if known is not None:
            refusal = known.refusal()
            return self._end(producer, Exit.REFUSED, refusal, now) if refusal else []
        link = Link("collector", producer.collector, address, self._hello, now)
        self._collectors[producer.collector] = link
        return [Connect(link.name, address)]  # the next tick says hello, unless it is unreachable

    def _lost(self, producer: ProducerLink, now: float) -> list[Action]:
        """Clean up after a session; the dialer is saying hello again already."""
        actions = self._close(producer)
        return (
            actions + self._end(producer, Exit.INTERRUPTED, "", now) if self._draining else [*actions, producer.loss()]
        )

    def _left(self, producer: ProducerLink, bye: Bye, now: float) -> list[Action]:
        code = Exit.INCOMPLETE if bye.code == "error" else Exit.OK
        text = f"the producer at {producer.address} failed: {bye.text}" if code else ""
        if not self._stay or self._draining:
            return self._end(producer, code, text, now)
        actions = self._close(producer)
        producer.dialer.restart(now, delay_s=limits.HELLO_RETRY_S)
        return [*actions, Notice("warning" if text else "info", text or f"{producer.address} is done")]

    def _end(self, producer: ProducerLink, code: Exit, text: str, now: float) -> list[Action]:
        """Expect nothing of this link any more; where there is a session, say why."""
        if producer.ended is not None:
            return []
        sends = producer.dialer.bye("error", as_text(text), now)
        actions = self._close(producer)
        producer.ended, producer.reason = code, text
        producer.answered()
        return [*sends, *actions]

    def _end_all(self, producers: Sequence[ProducerLink], code: Exit, text: str, now: float) -> list[Action]:
        return [action for producer in producers for action in self._end(producer, code, text, now)]

    def _close(self, producer: ProducerLink) -> list[Action]:
        self._engines.source_lost(producer.digest)
        self._frames.drop(producer.name)
        had_segment = bool(producer.token)
        producer.close()
        return [Detach(producer.name)] if had_segment else []

    def _tick_producer(self, producer: ProducerLink, now: float) -> list[Action]:
        if producer.is_open and now < producer.dialer.session.lost_at():
            return [*producer.say_again(now)]  # and its credit follows, in the place of a beat
        sends, lost = producer.dialer.tick(now)
        actions = self._lost(producer, now) if lost else []
        return [*actions, *producer.notice(now), *sends]

    # --- collectors --------------------------------------------------------------------------------------------------

    def _from_collector(self, collector: Link, message: Message, now: float) -> list[Action]:
        heard = collector.heard(message, now)
        actions: list[Action] = []
        if heard is Heard.ADMITTED:
            collector.answered()
            collector.dialer.ready(now)
        elif heard is Heard.LOST:
            actions.append(collector.loss())
        elif heard is Heard.LEFT:
            collector.dialer.restart(now, delay_s=limits.HELLO_RETRY_S)
        elif heard is Heard.REFUSED:
            collector.answered()
            actions += self._end_all(self._served_by(collector.name), Exit.REFUSED, collector.refusal(), now)
        elif heard is Heard.IGNORED:
            self.ignored["session"] += 1
        return actions + self._follow_up(now)

    def _served_by(self, collector: str) -> list[ProducerLink]:
        return [producer for producer in self._open_producers() if producer.collector == collector]

    def _tick_collector(self, collector: Link, now: float) -> list[Action]:
        sends, lost = collector.dialer.tick(now)
        return [*sends, *collector.notice(now), *([collector.loss()] if lost else [])]

    # --- what follows from any of it ---------------------------------------------------------------------------------

    def _follow_up(self, now: float) -> list[Action]:
        """Announce what changed, ask for what is missing, and leave when there is nothing left to do."""
        if self._finished:
            return []
        opened = self._open_producers()
        sources = {producer.digest: producer for producer in opened}
        actions = self._engines.fetch(sources, now)
        for producer in opened:
            actions += self._credit(producer, len(opened), now)
        if opened:
            self._alone_since = _NEVER
        elif self._alone_since == _NEVER:
            self._alone_since = now
        actions += self._maybe_finish(now)
        self._look_at = self._next_look(sources)
        return actions

    def _next_look(self, sources: Mapping[bytes, ProducerLink]) -> float:
        due = [link.deadline() for link in (*self._producers.values(), *self._collectors.values())]
        return min(self._drain_until, self._alone_since + self._timeout_s, self._engines.deadline(sources), *due)

    def _credit(self, producer: ProducerLink, producers: int, now: float) -> list[Send]:
        requests = self._engines.requests(producer.digest)
        if requests:
            producer.dialer.ready(now)
        state = "draining" if self._draining else "ready" if requests else "loading"
        collector = self._collectors.get(producer.collector)
        able = state == "ready" and collector is not None and collector.is_open and not collector.is_stuck
        share = capacity(requests, producers, self._wanted_ahead(producer.digest)) if able else 0
        return producer.announce(state, share, self._frames.of(producer.dialer.id), now)

    def _wanted_ahead(self, digest: bytes) -> int:
        if not (self._ahead and self._patience_s):
            return self._ahead
        return self._appetite.ahead(self._engines.requests(digest), self._engines.depth(digest), self._patience_s)

    @property
    def _patience_s(self) -> float:
        """How long news of every producer may wait."""
        if self._draining:
            return 0.0
        return min((producer.patience_s for producer in self._open_producers()), default=0.0)

    def _regulate(self) -> list[Action]:
        """Let engines keep completions for as long as they have frames, or none are to come."""
        opened = self._open_producers()
        requests = max((self._engines.requests(producer.digest) for producer in opened), default=0)
        sated = all(producer.is_sated(self._frames.of(producer.dialer.id)) for producer in opened)
        wanted = pace(requests, self._patience_s, sated=sated)
        if wanted == self._pace:
            return []
        self._pace = wanted
        return [Regulate(wanted)]

    def _maybe_finish(self, now: float) -> list[Action]:
        ended = [producer for producer in self._producers.values() if producer.ended is not None]
        let_go = self._frames.at_rest and len(ended) == len(self._producers)
        if self._draining and (let_go or now >= self._drain_until):
            code = Exit.OK if self._frames.at_rest else Exit.INTERRUPTED
            self._frames.give_back()
            return [*self._frames.tell(now), *self._finish(code, "", "drained", now)]
        if len(ended) == len(self._producers):
            worst = next((producer for producer in ended if producer.ended), ended[0])
            return self._finish(worst.ended or Exit.OK, worst.reason, "error" if worst.ended else "complete", now)
        if now >= self._alone_since + self._timeout_s:
            text = f"no producer came within {self._timeout_s:g} s at {', '.join(self._addresses)}"
            return self._finish(Exit.TIMEOUT, f"{text}: start one, or check --connect", "error", now)
        return []

    def _leave_hung(self, now: float) -> list[Action]:
        told = [*self._frames.blame_hung(now), *self._frames.tell(now)]
        return [*told, *self._leave(Exit.ENGINE_HUNG, "inference request hung", now)]

    def _leave_lost(self, now: float) -> list[Action]:
        text = as_text(f"the device was lost: {self._frames.lost}")
        told = [*self._frames.blame_lost(now), *self._frames.tell(now)]
        return [*told, *self._leave(Exit.DEVICE, text, now)]

    def _leave(self, code: Exit, text: str, now: float) -> list[Action]:
        """Leave with a code by which the worker is started again, unless it was told to end."""
        return self._finish(Exit.INTERRUPTED if self._draining else code, text, "error", now)

    def _finish(self, code: Exit, text: str, bye: str, now: float) -> list[Action]:
        actions: list[Action] = []
        for link in (*self._producers.values(), *self._collectors.values()):
            actions += link.dialer.bye(bye, as_text(text), now)
        for producer in self._producers.values():
            actions += self._close(producer)
        self._finished = True
        return [*actions, Finish(code, text)]

    @property
    def _draining(self) -> bool:
        return self._drain_until != _NEVER

    def _open_producers(self) -> list[ProducerLink]:
        return [producer for producer in self._producers.values() if producer.is_open]

    def _sources(self) -> dict[bytes, ProducerLink]:
        return {producer.digest: producer for producer in self._open_producers()}

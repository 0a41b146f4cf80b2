"""The way of a frame through the worker: taken, started, completed, handed over, told about.

Pure, and the hot path: each frame passes once through `take`, `start`, `complete` and `tell`. A frame that is to be
alone starts `SOLITUDE_S` after it was announced: what was said before has left the process by then, so that a death
which it causes is not taken for that of the frame before it, nor for one that came before it began.
What this file does not know: how sessions begin and end, how engines come to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from common import limits
from common.actions import Send
from common.messages import Done, Fault, Results, Start, Work, WorkItem
from common.schema import as_text
from worker.actions import Action, Submit
from worker.engines import Engines
from worker.held import Frame, Held
from worker.link import Link
from worker.producer_link import ProducerLink
from worker.results import Batch, Completed, Handover, batches, failure
from worker.trials import Trials

_NEVER: Final = float("inf")

SOLITUDE_S: Final = 0.01
"""From the announcement of a frame that is alone to its start; ZeroMQ's thread writes a message within far less."""


class Frames:
    """Frames of all producers.

    Args:
        producers, collectors: by link; kept up to date by the owner.
        engines: what takes frames.
        request_deadline_s: how long one inference may take.

    Attributes:
        ignored: what was not acted on, by reason.
        lost: what an engine said when it failed at a picture that nothing is in; empty while all work.
    """

    def __init__(
        self,
        producers: Mapping[str, ProducerLink],
        collectors: Mapping[str, Link],
        engines: Engines,
        request_deadline_s: float,
    ) -> None:
        self._producers: Final = producers
        self._collectors: Final = collectors
        self._engines: Final = engines
        self._request_deadline_s: Final = request_deadline_s
        self._held: Final = Held()
        self._handover: Final = Handover()
        self._trials: Final = Trials()
        self._alone: Submit | None = None  # the start of a frame that is alone and was announced
        self._alone_at = _NEVER
        self.ignored: Final[Counter[str]] = Counter()
        self.lost = ""

    def __repr__(self) -> str:
        return f"Frames({self._held})"

    @property
    def at_rest(self) -> bool:
        """Whether nothing is held and nobody is to be told of anything."""
        return not (len(self._held) or len(self._trials) or self.has_news)

    @property
    def has_news(self) -> bool:
        """Whether `tell` has something to say."""
        return bool(self._handover)

    def of(self, session: int) -> int:
        """How many frames are held for a producer's session."""
        return self._held.of(session) + self._trials.of(session)

    def jobs(self) -> set[bytes]:
        """Digests of the jobs whose engines are at work."""
        return {*(frame.digest for frame in self._held.running()), *self._trials.jobs()}

    def take(self, producer: ProducerLink, work: Work, payload: memoryview | None, now: float) -> list[Action]:
        """Queue frames, and start them if there is room; they go back at once where there can be none."""
        if payload is not None and len(work.items) != 1:
            self.ignored["work_payload"] += 1
            return []
        for item in work.items:
            self._queue(producer, item, payload, now)
        return self.start(now)

    def start(self, now: float) -> list[Action]:
        """Start what there is room for; on inline links the producer is told first, for the case that it kills us."""
        submits: list[Action] = []
        begun: dict[str, list[Frame]] = {}
        quiet = not len(self._trials)
        while (started := self._held.start(self._has_room, now, quiet=quiet)) is not None:
            token, frame = started
            submit = _submit(token, frame)
            if frame.work.alone:
                self._alone, self._alone_at = submit, now + SOLITUDE_S
            else:
                submits.append(submit)
            if frame.work.slot < 0:
                begun.setdefault(frame.link, []).append(frame)
        return [*self._starts(begun, now), *submits] if begun else submits

    def complete(self, completions: Sequence[Completed], now: float) -> list[Action]:
        """Take what came out of the engines: the next frames start before the results go out."""
        done: list[tuple[Frame, Completed]] = []
        faults: list[Action] = []
        for completion in completions:
            frame = self._held.finish(completion.token)
            if frame is None:
                faults += self._tried(completion, now)
            elif text := failure(completion):
                self._trials.accuse(frame, text)
            else:
                done.append((frame, completion))
        actions = [*self._trials.begin(now), *self.start(now)]
        for batch in batches(done):
            actions += self._hand_over(batch, now)
        return actions + faults

    def not_sent(self, link: str, results: Results) -> None:
        """Note that results could not be handed to the collector's socket, and that the next may not be either."""
        self._collectors[link].is_stuck = True
        self._handover.failed(results)

    def begin_alone(self, now: float) -> list[Action]:
        """Start the frame that was announced to be alone, when it is time."""
        if now < self._alone_at or self._alone is None:
            return []
        submit, self._alone, self._alone_at = self._alone, None, _NEVER
        return [submit]

    def tell(self, now: float) -> list[Action]:
        """Tell producers what became of their frames, if this is still their session."""
        actions: list[Action] = []
        for receipt in self._handover.flush():
            producer = self._producers[receipt.link]
            if producer.is_open and producer.dialer.id == receipt.session:
                actions.append(producer.dialer.send(Done(receipt.session, receipt.outcome, receipt.refs), now))
        return actions

    def drop(self, link: str) -> None:
        """Let a lost producer's queued frames go; what runs goes on, its result is still wanted."""
        self._held.drop_queued(link)
        if self._alone is not None and self._alone.link == link:
            self._held.finish(self._alone.token)
            self._alone, self._alone_at = None, _NEVER

    def give_back(self) -> None:
        """Return every frame that has not been started."""
        for link in self._held.links():
            self._handover.told("returned", self._held.drop_queued(link))

    def blame_hung(self, now: float) -> list[Action]:
        """Fault the frames whose request is past its deadline, and those whose engine failed; return all others."""
        text = f"inference took more than {self._request_deadline_s:g} s"
        late = [frame for frame in self._held.running() if now >= frame.started_at + self._request_deadline_s]
        return self._blame([*late, *self._trials.accused()], text, now)

    def blame_lost(self, now: float) -> list[Action]:
        """Fault every frame that was begun, for any of them may have taken the device with it; return all others."""
        return self._blame([*self._held.running(), *self._trials.accused()], self.lost, now)

    def hung_at(self) -> float:
        """When the oldest request is past its deadline."""
        return min(self._held.oldest_start(), self._trials.oldest_start()) + self._request_deadline_s

    def deadline(self) -> float:
        """When a frame is to start, or a request hangs."""
        return min(self._alone_at, self.hung_at())

    def check(self) -> None:
        """Assert the invariants: no more runs than the engine takes, and nothing is queued for nobody."""
        self._held.check()
        self._trials.check()
        for digest in self.jobs():
            assert self._held.running_on(digest) + self._trials.on(digest) <= self._engines.depth(digest), digest
        assert self._alone is None or self._held.is_alone, self
        assert (self._alone is None) == (self._alone_at == _NEVER), self
        for link in self._held.links():
            assert self._producers[link].is_open, link

    def _queue(self, producer: ProducerLink, item: WorkItem, payload: memoryview | None, now: float) -> None:
        fault = producer.fault(item, payload)
        if fault:
            self.ignored[fault] += 1
            return
        digest = producer.digest
        frame = Frame(producer.dialer.id, item, producer.name, producer.collector, digest, payload, now)
        if not self._engines.requests(digest) or len(self._held) >= limits.CREDITS_MAX:
            self._handover.told("returned", [frame])
        elif not self._held.add(frame):
            self.ignored["repeated"] += 1

    def _has_room(self, digest: bytes) -> bool:
        return self._held.running_on(digest) + self._trials.on(digest) < self._engines.depth(digest)

    def _tried(self, completion: Completed, now: float) -> list[Action]:
        """Take the end of a trial: the engine works, and the frames are to blame; or it does not."""
        if not self._trials.is_under_way(completion.token):
            self.ignored["token"] += 1
            return []
        self.lost = as_text(completion.error)  # whatever it found: that it inferred is enough
        if self.lost:
            return []
        accused = self._trials.passed(completion.token)
        return [fault for frame, text in accused for fault in self._fault(frame, text, now)]

    def _blame(self, frames: Sequence[Frame], text: str, now: float) -> list[Action]:
        """Fault these frames and return the rest of what is held."""
        self.give_back()
        self._handover.told("returned", [frame for frame in self._held.running() if frame not in frames])
        return [fault for frame in frames for fault in self._fault(frame, text, now)]

    def _starts(self, begun: Mapping[str, Sequence[Frame]], now: float) -> list[Send]:
        sends = []
        for link, frames in begun.items():
            dialer = self._producers[link].dialer
            for first in range(0, len(frames), limits.BATCH_MAX):
                refs = tuple(frame.ref for frame in frames[first : first + limits.BATCH_MAX])
                sends.append(dialer.send(Start(dialer.id, refs), now))
        return sends

    def _hand_over(self, batch: Batch, now: float) -> list[Action]:
        collector = self._collectors.get(batch.collector)
        if collector is None or not collector.is_open:
            self._handover.told("undelivered", batch.frames)
            return []
        results = batch.results(collector.dialer.id)
        self._handover.sent(results, batch.frames)
        return [collector.dialer.send(results, now, batch.payload())]

    def _fault(self, frame: Frame, text: str, now: float) -> list[Action]:
        producer = self._producers[frame.link]
        if not producer.is_open or producer.dialer.id != frame.session:
            return []
        return [producer.dialer.send(Fault(frame.session, frame.ref, text), now)]


def _submit(token: int, frame: Frame) -> Submit:
    work = frame.work
    size = (work.width, work.height)
    shared = work.slot >= 0
    return Submit(
        token,
        frame.digest,
        frame.link,
        frame.session,
        work.slot,
        frame.payload,
        work.form,
        size,
        work.attempt,
        shared,
        work.seq,
    )

"""The producer's decisions: joins workers, collector, frames and slots; asserts that nothing is lost between them.

A pure state machine (common/core.py): the edge decodes, fills slots and sends; this decides what, when and to whom.
The halves are fleet.py (workers) and upstream.py (collector); dispatch.py joins frames with credit, departure.py ends
it all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from common import limits
from common import messages as m
from common.actions import Notice, Send
from common.inquiries import Inquiries, Standing
from common.notices import is_told, so_far
from common.rows import Ending
from common.transport import Outcome
from producer import fleet, statistics, status, upstream
from producer.actions import Action, Attend
from producer.departure import Departure, Phase
from producer.dispatch import Grant
from producer.drops import Drops
from producer.fleet import Fleet
from producer.frames import UNDECODABLE, Frame
from producer.leases import LeaseTable
from producer.settings import ProducerSettings
from producer.slots import SlotBook, SlotState
from producer.source import SourceLost, SourceNews
from producer.stream import Stream
from producer.upstream import Upstream

HEDGE_EVERY_S: Final = limits.HEDGE_MIN_S / 4
"""How often late frames are looked for: the streams are too many to be looked at with each event."""

_NEVER: Final = float("inf")


class ProducerCore:
    """One producer: any number of streams, any number of workers, one collector."""

    def __init__(self, settings: ProducerSettings, instance: bytes, new_id: Callable[[], int]) -> None:
        self.settings: Final = settings
        self.leases: Final = LeaseTable()
        self.slots: Final = SlotBook(settings.slots)
        self._drops: Final = Drops(settings.policies, self.leases, self.slots)
        self.fleet: Final = Fleet(settings, instance, new_id, self.leases)
        self.upstream: Final = Upstream(settings, instance, self.leases, self.slots)
        self.refused: Final[Counter[str]] = Counter()
        self._instance: Final = instance
        self._inquiries: Final = Inquiries(fleet.LINK)
        self._began_at = 0.0
        self.departure: Final = Departure(self.upstream, self.fleet, self.leases, settings.timeout_s, self._report)
        self._stats_at = 0.0
        self._hedge_at = 0.0
        self._attends = True
        self._is_stirred = False  # something happened since the last flush

    def __repr__(self) -> str:
        return f"ProducerCore({self.upstream}, {self.fleet}, {self.leases})"

    def start(self, now: float) -> list[Action]:
        """Say hello to the collector; workers come by themselves."""
        self._began_at = now
        self.departure.start(now)
        return self.tick(now)

    def receive(
        self, link: str, peer: bytes, message: m.Message, _payload: memoryview | None, now: float
    ) -> list[Action]:
        """Take a message; payloads have no use here."""
        if isinstance(message, m.Ask):
            return self._tell(link, peer, message, now)
        if link == upstream.LINK:
            actions = self.upstream.receive(message, now)
            if self.upstream.dialer.refusal is not None and not self.departure.is_over:
                return self.departure.turned_away(self.upstream.dialer.refusal, now)
        else:
            actions = self.fleet.receive(peer, message, now)
        return self._stirred(actions)

    def garbage(self, link: str, peer: bytes, code: str, _now: float) -> list[Action]:
        """Count bytes that are no message; a worker of another protocol is told so."""
        self.refused[code] += 1
        if code == "protocol" and link == fleet.LINK:
            return [self.fleet.registry.refuse(peer, 0, "protocol", f"this producer speaks protocol {m.PROTOCOL}")]
        return []

    def send_failed(self, send: Send, _outcome: Outcome, now: float) -> list[Action]:
        """A worker that takes no more messages is gone; the collector is known by its silence."""
        if send.link == upstream.LINK:
            if isinstance(send.message, m.Hello):
                self.upstream.dialer.unsent(now)
            return []
        return self._stirred(self.fleet.unreachable(send.peer, now))

    def captured(  # noqa: PLR0913 - what a decoder knows of a frame
        self,
        stream: str,
        slot: int,
        pts: int,
        size: tuple[int, int],
        stages_s: tuple[float, float],
        now: float,
        *,
        ready_at: float | None = None,
        picture_s: float | None = None,
    ) -> list[Action]:
        """Take a frame that the edge decoded into a lent slot.

        Args:
            stream: its stream.
            slot: where its pixels are.
            pts: presentation time in the stream's time base.
            size: width and height of the original in pixels.
            stages_s: seconds that decoding and preparing took.
            now: seconds.
            ready_at: when it was decoded and had its slot, in the clock of `now`, from which latency counts.
            picture_s: seconds that writing its picture took; None where the stream has no pictures.
        """
        state = self.upstream.streams[stream]
        frame = self._numbered(state, slot, pts, size, now)
        if frame is None:
            return []
        if ready_at is not None:
            frame.ready_at = ready_at
        for stage, seconds in zip(("decode", "prepare"), stages_s, strict=True):
            state.stages[stage].add(seconds)
        self.leases.add(frame)
        return self._stirred(self.upstream.pictures.captured(frame, picture_s))

    def captured_broken(
        self, stream: str, slot: int, pts: int, size: tuple[int, int], why: str, now: float
    ) -> list[Action]:
        """Take a frame that the edge could not decode: it has failed, and its slot is lent again.

        Args:
            stream: its stream.
            slot: the lent slot that nothing was written to.
            pts: presentation time in the stream's time base.
            size: width and height in pixels, as far as they are known.
            why: what is wrong, for people.
            now: seconds.
        """
        state = self.upstream.streams[stream]
        frame = self._numbered(state, slot, pts, size, now)
        if frame is None:
            return []
        self.slots.vacate(slot)
        self.leases.add_broken(frame, UNDECODABLE)
        state.broken += 1
        text = f"stream {stream}: frame {frame.key[1]} is {UNDECODABLE}: {why}{so_far(state.broken)}"
        said = [Notice("warning", text)] if is_told(state.broken) else []
        return self._stirred([*said, *self.upstream.lend(state), *self.upstream.pictures.captured(frame, None)])

    def pictures_made(self, stream: str, offer: m.ShmOfferFields | None, token: bytes, now: float) -> list[Action]:
        """Take the edge's word that it has memory for a stream's pictures.

        Args:
            stream: its stream.
            offer: how others open that memory; None where it cannot be shared.
            token: what lies in it to be read back; b"" without an offer.
            now: seconds.
        """
        return self._stirred(self.upstream.pictures_made(self.upstream.streams[stream], offer, token, now))

    def picture_encoded(self, stream: str, seq: int, data: bytes, error: str, _now: float) -> list[Action]:
        """Take a picture's JPEG file; empty, with an error for people, where it cannot be had."""
        return self._stirred(self.upstream.pictures.encoded(stream, seq, data, error))

    def source_behind(self, stream: str, late_s: float, _now: float) -> list[Action]:
        """Take the decoder's word that a live stream is late by so many seconds."""
        why = "more frames come than are settled"
        if self.settings.policy_of(stream).drops:
            why = "too many frames wait for the collector, or the decoder is too slow"
        return [Notice("warning", f"stream {stream} is {late_s:.1f} s behind its source: {why}")]

    def source_news(self, news: SourceNews, now: float) -> list[Action]:
        """Take a source's word that nothing comes from it, or comes again."""
        state = self.upstream.streams[news.stream]
        if isinstance(news, SourceLost):
            state.outages.begin(now - news.silent_s)
            text = f"stream {news.stream}: {news.reason}; connecting again{so_far(state.outages.count)}"
            return [Notice("warning", text)] if is_told(state.outages.count) else []
        away_s = state.outages.end(now)
        if not is_told(state.outages.count):
            return []
        is_same = (news.width, news.height) == (state.header.width, state.header.height)
        size = "" if is_same else f", now {news.width}x{news.height}"
        return [Notice("info", f"stream {news.stream} is back after {away_s:.1f} s{size}")]

    def source_ended(self, stream: str, ending: Ending, reason: str, now: float) -> list[Action]:
        """Take the decoder's word that no more frames come."""
        state = self.upstream.streams[stream]
        state.outages.end(now)
        notices = [] if ending is Ending.COMPLETE else [Notice("warning", f"stream {stream} is {ending}: {reason}")]
        return self._stirred([*notices, *self.upstream.end(state, ending, reason, now)])

    def model_read(self, session: int, sha256: bytes, offset: int, data: bytes | None, now: float) -> list[Action]:
        """Take a piece of a model file, or None where it can no longer be read."""
        return self._stirred(self.fleet.model_read(session, sha256, offset, data, now))

    def packed(self, worker: int, item: m.WorkItem, data: bytes | None, now: float) -> list[Action]:
        """Take a frame's JPEG file, or None where there is none: it goes as it is."""
        return self._stirred(self.fleet.packed(worker, item, data, now))

    def interrupt(self, now: float) -> list[Action]:
        """See `Departure.interrupt`."""
        is_first = self.departure.phase is Phase.RUNNING
        actions = self.departure.interrupt(now)
        return self._stirred(actions) if is_first else self.tick(now)

    def tick(self, now: float) -> list[Action]:
        """Do what is due."""
        if self.departure.is_over:
            return []
        actions = [*self.upstream.tick(now), *self.fleet.tick(now), *self.departure.tick(now)]
        if now >= self._stats_at:
            actions += self._report(now)
        return self._stirred(actions)

    def flush(self, now: float) -> list[Action]:
        """Do what events may have made possible: drop frames, hand them out, tell fates and pictures, lend, finish."""
        if not self._is_stirred or self.departure.is_over:
            return []
        self._is_stirred = False
        actions = self._drop(now)
        actions += self._dispatch(now)
        if condemned := self.leases.take_condemned():
            actions += self.upstream.tell_fates(condemned, now)
        actions += self.upstream.pictures.pump(now)
        actions += self.upstream.lend_freed()
        if self.upstream.is_finished:
            actions += self.departure.finish(now)
        return actions

    def deadline(self) -> float:
        """When `tick` is next wanted."""
        if self.departure.is_over:
            return _NEVER
        return min(
            self.upstream.deadline(),
            self.fleet.deadline(),
            self.departure.deadline(),
            self._stats_at,
            self._drops.deadline(),
            self._hedge_at if self.leases.frames and self.fleet.dispatcher.service.is_known else _NEVER,
        )

    def check(self) -> None:
        """Assert every invariant, conservation above all.

        A captured frame is settled or still here, with its slot unless it was dropped before anybody was given it.
        """
        self.leases.check()
        self.fleet.credits.check()
        self.fleet.registry.check()
        self.upstream.pictures.check()
        for name, stream in self.upstream.streams.items():
            here = sorted(seq for key, seq in self.leases.frames if key == name)
            assert stream.finished or here == list(range(stream.settled, stream.captured)), (stream, here)
            slots = [frame.slot for (key, _), frame in self.leases.frames.items() if key == name and not frame.vacated]
            assert len(set(slots)) == len(slots) == self.slots.count(name, SlotState.FULL, SlotState.READ), stream

    def _numbered(self, stream: Stream, slot: int, pts: int, size: tuple[int, int], now: float) -> Frame | None:
        """Give a captured frame its number and its slot; None after the stream's end, when it was never captured."""
        if stream.ending is not None or stream.finished:
            return None
        self.slots.fill(stream.name, slot)
        frame = Frame((stream.name, stream.captured), stream.epoch, slot, pts, size, now)
        stream.captured += 1
        return frame

    def _stirred(self, actions: list[Action]) -> list[Action]:
        """Remember that there may be something to do for `flush`."""
        self._is_stirred = True
        return actions

    def _tell(self, link: str, peer: bytes, ask: m.Ask, now: float) -> list[Action]:
        """Say how it is to whoever asks; nothing else comes of it."""
        if link != fleet.LINK or self.departure.is_over:
            return []
        parts = status.Parts(self.settings, self.upstream, self.fleet, self.leases, self.refused)

        def describe(worker: str) -> bytes:
            up_s, waits_for = now - self._began_at, status.waits_for(parts)
            identity = self.settings.identity
            standing = Standing("producer", self._instance, identity, up_s, self.departure.phase.value, waits_for)
            return status.document(parts, standing, worker, now)

        return [*self._inquiries.answer(peer, ask, now, describe)]

    def _drop(self, now: float) -> list[Action]:
        """Drop what the policy drops, and let the decoders have the slots of it."""
        dropped = self._drops.take(now)
        actions: list[Action] = []
        for name in dict.fromkeys([frame.key[0] for frame in dropped]):
            actions += self.upstream.pictures.decided(name)
            actions += self.upstream.lend(self.upstream.streams[name])
        return actions

    def _dispatch(self, now: float) -> list[Action]:
        is_time_to_hedge = now >= self._hedge_at
        if is_time_to_hedge:
            self._hedge_at = now + HEDGE_EVERY_S
        if not self.upstream.dialer.is_open:
            return []
        actions = self._hedge(now) if is_time_to_hedge or self.fleet.dispatcher.owes_hedge else []
        grants: list[Grant] = []
        while (grant := self.fleet.dispatcher.next(now)) is not None:
            grants.append(grant)
            if grant.frame.attempts == 1:
                actions += self._given(grant.frame, now)
        return [*actions, *self.fleet.work(grants, now), *self._attend()]

    def _attend(self) -> list[Action]:
        """Want to know of frames at once where a worker may run out of them."""
        attends = self.fleet.credits.is_short()
        if attends == self._attends:
            return []
        self._attends = attends
        return [Attend(attends)]

    def _given(self, frame: Frame, now: float) -> list[Action]:
        """Note that a frame is given to a worker for the first time."""
        stream = self._stream_of(frame)
        stream.stages["dispatch"].add(now - frame.captured_at)
        self._drops.given(frame)
        return self.upstream.pictures.decided(stream.name) if stream.policy.drops else []

    def _hedge(self, now: float) -> list[Action]:
        """Give late frames that hold up their streams to a second worker."""
        oldest = [stream.oldest for stream in self.upstream.open_streams]
        grants: list[Grant] = []
        while (grant := self.fleet.dispatcher.hedge(oldest, now)) is not None:
            grants.append(grant)
        return [*self.fleet.work(grants, now)]

    def _stream_of(self, frame: Frame) -> Stream:
        return self.upstream.streams[frame.key[0]]

    def _report(self, now: float) -> list[Action]:
        self._stats_at = now + statistics.EVERY_S
        if not self.upstream.dialer.is_open:
            return []
        recent = self.upstream.take_recent()
        document = statistics.document(self.upstream.streams, self.fleet, self.leases, self.refused, recent, now)
        return [self.upstream.dialer.send(m.Stats(self.upstream.dialer.id), now, document)]

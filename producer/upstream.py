"""The producer's side towards the collector: streams opened, told and settled.

Only `_ack` settles a frame. Whatever the collector has to know (a stream, a fate, an end) is said again until it shows
that it knows; a collector that begins a new life is told everything again, and its predecessor's hints are void.
What this file does not know: workers; how pictures travel (pictures.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Final

from common import limits
from common import messages as m
from common.actions import Notice
from common.dialer import Dialer, Heard
from common.meter import Durations
from common.rows import Ending
from common.schema import as_text
from producer.actions import Action, Lend, StartCapture, StopCapture
from producer.frames import Frame, FrameState, Key
from producer.leases import LeaseTable, in_ranges
from producer.pictures import Pictures
from producer.settings import ProducerSettings
from producer.slots import SlotBook
from producer.stream import Stream

LINK: Final = "collector"
TAKEN_PATIENCE_S: Final = 3 * limits.LOST_AFTER_S
"""How long a stream may belong to another producer, which may be a dead one, before this one gives it up."""
TELL_AGAIN_S: Final = 0.5
"""How long an unanswered Fate or End is left alone."""
COLLECTOR_PATIENCE: Final = 4
"""A collector has so many times the patience of workers: engines wait for what follows from theirs, and for its word
nobody waits before the window is full, which ends its patience."""


class Upstream:
    """One collector and all streams that go there.

    Attributes:
        windows: how many frames of each stream may be unsettled.
    """

    def __init__(self, settings: ProducerSettings, instance: bytes, leases: LeaseTable, slots: SlotBook) -> None:
        hello = m.Hello(m.PROTOCOL, "producer", settings.name, instance, settings.job.digest, ())
        self._settings: Final = settings
        self._leases: Final = leases
        self._slots: Final = slots
        self.dialer = Dialer(LINK, hello, 0.0, payload=settings.job.canonical)
        self.streams: Final = {
            header.name: Stream(header, settings.policy_of(header.name)) for header in settings.streams
        }
        self.pictures: Final = Pictures(self.dialer, leases, slots, len(self.streams))
        self.windows: Final = {
            name: stream.policy.window(stream.header.rate, slots.size(name)) for name, stream in self.streams.items()
        }
        self._recent = Durations()
        self._freed: dict[str, Stream] = {}
        """Of these, slots were settled that are not lent yet."""
        self._handlers: Final[dict[type, Callable[[m.Message, float], list[Action]]]] = {
            m.Opened: self._opened,
            m.Reject: self._reject,
            m.Ack: self._ack,
            m.Shown: self._shown,
            m.Seen: self._seen,
        }

    def __repr__(self) -> str:
        return f"Upstream({self.dialer}, {list(self.streams.values())})"

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to be said or settled."""
        return all(stream.finished for stream in self.streams.values())

    @property
    def open_streams(self) -> list[Stream]:
        """The streams that are captured or being settled."""
        return [stream for stream in self.streams.values() if stream.is_started and not stream.finished]

    def take_recent(self) -> Durations:
        """The latencies of the frames that were settled since this was last called, of all streams."""
        recent, self._recent = self._recent, Durations()
        return recent

    def receive(self, message: m.Message, now: float) -> list[Action]:
        """Take a message of the collector."""
        match self.dialer.heard(message, now):
            case Heard.ADMITTED:
                return self._admitted(now)
            case Heard.LOST | Heard.LEFT as how:
                return self._lost(how, now)
            case Heard.CURRENT:
                handler = self._handlers.get(type(message))
                return handler(message, now) if handler is not None else []
            case _:
                return []

    def tick(self, now: float) -> list[Action]:
        """Say what is due."""
        sends, lost = self.dialer.tick(now)
        actions: list[Action] = [*sends]
        if lost:
            actions += self._lost(Heard.LOST, now)
        if self.dialer.is_open:
            for stream in self.streams.values():
                actions += self._say(stream, now)
            actions += self.pictures.tick(now)
        return actions

    def deadline(self) -> float:
        """When `tick` has something to do."""
        if not self.dialer.is_open:
            return self.dialer.deadline()
        times = [
            stream.tell_at if stream.confirmed else stream.open_at
            for stream in self.streams.values()
            if not stream.finished
        ]
        return min(self.dialer.deadline(), self.pictures.deadline(), *times)

    def end(self, stream: Stream, ending: Ending, reason: str, now: float) -> list[Action]:
        """Note that no more frames will come; an ending once given stands."""
        if stream.ending is None and not stream.finished:
            stream.ending = (ending, as_text(reason))
            stream.tell_at = now
        return self._say(stream, now) if self.dialer.is_open else []

    def pictures_made(self, stream: Stream, offer: m.ShmOfferFields | None, token: bytes, now: float) -> list[Action]:
        """Begin to capture a stream that is drawn, now that there is room for its pictures."""
        if stream.ending is not None or stream.finished:
            return []  # stopped meanwhile
        if self._settings.shm is None:
            offer, token = None, b""
        self._slots.narrow(stream.name, self.pictures.slots(stream))
        return [*self.pictures.made(stream.name, offer, token, now), *self._start(stream)]

    def lend(self, stream: Stream) -> list[Action]:
        """Lend a stream's free slots, as far as there are numbers for the frames that come into them."""
        numbers = self.windows[stream.name] - (stream.captured - stream.settled)
        slots = self._slots.lend(stream.name, numbers)
        return [Lend(stream.name, tuple(slots))] if slots else []

    def lend_freed(self) -> list[Action]:
        """Lend what was settled since this was last called.

        Once a turn, and last: a decoder that wakes wants the interpreter, and those of all streams wake together.
        """
        freed, self._freed = self._freed, {}
        return [lent for stream in freed.values() for lent in self.lend(stream)]

    def tell_fates(self, frames: Iterable[Frame], now: float) -> list[Action]:
        """Tell the collector of frames that will have no result; nothing is lost if it cannot hear now."""
        actions: list[Action] = []
        for name, group in groupby(frames, key=lambda frame: frame.key[0]):
            stream = self.streams[name]
            stream.tell_at = min(stream.tell_at, now + TELL_AGAIN_S)
            if stream.confirmed and self.dialer.is_open:
                actions += self._fates(stream, list(group), now)
        return actions

    def _admitted(self, now: float) -> list[Action]:
        self.dialer.ready(now)
        actions: list[Action] = [Notice("detail", "the collector is there")]
        for stream in self.streams.values():
            stream.confirmed = False
            stream.distrusted = stream.distrusted or self.dialer.restarted
            stream.open_at = now
            if not stream.finished:
                actions += self._say(stream, now)
        return actions

    def _lost(self, how: Heard, now: float) -> list[Action]:
        for stream in self.streams.values():
            stream.confirmed = False
        self.pictures.lost()
        if how is Heard.LEFT:
            self.dialer.restart(now, delay_s=limits.HELLO_RETRY_S)
        return [Notice("warning", "the collector is gone; waiting for it to come back")]

    def _say(self, stream: Stream, now: float) -> list[Action]:
        if stream.finished:
            return []
        if not stream.confirmed:
            return self._open(stream, now) if now >= stream.open_at else []
        if now < stream.tell_at:
            return []
        return self._tell(stream, now)

    def _open(self, stream: Stream, now: float) -> list[Action]:
        stream.open_at = now + limits.HELLO_RETRY_S
        header = stream.header
        message = m.Open(
            session=self.dialer.id,
            stream=stream.name,
            epoch=stream.epoch,
            settled=stream.settled,
            resume=self._settings.resume,
            window=self.windows[stream.name],
            width=header.width,
            height=header.height,
            time_base=header.time_base.as_integer_ratio(),
            rate=header.rate.as_integer_ratio(),
            expected=header.expected,
            source=as_text(header.source),  # a path may hold anything
            truth=header.truth,
            patience_ms=min(limits.PATIENCE_MAX_MS, COLLECTOR_PATIENCE * self._settings.patience_ms),
        )
        return [self.dialer.send(message, now)]

    def _tell(self, stream: Stream, now: float) -> list[Action]:
        """Say again whatever the collector has not shown to know."""
        fated = [
            frame
            for key, frame in self._leases.frames.items()
            if key[0] == stream.name and frame.state is FrameState.FATED
        ]
        actions: list[Action] = []
        if stream.ending is not None:  # before the fates: the last of them may close the stream, as this says
            ending, reason = stream.ending
            end = m.End(self.dialer.id, stream.name, stream.epoch, stream.captured, ending, reason)
            actions.append(self.dialer.send(end, now))
        actions += self._fates(stream, fated, now)
        stream.tell_at = now + TELL_AGAIN_S if actions else float("inf")
        return actions

    def _fates(self, stream: Stream, frames: list[Frame], now: float) -> list[Action]:
        actions: list[Action] = []
        for verdict, group in groupby(frames, key=lambda frame: frame.verdict):
            assert verdict is not None, "a fated frame has a verdict"
            status, reason = verdict
            items = [(frame.key[1], frame.pts) for frame in group]
            for start in range(0, len(items), limits.BATCH_MAX):
                batch = tuple(items[start : start + limits.BATCH_MAX])
                fate = m.Fate(self.dialer.id, stream.name, stream.epoch, status, reason, batch)
                actions.append(self.dialer.send(fate, now))
        return actions

    def _opened(self, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Opened)
        stream = self.streams.get(message.stream)
        if stream is None or stream.confirmed or stream.finished:
            return []
        if stream.is_started and stream.epoch != message.epoch:
            return self._fail(stream, f"the collector has it in epoch {message.epoch}, not {stream.epoch}")
        stream.confirmed = True
        stream.taken_since = float("inf")
        stream.open_at = float("inf")
        stream.tell_at = now
        if not stream.is_started:
            return self._begin(stream, message)
        if stream.distrusted:
            stream.distrusted = False
            self._leases.distrust(stream.name)
        return [*self._say(stream, now), *self.pictures.opened(stream, now, draws=message.draws)]

    def _begin(self, stream: Stream, opened: m.Opened) -> list[Action]:
        stream.begin(opened.epoch, opened.next)
        stream.distrusted = False
        if stream.ending is not None:
            return []
        if opened.draws:
            return self.pictures.begin(stream)
        return self._start(stream)

    def _reject(self, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Reject)
        stream = self.streams.get(message.stream)
        if stream is None or stream.confirmed or stream.finished:
            return []
        if message.code == "closing":
            return self._wait(stream, message.text)
        stream.taken_since = min(stream.taken_since, now)
        if message.code == "taken" and now < stream.taken_since + TAKEN_PATIENCE_S:
            return []  # its earlier producer may have died just now; Open is said again
        if message.code == "complete" and self._settings.resume and not stream.is_started:
            stream.finished, stream.ending = True, (Ending.COMPLETE, "")
            return [Notice("info", f"stream {stream.name}: {message.text}")]
        return self._fail(stream, f"the collector does not take it ({message.code}): {message.text}")

    def _wait(self, stream: Stream, text: str) -> list[Action]:
        """Leave it to the collector when it answers: what it writes may wait for room on a disk. Open is said again."""
        stream.taken_since = float("inf")
        if stream.awaits:
            return []
        stream.awaits = True
        return [Notice("warning", f"stream {stream.name}: {text}; waiting for the collector")]

    def _fail(self, stream: Stream, text: str) -> list[Action]:
        """Give a stream up: nobody takes it, so nobody can settle its frames."""
        stream.finished = True
        stream.rejection = text
        self.pictures.forget(stream.name)
        for seq in range(stream.settled, stream.captured):
            self._forget((stream.name, seq))
        return [Notice("error", f"stream {stream.name}: {text}"), StopCapture(stream.name)]

    def _ack(self, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Ack)
        return [action for acked in message.streams for action in self._acked(acked, now)]

    def _acked(self, acked: m.Acked, now: float) -> list[Action]:
        stream = self.streams.get(acked.stream)
        if stream is None or acked.epoch != stream.epoch or stream.finished or not stream.confirmed:
            return []
        actions = self._settle(stream, min(acked.upto, stream.captured), now)
        for seq in in_ranges(acked.have, stream.settled, stream.captured):
            self._leases.hint((stream.name, seq))
        if acked.ended and stream.ending is not None and stream.settled == stream.captured:
            stream.finished = True
            self.pictures.forget(stream.name)
        return actions

    def _shown(self, message: m.Message, _now: float) -> list[Action]:
        assert isinstance(message, m.Shown)
        return self.pictures.shown(message)

    def _seen(self, message: m.Message, now: float) -> list[Action]:
        assert isinstance(message, m.Seen)
        return self.pictures.seen(message, now)

    def _settle(self, stream: Stream, upto: int, now: float) -> list[Action]:
        if upto <= stream.settled:
            return []
        ages_s: list[float] = []
        for seq in range(stream.settled, upto):
            frame = self._forget((stream.name, seq))
            age_s = now - frame.ready_at
            if frame.verdict is not None:
                stream.fated.add(age_s)
            else:
                ages_s.append(age_s)
        stream.latency.add_all(ages_s)
        self._recent.add_all(ages_s)
        stream.settled = upto
        self._freed[stream.name] = stream
        return self.pictures.settled(stream.name, stream.settled, now)

    def _forget(self, key: Key) -> Frame:
        """Let go of a frame, and of its slot, if it still has it."""
        frame = self._leases.settle(key)
        if not frame.vacated:
            self._slots.settle(frame.slot)
        return frame

    def _start(self, stream: Stream) -> list[Action]:
        """Begin to capture."""
        return [StartCapture(stream.name, stream.captured), *self.lend(stream)]

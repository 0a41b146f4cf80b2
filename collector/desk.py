"""Every stream of the collector: opened, filled, emitted, acknowledged, ended, and given up.

Guarantees that every captured frame of a stream is emitted exactly once and in order, with its picture where pictures
are drawn and it can be had, and that nothing is acknowledged before it is reported as written. Does NOT know who is
admitted, nor when the process ends: `core.py` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from collector import endings
from collector.acknowledgement import messages_of
from collector.actions import Action, Attach, Begin, Emit
from collector.admission import Fresh, Missed, Rejected, Rejoined, Renewed, decide
from collector.company import Company
from collector.pictures import holds_pictures, take_picture
from collector.records import RecoveredStream
from collector.results import take_fates, take_results
from collector.streams import NEVER, Phase, Stream
from collector.tally import Tally
from common import limits
from common.actions import Notice, Send
from common.exits import Exit
from common.messages import (
    End,
    Fate,
    Open,
    Opened,
    Picture,
    Reject,
    Results,
    Seen,
    ShmOfferFields,
    Show,
    Shown,
)
from common.notices import Notices
from common.registry import Member, Registry
from common.schema import as_text


class StreamDesk:
    """The streams, as far as sessions are given.

    Args:
        registry: whom to answer.
        tally: counts what passes and what is turned away.
        notices: what people are told.
        durable: whether there are outputs that outlive this process.
        timeout_s: how long a stream waits for a producer that is gone; may be infinite.
        draws: whether a frame is emitted only when its picture is here as well.
        single: whether the outputs hold one stream and no more.

    Attributes:
        streams: by name, in the order of their first opening.
        opened: whether a producer has got one in this process, or was told that it is complete.
        ended_at: when the last one ended.
        flush_at: when `flush` has something to do although nothing happens; known after each of them.
    """

    def __init__(
        self,
        registry: Registry,
        tally: Tally,
        notices: Notices,
        *,
        durable: bool,
        timeout_s: float,
        draws: bool = False,
        single: bool = False,
    ) -> None:
        self._registry: Final = registry
        self._tally: Final = tally
        self._notices: Final = notices
        self._durable: Final = durable
        self._timeout_s: Final = timeout_s
        self._draws: Final = draws
        self._single: Final = single
        self._ack_at = NEVER
        self._company: Final = Company()
        self._labels: Final[dict[str, tuple[str, ...]]] = {}
        """Of streams that the outputs have yet to be asked for."""
        self._unanswered: Final[Counter[str]] = Counter()
        """How often the outputs were asked for a stream, and have not answered."""
        self.streams: Final[dict[str, Stream]] = {}
        self.opened = False
        self.ended_at = 0.0
        self.flush_at = NEVER

    def start(self, recovered: Mapping[str, RecoveredStream], now: float) -> None:
        """Take over what an earlier collector left."""
        self._ack_at = now + limits.HEARTBEAT_S
        for name, stream in recovered.items():
            self.streams[name] = Stream.known(stream)

    # --- from workers ------------------------------------------------------------------------------------------------

    def take(self, worker: Member, message: Results, payload: memoryview | None, now: float) -> None:
        """Take results."""
        for stream in take_results(self.streams, self._tally, worker, message, payload, now):
            self._company.arrived(stream)

    def flush(self, now: float) -> list[Action]:
        """Emit what is in order, and tell producers what is written, as far as it does not wait for company."""
        actions = self._advance(self._company.take_waiting(now), now)
        actions += self.tell_written(self._company.take_written(now), now)
        self.flush_at = self._company.deadline()
        return actions

    def hurry(self, now: float) -> list[Action]:
        """Emit what is in order, whatever it waits for."""
        return self._advance(self._company.hurry(), now)

    def _advance(self, streams: list[Stream], now: float) -> list[Action]:
        """Emit what is in order, and end what has come to its end."""
        actions: list[Action] = []
        rows = []
        for stream in streams:
            ready = stream.take_ready()
            if ready:
                stream.emitted_at = now
                self._tally.emitted(stream, ready, now)
                rows += [held.row for held in ready]
        if rows:
            actions.append(Emit(tuple(rows)))
        for stream in streams:
            ending = endings.close_if_due(stream)
            if ending is not None:
                actions.append(ending)
        return actions

    # --- from producers ----------------------------------------------------------------------------------------------

    def open(self, member: Member, request: Open, labels: tuple[str, ...], now: float) -> list[Action]:
        """Open a stream, continue it, or say why not."""
        stream = self.streams.get(request.stream)
        if stream is None and (no_room := self._no_room()):
            return self._reject(member, request, no_room, now)
        match decide(request, member, stream, durable=self._durable):
            case Rejected() as rejected:
                if rejected.code == "complete":
                    self._come(now)
                return self._reject(member, request, rejected, now)
            case Fresh(record, start):
                stream = self.streams[request.stream] = Stream.new(record, start)
                return self._begin(stream, member, request, labels, now)
            case Renewed(record):
                assert stream is not None
                self._tally.discard("stale_epoch", stream.renew(record))
                return self._begin(stream, member, request, labels, now)
            case Rejoined():
                assert stream is not None
                self._admit(stream, member, request, now)
                return [] if stream.phase is Phase.OPENING else [self._opened(stream, member, now)]
            case Missed():
                assert stream is not None
                self._admit(stream, member, request, now)
                return [self._opened(stream, member, now), *self._acknowledge([stream], now)]

    def last_words(self, member: Member, message: Fate | End, now: float) -> list[Action]:
        """Take frames that will have no result, or the end, from the stream's own producer."""
        stream = self._own(member, message)
        if stream is None:
            return []
        if isinstance(message, Fate):
            take_fates(stream, self._tally, message, now)
        elif stream.phase is Phase.ENDED:
            return [*self._acknowledge([stream], now)]
        elif stream.phase is not Phase.CLOSING and endings.is_open_to_news(stream):
            endings.announce(stream, message, self._tally)
        self._company.arrived(stream)
        return []

    def show(self, member: Member, message: Show, now: float) -> list[Action]:
        """Look where a stream's pictures lie, or say that they are to be sent."""
        stream = self._own(member, message)
        if stream is None or stream.phase is Phase.OPENING:  # it is shown after `opened`
            return []
        offer = message.shm
        if offer is not None and not holds_pictures(stream, offer):
            self._tally.discard("picture")
            offer = None
        if offer is None or stream.pictures.next is None:
            return self._shown(stream, member, None, b"", now)
        if offer == stream.pictures.offer:
            return self._shown(stream, member, offer, stream.pictures.token, now)
        return [Attach(stream.name, stream.epoch, offer)]

    def attached(self, attach: Attach, token: bytes, now: float) -> list[Action]:
        """Tell the producer what was read from its segment; an empty token where that cannot be had."""
        stream = self.streams[attach.stream]
        member = self._registry.get(stream.owner)
        if member is None or stream.epoch != attach.epoch:
            return []
        return self._shown(stream, member, attach.offer, token, now)

    def picture(self, member: Member, message: Picture, payload: memoryview | None, now: float) -> list[Action]:
        """Take a picture, or a piece of it."""
        stream = self._own(member, message)
        if stream is None:
            return []
        drawn = sum(other.pictures.next is not None for other in self.streams.values())  # not those that have ended
        share = limits.PICTURES_DEFAULT_BYTES // max(1, drawn)
        keep = take_picture(stream, self._tally, message, payload, share)
        self._company.arrived(stream)
        if message.slot >= 0 and keep is not None:  # its producer has nothing else to send that waits for the answer
            self._company.written(stream)
            return [keep]
        return [*([] if keep is None else [keep]), self._seen(stream, member, now)]

    def left(self, member: Member, now: float, *, parted: bool) -> list[Notice]:
        """Let go of what a removed session owned; `parted` where it said goodbye."""
        orphans = []
        for stream in self.streams.values():
            if stream.owner == member.id:
                stream.parted = parted and stream.phase is Phase.ENDED
                stream.disown(now + self._timeout_s)
                orphans += [] if stream.phase in {Phase.CLOSING, Phase.ENDED} else [stream.name]
        if not orphans:
            return []
        patience = "" if self._timeout_s == NEVER else f" for {self._timeout_s:g} s"
        text = f"producer {member.name} is gone: waiting{patience} for {', '.join(orphans)}"
        return self._notices.tell("warning", text)

    def _own(self, member: Member, message: Fate | End | Show | Picture) -> Stream | None:
        """The stream that a producer speaks of, if it is its own and of this epoch, and pictures are of use."""
        stream = self.streams.get(message.stream)
        if stream is None or stream.owner != member.id or stream.epoch != message.epoch:
            self._tally.discard("unknown_stream" if stream is None else "stale_epoch")
            return None
        if isinstance(message, Show | Picture) and not self._draws:
            self._tally.discard("picture")
            return None
        return stream

    def _no_room(self) -> Rejected | None:
        """Why there cannot be another stream."""
        if self._single and self.streams:
            return Rejected("single", "an output holds one stream: add {stream} to the name of each --output")
        if len(self.streams) >= limits.STREAMS_MAX:
            return Rejected("full", f"{limits.STREAMS_MAX} streams are known")
        return None

    def _admit(self, stream: Stream, member: Member, request: Open, now: float) -> None:
        """Give a stream to a session."""
        stream.own(member, request.window, request.patience_ms / 1000)
        self._come(now)

    def _come(self, now: float) -> None:
        """With the first who comes for a stream of this run, those that an earlier collector left begin to wait."""
        if not self.opened:
            self.opened = True
            for stream in self.streams.values():
                if stream.phase is Phase.KNOWN and not stream.owner:
                    stream.lost_at = now + self._timeout_s

    def _begin(
        self, stream: Stream, member: Member, request: Open, labels: tuple[str, ...], now: float
    ) -> list[Action]:
        self._admit(stream, member, request, now)
        self._tally.opened(now)
        record, start = stream.record, stream.buffer.next
        if self._draws:
            stream.pictures.expect(start)
        self._labels[stream.name] = labels
        from_frame = f" from frame {start}" if start else ""
        notices = self._notices.tell("info", f"stream {stream.name}{from_frame}: {record.header.source}")
        if not any(one.role == "worker" for one in self._registry):
            notices += self._notices.tell("detail", "waiting for a worker")
        return [*self._ask_outputs(stream), *notices]

    def _ask_outputs(self, stream: Stream) -> list[Action]:
        """Have the outputs made ready, once all that an earlier producer left is written: `written` says both."""
        if stream.written < stream.buffer.next:
            return []
        self._unanswered[stream.name] += 1
        record, labels = stream.record, self._labels.pop(stream.name)
        return [Begin(record.header, record.epoch, record.job_digest, labels, stream.buffer.next)]

    def _reject(self, member: Member, request: Open, rejected: Rejected, now: float) -> list[Action]:
        text = as_text(rejected.text)
        reject = Reject(member.id, request.stream, rejected.code, text)
        notices = self._notices.tell("warning", f"refused {member.name}: {text}")
        return [self._registry.send(member, reject, now), *notices]

    def _opened(self, stream: Stream, member: Member, now: float) -> Send:
        opened = Opened(member.id, stream.name, stream.epoch, stream.buffer.next, self._draws)
        return self._registry.send(member, opened, now)

    def _shown(
        self, stream: Stream, member: Member, offer: ShmOfferFields | None, token: bytes, now: float
    ) -> list[Action]:
        stream.pictures.agree(offer, token)
        upto, _ = stream.seen
        stream.pictures.told = stream.pictures.next
        return [self._registry.send(member, Shown(member.id, stream.name, stream.epoch, token, upto), now)]

    def _seen(self, stream: Stream, member: Member, now: float) -> Send:
        stream.pictures.told, stream.pictures.seen_at = stream.pictures.next, now
        return self._registry.send(member, Seen(member.id, stream.name, stream.epoch, *stream.seen), now)

    def _acknowledge(self, streams: Iterable[Stream], now: float) -> list[Send]:
        """Tell those who own these streams, and are here, what is written of them."""
        owned: dict[int, list[Stream]] = {}
        for stream in streams:
            owned.setdefault(stream.owner, []).append(stream)
        sends: list[Send] = []
        for owner, theirs in owned.items():
            member = self._registry.get(owner)
            if member is not None:
                acked = [stream.acknowledge(now) for stream in theirs]
                sends += [self._registry.send(member, message, now) for message in messages_of(owner, acked)]
        return sends

    def untold(self) -> list[Stream]:
        """The streams of which more is written than was acknowledged."""
        return [stream for stream in self.streams.values() if stream.written > stream.acked]

    def tell_written(self, streams: Sequence[Stream], now: float) -> list[Send]:
        """Acknowledge what was written of these streams, and pictures that were seen."""
        sends = self._acknowledge([stream for stream in streams if stream.written > stream.acked], now)
        for stream in streams:
            member = self._registry.get(stream.owner)
            if member is not None and stream.pictures.next not in {None, stream.pictures.told}:
                sends.append(self._seen(stream, member, now))
        return sends

    # --- from the outputs --------------------------------------------------------------------------------------------

    def written(self, nexts: Mapping[str, int], now: float) -> list[Action]:
        """Learn what is written; tell producers that their stream is open."""
        actions: list[Action] = []
        for name, upto in nexts.items():
            stream = self.streams[name]
            stream.written = upto
            stream.pictures.written(upto)
            answered = self._unanswered[name] > 0  # rows are emitted after the outputs were asked, never before
            self._unanswered[name] -= answered
            if stream.phase is Phase.OPENING and name in self._labels:
                actions += self._ask_outputs(stream)
                continue
            begun = stream.phase is Phase.OPENING
            if begun:
                if self._unanswered[name]:
                    continue  # that was for a producer which is gone
                stream.phase = Phase.OPEN
            member = self._registry.get(stream.owner)
            if begun and member is not None:
                actions.append(self._opened(stream, member, now))
            elif not begun:
                self._company.written(stream)
        return actions

    def ended(self, name: str, now: float) -> list[Action]:
        """Tell the producer that its stream's ending is on record."""
        stream = self.streams[name]
        stream.close()
        self.ended_at = now
        return [*self._acknowledge([stream], now), *self._notices.tell(*endings.in_words(stream))]

    # --- time --------------------------------------------------------------------------------------------------------

    def acknowledge_again(self, now: float) -> list[Action]:
        """Repeat the acknowledgements that have become old, in case the last was lost."""
        if now < self._ack_at:
            return []
        self._ack_at = now + limits.HEARTBEAT_S
        attended = [stream for stream in self.streams.values() if stream.attended]
        long_ago = now - limits.HEARTBEAT_S / 2
        actions: list[Action] = [*self._acknowledge([stream for stream in attended if stream.acked_at < long_ago], now)]
        for stream in attended:
            member = self._registry.get(stream.owner)
            if member is not None and stream.pictures.next is not None and stream.pictures.seen_at < long_ago:
                actions.append(self._seen(stream, member, now))
        return actions

    def give_up(self, now: float) -> list[Action]:
        """End the streams whose producers stayed away for too long."""
        orphans = [stream for stream in self.streams.values() if now >= stream.lost_at]
        for stream in orphans:
            endings.give_up(stream, now)
        return self._advance(orphans, now)

    def lost_at(self) -> float:
        """When `give_up` has something to do."""
        return min([stream.lost_at for stream in self.streams.values()], default=NEVER)

    def ack_at(self) -> float:
        """When `acknowledge_again` may have something to do."""
        for stream in self.streams.values():
            if stream.attended:
                return self._ack_at
        return NEVER

    # --- the whole ---------------------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Whether the outputs owe no answer."""
        return all(stream.idle for stream in self.streams.values())

    @property
    def all_ended(self) -> bool:
        """Whether no stream is to be waited for."""
        return all(stream.phase is Phase.ENDED for stream in self.streams.values())

    @property
    def all_parted(self) -> bool:
        """Whether every producer left knowing that its streams have ended."""
        return all(stream.parted for stream in self.streams.values())

    def verdict(self) -> tuple[Exit, str]:
        """How the run ended, where all streams have."""
        return endings.verdict(list(self.streams.values()))

    def release(self) -> None:
        """Let go of every session; the process ends."""
        for stream in self.streams.values():
            stream.disown(NEVER)

    def check(self) -> None:
        """Assert the invariants: every stream's own, and that its owner is its producer's living session."""
        for name, stream in self.streams.items():
            assert stream.name == name
            stream.check()
            owner = self._registry.get(stream.owner)
            assert (owner is None) == (stream.owner == 0), stream
            assert owner is None or owner.instance == stream.instance, stream

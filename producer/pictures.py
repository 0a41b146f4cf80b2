"""Originals for a collector that draws: what it is told of each stream's pictures, and what is under way to it.

Guarantees: pictures of a stream come in the order of its frames; what the collector has not seen for PICTURE_RETRY_S
is sent again; no more than PICTURE_AHEAD_BYTES of all streams are under way, and streams take turns; a frame whose
picture nobody can have is said to have none, so that no frame waits for ever; nobody reads a picture in a slot that may
be taken from its frame.
What this file does not know: pixels, memory, sockets; when a frame is settled (upstream.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from common import limits
from common import messages as m
from common.actions import Notice
from common.dialer import Dialer
from common.meter import Durations
from common.picture import picture_size, picture_slots
from producer.actions import Action, EncodePicture, MakePictures
from producer.frames import Frame
from producer.leases import LeaseTable
from producer.picture_line import PictureLine, Piece
from producer.rotation import Rotation
from producer.slots import SlotBook
from producer.stream import Stream

STAGE: Final = "picture"
"""What it costs to write a frame's picture, among the stages of a stream that is drawn."""

_NEVER: Final = float("inf")


class _Shown:
    """What is known of one stream's pictures.

    Attributes:
        line: what was sent and seen.
        offer, token: where its pictures lie; None and b"" where they are in no memory that can be shared.
        show_at: when to say Show; never while it is answered, or not wanted.
        is_wanted: the collector draws, as it said when it opened the stream last.
        is_open: it has answered Show since.
        retry_at: when what was sent and not seen is sent again.
        decided: the first frame that its policy may still take its slot from, as far as was looked.
        resized, failed: whether people were told of a frame of another size, of a picture that could not be encoded.
    """

    __slots__ = (
        "decided",
        "failed",
        "is_open",
        "is_wanted",
        "line",
        "offer",
        "resized",
        "retry_at",
        "show_at",
        "stream",
        "token",
    )

    def __init__(self, stream: Stream, is_gone: Callable[[int], bool]) -> None:
        self.stream: Final = stream
        self.line: Final = PictureLine(stream.captured, is_gone)
        self.decided = stream.captured
        self.offer: m.ShmOfferFields | None = None
        self.token = b""
        self.show_at = _NEVER
        self.is_wanted = True
        self.is_open = False
        self.retry_at = _NEVER
        self.resized = False
        self.failed = False

    def close(self) -> None:
        """Send nothing until the collector answers another Show."""
        self.line.rewind()
        self.show_at = self.retry_at = _NEVER
        self.is_open = False

    def progressed(self, now: float) -> None:
        """The collector has seen more."""
        self.retry_at = now + limits.PICTURE_RETRY_S if self.line.ahead_bytes else _NEVER


class Pictures:
    """The pictures of all streams that a collector draws; none, and no work, for one that does not.

    Args:
        dialer: of the session with the collector.
        leases: for the frames.
        slots: for where they lie.
        streams: how many there are.
    """

    def __init__(self, dialer: Dialer, leases: LeaseTable, slots: SlotBook, streams: int) -> None:
        self._dialer: Final = dialer
        self._leases: Final = leases
        self._slots: Final = slots
        self._streams: Final = streams
        self._shown: Final[dict[str, _Shown]] = {}
        self._rotation: Final = Rotation()

    def __repr__(self) -> str:
        return f"Pictures({ {name: shown.line for name, shown in self._shown.items()} })"

    @property
    def ahead_bytes(self) -> int:
        """What is under way, of all streams."""
        return sum(shown.line.ahead_bytes for shown in self._shown.values())

    def slots(self, stream: Stream) -> int:
        """How many pictures a stream keeps, and so how many slots it uses while it is drawn."""
        window, header = self._slots.size(stream.name), stream.header
        return picture_slots(
            header.width, header.height, window=window, streams=self._streams, least=stream.policy.least_slots
        )

    def begin(self, stream: Stream) -> list[Action]:
        """Make room for the pictures of a stream that is drawn from its beginning; `made` follows."""
        self._shown[stream.name] = self._shown_of(stream)
        stream.stages[STAGE] = Durations()
        size = picture_size(stream.header.width, stream.header.height)
        return [MakePictures(stream.name, self._slots.first(stream.name), self.slots(stream), *size)]

    def made(self, name: str, offer: m.ShmOfferFields | None, token: bytes, now: float) -> list[Action]:
        """Offer the pictures; with an offer of None they can only be sent."""
        shown = self._shown[name]
        shown.offer, shown.token = offer, token
        if not shown.stream.confirmed or not shown.is_wanted:
            return []  # the collector has gone meanwhile
        shown.show_at = now
        return self.tick(now)

    def opened(self, stream: Stream, now: float, *, draws: bool) -> list[Action]:
        """Take the answer to Open in a new session, for a stream that has begun."""
        shown = self._shown.get(stream.name)
        if shown is not None:
            shown.is_wanted = draws
        if not draws:
            return []
        actions: list[Action] = []
        if shown is None:
            shown = self._shown[stream.name] = self._shown_of(stream)
            shown.line.give_up()
            text = f"stream {stream.name} began before the collector drew: none of its frames has a picture"
            actions.append(Notice("warning", text))
        shown.show_at = now
        return [*actions, *self.tick(now)]

    def shown(self, message: m.Shown) -> list[Action]:
        """Take the answer to Show: pictures go on from there."""
        shown = self._shown.get(message.stream)
        if shown is None or message.epoch != shown.stream.epoch or not (shown.is_open or shown.show_at < _NEVER):
            return []
        stream = shown.stream
        first = min(max(message.upto, stream.settled), stream.captured)
        shown.line.restart(first, is_inline=not shown.token or message.token != shown.token)
        shown.show_at = shown.retry_at = _NEVER
        shown.is_open = True
        return self._go_on(shown)

    def seen(self, message: m.Seen, now: float) -> list[Action]:
        """Take the collector's word on what it has."""
        shown = self._shown.get(message.stream)
        if shown is None or message.epoch != shown.stream.epoch or not shown.is_open:
            return []
        if not shown.line.hear((message.upto, message.offset), shown.stream.captured):
            return []
        shown.progressed(now)
        return self._go_on(shown)

    def captured(self, frame: Frame, picture_s: float | None) -> list[Action]:
        """Take a frame, and how many seconds it took to write its picture; None where it has none."""
        shown = self._shown.get(frame.key[0])
        if shown is None:
            return []
        if picture_s is None:
            return self._go_on(shown)
        shown.stream.stages[STAGE].add(picture_s)
        actions: list[Action] = []
        header = shown.stream.header
        if not shown.resized and (frame.width, frame.height) != (header.width, header.height):
            shown.resized = True
            text = f"stream {header.name}: frame {frame.key[1]} is {frame.width}x{frame.height}, and others may be"
            actions.append(Notice("warning", f"{text}: drawn at {header.width}x{header.height} all the same"))
        return [*actions, *self._go_on(shown)]

    def decided(self, name: str) -> list[Action]:
        """Note that a frame was given to a worker, or dropped: its picture, and the next ones, may be told."""
        shown = self._shown.get(name)
        return [] if shown is None else self._go_on(shown)

    def encoded(self, name: str, seq: int, data: bytes, error: str) -> list[Action]:
        """Take an encoded picture; empty, with an error for people, where it could not be had."""
        shown = self._shown.get(name)
        if shown is None or not shown.line.encoded(seq, data):
            return []
        actions = self._go_on(shown)
        if not data and not shown.failed:
            shown.failed = True
            text = f"stream {name}: frame {seq} goes without its picture, and maybe more of them: {error}"
            actions.append(Notice("warning", text))
        return actions

    def settled(self, name: str, upto: int, now: float) -> list[Action]:
        """Note that frames below `upto` are written."""
        shown = self._shown.get(name)
        if shown is None or not shown.line.settle(upto):
            return []
        shown.progressed(now)
        return self._go_on(shown)

    def lost(self) -> None:
        """Note that the session with the collector is over."""
        for name, shown in self._shown.items():
            shown.close()
            self._rotation.leave(name)

    def give_up(self) -> None:
        """Say of every picture that would have to be encoded that there is none."""
        for shown in self._shown.values():
            shown.line.give_up()
            self._go_on(shown)

    def forget(self, name: str) -> None:
        """Note that nothing of a stream is wanted any more."""
        self._shown.pop(name, None)
        self._rotation.leave(name)

    def tick(self, now: float) -> list[Action]:
        """Ask again where Show was not answered, and go back where nothing was seen."""
        actions: list[Action] = []
        for shown in self._shown.values():
            if now >= shown.show_at:
                shown.show_at = now + limits.HELLO_RETRY_S
                stream = shown.stream
                show = m.Show(self._dialer.id, stream.name, stream.epoch, shown.offer)
                actions.append(self._dialer.send(show, now))
            if now >= shown.retry_at:
                shown.line.rewind()
                shown.retry_at = _NEVER
                actions += self._go_on(shown)
        return actions

    def deadline(self) -> float:
        """When `tick` has something to do."""
        if not self._shown:
            return _NEVER
        return min([min(shown.show_at, shown.retry_at) for shown in self._shown.values()])

    def pump(self, now: float) -> list[Action]:
        """Send what there is, stream by stream, piece by piece, as far as may be under way."""
        if not self._rotation:
            return []
        ahead_bytes = self.ahead_bytes
        actions: list[Action] = []
        while self._rotation and ahead_bytes + limits.PICTURE_CHUNK_BYTES <= limits.PICTURE_AHEAD_BYTES:
            shown = self._shown[self._rotation.turn()]
            before = shown.line.ahead_bytes
            piece = shown.line.next(self._upto(shown))
            if piece is None:
                self._rotation.leave(shown.stream.name)
                continue
            ahead_bytes += shown.line.ahead_bytes - before
            shown.retry_at = min(shown.retry_at, now + limits.PICTURE_RETRY_S)
            actions.append(self._dialer.send(self._message(shown, piece), now, piece.data))
        return actions

    def check(self) -> None:
        """Assert the invariants."""
        assert self.ahead_bytes <= limits.PICTURE_AHEAD_BYTES, self
        for name, shown in self._shown.items():
            shown.line.check()
            assert shown.stream.settled <= shown.line.seen[0] <= shown.line.sent[0] <= shown.stream.captured, self
            assert shown.is_open or name not in self._rotation, self

    def _go_on(self, shown: _Shown) -> list[Action]:
        """Let a stream have its turn, and ask for what it will need next."""
        if not shown.is_open:
            return []
        name = shown.stream.name
        self._rotation.join(name)
        wanted = shown.line.to_encode(self._upto(shown))
        return [EncodePicture(name, seq, self._leases.frames[name, seq].slot) for seq in wanted]

    def _shown_of(self, stream: Stream) -> _Shown:
        return _Shown(stream, lambda seq: self._leases.frames[stream.name, seq].vacated)

    def _upto(self, shown: _Shown) -> int:
        """The frame up to which pictures may be read: where frames are dropped, one that waits may lose its slot."""
        stream = shown.stream
        if not stream.policy.drops:
            return stream.captured
        shown.decided = max(shown.decided, stream.settled)
        while shown.decided < stream.captured and not self._leases.frames[stream.name, shown.decided].is_untouched:
            shown.decided += 1
        return shown.decided

    def _message(self, shown: _Shown, piece: Piece) -> m.Picture:
        stream, line = shown.stream, shown.line
        frame = self._leases.frames[stream.name, piece.seq]
        return m.Picture(
            session=self._dialer.id,
            stream=stream.name,
            epoch=stream.epoch,
            seq=piece.seq,
            width=frame.width,
            height=frame.height,
            slot=-1 if line.is_inline or frame.vacated else frame.slot - self._slots.first(stream.name),
            offset=piece.offset,
            size=piece.size,
        )

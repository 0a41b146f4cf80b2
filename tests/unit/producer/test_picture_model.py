"""Tests of producer.pictures against a naive collector: messages are lost and repeated, connections and memory too."""

from __future__ import annotations

from collections import deque
from functools import cache

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from common import limits
from common import messages as m
from common.actions import Send
from producer.actions import Action, EncodePicture
from tests.unit.producer.playbook import COLLECTOR, PICTURES_TOKEN, Play, among

OTHER = b"another collecto"
PIECE = limits.PICTURE_CHUNK_BYTES


class Drawer:
    """A collector that draws, for one stream: takes what is next, ignores the rest, and says what it has.

    Attributes:
        shares: whether it maps the producer's memory.
        taken: the picture of each frame, in order: a slot, the bytes of a file, or None where there is none.
    """

    def __init__(self, stream: str, first: int, *, shares: bool) -> None:
        self.stream = stream
        self.shares = shares
        self.first = first
        self.taken: list[int | bytes | None] = []
        self.piece = b""

    @property
    def next(self) -> int:
        """The first frame whose picture is not here."""
        return self.first + len(self.taken)

    def show(self, session: int) -> m.Message:
        """Look at an offer."""
        self.piece = b""
        return m.Shown(session, self.stream, 1, PICTURES_TOKEN if self.shares else b"", self.next)

    def picture(self, session: int, one: m.Picture, payload: bytes) -> m.Message:
        """Take a picture, or a piece of one."""
        if one.seq == self.next and one.slot >= 0:
            self.taken.append(one.slot)
        elif one.seq == self.next and one.size == 0:
            assert not self.piece, "a picture that has begun is not taken back"
            self.taken.append(None)
        elif one.seq == self.next and one.offset == len(self.piece):
            self.piece += payload
            if len(self.piece) == one.size:
                self.taken.append(self.piece)
                self.piece = b""
        return m.Seen(session, self.stream, 1, self.next, len(self.piece))


SIZES = (3 * PIECE, PIECE, 1, 2 * PIECE + 1)


@cache
def file_of(seq: int) -> bytes:
    """What the picture of a frame is encoded to; every seventh cannot be."""
    return b"" if seq % 7 == 6 else bytes([seq % 251]) * SIZES[seq % len(SIZES)]


class AgainstADrawer(RuleBasedStateMachine):
    """Whatever is lost, repeated and restarted, every frame's picture arrives once, in order, and is the right one."""

    def __init__(self) -> None:
        super().__init__()
        self.play = Play("a", "b", window=8)
        self.play.start()
        self.slots: dict[str, list[int]] = {"a": [], "b": []}
        self.acked = {"a": 0, "b": 0}
        self.drawers: dict[str, Drawer] = {}
        self.wire: deque[Send] = deque()
        self.back: deque[m.Message] = deque()
        self.to_encode: deque[EncodePicture] = deque()
        self.do(self.play.welcomed())
        for name in "ab":
            self.drawers[name] = Drawer(name, 0, shares=True)
            self.do(self.play.opened(name, draws=True))
            self.do(self.play.made(name))
        self.settle_down()

    def do(self, actions: list[Action]) -> None:
        """Note what the producer wants."""
        pictures = [send for send in among(actions, Send) if isinstance(send.message, m.Picture | m.Show)]
        self.wire += pictures
        self.to_encode += among(actions, EncodePicture)
        burst = sum(len(send.payload) for send in pictures if isinstance(send.payload, bytes))
        assert burst <= limits.PICTURE_AHEAD_BYTES

    @rule(stream=st.sampled_from("ab"), frames=st.integers(1, 4))
    def capture(self, stream: str, frames: int) -> None:
        """Frames are captured where slots are free."""
        for _ in range(min(frames, len(self.play.lent[stream]))):
            self.slots[stream].append(self.play.lent[stream][0] - (0 if stream == "a" else 4))
            self.do(self.play.capture(stream=stream))

    @precondition(lambda self: self.wire)
    @rule(times=st.sampled_from([0, 1, 1, 2]))
    def arrive(self, times: int) -> None:
        """The next message arrives at the collector, unless it is lost."""
        send = self.wire.popleft()
        self.back += [self.answer(send) for _ in range(times)]

    @precondition(lambda self: self.back)
    @rule(times=st.sampled_from([0, 1, 1, 2]))
    def hear(self, times: int) -> None:
        """The next answer arrives at the producer, unless it is lost."""
        message = self.back.popleft()
        for _ in range(times):
            self.do(self.play.collector(message))

    @precondition(lambda self: self.to_encode)
    @rule()
    def encode(self) -> None:
        """A picture is encoded."""
        one = self.to_encode.popleft()
        self.do(self.play.encoded(one.seq, file_of(one.seq), stream=one.stream))

    @rule()
    def settle_down(self) -> None:
        """For a while nothing goes wrong, and nothing takes any time."""
        while self.wire or self.back or self.to_encode:
            if self.wire:
                self.arrive(1)
            elif self.back:
                self.hear(1)
            else:
                self.encode()

    @rule(seconds=st.sampled_from([0.2, 1.1]))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.do(self.play.wait(seconds))

    @rule(stream=st.sampled_from("ab"), written=st.integers(0, 3))
    def acknowledge(self, stream: str, written: int) -> None:
        """Some of the frames whose pictures are there are written."""
        self.acked[stream] = min(self.acked[stream] + written, self.drawers[stream].next)
        self.do(self.play.ack(self.acked[stream], stream=stream))

    @rule(shares=st.booleans(), forgets=st.booleans())
    def return_anew(self, *, shares: bool, forgets: bool) -> None:
        """The connection is lost; maybe the collector dies with it, and forgets what was not written."""
        self.wire.clear()
        self.back.clear()
        self.play.collector(m.Bye(self.play.session, "interrupted", ""))
        self.do(self.play.tick(limits.HELLO_RETRY_S))
        for name, drawer in self.drawers.items():
            drawer.shares = shares
            if forgets:
                del drawer.taken[self.acked[name] :]
                drawer.piece = b""
        self.do(self.play.welcomed(OTHER if forgets else COLLECTOR))
        for name in self.drawers:
            self.do(self.play.opened(name, first=self.acked[name], draws=True))

    def teardown(self) -> None:
        """Once nothing is lost any more, everything arrives."""
        for _ in range(200):
            self.settle_down()
            if all(drawer.next == len(self.slots[name]) for name, drawer in self.drawers.items()):
                break
            self.wait(limits.PICTURE_RETRY_S)
        for name, drawer in self.drawers.items():
            assert drawer.next == len(self.slots[name])

    @invariant()
    def the_right_ones(self) -> None:
        """Frame by frame: its own slot, its own file, or nothing where there is none."""
        for name, drawer in self.drawers.items():
            for seq, picture in enumerate(drawer.taken, drawer.first):
                assert picture in (self.slots[name][seq], file_of(seq) or None)

    def answer(self, send: Send) -> m.Message:
        """The collector takes a message."""
        message = send.message
        assert isinstance(message, m.Picture | m.Show)
        drawer = self.drawers[message.stream]
        if isinstance(message, m.Show):
            return drawer.show(self.play.session)
        return drawer.picture(self.play.session, message, send.payload if isinstance(send.payload, bytes) else b"")


TestAgainstADrawer = AgainstADrawer.TestCase

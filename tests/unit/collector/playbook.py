"""A collector core with peers to play: each event asserts the invariants and gives back what the core asked for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

import numpy as np

from collector.actions import Action, Attach, Begin, Emit, EndStream
from collector.core import LINK, CollectorCore
from collector.records import RecoveredStream
from common.actions import Finish, Notice, Send
from common.job import InputSpec, JobDocument, OutputSpec
from common.messages import (
    Beat,
    End,
    Fate,
    Hello,
    Message,
    Open,
    Picture,
    ResultItem,
    Results,
    ShmOfferFields,
    Show,
    Welcome,
)
from common.picture import picture_bytes
from common.rows import Ending, Status, StreamHeader

A = TypeVar("A")

JOB = JobDocument(
    engine="scripted",
    model="scripted",
    files=(),
    input=InputSpec("image", 4, 2, "bgr", "BGR", "stretch"),
    output=OutputSpec("scripted", "boxes", 0, ("person",), 0.5),
)
HEADER = StreamHeader("clip", 1920, 1080, Fraction(1, 30), Fraction(30), 100, "clip.mp4", "scene")
WINDOW = 8
TIMEOUT_S = 30.0
OFFER: ShmOfferFields = (1, 3, 4096, 4, picture_bytes(1920, 1080))
TOKEN = b"t" * 16


class Peer:
    """One process at one connection, admitted in `session`."""

    def __init__(self, play: Play, role: str, name: str, instance: bytes) -> None:
        self.play = play
        self.role = role
        self.name = name
        self.instance = instance
        self.address = b""
        self.session = 0
        self.join()

    def join(self) -> list[Action]:
        """Say hello over a new connection."""
        self.address = b"peer%d" % next(self.play.numbers)
        producer = self.role == "producer"
        job, payload = (JOB.digest, JOB.canonical) if producer else (b"", None)
        hello = Hello(1, self.role, self.name, self.instance, job, (("device", "CPU"),))
        actions = self.play.receive(self.address, hello, payload)
        self.session = next(m.session for m in self.play.to(self, actions) if isinstance(m, Welcome))
        return actions

    def say(self, message: Message, payload: bytes | None = None) -> list[Action]:
        """Send a message in the session."""
        return self.play.receive(self.address, message._replace(session=self.session), payload)  # type: ignore[call-arg]

    def open(
        self, stream: str = "clip", *, epoch: int = 0, settled: int = 0, resume: bool = False, width: int = 1920
    ) -> list[Action]:
        """Wish to open a stream."""
        wish = Open(
            0, stream, epoch, settled, resume, WINDOW, width, 1080, (1, 30), (30, 1), 100, "clip.mp4", "scene", 0
        )
        return self.say(wish)

    def results(self, *seqs: int, stream: str = "clip", epoch: int = 1, job: bytes = JOB.digest) -> list[Action]:
        """Deliver results with one detection each."""
        items = tuple(ResultItem(stream, epoch, seq, 1, seq * 10, 1, 2000, 5000) for seq in seqs)
        payload = np.array([[seq, 0, 1, 1, 0.5, 0] for seq in seqs], np.float32).tobytes()
        return self.say(Results(0, job, items), payload)

    def fate(self, *seqs: int, epoch: int = 1, status: str = "dropped", reason: str = "late") -> list[Action]:
        """Tell that frames will have no result."""
        return self.say(Fate(0, "clip", epoch, status, reason, tuple((seq, seq * 10) for seq in seqs)))

    def end(
        self, captured: int, ending: str = "complete", reason: str = "", *, epoch: int = 1, stream: str = "clip"
    ) -> list[Action]:
        """Tell how the stream ends."""
        return self.say(End(0, stream, epoch, captured, ending, reason))

    def show(self, offer: ShmOfferFields | None = None, *, epoch: int = 1) -> list[Action]:
        """Tell where the pictures are."""
        return self.say(Show(0, "clip", epoch, offer))

    def picture(self, *seqs: int, slot: int = -1, epoch: int = 1) -> list[Action]:
        """Point to pictures in the segment; without a slot, say that nobody has them."""
        said = (self.say(Picture(0, "clip", epoch, seq, 1920, 1080, slot, 0, 0)) for seq in seqs)
        return [action for actions in said for action in actions]

    def piece(self, seq: int, data: bytes, start: int = 0, end: int | None = None, *, epoch: int = 1) -> list[Action]:
        """Send a piece of a picture, or the whole of it."""
        return self.say(Picture(0, "clip", epoch, seq, 1280, 720, -1, start, len(data)), data[start:end])


def jpeg(width: int = 1920, height: int = 1080, *, nbytes: int = 40) -> bytes:
    """A file whose head is that of a JPEG of this size, and nothing else of it."""
    sides = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return (b"\xff\xd8\xff\xc0\x00\x11\x08" + sides + b"\x03" + bytes(9)).ljust(nbytes, b"\0")


class Play:
    """A core at a time of ours."""

    def __init__(
        self,
        *,
        recovered: Sequence[RecoveredStream] = (),
        over: bool = False,
        durable: bool = True,
        timeout_s: float | None = TIMEOUT_S,
        stay: bool = False,
        draws: bool = False,
        single: bool = False,
    ) -> None:
        self.numbers = itertools.count(1)
        self.now = 100.0
        self.core = CollectorCore(
            instance=b"c" * 16,
            new_id=lambda: next(self.numbers),
            recovered={stream.header.name: stream for stream in recovered},
            over=over,
            durable=durable,
            timeout_s=timeout_s,
            stay=stay,
            draws=draws,
            single=single,
        )
        self.started = self.checked(self.core.start(self.now))

    def checked(self, actions: list[Action]) -> list[Action]:
        """Assert the invariants after a call, and after the end of its turn."""
        self.core.check()
        while more := self.core.flush(self.now):
            actions = [*actions, *more]
        self.core.check()
        return actions

    def producer(self, name: str = "p", instance: bytes = b"p" * 16) -> Peer:
        """Admit a producer."""
        return Peer(self, "producer", name, instance)

    def worker(self, name: str = "w") -> Peer:
        """Admit a worker."""
        return Peer(self, "worker", name, name.encode().ljust(16, b"w"))

    def receive(self, address: bytes, message: Message, payload: bytes | None = None) -> list[Action]:
        """Let a message arrive."""
        view = None if payload is None else memoryview(payload)
        return self.checked(self.core.receive(LINK, address, message, view, self.now))

    def written(self, stream: str, upto: int) -> list[Action]:
        """Let the outputs report."""
        return self.checked(self.core.written({stream: upto}, self.now))

    def ended(self, stream: str = "clip") -> list[Action]:
        """Let the outputs report an ending."""
        return self.checked(self.core.ended(stream, self.now))

    def attached(self, attach: Attach, token: bytes = TOKEN) -> list[Action]:
        """Let the edge report which token a segment holds."""
        return self.checked(self.core.attached(attach, token, self.now))

    def interrupt(self) -> list[Action]:
        """Press Ctrl-C."""
        return self.checked(self.core.interrupt(self.now))

    def wait(self, seconds: float, *alive: Peer) -> list[Action]:
        """Let time pass, calling `tick` at each deadline; `alive` give signs of life all the while."""
        actions: list[Action] = []
        until = self.now + seconds
        while (due := max(self.now, self.core.deadline())) <= until:
            self.now = due
            for peer in alive:
                self.core.receive(LINK, peer.address, Beat(peer.session), None, self.now)
            actions += self.checked(self.core.tick(self.now))
            assert self.core.deadline() > due, "a tick leaves nothing due"
        self.now = until
        return actions

    def to(self, peer: Peer, actions: Sequence[Action]) -> list[Message]:
        """What was sent to a peer."""
        return [a.message for a in actions if isinstance(a, Send) and a.peer == peer.address]

    def open_stream(self, producer: Peer, stream: str = "clip") -> None:
        """Open a stream and let the outputs begin it."""
        begin = only(Begin, producer.open(stream))
        self.written(stream, begin.start)

    def counted(self) -> Mapping[str, int]:
        """What was turned away so far."""
        return self.core.facts(self.now).refused


def only(kind: type[A], actions: Sequence[object]) -> A:
    """The one action of a kind."""
    found = [action for action in actions if isinstance(action, kind)]
    assert len(found) == 1, actions
    return found[0]


def sent(actions: Sequence[Action]) -> list[Message]:
    """What was sent to anybody."""
    return [action.message for action in actions if isinstance(action, Send)]


def emitted(actions: Sequence[Action]) -> list[int]:
    """Frames that were emitted."""
    return [row.seq for action in actions if isinstance(action, Emit) for row in action.rows]


def told(actions: Sequence[Action]) -> list[str]:
    """What people are told."""
    return [action.text for action in actions if isinstance(action, Notice)]


def silent(actions: Sequence[Action]) -> bool:
    """Whether nothing is asked of outputs or process."""
    return not any(isinstance(action, Begin | Emit | EndStream | Finish) for action in actions)


def recovered(
    *,
    epoch: int = 1,
    next_frame: int = 5,
    job: str = JOB.digest.hex(),
    ending: Ending | None = None,
    reason: str = "",
) -> RecoveredStream:
    """The stream `clip` as an earlier collector left it."""
    return RecoveredStream(
        header=HEADER,
        epoch=epoch,
        job_digest=job,
        ending=ending,
        captured=0 if ending is None else next_frame,
        reason=reason,
        next=next_frame,
        counts={(Status.OK, ""): next_frame} if next_frame else {},
    )

"""A producer's core driven event by event, with its invariants asserted after each: message in, actions out."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar

from common import limits
from common import messages as m
from common.actions import Finish, Notice, Send
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec
from common.rows import Ending, StreamHeader
from common.transport import SERVER, Outcome
from producer import fleet, upstream
from producer.actions import Lend
from producer.core import ProducerCore
from producer.policy import LOSSLESS, Policy
from producer.settings import ProducerSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from producer.actions import Action

INSTANCE: Final = b"producer instanc"
COLLECTOR: Final = b"collector instan"
COLLECTOR_SESSION: Final = 7000
TOKEN: Final = b"token of segment"
PICTURES: Final = (1, 9, 3, 4, 5)
PICTURES_TOKEN: Final = b"token of picture"
SHA256: Final = bytes(range(32))
MODEL_BYTES: Final = 1000
STEP_S: Final = limits.HEARTBEAT_S / 2

_M = TypeVar("_M", bound=m.Message)
_A = TypeVar("_A")


def header(name: str) -> StreamHeader:
    """A stream of 640x480 pixels and 25 frames a second."""
    return StreamHeader(name, 640, 480, Fraction(1, 1000), Fraction(25), 100, f"{name}.mp4")


def job() -> JobDocument:
    """A job with a model of one file."""
    return JobDocument(
        engine="scripted",
        model="tiny",
        files=(ModelFile("tiny.bin", MODEL_BYTES, SHA256.hex()),),
        input=InputSpec("image", 64, 48, "bgr", "BGR", "stretch"),
        output=OutputSpec("ssd", "boxes", 0, (), 0.5),
    )


def settings_of(
    *streams: str,
    window: int = 8,
    resume: bool = False,
    timeout_s: float | None = None,
    marked: set[tuple[int, int, int]] | None = None,
    policy: Policy = LOSSLESS,
) -> ProducerSettings:
    """Settings of a producer of these streams; `marked` are the (slot, session, attempt) that workers have marked."""
    marks = marked if marked is not None else set()
    return ProducerSettings(
        name="cam",
        job=job(),
        collector="tcp://host:1",
        streams=tuple(header(name) for name in streams),
        window=window,
        token=TOKEN,
        shm=(1, 2, 3, 4, 5),
        marks=lambda slot, session, attempt: (slot, session, attempt) in marks,
        resume=resume,
        timeout_s=timeout_s,
        policies=dict.fromkeys(streams, policy),
    )


def worker_hello(name: str = "w", instance: int = 1, job_digest: bytes = b"", role: str = "worker") -> m.Hello:
    """What a worker of this name and process says."""
    return m.Hello(m.PROTOCOL, role, name, bytes([instance]) * 16, job_digest, ())


def sent(actions: Iterable[Action], kind: type[_M]) -> list[_M]:
    """The messages of a kind among actions."""
    return [action.message for action in actions if isinstance(action, Send) and isinstance(action.message, kind)]


def given(actions: Iterable[Action], session: int | None = None) -> list[m.WorkItem]:
    """The frames that go to workers, or to the one of a session."""
    return [item for work in sent(actions, m.Work) if session in {None, work.session} for item in work.items]


def among(actions: Iterable[Action], kind: type[_A]) -> list[_A]:
    """The actions of a kind."""
    return [action for action in actions if isinstance(action, kind)]


def notices(actions: Iterable[Action]) -> list[str]:
    """What people are told."""
    return [action.text for action in actions if isinstance(action, Notice)]


def ref(work: m.WorkItem) -> m.WorkRef:
    """How a worker refers to what it was given."""
    return work.stream, work.epoch, work.seq, work.attempt


class Play:
    """One producer, its collector and any number of workers, on a clock that only this class moves."""

    def __init__(
        self,
        *streams: str,
        window: int = 8,
        resume: bool = False,
        timeout_s: float | None = None,
        policy: Policy = LOSSLESS,
    ) -> None:
        self.now = 100.0
        self.marked: set[tuple[int, int, int]] = set()
        settings = settings_of(
            *(streams or ("a",)), window=window, resume=resume, timeout_s=timeout_s, marked=self.marked, policy=policy
        )
        self.core = ProducerCore(settings, INSTANCE, itertools.count(1).__next__)
        self.lent: dict[str, list[int]] = {name: [] for name in self.core.upstream.streams}
        self.drawn: set[str] = set()
        self.workers: dict[bytes, int] = {}
        self.session = 0
        self.finished: Finish | None = None

    def start(self) -> list[Action]:
        """Begin."""
        return self._note(self.core.start(self.now))

    def tick(self, after_s: float = 0.0) -> list[Action]:
        """Let time pass in one step."""
        self.now += after_s
        return self._note(self.core.tick(self.now))

    def wait(self, seconds: float, silent: Sequence[bytes] = ()) -> list[Action]:
        """Let time pass in small steps, in which everybody but the silent gives signs of life."""
        actions: list[Action] = []
        end = self.now + seconds
        while self.now < end:
            self.now = min(end, self.now + STEP_S)
            if self.session and SERVER not in silent:
                actions += self.collector(m.Beat(self.session))
            for peer, session in self.workers.items():
                if peer not in silent:
                    actions += self.worker(peer, m.Beat(session))
            actions += self.tick()
        return actions

    def interrupt(self) -> list[Action]:
        """A signal."""
        return self._note(self.core.interrupt(self.now))

    def collector(self, message: m.Message) -> list[Action]:
        """The collector says something."""
        return self._note(self.core.receive(upstream.LINK, SERVER, message, None, self.now))

    def worker(self, peer: bytes, message: m.Message) -> list[Action]:
        """A worker says something."""
        return self._note(self.core.receive(fleet.LINK, peer, message, None, self.now))

    def unsendable(self, send: Send, outcome: Outcome = Outcome.GONE) -> list[Action]:
        """A message could not be sent."""
        return self._note(self.core.send_failed(send, outcome, self.now))

    def welcomed(self, instance: bytes = COLLECTOR) -> list[Action]:
        """The collector admits the producer in a new session."""
        self.session = max(self.session, COLLECTOR_SESSION) + 1
        return self.collector(m.Welcome(self.session, instance, b"", "", None, 0))

    def opened(self, stream: str = "a", epoch: int = 1, first: int = 0, *, draws: bool = False) -> list[Action]:
        """The collector opens a stream."""
        return self.collector(m.Opened(self.session, stream, epoch, first, draws))

    def made(self, stream: str = "a") -> list[Action]:
        """The edge has memory for a stream's pictures, and frames are captured with theirs from now on."""
        self.drawn.add(stream)
        return self._note(self.core.pictures_made(stream, PICTURES, PICTURES_TOKEN, self.now))

    def shown(self, upto: int = 0, *, stream: str = "a", token: bytes = PICTURES_TOKEN) -> list[Action]:
        """The collector says whether it shares the pictures' memory, and where it goes on."""
        return self.collector(m.Shown(self.session, stream, 1, token, upto))

    def seen(self, upto: int, offset: int = 0, *, stream: str = "a") -> list[Action]:
        """The collector says which pictures it has."""
        return self.collector(m.Seen(self.session, stream, 1, upto, offset))

    def encoded(self, seq: int, data: bytes = b"jpeg", error: str = "", *, stream: str = "a") -> list[Action]:
        """The edge has encoded a picture, or could not."""
        return self._note(self.core.picture_encoded(stream, seq, data, error, self.now))

    def ack(
        self,
        upto: int,
        *have: tuple[int, int],
        stream: str = "a",
        epoch: int = 1,
        ended: bool = False,
    ) -> list[Action]:
        """The collector acknowledges."""
        return self.collector(m.Ack(self.session, (m.Acked(stream, epoch, upto, have, ended),)))

    def join(self, peer: bytes = b"w", capacity: int = 4, *, instance: int = 0, shm: bool = False) -> list[Action]:
        """A worker named after its connection joins and asks for frames."""
        actions = self.worker(peer, worker_hello(peer.decode(), instance or peer[0]))
        self.workers[peer] = sent(actions, m.Welcome)[0].session
        return self.credit(peer, capacity, shm=shm)

    def credit(
        self,
        peer: bytes = b"w",
        capacity: int = 4,
        held: int = 0,
        state: str = "ready",
        *,
        shm: bool = False,
    ) -> list[Action]:
        """A worker states its credit."""
        return self.worker(peer, m.Credit(self.workers[peer], state, capacity, held, TOKEN if shm else b""))

    def done(self, *refs: m.WorkRef, peer: bytes = b"w", outcome: str = "sent") -> list[Action]:
        """A worker answers attempts."""
        return self.worker(peer, m.Done(self.workers[peer], outcome, refs))

    def fault(self, work_ref: m.WorkRef, peer: bytes = b"w") -> list[Action]:
        """A worker's engine fails on an attempt."""
        return self.worker(peer, m.Fault(self.workers[peer], work_ref, "it broke"))

    def started(self, *refs: m.WorkRef, peer: bytes = b"w") -> list[Action]:
        """A worker begins attempts whose pixels came inline."""
        return self.worker(peer, m.Start(self.workers[peer], refs))

    def lost(self, *peers: bytes) -> list[Action]:
        """Workers say nothing until they count as lost."""
        actions = self.wait(limits.LOST_AFTER_S, silent=peers)
        for peer in peers:
            del self.workers[peer]
        return actions

    def capture(self, frames: int = 1, stream: str = "a", size: tuple[int, int] = (640, 480)) -> list[Action]:
        """The decoder fills so many lent slots, and the pictures beside them where there are any."""
        picture_s = 0.003 if stream in self.drawn else None
        actions: list[Action] = []
        for _ in range(frames):
            slot = self.lent[stream].pop(0)
            pts = 40 * self.core.upstream.streams[stream].captured
            captured = self.core.captured(stream, slot, pts, size, (0.001, 0.002), self.now, picture_s=picture_s)
            actions += self._note(captured)
        return actions

    def capture_broken(self, stream: str = "a") -> list[Action]:
        """The decoder finds no pixels for a frame, and gives the slot back."""
        slot, pts = self.lent[stream].pop(0), 40 * self.core.upstream.streams[stream].captured
        return self._note(self.core.captured_broken(stream, slot, pts, (640, 480), "it is torn", self.now))

    def source_ended(self, stream: str = "a", ending: Ending = Ending.COMPLETE, reason: str = "") -> list[Action]:
        """The decoder is through."""
        return self._note(self.core.source_ended(stream, ending, reason, self.now))

    def model_read(self, session: int, offset: int, data: bytes | None) -> list[Action]:
        """The edge has read a piece of the model, or could not."""
        return self._note(self.core.model_read(session, SHA256, offset, data, self.now))

    def _note(self, actions: list[Action]) -> list[Action]:
        """Take what the core answers, and what follows from it at the end of the turn."""
        self.core.check()
        if not among(actions, Finish):
            while more := self.core.flush(self.now):
                actions = [*actions, *more]
                self.core.check()
        assert self.finished is None or not actions, "the core acts after its end"
        for lend in among(actions, Lend):
            self.lent[lend.stream].extend(lend.slots)
        for finish in among(actions, Finish):
            assert actions[-1] is finish, "Finish is the last action"
            self.finished = finish
        return actions


def opened(*streams: str, window: int = 8, timeout_s: float | None = None, policy: Policy = LOSSLESS) -> Play:
    """A producer whose streams (by default `a`) are open; nobody works yet."""
    play = Play(*streams, window=window, timeout_s=timeout_s, policy=policy)
    play.start()
    play.welcomed()
    for name in play.core.upstream.streams:
        play.opened(name)
    return play


def drawn(*streams: str, window: int = 8, inline: bool = False, policy: Policy = LOSSLESS) -> Play:
    """A producer whose streams (by default `a`) are drawn, from shared memory or from what is sent."""
    play = Play(*streams, window=window, policy=policy)
    play.start()
    play.welcomed()
    for name in play.core.upstream.streams:
        play.opened(name, draws=True)
        play.made(name)
        play.shown(stream=name, token=b"" if inline else PICTURES_TOKEN)
    return play


def working(frames: int = 4, *, capacity: int = 4, shm: bool = False) -> tuple[Play, list[m.WorkItem]]:
    """A producer of stream `a` with one worker that has been given frames, and what it was given."""
    play = opened()
    play.join(capacity=capacity, shm=shm)
    return play, given(play.capture(frames))

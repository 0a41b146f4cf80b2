"""A worker's core on a bench: each call is checked, and what it returned is kept by kind."""

from __future__ import annotations

import hashlib
from typing import Any, Final, TypeVar

from common.actions import Finish, Notice, Send
from common.core import Core
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec
from common.messages import Bye, Credit, Message, ShmOfferFields, Welcome, Work, WorkItem
from common.transport import SERVER
from worker.actions import Action
from worker.core import WorkerCore
from worker.results import Completed

T = TypeVar("T")

PRODUCER: Final = "producer:0"
OTHER: Final = "producer:1"
COLLECTOR: Final = "collector:tcp://127.0.0.1:5556"
COLLECTOR_ADDRESS: Final = "tcp://127.0.0.1:5556"
SESSION: Final = 7
COLLECTOR_SESSION: Final = 9
TOKEN: Final = b"t" * 16
MODEL: Final = b"a model's bytes"
ROW: Final = b"\0" * 24


def job(*, threshold: float = 0.5, files: tuple[ModelFile, ...] = ()) -> JobDocument:
    """Return a job of 8 x 16 pixels."""
    spec = InputSpec("pixels", 8, 16, "bgr", "BGR", "stretch")
    return JobDocument("scripted", "m", files, spec, OutputSpec("scripted", "", 0, (), threshold))


JOB: Final = job()
FILE: Final = ModelFile("m.xml", len(MODEL), hashlib.sha256(MODEL).hexdigest())
JOB_WITH_FILE: Final = job(files=(FILE,))
SHA: Final = bytes.fromhex(FILE.sha256)
PIXELS: Final = memoryview(bytes(JOB.input.nbytes))


def offer(slot_bytes: int = JOB.input.nbytes) -> ShmOfferFields:
    """Return an offer of 16 slots."""
    return (1, 3, 4096, 16, slot_bytes)


class Bench:
    """Drives one core. Every call moves the clock to `now`, checks the invariants, and returns the actions."""

    def __init__(self, producers: int = 1, **options: Any) -> None:  # noqa: ANN401 - of WorkerCore
        addresses = [f"tcp://127.0.0.1:{7000 + index}" for index in range(producers)]
        self.core = WorkerCore(name="w1", instance=b"i" * 16, producers=addresses, facts={"device": "CPU"}, **options)
        self.as_core: Core[Action] = self.core
        self.now = 100.0
        self.start = self._checked(self.core.start(self.now))

    def after(self, seconds: float) -> list[Action]:
        """Let time pass, the core being called whenever it wants."""
        end = self.now + seconds
        actions: list[Action] = []
        while self.core.deadline() <= end:
            self.now = max(self.now, self.core.deadline())
            actions += self.told()
        self.now = end
        return actions

    def told(self) -> list[Action]:
        """End the turn: take what is due at once, and receipts of what was handed over."""
        due = self._checked(self.core.tick(self.now)) if self.core.deadline() <= self.now else []
        return due + self._checked(self.core.flush(self.now))

    def hear(self, message: Message, payload: bytes | memoryview | None = None, link: str = PRODUCER) -> list[Action]:
        """Have a message arrive."""
        view = None if payload is None else memoryview(payload)
        return self._checked(self.core.receive(link, SERVER, message, view, self.now))

    def welcome(
        self,
        document: JobDocument = JOB,
        *,
        link: str = PRODUCER,
        session: int = SESSION,
        shm: ShmOfferFields | None = None,
        collector: str = COLLECTOR_ADDRESS,
        patience_ms: int = 0,
    ) -> list[Action]:
        """Have a producer admit the worker."""
        message = Welcome(session, b"p" * 16, document.digest, collector, shm, patience_ms)
        return self.hear(message, document.canonical, link)

    def collector(self, session: int = COLLECTOR_SESSION) -> list[Action]:
        """Have the collector admit the worker."""
        return self.hear(Welcome(session, b"c" * 16, b"", "", None, 0), link=COLLECTOR)

    def prepared(self, *missing: tuple[bytes, int], document: JobDocument = JOB) -> list[Action]:
        """Have the edge say what is missing."""
        return self._checked(self.core.prepared(document.digest, missing, self.now))

    def loaded(self, requests: int = 2, document: JobDocument = JOB, depth: int = 0) -> list[Action]:
        """Have the edge say that the engine is there."""
        return self._checked(self.core.loaded(document.digest, requests, max(depth, requests), self.now))

    def stored(self, *, ok: bool) -> list[Action]:
        """Have the edge say whether the model's file is right."""
        return self._checked(self.core.stored(JOB_WITH_FILE.digest, SHA, self.now, ok=ok))

    def attached(self, token: bytes = TOKEN, session: int = SESSION) -> list[Action]:
        """Have the edge say what it read from the segment."""
        return self._checked(self.core.attached(PRODUCER, session, token, self.now))

    def completed(self, *tokens: int, error: str = "", found: int = 1) -> list[Action]:
        """Have the engine complete frames."""
        rows = b"" if error else ROW * found
        return self._checked(
            self.core.completed([Completed(token, rows, found, error, 500) for token in tokens], self.now)
        )

    def interrupt(self) -> list[Action]:
        """Have the user end it."""
        return self._checked(self.core.interrupt(self.now))

    def ready(self, requests: int = 2, *, shm: bool = False) -> list[Action]:
        """Go all the way to a worker that takes frames; returns the last step's actions."""
        self.welcome(shm=offer() if shm else None)
        if shm:
            self.attached()
        self.prepared()
        self.loaded(requests)
        return self.collector()

    def work(
        self,
        seq: int,
        *,
        slot: int = -1,
        attempt: int = 0,
        session: int = SESSION,
        link: str = PRODUCER,
        alone: bool = False,
    ) -> list[Action]:
        """Have a frame arrive, inline unless it names a slot."""
        message = Work(session, (WorkItem("s", 1, seq, attempt, seq * 10, 1920, 1080, slot, 0, alone),))
        return self.hear(message, PIXELS if slot < 0 else None, link)

    def _checked(self, actions: list[Action]) -> list[Action]:
        self.core.check()
        return actions


def of(kind: type[T], actions: list[Action]) -> list[T]:
    """Return the actions of one kind, or the messages sent of one kind."""
    values: list[object] = [action.message if isinstance(action, Send) else action for action in actions]
    return [value for value in values if isinstance(value, kind)]


def capacities(actions: list[Action], link: str = PRODUCER) -> list[int]:
    """Return the capacities announced on a link."""
    sends = [action for action in actions if isinstance(action, Send) and action.link == link]
    return [send.message.capacity for send in sends if isinstance(send.message, Credit)]


def finish(actions: list[Action]) -> Finish | None:
    """Return how the core finished."""
    return next(iter(of(Finish, actions)), None)


def byes(actions: list[Action]) -> list[tuple[str, str]]:
    """Return whom goodbye was said, and how."""
    sends = [action for action in actions if isinstance(action, Send)]
    return [(send.link, send.message.code) for send in sends if isinstance(send.message, Bye)]


def notices(actions: list[Action]) -> list[str]:
    """Return what a person was told."""
    return [notice.text for notice in of(Notice, actions)]

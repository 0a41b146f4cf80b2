"""The thread on which a worker does what takes long: reading and checking models, compiling them, freeing devices.

Tasks are done one after the other, in the order they were given; what comes of each is left in the mailbox. An engine
is loaded when it has shown that it can infer, so a device that is not there any more takes no frame.
What this file does not know: sessions, frames, sockets.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from common.errors import DeviceError, VinofleetError
from common.job import JobDocument
from common.mailbox import Mailbox
from common.time_slice import lengthen_time_slice
from worker.actions import Store
from worker.engine import Completion, Engine, EngineOptions, make_engine, neutral_picture
from worker.model_store import ModelStore
from worker.unpacking import Unpacked

PROOF_S: Final = 60.0
"""The longest that an engine may take for its first inference; a GPU builds its kernels in it."""

_PROOF: Final = 0
"""The token of it; the core's are others."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Which of a job's files (SHA-256, bytes) are to be fetched."""

    digest: bytes
    missing: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """Whether a fetched file is right."""

    digest: bytes
    sha256: bytes
    ok: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """A job's engine is there."""

    digest: bytes
    engine: Engine


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no engine for a job."""

    digest: bytes
    error: VinofleetError


@dataclass(frozen=True, slots=True)
class Broken:
    """The loader met a defect; it is to be raised where the process ends by it."""

    error: Exception


Event: TypeAlias = Prepared | Stored | Loaded | Failed | Broken | Completion | Unpacked


class Loader:
    """Has the thread, the store and the engines.

    Args:
        store: where models are kept; used by the thread alone.
        options: how engines run here.
        mailbox: gets the events, and the engines' completions.
    """

    def __init__(self, store: ModelStore, options: EngineOptions, mailbox: Mailbox[Event]) -> None:
        self._store: Final = store
        self._options: Final = options
        self._mailbox: Final = mailbox
        self._engines: dict[bytes, Engine] = {}
        self._tasks: queue.SimpleQueue[Callable[[], Event | None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="worker-loader", daemon=True)
        self._thread.start()

    def prepare(self, digest: bytes, job: JobDocument) -> None:
        """Find out what is missing: `Prepared` or `Failed`."""
        self._give(digest, lambda: Prepared(digest, self._store.missing(job)))

    def store(self, piece: Store) -> None:
        """Keep a piece: `Stored` or `Failed` after the last one."""
        self._give(piece.digest, lambda: self._keep(piece))

    def load(self, digest: bytes, job: JobDocument) -> None:
        """Make the engine: `Loaded` or `Failed`."""
        self._give(digest, lambda: self._load(digest, job))

    def unload(self, digest: bytes) -> None:
        """Free the engine of a job, and what was coming for it."""
        self._give(digest, lambda: self._unload(digest))

    def close(self, timeout_s: float) -> bool:
        """Free everything and end the thread.

        Returns:
            Whether that was done in time. If not, something hangs (an inference, or a compilation that takes long), and
            the process can only be left with `os._exit`.
        """
        self._tasks.put(self._close_all)
        self._tasks.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _give(self, digest: bytes, work: Callable[[], Event | None]) -> None:
        self._tasks.put(lambda: _guarded(digest, work))

    def _serve(self) -> None:
        lengthen_time_slice()  # also for the threads of the devices, which begin here
        while (task := self._tasks.get()) is not None:
            event = task()
            if event is not None:
                self._mailbox.put(event)

    def _keep(self, piece: Store) -> Stored | None:
        ok = self._store.add(piece.digest, piece.sha256, piece.offset, piece.size, piece.data)
        return None if ok is None else Stored(piece.digest, piece.sha256, ok)

    def _load(self, digest: bytes, job: JobDocument) -> Loaded:
        proof: queue.SimpleQueue[Completion] = queue.SimpleQueue()
        engine = make_engine(job, self._store.folder(job), self._options, partial(self._completed, proof))
        self._engines[digest] = engine  # to be closed with the others, whatever it does
        engine.submit(_PROOF, neutral_picture(job.input), (job.input.width, job.input.height))
        error = _proven(proof)
        if error:
            what = f"device {engine.info.device} fails at the first inference ({error})"
            raise DeviceError(what, "see that it is there, or use another --device")
        return Loaded(digest, engine)

    def _completed(self, proof: queue.SimpleQueue[Completion], completions: Sequence[Completion]) -> None:
        """Pass on what an engine completes; from any thread. One that proves itself too late proves no other."""
        for completion in completions:
            if completion.token == _PROOF:
                proof.put(completion)
            else:
                self._mailbox.put(completion)

    def _unload(self, digest: bytes) -> None:
        self._store.discard(digest)
        engine = self._engines.pop(digest, None)
        if engine is not None:
            engine.close()

    def _close_all(self) -> None:
        with ExitStack() as stack:  # each is closed, whatever the others do
            stack.callback(self._store.close)
            for engine in self._engines.values():
                stack.callback(engine.close)
        self._engines.clear()


def _proven(proof: queue.SimpleQueue[Completion]) -> str:
    """Wait for the proof, and say what is wrong with it; empty where nothing is."""
    try:
        return proof.get(timeout=PROOF_S).error
    except queue.Empty:
        return f"it took more than {PROOF_S:g} s"


def _guarded(digest: bytes, work: Callable[[], Event | None]) -> Event | None:
    try:
        return work()
    except VinofleetError as error:
        return Failed(digest, error)
    except Exception as error:  # noqa: BLE001 - the loop raises it, whatever it is
        return Broken(error)

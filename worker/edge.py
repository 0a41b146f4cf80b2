"""What the worker does in the world: memory that is mapped, frames that enter an engine, a loader that is told.

It decides nothing; see `common.runner.Edge`. Everything here returns at once, except that a collector's host name is
looked up where its link is opened.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Container, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from common import limits
from common.actions import Notice
from common.errors import DeviceError, NetworkError
from common.job import InputSpec
from common.messages import JPEG
from common.shm import Attachment, ShmOffer, attach
from worker.actions import Action, Attach, Connect, Detach, Load, Prepare, Regulate, Store, Submit, Try, Unload
from worker.core import WorkerCore
from worker.engine import Completion, Engine, EngineInfo, neutral_picture
from worker.loader import Broken, Event, Failed, Loaded, Loader, Prepared, Stored
from worker.pace import AT_ONCE, Pace
from worker.results import Completed
from worker.unpacking import Unpacked, Unpacker

if TYPE_CHECKING:
    from numpy.typing import NDArray


class WorkerEdge:
    """See `common.runner.Edge`.

    Args:
        core: told what came of its actions.
        loader: does what takes long; closed here.
        unpacker: decodes frames that came as JPEG files; closed here.
        open_link: opens the link of a name to an address, or raises NetworkError.
        addresses: of the producers, by link, for people.
        transport: `auto`, `shm` or `inline`.
        crash_on: numbers of frames that kill this process when they are started, for a rehearsal.

    Attributes:
        hangs: after `close`, whether something under way could not be ended, so that only `os._exit` ends the process.
    """

    def __init__(
        self,
        core: WorkerCore,
        loader: Loader,
        unpacker: Unpacker,
        open_link: Callable[[str, str], None],
        addresses: Mapping[str, str],
        transport: str,
        crash_on: Container[int] = (),
    ) -> None:
        self._core: Final = core
        self._loader: Final = loader
        self._unpacker: Final = unpacker
        self._open_link: Final = open_link
        self._addresses: Final = addresses
        self._transport: Final = transport
        self._crash_on: Final = crash_on
        self._engines: dict[bytes, Engine] = {}
        self._inputs: dict[bytes, InputSpec] = {}
        self._attachments: dict[str, Attachment] = {}
        self._pace = AT_ONCE
        self.hangs = False

    def perform(self, action: Action, now: float) -> list[Action]:
        """Do what the core asks for.

        Raises:
            NetworkError: frames cannot be shared, and the user will have nothing else.
        """
        match action:
            case Submit():
                return self._submit(action, now)
            case Try(token, digest):
                spec = self._inputs[digest]
                return self._start(digest, token, neutral_picture(spec), (spec.width, spec.height), now)
            case Store() | Prepare() | Load() | Unload():
                self._entrust(action)
            case Attach():
                return self._attach(action, now)
            case Detach(link):
                self._attachments.pop(link, None)
            case Connect():
                return self._connect(action, now)
            case Regulate(pace):
                self._regulate(pace)
            case _:
                raise TypeError(f"{action} is the runner's")
        return []

    def handle(self, items: list[Event], now: float) -> list[Action]:
        """Tell the core what the loader and the engines have to say; completions together."""
        completions = [_completed(item) for item in items if isinstance(item, Completion)]
        actions = self._core.completed(completions, now) if completions else []
        for item in items:
            if not isinstance(item, Completion):
                actions += self._tell(item, now)
        return actions

    def close(self) -> None:
        """Let go of all memory and end the loader with its engines."""
        self._unpacker.close()
        self._attachments.clear()
        self._engines.clear()
        self.hangs = not self._loader.close(limits.DRAIN_S)

    def _tell(self, event: Unpacked | Prepared | Stored | Loaded | Failed | Broken, now: float) -> list[Action]:
        match event:
            case Unpacked(submit, pixels):
                return self._unpacked(submit, pixels, now)
            case Prepared(digest, missing):
                return self._core.prepared(digest, missing, now)
            case Stored(digest, sha256, ok):
                return self._core.stored(digest, sha256, now, ok=ok)
            case Loaded(digest, engine):
                self._engines[digest] = engine
                engine.pace = self._pace
                return [
                    Notice("info", _ready(engine.info)),
                    *self._core.loaded(digest, engine.requests, engine.depth, now),
                ]
            case Failed(digest, error):
                return self._core.load_failed(digest, str(error), now, error.exit_code)
            case Broken(error):
                raise error

    def _submit(self, submit: Submit, now: float) -> list[Action]:
        if submit.payload is None:
            attachment = self._attachments[submit.link]
            pixels = attachment.pixels(submit.slot)[: self._inputs[submit.digest].nbytes]
            if submit.mark:
                attachment.mark(submit.slot, submit.session, submit.attempt)
        elif self._transport == "shm":
            raise self._not_shared(submit.link, "it sends frames inline")
        else:
            pixels = np.frombuffer(submit.payload, np.uint8)
        if submit.seq in self._crash_on:
            os.kill(os.getpid(), signal.SIGKILL)
        if submit.form == JPEG:
            self._unpacker.unpack(submit, self._inputs[submit.digest].shape)
            return []
        return self._start(submit.digest, submit.token, pixels, submit.frame_size, now)

    def _unpacked(self, submit: Submit, pixels: NDArray[np.uint8] | None, now: float) -> list[Action]:
        if pixels is None:
            return self._core.completed([Completed(submit.token, b"", 0, "its JPEG file is damaged", 0)], now)
        return self._start(submit.digest, submit.token, pixels, submit.frame_size, now)

    def _start(
        self, digest: bytes, token: int, pixels: NDArray[np.uint8], frame_size: tuple[int, int], now: float
    ) -> list[Action]:
        try:
            self._engines[digest].submit(token, pixels, frame_size)
        except DeviceError as error:
            return self._core.completed([Completed(token, b"", 0, str(error), 0)], now)
        return []

    def _attach(self, action: Attach, now: float) -> list[Action]:
        found = "this worker was told not to" if self._transport == "inline" else attach(ShmOffer(*action.offer))
        address = self._addresses[action.link]
        if isinstance(found, Attachment):
            self._attachments[action.link] = found
            news, token = f"shares memory with the producer at {address}", found.token
        elif self._transport == "shm":
            raise self._not_shared(action.link, found)
        else:
            news, token = f"shares no memory with the producer at {address}: {found}", b""
        return [Notice("detail", news), *self._core.attached(action.link, action.session, token, now)]

    def _entrust(self, action: Store | Prepare | Load | Unload) -> None:
        """Leave to the loader what takes long."""
        match action:
            case Store():
                self._loader.store(action)
            case Prepare(digest, job):
                self._inputs[digest] = job.input
                self._loader.prepare(digest, job)
            case Load(digest, job):
                self._loader.load(digest, job)
            case Unload(digest):
                self._engines.pop(digest, None)
                self._loader.unload(digest)

    def _regulate(self, pace: Pace) -> None:
        self._pace = pace
        for engine in self._engines.values():
            engine.pace = pace

    def _connect(self, connect: Connect, now: float) -> list[Action]:
        try:
            self._open_link(connect.link, connect.address)
        except NetworkError as error:
            return self._core.unreachable(connect.link, str(error), now)
        return []

    def _not_shared(self, link: str, why: str) -> NetworkError:
        return NetworkError(f"no memory is shared with {self._addresses[link]} ({why})", "give --transport auto")


def _completed(completion: Completion) -> Completed:
    found = completion.detections
    if found is None:
        return Completed(completion.token, b"", 0, completion.error or "no result", completion.infer_us)
    return Completed(completion.token, found.tobytes(), len(found), completion.error, completion.infer_us)


def _ready(info: EngineInfo) -> str:
    streams = f", {info.streams} streams" if info.streams else ""
    return f"ready on {info.device} ({info.device_name}), {info.precision}{streams}, {info.requests} requests"

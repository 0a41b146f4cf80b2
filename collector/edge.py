"""What a collector does in the world: rows to the sink thread, originals to their store, and what comes of both.

Guarantees that a failure to write reaches the core, and that nothing here waits. What this file does not know: what is
emitted and acknowledged when (the core), and how outputs and viewers are made (`collector.app`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from collector.actions import Action, Attach, Begin, Emit, EndStream, Keep
from collector.core import CollectorCore
from collector.outputs import Outputs
from collector.picture_store import PictureStore
from collector.progress import Progress
from collector.status import FULL, SLOW
from collector.viewers import Viewers
from collector.writer import SLOW_S, SinkWriter
from common.actions import Notice
from common.errors import OutputError
from common.mailbox import Mailbox
from common.sayings import Dismissed, Saying
from common.shm import Attachment

PROGRESS_EVERY_S: Final = 0.25
"""How often is told how far the streams are; who shows it to a person has a pace of its own."""

_STUCK: Final = f"an output has not taken its rows for {SLOW_S:.0f} s: its disk or its encoder hangs"
_MOVES: Final = "the output takes rows again"


class Written(NamedTuple):
    """The sink thread has written every frame below these."""

    nexts: dict[str, int]


class Ended(NamedTuple):
    """The sink thread has put a stream's ending on record."""

    stream: str


class Failed(NamedTuple):
    """The sink thread cannot go on."""

    error: Exception


class Said(NamedTuple):
    """The sink thread has something to say."""

    notice: Notice


class Damaged(NamedTuple):
    """The sink thread could not decode a picture."""


class Closed(NamedTuple):
    """The user has closed the window."""


SinkEvent: TypeAlias = Written | Ended | Failed | Said | Damaged | Closed


class CollectorEdge:
    """Does what a collector's core asks for; see `common.runner.Edge`.

    Args:
        core: is told what was written.
        outputs: open; closed here.
        pictures: originals of frames, for outputs that draw; `Damaged` in the mailbox is about these.
        mailbox: what the sink thread reports through.
        speak: says how far the streams are.
        viewers: who watches; closed here.
        is_part: whether `run` has started this process, and ends it.
    """

    def __init__(
        self,
        core: CollectorCore,
        outputs: Outputs,
        pictures: PictureStore,
        mailbox: Mailbox[SinkEvent],
        speak: Callable[[Saying], None],
        viewers: Viewers | None = None,
        *,
        is_part: bool = False,
    ) -> None:
        self._core = core
        self._viewers = viewers
        self._is_part = is_part
        self._mailbox = mailbox
        self._speak = speak
        self._progress = Progress()
        self._progress_at = float("inf")
        self._was_slow = False
        self._stall = "ok"
        self._pictures = pictures
        self._untold: Exception | None = None
        self._writer = SinkWriter(
            outputs,
            on_written=lambda nexts: mailbox.put(Written(nexts)),
            on_ended=lambda stream: mailbox.put(Ended(stream)),
            on_error=self._on_error,
            on_notice=lambda notice: mailbox.put(Said(notice)),
        )
        self._writer.start()

    def perform(self, action: Action, now: float) -> list[Action]:
        """See `common.runner.Edge.perform`."""
        match action:
            case Begin(header, epoch, job_digest, labels, start):
                self._progress.begin(header, start)
                self._pictures.begin(header, start)
                self._progress_at = min(self._progress_at, now + PROGRESS_EVERY_S)
                self._writer.begin(header, epoch, job_digest, labels, start)
            case Emit(rows):
                self._writer.submit(rows)
            case EndStream(stream, ending, captured, reason):
                self._writer.end(stream, ending, captured, reason)
            case Attach():
                return self._attach(action, now)
            case Keep():
                self._pictures.keep(action)
            case _:
                raise TypeError(f"no action of an edge: {action}")
        return []

    def handle(self, items: list[SinkEvent], now: float) -> list[Action]:
        """See `common.runner.Edge.handle`."""
        if self._writer.is_slow(now) is not self._was_slow:
            self._was_slow = not self._was_slow
            self._speak(Notice("warning", _STUCK) if self._was_slow else Notice("info", _MOVES))
        stall = FULL if self._writer.is_full else SLOW if self._was_slow else "ok"
        if stall != self._stall:
            self._stall = stall
            self._core.stalled(stall, now)
        if now >= self._progress_at:
            self._tell_progress(now)
        return [action for item in items for action in self._tell(item, now)]

    def close(self) -> None:
        """Write and close what is left; see `common.runner.Edge.close`.

        Raises:
            OutputError: that failed, and nobody has been told.
        """
        if self._viewers is not None:
            self._viewers.close()
        self._writer.stop()
        if self._untold is not None:
            raise self._untold

    def waits(self) -> None:
        """Learn, in the sink thread, that it waits for somebody who may take all the time in the world."""
        self._writer.waits()

    def _on_error(self, error: Exception) -> None:
        self._untold = error  # in the sink thread; after the core's end nobody looks into the mailbox
        self._mailbox.put(Failed(error))

    def _attach(self, action: Attach, now: float) -> list[Action]:
        found = self._pictures.attach(action)
        if isinstance(found, Attachment):
            return self._core.attached(action, found.token, now)
        news = f"stream {action.stream}: pictures are sent, as no memory is shared with its producer ({found})"
        return [Notice("detail", news), *self._core.attached(action, b"", now)]

    def _tell_progress(self, now: float) -> None:
        self._progress_at = now + PROGRESS_EVERY_S
        for progress in self._progress.steps(now):
            self._speak(progress)

    def _dismiss(self, now: float) -> list[Action]:
        """End as by Ctrl-C: `run` asks all roles to, in their order, and this one with them."""
        self._speak(Notice("info", "the window was closed: the run ends"))
        if self._is_part:
            self._speak(Dismissed())
            return []
        return self._core.interrupt(now)

    def _tell(self, item: SinkEvent, now: float) -> list[Action]:
        match item:
            case Written(nexts):
                self._progress.written(nexts, now)
                self._pictures.written(nexts)
                return self._core.written(nexts, now)
            case Ended(stream):
                self._tell_progress(now)  # its last frames as well
                self._pictures.forget(stream)
                return self._core.ended(stream, now)
            case Said(notice):
                return [notice]
            case Closed():
                return self._dismiss(now)
            case Damaged():
                self._core.undrawable()
                return []
            case Failed(OutputError() as error):
                actions = self._core.sink_failed(str(error), now)
                if actions:
                    self._untold = None
                return actions
            case Failed(error):
                self._untold = None
                raise error

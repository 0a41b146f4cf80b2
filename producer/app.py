"""A producer process: sources, shared memory and sockets around a `ProducerCore`.

Guarantees that everything that can be wrong with the model and the sources is said before an address is bound, and
that a slot is only written when neither a frame nor a send needs it.
What this file does not know: what is sent when (the core), and how frames are decoded (the sources).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from common import limits
from common.actions import Notice, Send, Slot
from common.address import parse_address
from common.address_file import write_address
from common.errors import UsageError
from common.exits import Exit
from common.identity import identity
from common.job import JobDocument
from common.job_builder import Wish, build_job, is_scripted
from common.leaving import leaving_at_once
from common.mailbox import Mailbox
from common.model_choices import Asked
from common.notices import Notices
from common.rows import Ending
from common.runner import Runner
from common.sayings import Listening, Saying
from common.shm import Segment
from common.transport import Outcome, Receipt
from common.zmq_transport import ZmqEndpoint, ZmqTransport
from common.zoo.names import Resolved, obtain
from common.zoo.steps import Step, as_text
from producer.actions import (
    Action,
    Attend,
    EncodePicture,
    Lend,
    MakePictures,
    Pack,
    ReadModel,
    StartCapture,
    StopCapture,
)
from producer.bell import Bell
from producer.capture import Capture, CaptureBehind, Captured, CapturedBroken, CaptureEnded, CaptureEvent
from producer.core import ProducerCore
from producer.lending import Lending
from producer.model_reader import ModelPiece, ModelReader
from producer.options import ProducerOptions, patience_ms, read_labels, read_policy, stream_names, window_frames
from producer.packing import Packed, Packer
from producer.picture_memory import PictureMemory
from producer.picture_thread import PictureEncoded, PictureEvent, PicturesMade, PictureThread
from producer.policy import Policy
from producer.settings import ProducerSettings
from producer.source import Source, SourceBack, SourceLost, SourceNews, Terms
from producer.sources import may_be_live, open_source, reads_stdin

JOIN_S: Final = 1.0
"""How long decoders may take to notice that they are to stop; after that those that hang are left behind."""


EdgeEvent: TypeAlias = CaptureEvent | SourceNews | ModelPiece | PictureEvent | Packed


class ProducerEdge:
    """Does what a producer's core asks for; see `common.runner.Edge`.

    Args:
        core: is told what happened.
        captures: one a stream, by name.
        segment: the slots; closed here.
        reader: reads the model's files; closed here.
        pictures: reserves memory for originals and encodes them; closed here.
        packer: encodes frames for workers; closed here.
        attend: says whether captured frames are to wake the loop.
    """

    def __init__(
        self,
        core: ProducerCore,
        captures: Mapping[str, Capture],
        segment: Segment,
        reader: ModelReader,
        pictures: PictureThread,
        packer: Packer,
        attend: Callable[[bool], None],
    ) -> None:
        self._core = core
        self._captures = captures
        self._segment = segment
        self._reader = reader
        self._pictures = pictures
        self._packer = packer
        self._attend = attend
        self._memories: dict[str, PictureMemory] = {}
        self._lending = Lending()

    def __repr__(self) -> str:
        return f"ProducerEdge({list(self._captures.values())}, {self._lending}, {self._segment})"

    def perform(self, action: Action, now: float) -> list[Action]:
        """See `common.runner.Edge.perform`."""
        del now  # nothing here is answered at once
        match action:
            case StartCapture(stream, first):
                self._captures[stream].start(first)
            case StopCapture(stream):
                self._captures[stream].stop()
            case Lend(stream, slots):
                self._lending.lend(stream, slots)
                self._lend_ready()
            case Pack():
                self._packer.pack(action)
            case Attend(attends):
                self._attend(attends)
            case ReadModel(session, sha256, offset):
                self._reader.read(session, sha256, offset)
            case MakePictures():
                self._pictures.make(action)
            case EncodePicture(stream, seq, slot):
                self._pictures.encode(stream, seq, self._memories[stream], slot)
            case _:
                raise TypeError(f"no action of an edge: {action}")
        return []

    def handle(self, items: list[EdgeEvent], now: float) -> list[Action]:
        """See `common.runner.Edge.handle`."""
        self._lend_ready()
        return [action for item in items for action in self._tell(item, now)]

    def payload(self, slot: Slot) -> memoryview:
        """The pixels in a slot, for a message."""
        return self._segment.pixels(slot.number).data

    def on_send(self, send: Send, receipt: Receipt) -> None:
        """Remember which slot a message's payload is being read from."""
        if isinstance(send.payload, Slot) and receipt.outcome is Outcome.SENT:
            self._lending.sent(send.payload.number, receipt)

    def close(self) -> None:
        """See `common.runner.Edge.close`."""
        for capture in self._captures.values():
            capture.stop()
        self._reader.close()
        self._pictures.close()
        self._packer.close()
        end = time.monotonic() + JOIN_S
        for capture in self._captures.values():
            capture.join(max(0.0, end - time.monotonic()))
        self._segment.close()
        for memory in self._memories.values():
            memory.close()

    def _tell(self, item: EdgeEvent, now: float) -> list[Action]:
        match item:
            case Captured() | CapturedBroken():
                return self._captured(item, now)
            case Packed():
                return self._core.packed(*item, now)
            case ModelPiece():
                return self._core.model_read(*item, now)
            case CaptureBehind():
                return self._core.source_behind(item.stream, item.late_s, now)
            case _:
                return self._tell_rarely(item, now)

    def _tell_rarely(self, item: CaptureEnded | SourceNews | PictureEvent, now: float) -> list[Action]:
        match item:
            case SourceLost() | SourceBack():
                return self._core.source_news(item, now)
            case PicturesMade():
                return self._made(item.stream, item.memory, now)
            case PictureEncoded():
                return self._core.picture_encoded(*item, now)
            case CaptureEnded():
                return self._core.source_ended(item.stream, item.ending, item.reason, now)

    def _captured(self, item: Captured | CapturedBroken, now: float) -> list[Action]:
        size = (item.width, item.height)
        if isinstance(item, CapturedBroken):
            return self._core.captured_broken(item.stream, item.slot, item.pts, size, item.why, now)
        stages_s = (item.decode_s, item.prepare_s)
        return self._core.captured(
            item.stream, item.slot, item.pts, size, stages_s, now, ready_at=item.ready_at, picture_s=item.picture_s
        )

    def _made(self, stream: str, memory: PictureMemory | str, now: float) -> list[Action]:
        if isinstance(memory, str):
            return self._core.source_ended(stream, Ending.INCOMPLETE, memory, now)
        self._memories[stream] = memory
        self._captures[stream].keep_pictures(memory)
        return self._core.pictures_made(stream, memory.offer(), memory.token, now)

    def _lend_ready(self) -> None:
        for stream, slots in self._lending.ready().items():
            self._segment.clear_marks(slots)
            self._captures[stream].lend(slots)


def run_producer(options: ProducerOptions, speak: Callable[[Saying], None]) -> Exit:
    """Run a producer to its end; the caller's thread is its loop.

    Raises:
        VinofleetError: it cannot begin: a source, the model, memory, an address.
    """
    read_policy(options.policy, live=options.live or any(map(may_be_live, options.source)))
    with ExitStack() as stack:
        model = _model(options.model, speak)
        with leaving_at_once():
            job, files = _job(options, model)
            mailbox: Mailbox[EdgeEvent] = Mailbox()
            stack.callback(mailbox.close)
            sources = _open_sources(options, mailbox.put, speak, stack)
        settings = _settings(options, job, _policies(options, sources), sources)
        segment = _segment(options, settings)
        stack.callback(segment.close)
        core = ProducerCore(_shared(settings, options, segment), secrets.token_bytes(16), _new_id)
        transport = ZmqTransport(insecure=options.insecure)
        stack.callback(transport.close)
        endpoints = _endpoints(transport, options)
        if options.address_file is not None:
            write_address(options.address_file, endpoints["work"].address)
        speak(Listening(endpoints["work"].address))
        captures = {source.header.name: _capture(options, settings, source, segment, mailbox) for source in sources}
        packer = Packer(job.input, options.jpeg_quality, segment.pixels, mailbox.put)
        reader, pictures = ModelReader(files, mailbox.put), PictureThread(mailbox.put)
        edge = ProducerEdge(core, captures, segment, reader, pictures, packer, mailbox.attend)
        runner = Runner(
            core, transport, endpoints, mailbox, edge, payload=edge.payload, on_send=edge.on_send, speak=speak
        )
        stack.pop_all()  # from here on it is the runner's to close
        return runner.run().code


def _model(text: str, speak: Callable[[Saying], None]) -> Resolved | None:
    """Find the model, and fetch it if need be; None for one that is no file."""
    if is_scripted(text):
        return None

    def tell(step: Step) -> None:
        if said := as_text(step):
            speak(Notice("info", said))

    return obtain(text, tell)


def _job(options: ProducerOptions, model: Resolved | None) -> tuple[JobDocument, dict[str, Path]]:
    asked = Asked(labels=read_labels(options.labels), label_base=options.label_base, color=options.color)
    wish = Wish(threshold=options.threshold, asked=asked, precision=options.precision, pixels=options.pixels)
    return build_job(options.model, None, wish) if model is None else build_job(str(model.path), model.entry, wish)


def _open_sources(
    options: ProducerOptions,
    tell: Callable[[SourceNews], None],
    speak: Callable[[Saying], None],
    stack: ExitStack,
) -> list[Source]:
    wish, notices = options.wish, Notices()

    def note(text: str) -> None:
        for notice in notices.tell("info", text):  # once: each pass of a loop has the same to tell
            speak(notice)

    terms = Terms(
        options.open_timeout,
        options.read_timeout,
        tell,
        options.resume,
        wish.fps,
        note,
    )
    if sum(map(reads_stdin, options.source)) > 1:
        raise UsageError("- stands for stdin, which is one source", "give it once")
    sources: list[Source] = []
    for uri, name in zip(options.source, stream_names(options.source, options.stream), strict=True):
        source = open_source(uri, name, terms, wish)
        stack.callback(source.close)
        sources.append(source)
    return sources


def _capture(
    options: ProducerOptions, settings: ProducerSettings, source: Source, segment: Segment, mailbox: Mailbox[EdgeEvent]
) -> Capture:
    is_live = source.header.live
    may_wait = settings.patience_ms and not settings.policy_of(source.header.name).drops
    capture = Capture(
        source,
        settings.job.input,
        segment.pixels,
        mailbox.put,
        bell=Bell(mailbox.leave, mailbox.nudge) if may_wait else None,
        live=options.live and not is_live,
        rate=None if is_live else options.fps,
    )
    if not (settings.prefetches or is_live):
        capture.decode_late()
    return capture


def _policies(options: ProducerOptions, sources: Sequence[Source]) -> dict[str, Policy]:
    """What becomes of the frames of those sources that do not wait.

    Raises:
        UsageError: it would drop some, and all of them wait.
    """
    unpaced = [source.header.name for source in sources if source.header.live or options.live]
    return dict.fromkeys(unpaced, read_policy(options.policy, live=bool(unpaced)))


def _segment(options: ProducerOptions, settings: ProducerSettings) -> Segment:
    slots = sum(map(len, settings.slots.values()))
    segment = Segment.create(slots, settings.job.input.nbytes)
    if options.transport == "shm" and segment.offer() is None:
        raise UsageError("this system cannot share memory by descriptor", "use --transport inline")
    return segment


def _endpoints(transport: ZmqTransport, options: ProducerOptions) -> dict[str, ZmqEndpoint]:
    most = limits.INTO_PRODUCER_MAX_BYTES
    return {
        "work": transport.bind(options.bind, max_message_bytes=most, queue_messages=limits.QUEUE_MESSAGES),
        "collector": transport.connect(options.collector, max_message_bytes=most, queue_messages=limits.QUEUE_MESSAGES),
    }


def _settings(
    options: ProducerOptions, job: JobDocument, policies: Mapping[str, Policy], sources: Sequence[Source]
) -> ProducerSettings:
    return ProducerSettings(
        name=f"producer-{secrets.token_hex(6)}",
        job=job,
        collector=str(parse_address(options.advertise or options.collector)),
        streams=tuple(source.header for source in sources),
        window=_window(options, job, sources),
        prefetches=options.goal != "latency",
        resume=options.resume,
        timeout_s=options.timeout,
        identity=identity(),
        policies=policies,
        sending=options.sending(job.input.pixels),
        patience_ms=patience_ms(options.patience, urgent=bool(policies) or options.goal == "latency"),
    )


def _window(options: ProducerOptions, job: JobDocument, sources: Sequence[Source]) -> int:
    if options.window is None and options.goal == "latency":
        return len(sources)
    return window_frames(options.window, job.input.nbytes)


def _shared(settings: ProducerSettings, options: ProducerOptions, segment: Segment) -> ProducerSettings:
    """The same, with where the slots lie."""
    offer = None if options.transport == "inline" else segment.offer()
    if offer is None:
        return replace(settings, marks=segment.mark_of)
    shm = (offer.pid, offer.fd, offer.size, offer.slots, offer.slot_bytes)
    return replace(settings, token=segment.token, shm=shm, marks=segment.mark_of)


def _new_id() -> int:
    return secrets.randbelow(2**64 - 1) + 1

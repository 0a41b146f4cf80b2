"""Every message of the protocol, as plain values. The text that binds is docs/protocol.md.

Messages are named tuples: they travel as one msgpack array `[kind, field, ...]` in the order written here. What a
field may hold is checked by `common.schema`; what a message means in which state is decided by the roles' cores.
`session` is the number that the bound side gave in its welcome: a message of an earlier session is recognised by it.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

PROTOCOL: Final = 7
"""Raised whenever a message changes shape or meaning; peers of different numbers refuse each other."""

ShmOfferFields: TypeAlias = tuple[int, int, int, int, int]
"""pid, file descriptor, size in bytes, slots, bytes of a slot: what a peer needs to open the producer's segment."""

WorkRef: TypeAlias = tuple[str, int, int, int]
"""stream, epoch, seq, attempt: one attempt at one frame."""


class Hello(NamedTuple):
    """First message of a connecting side. `protocol` is its first field in every version."""

    protocol: int
    role: str
    name: str
    instance: bytes
    job: bytes
    facts: tuple[tuple[str, str], ...]


class Welcome(NamedTuple):
    """The bound side admits the peer. A producer adds the job document as payload, and may offer its segment.

    `patience_ms` is how long a worker may keep news of its frames to itself, so that there is more of it.
    """

    session: int
    instance: bytes
    job: bytes
    collector: str
    shm: ShmOfferFields | None
    patience_ms: int


class Refuse(NamedTuple):
    """The bound side does not admit the peer, or does not know its session. `code` is one of `REFUSALS`."""

    session: int
    code: str
    text: str


class Beat(NamedTuple):
    """A sign of life where there is nothing else to say."""

    session: int


class Bye(NamedTuple):
    """The sender leaves this session; `code` is `complete`, `interrupted`, `drained` or `error`."""

    session: int
    code: str
    text: str


class Fetch(NamedTuple):
    """Worker to producer: send the piece of a model file that begins at `offset`."""

    session: int
    sha256: bytes
    offset: int


class Chunk(NamedTuple):
    """Producer to worker: a piece of a model file, as payload."""

    session: int
    sha256: bytes
    offset: int


class Credit(NamedTuple):
    """Worker to producer: how many frames it wants to hold, and how many it holds.

    `token` is what the worker read from the offered segment, the proof that it shares it; empty where it does not.
    """

    session: int
    state: str
    capacity: int
    held: int
    token: bytes


class WorkItem(NamedTuple):
    """One frame to infer. Pixels are in `slot` of the segment; where it is -1, in the payload, encoded as `form` says.

    One that is `alone` shares the worker's engines with no other frame, whosever that is.
    """

    stream: str
    epoch: int
    seq: int
    attempt: int
    pts: int
    width: int
    height: int
    slot: int
    form: int
    alone: bool


class Work(NamedTuple):
    """Producer to worker: infer these frames; it is one where its pixels are the payload."""

    session: int
    items: tuple[WorkItem, ...]


class Start(NamedTuple):
    """Worker to producer: inference of these has begun (only where no slot can be marked)."""

    session: int
    refs: tuple[WorkRef, ...]


class Done(NamedTuple):
    """Worker to producer: what became of these attempts; `outcome` is one of `OUTCOMES`."""

    session: int
    outcome: str
    refs: tuple[WorkRef, ...]


class Fault(NamedTuple):
    """Worker to producer: this attempt failed in the engine."""

    session: int
    ref: WorkRef
    text: str


class ResultItem(NamedTuple):
    """One frame's result; its `found` detections stand in the payload after those of the items before it."""

    stream: str
    epoch: int
    seq: int
    attempt: int
    pts: int
    found: int
    wait_us: int
    infer_us: int


class Results(NamedTuple):
    """Worker to collector: results of frames, with float32 [N, 6] rows x1 y1 x2 y2 score class as payload."""

    session: int
    job: bytes
    items: tuple[ResultItem, ...]


class Open(NamedTuple):
    """Producer to collector: here is a stream. `epoch` is 0 before the first `Opened`.

    `settled` is the first frame that the producer can still send; `window` bounds its unsettled frames. `truth` is the
    scene that its frames are of, from which a collector can tell what is in them; empty where nobody can.
    `patience_ms` is how long the collector may keep news of its frames to itself.
    """

    session: int
    stream: str
    epoch: int
    settled: int
    resume: bool
    window: int
    width: int
    height: int
    time_base: tuple[int, int]
    rate: tuple[int, int]
    expected: int
    source: str
    truth: str
    patience_ms: int


class Opened(NamedTuple):
    """Collector to producer: the stream is open; `next` is the first frame that it still wants.

    `draws` says that it wants the original of each frame as well, by `Show` and `Picture`.
    """

    session: int
    stream: str
    epoch: int
    next: int
    draws: bool


class Reject(NamedTuple):
    """Collector to producer: the stream is not opened; `code` is one of `REJECTIONS`."""

    session: int
    stream: str
    code: str
    text: str


class Acked(NamedTuple):
    """One stream of an `Ack`: every frame below `upto` is written.

    `have` are ranges [first, last] beyond it that were received but not written: a hint, void with the collector.
    """

    stream: str
    epoch: int
    upto: int
    have: tuple[tuple[int, int], ...]
    ended: bool


class Ack(NamedTuple):
    """Collector to producer: what is written of these streams."""

    session: int
    streams: tuple[Acked, ...]


class Show(NamedTuple):
    """Producer to collector: pictures of this stream can be had; `shm` is where they lie, None where they do not."""

    session: int
    stream: str
    epoch: int
    shm: ShmOfferFields | None


class Shown(NamedTuple):
    """Collector to producer: every picture below `upto` is here, none after it is, not even in part.

    `token` is what it read from the offered segment; where it is empty, pictures must be sent.
    """

    session: int
    stream: str
    epoch: int
    token: bytes
    upto: int


class Picture(NamedTuple):
    """Producer to collector: the original of a frame of `width` x `height`, or a piece of it.

    It lies in `slot` of the offered segment; or, where that is -1, the payload is its piece from `offset` on, of `size`
    bytes in all. A `size` of 0 there says that nobody has it any more.
    """

    session: int
    stream: str
    epoch: int
    seq: int
    width: int
    height: int
    slot: int
    offset: int
    size: int


class Seen(NamedTuple):
    """Collector to producer: every picture below `upto` is here, and of that one the first `offset` bytes."""

    session: int
    stream: str
    epoch: int
    upto: int
    offset: int


class Fate(NamedTuple):
    """Producer to collector: these frames (seq, pts) will have no result."""

    session: int
    stream: str
    epoch: int
    status: str
    reason: str
    items: tuple[tuple[int, int], ...]


class End(NamedTuple):
    """Producer to collector: the stream has `captured` frames, and no more will come."""

    session: int
    stream: str
    epoch: int
    captured: int
    ending: str
    reason: str


class Stats(NamedTuple):
    """Producer to collector: what only the producer can measure, a JSON object as payload, for the report."""

    session: int


class Ask(NamedTuple):
    """Anybody to a bound side, in no session: how are you? `protocol` is its first field in every version.

    `number` comes back in the answer. With `worker`, it is about that worker alone.
    """

    protocol: int
    number: int
    worker: str


class Told(NamedTuple):
    """The bound side answers `Ask`, with a JSON object as payload."""

    number: int


Message: TypeAlias = (
    Hello
    | Welcome
    | Refuse
    | Beat
    | Bye
    | Fetch
    | Chunk
    | Credit
    | Work
    | Start
    | Done
    | Fault
    | Results
    | Open
    | Opened
    | Reject
    | Ack
    | Show
    | Shown
    | Picture
    | Seen
    | Fate
    | End
    | Stats
    | Ask
    | Told
)

REFUSALS: Final = ("protocol", "role", "name_taken", "job", "full", "unknown_session", "closing")
"""Codes of `Refuse`."""

RETRYABLE_REFUSALS: Final = frozenset({"full", "unknown_session", "closing", "name_taken"})
"""A peer may say hello again after these; the others end it (`name_taken` too, when it lasts)."""

REJECTIONS: Final = ("taken", "closing", "exists", "ended", "complete", "lost", "full", "single")
"""Codes of `Reject`."""

OUTCOMES: Final = ("sent", "undelivered", "returned")
"""Codes of `Done`: handed to the collector's socket; inferred with no collector to take it; given back unstarted."""

BYES: Final = ("complete", "interrupted", "drained", "error")
"""Codes of `Bye`."""

FORMS: Final = ("raw", "jpeg")
"""What a `form` stands for, by number: the bytes as the job's input has them; i420 planes as one grey JPEG file."""

RAW: Final = FORMS.index("raw")
JPEG: Final = FORMS.index("jpeg")

WORKER_STATES: Final = ("loading", "ready", "draining")
"""States that `Credit` announces."""

"""What the worker's core asks of its edge, beside sending, telling and finishing.

Each action is performed in the order of its list, and none of them waits: what takes time (looking for a model,
storing a piece of it, compiling it, inferring) is answered later by the core's method of the name given here.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from common.actions import Finish, Notice, Send
from common.job import JobDocument
from common.messages import ShmOfferFields
from worker.pace import Pace


class Prepare(NamedTuple):
    """Find out which of a job's files are here; answered by `prepared` (or `load_failed`)."""

    digest: bytes
    job: JobDocument


class Store(NamedTuple):
    """Keep one piece of a model file. Pieces come in order; one at offset 0 begins the file anew.

    Answered by `stored` (or `load_failed`) after the piece that reaches `size`, when the file's digest was checked.
    """

    digest: bytes
    sha256: bytes
    offset: int
    size: int
    data: memoryview


class Load(NamedTuple):
    """Put the job's model onto the device; answered by `loaded` or `load_failed`."""

    digest: bytes
    job: JobDocument


class Unload(NamedTuple):
    """Free the device of a job that nobody here has any more, and what was stored of an unfinished file."""

    digest: bytes


class Attach(NamedTuple):
    """Map the segment that a producer offers; answered by `attached`."""

    link: str
    session: int
    offer: ShmOfferFields


class Detach(NamedTuple):
    """Let go of a link's segment; frames under way may read it to their end."""

    link: str


class Connect(NamedTuple):
    """Open the link to a collector; answered by `unreachable` where there can be none."""

    link: str
    address: str


class Submit(NamedTuple):
    """Start inference of one frame; answered by a `Completed` with this token.

    Attributes:
        token: of this attempt; never the same twice.
        digest: the job, and thereby the engine.
        link, session: whose frame it is.
        slot: where in the link's segment the pixels are, or -1 where `payload` is.
        payload: the pixels of a frame that came inline, in `form`; the core holds them until the completion.
        frame_size: width and height of the original frame.
        attempt: what to mark the slot with before starting; nothing is to be marked unless `mark`.
        seq: number of the frame in its stream.
    """

    token: int
    digest: bytes
    link: str
    session: int
    slot: int
    payload: memoryview | None
    form: int
    frame_size: tuple[int, int]
    attempt: int
    mark: bool
    seq: int


class Try(NamedTuple):
    """Infer a picture that nothing is in; answered by a `Completed` with this token, which no frame has."""

    token: int
    digest: bytes


class Regulate(NamedTuple):
    """Have every engine, those to come as well, tell of completions at this pace."""

    pace: Pace


Action: TypeAlias = (
    Send | Notice | Finish | Prepare | Store | Load | Unload | Attach | Detach | Connect | Submit | Try | Regulate
)

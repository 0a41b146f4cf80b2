"""What the collector's core may ask of its runner, beside sending, telling and finishing.

The edge performs them in order through one `SinkWriter`, and reports back with `written` and `ended`.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from common.actions import Finish, Notice, Send
from common.rows import Ending, Row, StreamHeader


class Begin(NamedTuple):
    """Make the outputs ready for a stream; `written` with its name is the answer.

    Attributes:
        header: of the stream.
        epoch: of its producer's incarnation; another one than before continues the stream under it.
        job_digest: SHA-256 of its job document, 64 hexadecimal digits.
        labels: names by class.
        start: the first frame that will be emitted.
    """

    header: StreamHeader
    epoch: int
    job_digest: str
    labels: tuple[str, ...]
    start: int


class Emit(NamedTuple):
    """Write these rows; those of one stream are in order and follow what was emitted before."""

    rows: tuple[Row, ...]


class EndStream(NamedTuple):
    """Put on record how a stream ended, after its `captured` rows; `ended` is the answer."""

    stream: str
    ending: Ending
    captured: int
    reason: str


Action: TypeAlias = Send | Notice | Finish | Begin | Emit | EndStream

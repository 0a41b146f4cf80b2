"""Small videos for tests: what is put into a sink, and what a player gets out of its file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from collector.mp4 import Mp4Sink
from collector.paths import OutputPath
from collector.records import StreamRecord
from collector.sink import Sink
from common.picture import picture_size
from common.rows import Row, Status, StreamHeader

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER = StreamHeader("clip", 32, 16, Fraction(1, 10), Fraction(10))


def ok(number: int, pts: int | None = -1, stream: str = "clip") -> Row:
    """A row; its time stamp is its number unless something else is said."""
    return Row(stream, number, number if pts == -1 else pts, Status.OK, "", np.zeros((0, 6), np.float32))


@lru_cache(maxsize=256)
def canvas(number: int, header: StreamHeader = HEADER) -> NDArray[np.uint8]:
    """A picture that no other number has: noise, so that it cannot be coded in a few bytes."""
    width, height = picture_size(header.width, header.height)
    return np.random.default_rng(number).integers(16, 236, (height * 3 // 2, width), np.uint8)


def sink_on(path: Path, *, overwrite: bool = False) -> Mp4Sink:
    """A sink of a new run, without a stream yet."""
    sink = Mp4Sink(OutputPath(path), overwrite=overwrite)
    sink.check()
    sink.create()
    return sink


def record(header: StreamHeader = HEADER) -> dict[str, StreamRecord]:
    """What a journal knows of one stream."""
    return {header.name: StreamRecord(header, 1, "ab" * 32)}


def recovered(path: Path, header: StreamHeader = HEADER) -> tuple[Mp4Sink, int]:
    """A sink that goes on with a file, and the frames that it found."""
    sink = Mp4Sink(OutputPath(path), overwrite=False)
    return sink, sink.recover(record(header))[header.name]


def put(sink: Sink, rows: Iterable[Row], header: StreamHeader = HEADER) -> None:
    """Hand rows over, each flushed."""
    for row in rows:
        sink.take(row, canvas(row.seq, header))
        sink.flush()


def decoded(path: Path) -> list[NDArray[np.uint8]]:
    """Every picture of a file, as a player sees them; errors are raised."""
    with av.open(path) as container:
        container.streams.video[0].codec_context.thread_count = 1
        return [frame.to_ndarray().astype(np.uint8) for frame in container.decode(video=0)]


def times(path: Path) -> list[Fraction]:
    """When each frame is shown, in seconds."""
    with av.open(path) as container:
        shown = [(packet.pts, packet.time_base) for packet in container.demux(video=0) if packet.size]
    return [pts * base for pts, base in shown if pts is not None]


def same(one: Sequence[NDArray[np.uint8]], other: Sequence[NDArray[np.uint8]]) -> bool:
    """Whether two videos show the same, pixel by pixel."""
    return len(one) == len(other) and all(map(np.array_equal, one, other))

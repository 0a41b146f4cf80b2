"""The parts of the simulated world that are no process: memory, disks, models, names.

What this file does not know: who uses them, and when.
"""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from fractions import Fraction
from functools import cache, lru_cache
from random import Random
from typing import TYPE_CHECKING, Final

import numpy as np

from collector import actions as collecting
from collector.records import RecoveredStream, StreamRecord
from common import limits
from common.job import InputSpec, JobDocument, ModelFile, OutputSpec
from common.messages import ShmOfferFields
from common.rows import Ending, Row, Status, StreamHeader
from common.shm import MARKER_CELLS
from tests.sim.oracle import BrokenPromiseError
from tests.sim.script import StreamPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONTENT: Final = struct.Struct("<IIQq")
"""The pixels of a frame: number of its stream, 0, its seq, 0: 24 bytes, a model input of 8 x 2 I420.

Of its original: the same, with the epoch in place of the first 0.
"""

INPUT_SIZE: Final = (8, 2)

_PIECE_BYTES: Final = limits.PICTURE_CHUNK_BYTES // 64

LIMITS: Final[dict[str, float]] = {
    "PICTURE_CHUNK_BYTES": _PIECE_BYTES,
    "PICTURE_AHEAD_BYTES": limits.PICTURE_AHEAD_BYTES // 64,
    "HELLO_UNSENT_RETRY_S": 0.05,
}
"""Limits that are others here, as histories get cheaper by it and no poorer: a short piece of a picture has as many
neighbours as a long one, and is copied sooner; who waits for a peer that is not there knocks less often."""

TIMEOUT_S: Final = 8.0
REQUEST_DEADLINE_S: Final = 3.0


def producer_address(index: int) -> str:
    """Where a producer binds."""
    return f"tcp://127.0.0.1:{5000 + index}"


def collector_address(index: int) -> str:
    """Where a collector binds."""
    return f"tcp://127.0.0.1:{6000 + index}"


@cache
def model_of(size: int) -> bytes:
    """The bytes of a model file."""
    return b"m" * size


@cache
def job_of(model: bytes) -> JobDocument:
    """The job of every producer: one file, frames of 24 bytes."""
    files = (ModelFile("model.onnx", len(model), hashlib.sha256(model).hexdigest()),)
    spec = InputSpec("image", *INPUT_SIZE, "i420", "BGR", "stretch")
    return JobDocument("openvino", "simulated", files, spec, OutputSpec("ssd", "out", 0, (), 0.5))


def header_of(plan: StreamPlan) -> StreamHeader:
    """What is known of a stream; its scene is called as it is."""
    size = size_of(plan, 0)
    return StreamHeader(plan.name, *size, Fraction(1, 1000), Fraction(25), plan.frames, truth=plan.name)


def size_of(plan: StreamPlan, seq: int) -> tuple[int, int]:
    """The width and height of a frame: every other one is narrower."""
    width, height = (limits.SIDE_MAX_PIXELS, limits.SIDE_MAX_PIXELS) if plan.large else (8, 6)
    return width - seq % 2, height


@lru_cache(64)
def jpeg_of(content: bytes, size: tuple[int, int], nbytes: int) -> bytes:
    """A JPEG file as far as a collector's core looks into it; every piece of it tells what it shows and which it is."""
    width, height = size
    frame = b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x03" + bytes(9)
    head = b"\xff\xd8\xff\xc0" + (2 + len(frame)).to_bytes(2, "big") + frame + content
    pieces = [head]
    for piece in range(0, nbytes - len(head), _PIECE_BYTES):
        text = content + piece.to_bytes(4, "little")
        pieces.append((text * (_PIECE_BYTES // len(text) + 1))[:_PIECE_BYTES])
    return b"".join(pieces)[: max(nbytes, len(head))]


def packed_of(content: bytes) -> bytes:
    """A frame's JPEG file as far as a worker's core looks into it; what it shows is at its end."""
    width, height = INPUT_SIZE
    frame = b"\x08" + (height * 3 // 2).to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01" + bytes(3)
    return b"\xff\xd8\xff\xc0" + (2 + len(frame)).to_bytes(2, "big") + frame + content


class Segment:
    """Slots that a producer shares on its host: inputs with workers, originals with a collector.

    Attributes:
        slots: pixels.
        holds: which frame was written into each slot last.
        offer, token: how peers find it, and prove that they did.
    """

    def __init__(self, slots: int, rng: Random, slot_bytes: int = CONTENT.size) -> None:
        self.slots: Final = [bytearray(CONTENT.size) for _ in range(slots)]
        self.holds: Final[list[tuple[str, int] | None]] = [None] * slots
        self.offer: Final[ShmOfferFields] = (rng.getrandbits(31), 3, 4096, slots, slot_bytes)
        self.token: Final = rng.randbytes(16)
        self._marks: Final[list[dict[int, tuple[int, int]]]] = [{} for _ in range(slots)]

    def fill(self, slot: int, stream: str, seq: int, content: bytes) -> None:
        """Write a frame into a slot."""
        self._marks[slot].clear()
        self.slots[slot][:] = content
        self.holds[slot] = (stream, seq)

    def pixels(self, slot: int) -> NDArray[np.uint8]:
        """What lies in a slot, whenever one looks."""
        return np.frombuffer(self.slots[slot], np.uint8)

    def mark(self, slot: int, session: int, attempt: int) -> None:
        """Say that an attempt has begun, as `common.shm` does."""
        self._marks[slot][attempt % MARKER_CELLS] = (session, attempt)

    def mark_of(self, slot: int, session: int, attempt: int) -> bool:
        """Whether an attempt was marked."""
        return self._marks[slot].get(attempt % MARKER_CELLS) == (session, attempt)


class Disk:
    """What a collector has written: journal and counts, which outlive it; the rows themselves are the oracle's.

    Attributes:
        records: by stream.
        full_until: when it takes something again, in the world's time.
    """

    def __init__(self) -> None:
        self.full_until = 0.0
        self.records: Final[dict[str, StreamRecord]] = {}
        self._counts: Final[dict[str, Counter[tuple[Status, str]]]] = {}
        self._next: Final[dict[str, int]] = {}

    @property
    def all_ended(self) -> bool:
        """Whether no stream is open."""
        return all(record.ending is not None for record in self.records.values())

    def forget(self, stream: str, start: int) -> None:
        """Lose what is known of a stream, but for how many frames of it there were."""
        self.records.pop(stream, None)
        self._counts.pop(stream, None)
        self._next[stream] = start

    def begin(self, action: collecting.Begin) -> int:
        """Record a stream; return the frame that it continues with."""
        name = action.header.name
        known = self.records.get(name)
        if known is not None and (
            refusal := known.refusal(action.header, action.epoch, action.job_digest, resume=True)
        ):
            raise BrokenPromiseError(f"the outputs would refuse: {refusal}")
        if action.start != self._next.get(name, 0):
            raise BrokenPromiseError(f"{name} begins at {action.start}, {self._next.get(name, 0)} are written")
        if known is None or known.epoch != action.epoch:
            self.records[name] = StreamRecord(action.header, action.epoch, action.job_digest)
        return self._next.setdefault(name, 0)

    def write(self, row: Row) -> None:
        """Count a row."""
        self._next[row.stream] += 1
        self._counts.setdefault(row.stream, Counter())[row.status, row.reason] += 1

    def next(self, stream: str) -> int:
        """The frame after the last that is written."""
        return self._next[stream]

    def end(self, action: collecting.EndStream) -> None:
        """Record how a stream ended."""
        record = self.records[action.stream]
        self.records[action.stream] = StreamRecord(
            record.header, record.epoch, record.job_digest, Ending(action.ending), action.captured, action.reason
        )

    def recovered(self) -> dict[str, RecoveredStream]:
        """What a restarted collector finds."""
        return {
            name: RecoveredStream.of(record, self._next[name], self._counts.get(name, {}))
            for name, record in self.records.items()
        }

"""What comes over the network: headers, documents, detections, model files and pictures in pieces."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from random import Random
from typing import Any, Final

import numpy as np
from hypothesis import Phase, find, settings

from collector.intake import Intake
from collector.results import _detections
from collector.stats import parse_stats
from common import limits, messages
from common.errors import ModelError
from common.job import JobDocument, ModelFile, parse_job
from common.schema import SCHEMAS
from common.transport import SERVER, Inbound, Outcome
from common.truth import read_truth
from common.wire import WireError, decode, encode
from tests.fuzz.bench import JOB, JPEG, MODEL, PIXELS, SHA, Bench, collector_bench, producer_bench, worker_bench
from tests.fuzz.plausible import INSTANCES, PICTURES, TOKEN
from tests.fuzz.target import MEGABYTE, room, target
from tests.fuzz.twist import as_json, in_bytes, in_msgpack, in_records, in_text, joined, parted
from tests.unit.common.message_strategies import BY_KIND
from tests.unit.common.test_job import JOB as AN_IR
from tests.unit.vinofleet.status import documents
from vinofleet.status.asker import Asker
from vinofleet.status.lines import answer_lines
from vinofleet.status.verdict import verdict
from worker.fetching import Fetching
from worker.model_store import ModelStore

_SAID: Final[dict[str, Any]] = {
    "session": 1,
    "number": 1,
    "stream": "a",
    "epoch": 1,
    "job": JOB.digest,
    "sha256": SHA,
    "seq": 0,
    "ref": ("a", 1, 0, 1),
    "refs": (("a", 1, 0, 1),),
}
"""What makes a message mean something to the cores of `tests.fuzz.bench`."""


@cache
def _of_every_kind() -> list[messages.Message]:
    """The plainest message of each kind, and one that the cores of `tests.fuzz.bench` know the subject of."""
    plainest = settings(max_examples=1, phases=(Phase.generate,), database=None)
    plain = [find(strategy, lambda _: True, settings=plainest) for strategy in BY_KIND.values()]
    known = [one._replace(**{name: _SAID[name] for name in one._fields if name in _SAID}) for one in plain]
    work = messages.WorkItem("a", 1, 0, 1, 0, 8, 4, -1, 0, False)  # noqa: FBT003
    return [
        *plain,
        *known,
        messages.Hello(messages.PROTOCOL, "worker", "z", INSTANCES[0], JOB.digest, (("device", "CPU"),)),
        messages.Hello(messages.PROTOCOL, "producer", "z", INSTANCES[0], JOB.digest, ()),
        messages.Work(1, (work, work._replace(seq=1, slot=0))),
        messages.Results(2, JOB.digest, (messages.ResultItem("a", 1, 0, 1, 0, 1, 5, 7),)),
        messages.Open(1, "b", 0, 0, False, 6, 8, 4, (1, 30), (30, 1), 9, "b.mp4", "synthetic://street", 0),  # noqa: FBT003
        messages.Show(1, "a", 1, PICTURES),
        messages.Picture(1, "a", 1, 0, 8, 4, 0, 0, 0),
        messages.Picture(1, "a", 1, 1, 8, 4, -1, 0, 24),
        messages.Credit(1, "ready", 3, 0, TOKEN),
        messages.End(1, "a", 1, 9, "complete", ""),
        messages.Fate(1, "a", 1, "failed", "poison", ((0, 0), (1, 1))),
        messages.Ack(1, (messages.Acked("a", 1, 2, ((3, 4),), ended=False),)),
        messages.Done(1, "sent", (("a", 1, 0, 1),)),
    ]


def _headers() -> list[bytes]:
    return [encode(message) for message in _of_every_kind()]


@target(_headers, in_msgpack, share=4, most=limits.HEADER_MAX_BYTES + 10)
def header(data: bytes) -> None:
    """A message or a WireError; what is understood can be said again with the same meaning."""
    with suppress(WireError):
        message = decode(data)
        assert all(check(value) for check, value in zip(SCHEMAS[type(message)], message, strict=True))
        assert decode(encode(message)) == message


# --- cores, from the bytes on ----------------------------------------------------------------------------------------

_PAYLOADS: Final = (None, b"", bytes(PIXELS), bytes(JPEG), bytes(24), bytes(48), JOB.canonical, MODEL)
_WAITS: Final = (0.0, 0.01, 0.3, 1.1, 11.0)
_MOST: Final = 2048


def _said(peer: int, payload: int, message: messages.Message) -> bytes:
    return bytes([0, peer, payload]) + encode(message)


def _conversations(*peers: int) -> Callable[[], list[bytes]]:
    def seeds() -> list[bytes]:
        every = [_said(peer, payload, one) for one in _of_every_kind() for peer in peers for payload in (0, 2, 4, 6)]
        waits, edge = bytes([1, 2]), bytes([2, 0])
        return [joined(edge, *every[at : at + 4], edge, waits) for at in range(0, len(every), 4)]

    return seeds


def _in_step(data: bytes, chance: Random) -> bytes:
    if data[:1] == b"\0" and chance.random() < 0.8:
        return data[:3] + in_msgpack(data[3:], chance)
    return in_bytes(data, chance)


def _converse(bench: Bench, data: bytes, *, rotate: bool = True) -> None:
    """Let each record happen: 0 peer payload header; 1 time; 2 an answer of the edge; 3 a message that cannot go."""
    for record in parted(data)[:64]:
        if bench.finished:
            return
        match record[:1]:
            case b"\0" if len(record) > 3:
                payload = _PAYLOADS[record[2] % len(_PAYLOADS)]
                with suppress(WireError):
                    message = decode(record[3:], 0 if payload is None else len(payload))
                    bench.step(("said", record[1] % 3, message, None if payload is None else memoryview(payload)))
            case b"\1" if len(record) > 1:
                bench.step(("waits", _WAITS[record[1] % len(_WAITS)]))
            case b"\2" if len(record) > 1:
                bench.step(("edge", record[1] % 4 if rotate else 0))
            case b"\3" if len(record) > 1:
                bench.step(("fails", (Outcome.FULL, Outcome.GONE)[record[1] % 2]))
            case _:
                pass
    bench.run((), 1)


_IN_CONVERSATION: Final = in_records(_in_step)


@target(_conversations(1, 2), _IN_CONVERSATION, share=0.15, most=_MOST, memory=4 * MEGABYTE)
def into_producer(data: bytes) -> None:
    """A producer's core hears whatever workers, a collector and askers send, and answers well."""
    _converse(producer_bench(), data)


@target(_conversations(0, 1), _IN_CONVERSATION, share=0.15, most=_MOST, memory=4 * MEGABYTE)
def into_collector(data: bytes) -> None:
    """A collector's core hears whatever producers, workers and askers send; its rows are in order."""
    _converse(collector_bench(), data, rotate=False)


@target(_conversations(0, 2), _IN_CONVERSATION, share=0.15, most=_MOST, memory=4 * MEGABYTE)
def into_worker(data: bytes) -> None:
    """A worker's core hears whatever producers and collectors send, and holds no more than it may."""
    _converse(worker_bench(), data)


# --- documents -------------------------------------------------------------------------------------------------------


@target(lambda: [JOB.canonical, AN_IR.canonical], as_json(canonical=True), memory=16 * MEGABYTE, most=4096)
def job(data: bytes) -> None:
    """Whatever is read has exactly these bytes as its canonical text; all else is a ModelError."""
    parse_job.cache_clear()
    with suppress(ModelError):
        assert parse_job(data).canonical == data


STATS: Final = (
    b'{"streams":{"cam":{"latency_ms":{"p50":1.5},"stages_ms":{"decode":{"p50":2.5}},'
    b'"outages":{"count":1,"total_s":2.5,"longest_s":2.5}}},"redispatched":1,"hedged":0,"unanswered":2,'
    b'"recent":{"frames":4,"latency_ms":{"p50":1.5,"p95":2,"max":9.25}},'
    b'"wire":{"w":{"form":"jpeg","frames":3,"bytes":5000,"mbit_s":1.5}},'
    b'"faults":0,"transport":{"w":"shm"},"refused":{"kind":1},"source_notes":["damaged"]}'
)


@target(lambda: [STATS, b"{}"], as_json(), memory=4 * MEGABYTE)
def statistics(data: bytes) -> None:
    """A producer cannot make the collector's report fail: figures are finite and not negative, or there are none."""
    found = parse_stats(data)
    if found is not None:
        figures = [x for each in found.streams.values() for x in (*each.latency_ms.values(), *each.outages.values())]
        assert all(0 <= figure < float("inf") for figure in figures)
        json.dumps([found.refused, found.transport], allow_nan=False)


def _documents() -> list[bytes]:
    found = [
        documents.producer(),
        documents.producer(staffed=False),
        documents.collector(),
        documents.collector(fed=False),
    ]
    return [json.dumps(each).encode() for each in found]


_ASKED: Final = "tcp://127.0.0.1:5555"
_TOLD: Final = encode(messages.Told(0))


@target(_documents, as_json(), memory=4 * MEGABYTE, share=0.5, most=4096)
def answer(data: bytes) -> None:
    """What a terminal is shown of an answer is printable, fits, and names the address that was asked."""
    asker = Asker.__new__(Asker)  # without its sockets
    asker._number = 0
    found = asker._read(_ASKED, Inbound(SERVER, _TOLD, memoryview(data)))
    if found is not None:
        shown = answer_lines(found)
        assert all(len(line) <= 80 and line.isprintable() for line in shown), shown
        assert _ASKED in shown[0]
        assert verdict([found], "w", 1.0, live=False).text.isprintable()
        assert verdict([found], "", 1.0, live=False).text.isprintable()


@target(
    lambda: [
        b"synthetic://street?people=6&size=64x48&fps=25&seed=0",
        b"synthetic://street?people=1&size=48x64&fps=30000/1001&seed=7",
    ],
    in_text,
    memory=64 * MEGABYTE,
    share=0.5,
    most=limits.TEXT_MAX_CHARS,
)
def scene(data: bytes) -> None:
    """What a producer says of a stream's truth is a scene within bounds, or refused."""
    with suppress(ValueError):
        truth = read_truth(data.decode("utf-8", "replace"))
        if truth is not None and len(data) % 16 == 0:  # its boxes cost a thousand times what its text does
            assert np.isfinite(truth.boxes(3)).all()


# --- payloads --------------------------------------------------------------------------------------------------------


def _findings() -> list[bytes]:
    found = np.array([[0, 1, 2, 3, 0.5, 0], [4, 5, 6, 7, 0.25, 1]], "<f4").tobytes()
    return [b"\2\0" + found, b"\1\1" + found, b"\0\0", b"\1\0" + struct.pack("<6f", *[float("nan")] * 6)]


@target(_findings, in_bytes, share=2, most=600)
def detections(data: bytes) -> None:
    """A batch's payload is as many finite rows as its header says, in its own memory, or nothing."""
    counts, payload = data[:2], memoryview(data[2:])
    items = tuple(messages.ResultItem("a", 1, seq, 1, seq, count, 0, 0) for seq, count in enumerate(counts))
    found = _detections(items, payload)
    if found is not None:
        assert len(found) == sum(counts)
        assert found.nbytes == payload.nbytes
        assert np.isfinite(found).all()


_FILES: Final = (MODEL, b"<net/>" * 4)
_DIGESTS: Final = tuple(hashlib.sha256(file).digest() for file in _FILES)
_A_JOB: Final = JobDocument(
    "openvino",
    "m",
    tuple(ModelFile(f"m{at}.bin", len(file), _DIGESTS[at].hex()) for at, file in enumerate(_FILES)),
    AN_IR.input,
    AN_IR.output,
)


def _chunk(which: int, offset: int, data: bytes) -> bytes:
    return bytes([which, offset]) + data


def _chunks() -> list[bytes]:
    first, second = _FILES
    return [
        joined(_chunk(0, 0, first), _chunk(1, 0, second)),
        joined(_chunk(0, 0, first[:2]), _chunk(0, 2, first[2:]), _chunk(1, 0, second[:9]), _chunk(1, 9, second[9:])),
        joined(_chunk(0, 0, b"wrong"), _chunk(0, 0, first), _chunk(1, 0, second)),
        joined(_chunk(0, 0, b"wrong"), _chunk(0, 0, b"WRONG"), _chunk(0, 0, b"wRong")),
    ]


@target(_chunks, in_records(in_bytes), share=0.15, most=600, memory=2 * MEGABYTE)
def model_chunks(data: bytes) -> None:
    """Files are whole and right when fetching is done; no piece makes one longer, and none is left half."""
    root = room() / "models"
    shutil.rmtree(root, ignore_errors=True)
    store = ModelStore(root)
    fetching = Fetching(store.missing(_A_JOB))
    for piece in parted(data)[:32]:
        if fetching.is_done or fetching.is_hopeless or len(piece) < 2:
            break
        sha256, content = _DIGESTS[piece[0] % 2], memoryview(piece)[2:]
        size = fetching.take(sha256, piece[1], len(content))
        if size is not None:
            ok = store.add(_A_JOB.digest, sha256, piece[1], size, content)
            if ok is not None:
                fetching.checked(sha256, ok=ok)
        fetching.check()
    if fetching.is_done:
        folder = store.folder(_A_JOB)
        assert [(folder / file.name).read_bytes() for file in _A_JOB.files] == list(_FILES)
    store.close()
    assert not list(root.glob("models/*.part"))


_PIECE: Final = struct.Struct("<BBHH")
"""What happens, and of which frame; offset and size of a picture's piece."""


def _pieces() -> list[bytes]:
    return [
        joined(_PIECE.pack(0, 0, 0, 5) + b"12345", _PIECE.pack(0, 1, 0, 4) + b"12", _PIECE.pack(0, 1, 2, 4) + b"34"),
        joined(_PIECE.pack(0, 0, 0, 9) + b"12345", _PIECE.pack(1, 0, 0, 0), _PIECE.pack(0, 1, 0, 3) + b"123"),
        joined(_PIECE.pack(0, 0, 0, 3) + b"123", _PIECE.pack(2, 1, 0, 0), _PIECE.pack(3, 0, 0, 0)),
        joined(_PIECE.pack(0, 0, 0, 3) + b"12", _PIECE.pack(4, 0, 0, 0), _PIECE.pack(3, 2, 0, 0)),
    ]


@target(_pieces, in_records(in_bytes), most=800)
def picture_pieces(data: bytes) -> None:
    """Pictures come whole, in order and each once; what is held is what came."""
    intake = Intake()
    intake.expect(0)
    came = 0
    for record in parted(data)[:64]:
        if len(record) < _PIECE.size:
            continue
        what, seq, offset, size = _PIECE.unpack_from(record)
        payload = memoryview(record)[_PIECE.size :]
        piece = messages.Picture(1, "a", 1, seq, 8, 4, -1, offset, size)
        match what % 6:
            case 0 if intake.next == seq and intake.offset == offset and intake.fits(piece, len(payload)):
                came += len(payload)
                whole = intake.add(piece, payload)
                assert whole is None or (len(whole) == size and intake.next == seq + 1)
            case 1 if intake.next is not None:
                intake.skip()
            case 2:
                intake.written(seq)
            case 3:
                intake.expect(seq)
            case 4:
                intake.rewind()
            case 5:
                intake.forgo()
            case _:
                pass
        intake.check()
        assert intake.held <= came

"""Messages of a small vocabulary: few names, numbers and sessions, so that random ones often mean something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from common import messages
from common.rows import Ending

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

STREAMS: Final = ("a", "b")
INSTANCES: Final = (b"1" * 16, b"2" * 16)
TOKEN: Final = b"t" * 16
SEQ: Final = st.integers(0, 9)
EPOCH: Final = st.integers(0, 2)
ATTEMPT: Final = st.integers(0, 4)
STREAM: Final = st.sampled_from(STREAMS)
SESSION: Final = st.integers(0, 6)
REF: Final = st.tuples(STREAM, EPOCH, SEQ, ATTEMPT)
ITEM: Final = st.builds(
    messages.ResultItem, STREAM, EPOCH, SEQ, ATTEMPT, SEQ, st.integers(0, 2), st.just(5), infer_us=st.just(7)
)
SLOT: Final = st.integers(-1, 5)
WORK_ITEM: Final = st.builds(
    messages.WorkItem,
    STREAM,
    EPOCH,
    SEQ,
    ATTEMPT,
    SEQ,
    st.just(8),
    height=st.just(4),
    slot=SLOT,
    form=st.just(0),
    alone=st.booleans(),
)
PICTURES: Final = (1, 3, 4096, 4, 48)
"""A segment whose slots hold pictures of 8x4."""
RANGE: Final = st.tuples(SEQ, SEQ)

ACKED: Final = st.builds(
    messages.Acked, STREAM, EPOCH, SEQ, st.lists(RANGE, max_size=3).map(tuple), ended=st.booleans()
)


def small(job: bytes, sha256: bytes, collector: str) -> SearchStrategy[messages.Message]:
    """Any message about these streams, this job and this model file."""
    fields: dict[str, SearchStrategy[object]] = {
        "protocol": st.just(messages.PROTOCOL),
        "role": st.sampled_from(("worker", "producer")),
        "name": st.sampled_from(("x", "y")),
        "instance": st.sampled_from(INSTANCES),
        "job": st.sampled_from((job, job, job, b"", bytes(32))),
        "facts": st.just(()),
        "session": SESSION,
        "collector": st.sampled_from((collector, "")),
        "shm": st.sampled_from((None, (1, 3, 4096, 4, 24), PICTURES)),
        "text": st.just("words"),
        "sha256": st.sampled_from((sha256, bytes(32))),
        "offset": st.sampled_from((0, 0, 1, 24, 262144)),
        "state": st.sampled_from(messages.WORKER_STATES),
        "capacity": st.integers(0, 3),
        "held": st.integers(0, 3),
        "token": st.sampled_from((TOKEN, b"")),
        "stream": STREAM,
        "epoch": EPOCH,
        "attempt": ATTEMPT,
        "pts": SEQ,
        "width": st.just(8),
        "height": st.just(4),
        "slot": SLOT,
        "outcome": st.sampled_from(messages.OUTCOMES),
        "refs": st.lists(REF, max_size=3).map(tuple),
        "ref": REF,
        "resume": st.booleans(),
        "window": st.integers(1, 6),
        "patience_ms": st.sampled_from((0, 0, 20)),
        "time_base": st.just((1, 30)),
        "rate": st.just((30, 1)),
        "source": st.just("clip.mp4"),
        "truth": st.sampled_from(("", "synthetic://street", "'{stream}' <no scene>")),
        "streams": st.lists(ACKED, max_size=3).map(tuple),
        "draws": st.booleans(),
        "size": st.sampled_from((0, 1, 24, 48, 262145)),
        "status": st.sampled_from(("failed", "dropped")),
        "reason": st.just("interrupted"),
        "ending": st.sampled_from([str(ending) for ending in Ending]),
        "number": SESSION,
        "worker": st.sampled_from(("", "x", "z")),
        **dict.fromkeys(("seq", "settled", "next", "upto", "captured", "expected"), SEQ),
    }
    codes = {messages.Refuse: messages.REFUSALS, messages.Reject: messages.REJECTIONS, messages.Bye: messages.BYES}
    items = {messages.Work: WORK_ITEM, messages.Results: ITEM, messages.Fate: RANGE}
    built = []
    for kind in messages.Message.__args__:
        own = dict(fields)
        if kind in codes:
            own["code"] = st.sampled_from(codes[kind])
        if kind in items:
            own["items"] = st.lists(items[kind], max_size=4).map(tuple)
        built.append(st.builds(kind, **{name: own[name] for name in kind._fields}))
    return st.one_of(built)

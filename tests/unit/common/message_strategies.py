"""Any valid message, for Hypothesis: written from docs/protocol.md and not from the schema that it tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from common import limits, messages
from common.rows import Ending

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

U16 = st.integers(0, 2**16 - 1)
U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
SEQ = st.integers(0, 2**48)
PTS = st.integers(-(2**62), 2**62)
SIDE = st.integers(1, limits.SIDE_MAX_PIXELS)
NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
TEXT = st.text(PRINTABLE, max_size=limits.TEXT_MAX_CHARS)
DIGEST = st.binary(min_size=32, max_size=32)
NO_DIGEST = st.just(b"") | DIGEST
INSTANCE = st.binary(min_size=16, max_size=16)
RATIO = st.tuples(U64, st.integers(1, 2**63))
REF = st.tuples(NAME, U32, SEQ, U32)
REFS = st.lists(REF, max_size=limits.BATCH_MAX).map(tuple)
OFFSET = st.integers(0, limits.MODEL_FILE_MAX_BYTES)
FACTS = st.lists(st.tuples(NAME, st.text(PRINTABLE, max_size=100)), max_size=8).map(tuple)
SHM = st.tuples(U32, U32, U64, st.integers(1, 2**20), st.integers(1, limits.INTO_WORKER_MAX_BYTES))
PICTURES = st.tuples(U32, U32, U64, st.integers(1, 2**20), st.integers(1, limits.SIDE_MAX_PIXELS**2 * 3 // 2))
PICTURE_BYTES = st.integers(0, limits.PICTURE_MAX_BYTES)
ITEM = st.builds(
    messages.ResultItem, NAME, U32, SEQ, U32, PTS, st.integers(0, limits.DETECTIONS_MAX), wait_us=U64, infer_us=U64
)
WORK_ITEM = st.builds(
    messages.WorkItem,
    NAME,
    U32,
    SEQ,
    U32,
    PTS,
    SIDE,
    height=SIDE,
    slot=st.integers(-1, 2**20),
    form=st.integers(0, len(messages.FORMS) - 1),
    alone=st.booleans(),
)
PATIENCE_MS = st.integers(0, limits.PATIENCE_MAX_MS)

BY_KIND: Final[dict[type[messages.Message], SearchStrategy[messages.Message]]] = {
    messages.Hello: st.builds(
        messages.Hello,
        st.just(messages.PROTOCOL),
        st.sampled_from(("worker", "producer")),
        NAME,
        INSTANCE,
        NO_DIGEST,
        FACTS,
    ),
    messages.Welcome: st.builds(
        messages.Welcome, st.integers(1, 2**64 - 1), INSTANCE, NO_DIGEST, TEXT, st.none() | SHM, PATIENCE_MS
    ),
    messages.Refuse: st.builds(messages.Refuse, U64, st.sampled_from(messages.REFUSALS), TEXT),
    messages.Beat: st.builds(messages.Beat, U64),
    messages.Bye: st.builds(messages.Bye, U64, st.sampled_from(messages.BYES), TEXT),
    messages.Fetch: st.builds(messages.Fetch, U64, DIGEST, OFFSET),
    messages.Chunk: st.builds(messages.Chunk, U64, DIGEST, OFFSET),
    messages.Credit: st.builds(
        messages.Credit,
        U64,
        st.sampled_from(messages.WORKER_STATES),
        st.integers(0, limits.CREDITS_MAX),
        st.integers(0, 2 * limits.CREDITS_MAX),
        st.just(b"") | st.binary(min_size=16, max_size=16),
    ),
    messages.Work: st.builds(messages.Work, U64, st.lists(WORK_ITEM, max_size=limits.BATCH_MAX).map(tuple)),
    messages.Start: st.builds(messages.Start, U64, REFS),
    messages.Done: st.builds(messages.Done, U64, st.sampled_from(messages.OUTCOMES), REFS),
    messages.Fault: st.builds(messages.Fault, U64, REF, TEXT),
    messages.Results: st.builds(messages.Results, U64, DIGEST, st.lists(ITEM, max_size=limits.BATCH_MAX).map(tuple)),
    messages.Open: st.builds(
        messages.Open,
        U64,
        NAME,
        U32,
        SEQ,
        st.booleans(),
        st.integers(1, limits.WINDOW_MAX_FRAMES),
        SIDE,
        height=SIDE,
        time_base=RATIO,
        rate=RATIO,
        expected=SEQ,
        source=TEXT,
        truth=TEXT,
        patience_ms=PATIENCE_MS,
    ),
    messages.Opened: st.builds(messages.Opened, U64, NAME, U32, SEQ, draws=st.booleans()),
    messages.Show: st.builds(messages.Show, U64, NAME, U32, st.none() | PICTURES),
    messages.Shown: st.builds(messages.Shown, U64, NAME, U32, st.just(b"") | INSTANCE, SEQ),
    messages.Picture: st.builds(
        messages.Picture,
        U64,
        NAME,
        U32,
        SEQ,
        SIDE,
        SIDE,
        slot=st.integers(-1, 2**20),
        offset=PICTURE_BYTES,
        size=PICTURE_BYTES,
    ),
    messages.Seen: st.builds(messages.Seen, U64, NAME, U32, SEQ, PICTURE_BYTES),
    messages.Reject: st.builds(messages.Reject, U64, NAME, st.sampled_from(messages.REJECTIONS), TEXT),
    messages.Ack: st.builds(
        messages.Ack,
        U64,
        st.lists(
            st.builds(
                messages.Acked,
                NAME,
                U32,
                SEQ,
                st.lists(st.tuples(SEQ, SEQ), max_size=limits.RANGES_MAX // limits.BATCH_MAX).map(tuple),
                ended=st.booleans(),
            ),
            max_size=limits.BATCH_MAX,
        ).map(tuple),
    ),
    messages.Fate: st.builds(
        messages.Fate,
        U64,
        NAME,
        U32,
        st.sampled_from(("failed", "dropped")),
        NAME,
        items=st.lists(st.tuples(SEQ, PTS), max_size=limits.BATCH_MAX).map(tuple),
    ),
    messages.End: st.builds(messages.End, U64, NAME, U32, SEQ, st.sampled_from([str(e) for e in Ending]), reason=TEXT),
    messages.Stats: st.builds(messages.Stats, U64),
    messages.Ask: st.builds(messages.Ask, st.just(messages.PROTOCOL), U64, st.just("") | NAME),
    messages.Told: st.builds(messages.Told, U64),
}
"""One strategy a kind."""

ANY: Final[SearchStrategy[messages.Message]] = st.one_of(list(BY_KIND.values()))

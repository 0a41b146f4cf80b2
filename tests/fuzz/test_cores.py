"""Every core against peers that say anything at any time: it never raises, keeps its invariants, and speaks well."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.messages import Message, Picture, ResultItem, Results
from common.transport import Outcome
from tests.fuzz.bench import COLLECTOR, JOB, JPEG, MODEL, PIXELS, SHA, collector_bench, producer_bench, worker_bench
from tests.fuzz.harness import fuzzed_longer
from tests.fuzz.plausible import small

pytestmark = pytest.mark.fuzz

PAYLOADS: Final = st.sampled_from(
    [
        *(None, None, PIXELS, JPEG, JPEG),
        *(memoryview(bytes(24)), memoryview(bytes(48)), memoryview(JOB.canonical), memoryview(MODEL)),
    ]
)
SAID: Final = st.tuples(
    st.sampled_from(["said", "said", "said"]),
    st.integers(0, 2),
    small(JOB.digest, SHA, COLLECTOR),
    PAYLOADS,
)
WAITS: Final = st.tuples(st.just("waits"), st.sampled_from([0.0, 0.01, 0.3, 1.1, 11.0]))
EDGE: Final = st.tuples(st.just("edge"), st.integers(0, 3))
FAILS: Final = st.tuples(st.just("fails"), st.sampled_from([Outcome.FULL, Outcome.GONE]))
ENDS: Final = st.tuples(st.just("ends"))
STEPS: Final = st.lists(st.one_of(SAID, SAID, SAID, WAITS, EDGE, EDGE, FAILS), max_size=60)
"""What happens to a core; how it ends is drawn apart, since nothing follows it."""

INTERRUPTS: Final = st.integers(0, 2)

_LOW: Final = st.sampled_from([0, 0, 0, 1, 1, 2, 3])
_PIECES: Final = st.sampled_from(
    [
        *((0, 0, 0, None), (3, 0, 0, None), (4, 0, 0, None), (-1, 0, 0, None)),
        *((-1, 0, 24, JPEG), (-1, 0, 48, JPEG), (-1, 24, 48, JPEG), (-1, 0, 24, memoryview(bytes(24)))),
    ]
)
"""Slot, offset, size and payload of a picture."""


def _picture(seq: int, piece: tuple[int, int, int, memoryview | None]) -> tuple[str, int, Message, memoryview | None]:
    slot, offset, size, payload = piece
    return "said", 0, Picture(1, "a", 1, seq, 8, 4, slot, offset, size), payload


def _result(seq: int) -> tuple[str, int, Message, None]:
    return "said", 1, Results(2, JOB.digest, (ResultItem("a", 1, seq, 1, seq, 0, 5, 7),)), None


DRAWN: Final = st.one_of(st.builds(_picture, _LOW, _PIECES), st.builds(_result, _LOW))
"""The stream `a`, its pictures and results: what random messages about anything seldom are."""
COLLECTED: Final = st.lists(st.one_of(SAID, SAID, DRAWN, DRAWN, WAITS, EDGE, EDGE, FAILS), min_size=10, max_size=60)


@fuzzed_longer
@given(steps=COLLECTED, interrupts=INTERRUPTS, durable=st.booleans(), draws=st.booleans(), single=st.booleans())
def test_a_collector_survives_anything(
    steps: list[tuple[Any, ...]], interrupts: int, *, durable: bool, draws: bool, single: bool
) -> None:
    """Whatever producers and workers say, rows go out in order, and only written ones are acknowledged."""
    bench = collector_bench(durable=durable, draws=draws, single=single)
    # The outputs are one queue: the edge answers in the order of the actions.
    bench.run([("edge", 0) if what[0] == "edge" else what for what in steps], interrupts)


@fuzzed_longer
@given(steps=STEPS, interrupts=INTERRUPTS, draws=st.booleans())
def test_a_producer_survives_anything(steps: list[tuple[Any, ...]], interrupts: int, *, draws: bool) -> None:
    """Whatever workers and the collector say, every frame keeps its slot until it is acknowledged."""
    producer_bench(draws=draws).run(steps, interrupts)


@fuzzed_longer
@given(STEPS, INTERRUPTS)
def test_a_worker_survives_anything(steps: list[tuple[Any, ...]], interrupts: int) -> None:
    """Whatever producers and collectors say, it holds no more than it may and answers for what it took."""
    worker_bench().run(steps, interrupts)

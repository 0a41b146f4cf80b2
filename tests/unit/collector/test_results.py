"""What becomes of results and fates: admitted once, in their place, or counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.actions import Emit
from common.messages import ResultItem, Results
from common.rows import Row, Status
from tests.unit.collector.playbook import JOB, WINDOW, Play, emitted, only


@pytest.fixture
def play() -> Play:
    """A core whose stream `clip` is open."""
    play = Play()
    play.open_stream(play.producer())
    return play


@given(order=st.permutations(range(WINDOW)))
def test_frames_come_out_in_order(order: list[int]) -> None:
    """Whatever the order of their results."""
    play = Play()
    play.open_stream(play.producer())
    worker = play.worker()
    assert [seq for seq_in in order for seq in emitted(worker.results(seq_in))] == list(range(WINDOW))


def test_a_row_carries_its_frame(play: Play) -> None:
    """Its own detections out of the batch's, and its time."""
    worker = play.worker()
    rows = only(Emit, worker.results(1, 0)).rows
    assert rows == (Row("clip", 0, 0, Status.OK), Row("clip", 1, 10, Status.OK))
    for row in rows:
        assert row.detections is not None
        assert row.detections.tolist() == [[row.seq, 0, 1, 1, 0.5, 0]]


def test_a_frame_without_detections_is_a_result(play: Play) -> None:
    """An empty scene has an empty array, with and without a payload part."""
    worker = play.worker()
    for seq, payload in ((0, None), (1, b"")):
        items = (ResultItem("clip", 1, seq, 1, 0, 0, 0, 0),)
        row = only(Emit, worker.say(Results(0, JOB.digest, items), payload)).rows[0]
        assert row.detections is not None
        assert row.detections.shape == (0, 6)


def test_the_first_result_of_a_frame_wins(play: Play) -> None:
    """Others count as duplicates, before and after it was emitted."""
    worker = play.worker()
    assert emitted(worker.results(1)) == []
    assert emitted(worker.results(1, 0)) == [0, 1]
    assert emitted(worker.results(0)) == []
    assert play.core.facts(play.now).duplicates == 2


@pytest.mark.parametrize(
    ("reason", "stream", "epoch", "seq", "job"),
    [
        ("unknown_stream", "other", 1, 0, JOB.digest),
        ("stale_epoch", "clip", 2, 0, JOB.digest),
        ("wrong_job", "clip", 1, 0, b"x" * 32),
        ("beyond_window", "clip", 1, WINDOW, JOB.digest),
    ],
)
def test_what_belongs_elsewhere_is_counted(
    play: Play, reason: str, stream: str, epoch: int, seq: int, job: bytes
) -> None:
    """And changes nothing."""
    worker = play.worker()
    assert worker.results(seq, stream=stream, epoch=epoch, job=job) == []
    assert play.counted() == {reason: 1}
    assert emitted(worker.results(0)) == [0]


def test_one_bad_item_does_not_spoil_its_batch(play: Play) -> None:
    """The others keep their own detections."""
    rows = only(Emit, play.worker().results(0, 99, 1)).rows
    assert [(row.seq, row.detections.tolist()[0][0]) for row in rows if row.detections is not None] == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    "payload",
    [None, b"", bytes(23), bytes(48), np.full((1, 6), np.nan, np.float32).tobytes()],
    ids=["none", "empty", "short", "long", "nan"],
)
def test_a_payload_that_is_not_what_it_says_is_dropped_whole(play: Play, payload: bytes | None) -> None:
    """A number that no output can hold would otherwise end the run."""
    items = (ResultItem("clip", 1, 0, 1, 0, 1, 0, 0),)
    worker = play.worker()
    assert worker.say(Results(0, JOB.digest, items), payload) == []
    assert play.counted() == {"malformed": 1}
    assert emitted(worker.results(0)) == [0]


def test_only_workers_deliver_results(play: Play) -> None:
    """And only in a session that is known."""
    producer = play.producer("q", b"q" * 16)
    assert producer.results(0) == []
    worker = play.worker()
    worker.session += 1
    worker.results(0)
    assert play.counted() == {"role": 1, "unknown_session": 1}


def test_a_fate_takes_a_frame_s_place() -> None:
    """It is emitted in its turn; repeated, it is no news; a result before it wins."""
    play = Play()
    producer, worker = play.producer(), play.worker()
    play.open_stream(producer)
    worker.results(1)
    actions = producer.fate(0, 1)
    assert only(Emit, actions).rows == (Row("clip", 0, 0, Status.DROPPED, "late"), Row("clip", 1, 10, Status.OK))
    assert producer.fate(0, 1) == []
    assert producer.fate(WINDOW + 2) == []
    assert play.counted() == {"beyond_window": 1}
    assert play.core.facts(play.now).duplicates == 0


def test_only_its_own_producer_decides_a_frame_s_fate() -> None:
    """Another producer's word, a worker's and an old epoch's count for nothing."""
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    other = play.producer("q", b"q" * 16)
    for peer, epoch in ((other, 1), (play.worker(), 1), (producer, 0)):
        assert peer.fate(0, epoch=epoch) == []
    assert play.counted() == {"stale_epoch": 2, "role": 1}

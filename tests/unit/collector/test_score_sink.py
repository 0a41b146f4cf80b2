"""The sink of `--score`: it counts what is written, once, and says why a stream is not compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collector import score_sink
from collector.facts import Score
from collector.jsonl import JsonlSink
from collector.outputs import Outputs
from collector.paths import OutputPath
from collector.score_sink import ScoreSink
from common.actions import Notice
from common.errors import DiskFullError
from common.rows import Ending, Row, Status, StreamHeader
from common.truth import Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER = StreamHeader("a", 64, 48, Fraction(1, 25), Fraction(25), truth="one person")
BOX = (1, 2, 11, 22)


class OnePerson:
    """One person, always in the same place."""

    def boxes(self, frame: int) -> NDArray[np.float32]:  # noqa: ARG002 - `Truth`
        """See `Truth`."""
        return np.array([(*BOX, 1.0)], np.float32)


def read(text: str) -> Truth | None:
    """Stands in for `read_truth`: knows one scene."""
    if text in {"", HEADER.truth}:
        return OnePerson() if text else None
    raise ValueError(f"no scene: {text}\n\x1b[2J")


@pytest.fixture
def notices() -> list[Notice]:
    """What was told."""
    return []


@pytest.fixture
def sink(notices: list[Notice], monkeypatch: pytest.MonkeyPatch) -> ScoreSink:
    """A sink that knows one scene."""
    monkeypatch.setattr(score_sink, "read_truth", read)
    return ScoreSink(notices.append)


def row(seq: int, status: Status = Status.OK, *, stream: str = "a") -> Row:
    """A row that has found its person, if it is ok."""
    found = np.array([(*BOX, 0.9, 0)], np.float32)
    return Row(stream, seq, seq, status, "", found if status is Status.OK else None)


def test_it_holds_nothing_and_stands_in_nobodys_way(
    sink: ScoreSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It draws nothing, and is not durable, so that no run can be resumed from it."""
    monkeypatch.chdir(tmp_path)
    assert (sink.draws, sink.durable, sink.single, sink.slow) == (False, False, False, True)
    outputs = Outputs.open([sink], force=False, resume=False)
    assert (outputs.durable, outputs.draws, outputs.recovered) == (False, False, {})
    outputs.begin(HEADER, 1, "ab" * 32, ())
    outputs.write([row(0), row(1, Status.FAILED), row(2, Status.DROPPED)])
    outputs.end("a", Ending.COMPLETE, 3, "")
    outputs.close()
    sink.discard()
    sink.truncate({})
    assert sink.recover({}) == {}
    assert sink.scores == {"a": Score(compared=1, failed=1, dropped=1, people=1, found=1)}
    assert not list(tmp_path.iterdir())


def test_rows_that_a_full_disk_holds_up_are_counted_once(
    sink: ScoreSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before they are written, and not again when they are."""
    rows = JsonlSink(OutputPath(tmp_path / "out.jsonl"), overwrite=False)
    outputs = Outputs.open([rows, sink], force=False, resume=False)
    outputs.begin(HEADER, 1, "ab" * 32, ())
    with monkeypatch.context() as full:
        full.setattr(rows, "flush", failing(DiskFullError("out.jsonl: no space left", "make room")))
        with pytest.raises(DiskFullError):
            outputs.write([row(0), row(1)])
    assert sink.scores == {"a": Score()}
    outputs.flush()
    outputs.write([row(2)])
    outputs.close()
    assert sink.scores["a"].compared == 3


def failing(error: Exception) -> Callable[[], None]:
    """A method that does nothing but fail."""

    def fail() -> None:
        raise error

    return fail


def test_a_stream_that_says_nothing_is_warned_of_once(sink: ScoreSink, notices: list[Notice]) -> None:
    """Its rows are counted as untold; opening it again is no news."""
    for epoch in (1, 2):
        sink.open(replace(HEADER, truth=""), epoch, ())
    sink.take(row(0), None)
    sink.flush()
    assert notices == [
        Notice("warning", "stream a: --score compares nothing, its source does not say what is in its frames")
    ]
    assert sink.scores == {"a": Score(untold=1)}


def test_a_scene_that_cannot_be_read_costs_the_score_and_nothing_else(sink: ScoreSink, notices: list[Notice]) -> None:
    """What a peer wrote is shown on one line, without its escapes."""
    sink.open(replace(HEADER, truth="endless people"), 1, ())
    sink.take(row(0), None)
    sink.flush()
    text = "stream a: it is not compared, its scene cannot be read: no scene: endless people ?[2J"
    assert notices == [Notice("warning", text)]
    assert sink.scores == {"a": Score(untold=1)}


def test_labels_without_a_person_are_warned_of(sink: ScoreSink, notices: list[Notice]) -> None:
    """Otherwise a recall of nothing would be a riddle; without labels there is nothing to warn of."""
    sink.open(HEADER, 1, ())
    assert notices == []
    sink.open(HEADER, 1, ("pedestrian",))
    (notice,) = notices
    assert notice.text == "stream a: no class is labelled 'person', so nobody can be found; see --labels"
    sink.take(row(0), None)
    sink.flush()
    assert sink.scores == {"a": Score(compared=1, people=1)}


def test_a_stream_that_goes_on_keeps_its_figures(sink: ScoreSink) -> None:
    """Under another scene it is compared with that from there on; streams do not mix."""
    sink.open(HEADER, 1, ())
    sink.open(replace(HEADER, name="b"), 1, ())
    for taken in (row(0), row(0, stream="b"), row(1, stream="b")):
        sink.take(taken, None)
    sink.flush()
    sink.open(replace(HEADER, truth=""), 2, ())
    sink.take(row(1), None)
    sink.flush()
    assert sink.scores["a"] == Score(compared=1, untold=1, people=1, found=1)
    assert sink.scores["b"] == Score(compared=2, people=2, found=2)

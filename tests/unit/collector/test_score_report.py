"""What is said of a score: figures, and every frame that they do not speak of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.facts import Score, StreamFacts
from collector.report import build_report, summary_lines
from collector.report_page import report_page
from collector.score_report import score_line, score_of, stream_score
from common.rows import Status
from tests.unit.collector.runs import check_schema, run, stream

GOOD = Score(compared=600, people=2210, found=2080, false=102)


def test_the_line_has_both_figures_and_what_they_come_from() -> None:
    """Nothing is left out, so nothing is said of that."""
    score = score_of(replace(run(stream()), scores={"clip": GOOD}))
    assert score is not None
    assert score_line(score) == (
        "score at IoU 0.5: precision 0.953, recall 0.941 (2210 people in 600 frames, 2080 found, 102 false)"
    )


def test_frames_that_were_not_compared_are_stated_by_why() -> None:
    """Failed and dropped ones, those of a stream without a truth, and those of a collector before."""
    resumed = replace(stream(), resumed_at=50)
    scores = {"clip": GOOD._replace(failed=2), "mute": Score(untold=7, dropped=1)}
    score = score_of(replace(run(resumed, stream("mute")), scores=scores))
    assert score is not None
    assert score["not_compared"] == {"untold": 7, "failed": 2, "dropped": 1, "earlier": 50}
    assert score_line(score).endswith(
        "; 60 frames not compared: 7 of which nobody says what is in them, 2 failed, 1 dropped, 50 of an earlier "
        "collector"
    )


@pytest.mark.parametrize(
    ("scores", "line"),
    [
        ({}, "score: no frame was compared"),
        (
            {"clip": Score(untold=3)},
            "score: no frame was compared (3 of which nobody says what is in them)",
        ),
        (
            {"clip": Score(compared=2)},
            "score at IoU 0.5: precision none, recall none (0 people in 2 frames, 0 found, 0 false)",
        ),
        (
            {"clip": Score(compared=2, false=1)},
            "score at IoU 0.5: precision 0.000, recall none (0 people in 2 frames, 0 found, 1 false)",
        ),
    ],
    ids=["no frame", "no truth", "nobody there", "nobody found"],
)
def test_nothing_is_divided_by_nothing(scores: dict[str, Score], line: str) -> None:
    """A figure that cannot be had is called none, and the report says null."""
    report = build_report(replace(run(stream()), scores=scores))
    check_schema(report)
    assert score_line(report["score"]) == line
    assert line in summary_lines(report)


def test_without_the_option_nothing_is_said() -> None:
    """Null in the report, no line in the summary, none on the page."""
    report = build_report(run(stream()))
    check_schema(report)
    assert report["score"] is None
    assert report["streams"][0]["score"] is None
    assert not [line for line in summary_lines(report) if "score" in line]
    assert "precision" not in report_page(report)


def test_a_stream_of_which_nothing_was_compared_has_null() -> None:
    """The others have their own figures, and the page shows them."""
    facts = replace(run(stream(), stream("mute")), scores={"clip": GOOD, "mute": Score(untold=7)})
    report = build_report(facts)
    check_schema(report)
    clip, mute = report["streams"]
    assert (clip["score"]["precision"], clip["score"]["recall"]) == (0.9533, 0.9412)
    assert mute["score"] is None
    page = report_page(report)
    assert score_line(report["score"]) in page
    assert "<small>precision 0.953, recall 0.941</small>" in page


COUNTS = st.integers(0, 50)


@given(st.lists(st.tuples(st.integers(0, 30), st.builds(Score, COUNTS, COUNTS, COUNTS, COUNTS)), max_size=4))
def test_compared_and_not_compared_are_all_frames(streams: list[tuple[int, Score]]) -> None:
    """Of each stream, and of the run: what is missing from a figure is beside it."""
    facts = [_facts(f"s{number}", before, score) for number, (before, score) in enumerate(streams)]
    scores = {fact.name: score for fact, (_, score) in zip(facts, streams, strict=True)}
    total = score_of(replace(run(*facts), scores=scores))
    assert total is not None
    assert total["compared"] + sum(total["not_compared"].values()) == sum(fact.captured for fact in facts)
    for fact in facts:
        own = stream_score(fact, scores)
        assert (own is None) is (scores[fact.name].compared == 0)
        assert own is None or own["compared"] + sum(own["not_compared"].values()) == fact.captured


def _facts(name: str, before: int, score: Score) -> StreamFacts:
    """A stream of which an earlier collector had so many frames."""
    rows = score.compared + score.untold
    counts = {(Status.OK, ""): before + rows, (Status.FAILED, "poison"): score.failed}
    counts[Status.DROPPED, "interrupted"] = score.dropped
    captured = before + rows + score.failed + score.dropped
    return replace(stream(name, captured=captured), counts=counts, resumed_at=before)

"""What a report and its summary say of a comparison with the truth (`--score`). Pure.

Guarantees that every frame of the run which the figures do not speak of is stated beside them, by why. Does NOT
compare anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.facts import RunFacts, Score, StreamFacts
from collector.score import IOU_MIN, VISIBLE_MIN

_WHY: Final = {
    "untold": "of which nobody says what is in them",
    "failed": "failed",
    "dropped": "dropped",
    "earlier": "of an earlier collector",
}
"""Why a frame is not compared, in words."""


def score_of(facts: RunFacts) -> dict[str, Any] | None:
    """The run's figures; null where nothing was to be compared."""
    return None if facts.scores is None else _score(facts.streams, facts.scores)


def stream_score(stream: StreamFacts, scores: Mapping[str, Score] | None) -> dict[str, Any] | None:
    """A stream's own figures; null where none of its frames was compared."""
    if scores is None or not scores.get(stream.name, Score()).compared:
        return None
    return _score([stream], scores)


def ratios(score: Mapping[str, Any]) -> str:
    """The two figures that all others are for."""
    return f"precision {_ratio(score['precision'])}, recall {_ratio(score['recall'])}"


def score_line(score: Mapping[str, Any]) -> str:
    """The figures for people, on one line."""
    missing = {why: count for why, count in score["not_compared"].items() if count}
    whys = ", ".join(f"{count} {_WHY[why]}" for why, count in missing.items())
    if not score["compared"]:
        return "score: no frame was compared" + (f" ({whys})" if whys else "")
    line = f"score at IoU {score['iou']}: {ratios(score)}"
    line += f" ({score['people']} people in {score['compared']} frames, {score['found']} found, {score['false']} false)"
    return f"{line}; {sum(missing.values())} frames not compared: {whys}" if whys else line


def _score(streams: Sequence[StreamFacts], scores: Mapping[str, Score]) -> dict[str, Any]:
    each = [scores.get(stream.name, Score()) for stream in streams]
    total = Score(*map(sum, zip(Score(), *each, strict=True)))
    return {
        "iou": IOU_MIN,
        "visible_min": VISIBLE_MIN,
        "compared": total.compared,
        "not_compared": {
            "untold": total.untold,
            "failed": total.failed,
            "dropped": total.dropped,
            "earlier": sum(stream.resumed_at for stream in streams),
        },
        "people": total.people,
        "found": total.found,
        "false": total.false,
        "precision": _share(total.found, total.found + total.false),
        "recall": _share(total.found, total.people),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _ratio(share: float | None) -> str:
    return "none" if share is None else f"{share:.3f}"

"""Whether a stream is complete."""

from __future__ import annotations

import pytest

from common.rows import Ending
from producer.tally import Tally


@pytest.mark.parametrize(
    "tally",
    [
        Tally(announced=300, decoded=300),
        Tally(announced=0, decoded=7),
        Tally(announced=300, decoded=298, hidden=2),
        Tally(announced=300, decoded=301),
        Tally(announced_s=10.0, end_s=9.93, frame_s=0.04),
    ],
    ids=["all", "no count", "hidden by design", "more", "rounded duration"],
)
def test_complete(tally: Tally) -> None:
    """Nothing missing and nothing damaged is complete, without a reason."""
    assert tally.verdict() == (Ending.COMPLETE, "")


@pytest.mark.parametrize(
    ("tally", "reason"),
    [
        (Tally(announced=300, decoded=131), "decoded 131 of 300 frames announced by the container"),
        (Tally(announced_s=10.0, end_s=4.0, frame_s=0.04), "ends at 4.00 s of 10.00 s announced by the container"),
        (Tally(decoded=5, undecodable=2), "2 packets could not be decoded"),
        (Tally(decoded=5, damaged=1), "1 packets or frames are damaged"),
        (Tally(decoded=5, stopped="reading stopped (x)"), "reading stopped (x)"),
        (Tally(stopped="a", undecodable=1), "a; 1 packets could not be decoded"),
    ],
)
def test_incomplete(tally: Tally, reason: str) -> None:
    """Whatever is missing is named."""
    assert tally.verdict() == (Ending.INCOMPLETE, reason)

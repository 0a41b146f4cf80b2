"""A sentence on why a mode is as fast as it is, from what was measured of it."""

from __future__ import annotations

import pytest

from vinofleet.compare.explain import why
from vinofleet.compare.modes import CEILING, Mode

SYNC_MS = {"decode": 5.0, "preprocess": 3.0, "infer": 10.0, "draw": 2.0}
PRODUCER_MS = {"decode": 4.5, "prepare": 1.5}
ENGINE = {"requests": 2, "streams": 1}


@pytest.mark.parametrize(
    ("mode", "stages_ms", "engine", "sync_ms", "says"),
    [
        (Mode("sync", "sync"), SYNC_MS, ENGINE, SYNC_MS, "decode 5.0 + preprocess 3.0 + infer 10.0 + draw 2.0 = 20.0"),
        (Mode("async", "async"), SYNC_MS | {"wait": 4.0}, ENGINE, SYNC_MS, "10.0 ms of decode, preprocess and draw"),
        (Mode("async", "async"), SYNC_MS | {"wait": 4.0}, ENGINE, SYNC_MS, "4.0 ms a frame are left"),
        (Mode("queue-latency", "queue"), SYNC_MS, ENGINE, SYNC_MS, "2 requests on 1 stream are under way"),
        (Mode("queue-latency", "queue"), SYNC_MS, ENGINE, SYNC_MS, "preprocesses (8.0 ms a frame)"),
        (CEILING, {}, {"requests": 4, "streams": 4}, {}, "one tensor again and again, 4 requests on 4 streams"),
        (Mode("fleet-1", "fleet", workers=1), PRODUCER_MS, {}, SYNC_MS, "one worker infers; decoding"),
        (Mode("fleet-3", "fleet", workers=3), PRODUCER_MS, {}, SYNC_MS, "6.0 ms a frame, against 8.0 of decode"),
    ],
)
def test_it_says_what_overlaps_and_what_is_waited_for(
    mode: Mode, stages_ms: dict[str, float], engine: dict[str, object], sync_ms: dict[str, float], says: str
) -> None:
    """In figures of this very run."""
    assert says in why(mode, stages_ms, engine, sync_ms)


def test_what_was_not_measured_is_not_compared() -> None:
    """Without `sync` a fleet stands alone; without its report's figure too."""
    fleet = Mode("fleet-2", "fleet", workers=2)
    assert "against" not in why(fleet, PRODUCER_MS, {}, {})
    assert why(fleet, {}, {}, SYNC_MS).endswith("2 workers infer, each on its own cores")

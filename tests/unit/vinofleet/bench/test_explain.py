"""A gap in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.vinofleet.bench.measurements import ALONE, FLEET_MS
from vinofleet.bench.explain import headline, sentences
from vinofleet.bench.gap import Alone, gap_of


def told(alone: Alone, fps: float, used_ms: dict[str, float]) -> str:
    """All that is said."""
    gap = gap_of(alone, fps, used_ms)
    return " ".join([headline(gap), *sentences(alone, gap)])


@pytest.mark.parametrize(
    ("alone", "fps", "says"),
    [
        (ALONE, 120.0, "142.9 FPS possible, 120.0 reached (84 %): CPU-bound; transport costs 1.00 ms a frame"),
        (ALONE, 120.0, "2 cores admit 142.9 FPS (other limits: decoding 250, inference 200, transport 9000)"),
        (ALONE, 120.0, "14.00 ms of CPU time a frame: decoding 3.00, resizing 1.00, inference 10.00"),
        (ALONE, 120.0, "takes 16.50 ms, 1.18 times that: handing frames and results round is 1.00 (producer 0.50"),
        (ALONE, 120.0, "its parts take +1.50 ms: decoding and resizing +0.50, inference +1.00."),
        (ALONE, 120.0, "All 2 cores are busy"),
        (ALONE, 60.0, "The cores idle for 16.83 of 33.33 ms a frame."),
        (replace(ALONE, prepare_fps=80.0), 79.0, "80.0 FPS possible, 79.0 reached (99 %): decode-bound"),
        (replace(ALONE, prepare_fps=80.0), 79.0, "one thread decodes and resizes a stream at 80.0 FPS"),
        (replace(ALONE, prepare_fps=80.0), 79.0, "ms a frame for the limit"),
        (replace(ALONE, inference_fps=60.0), 50.0, "inference-bound"),
        (replace(ALONE, transport_fps=60.0), 50.0, "transport-bound"),
    ],
)
def test_it_says_what_is_possible_what_was_reached_and_why(alone: Alone, fps: float, says: str) -> None:
    """In figures of this very measurement."""
    assert says in told(alone, fps, FLEET_MS)


def test_what_was_not_measured_is_not_spoken_of() -> None:
    """Without CPU time there are the rates and their limit."""
    untold = replace(ALONE, inference_ms=None, decode_ms=None, prepare_ms=None, transport_ms={})
    text = told(untold, 120.0, {})
    assert text.startswith("200.0 FPS possible, 120.0 reached (60 %): inference-bound The limit is")
    assert "ms" not in text.replace("resizes", "")


def test_parts_that_take_no_more_in_company_are_not_mentioned() -> None:
    """Nothing is nothing."""
    assert "Beside each other" not in told(ALONE, 130.0, {"producer": 4.5, "worker": 10.4, "collector": 0.1})

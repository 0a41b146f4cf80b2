"""Decoding and resizing alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import InputError
from common.job import InputSpec
from tests.process.media import clip
from vinofleet.bench.alone import PIXELS_KEPT, decoded, first_pixels

SPEC = InputSpec("image", 64, 48, "i420", "BGR", "stretch")


def test_a_clip_has_a_rate_with_and_without_resizing(tmp_path: Path) -> None:
    """And uses the CPU for it."""
    path = str(clip(tmp_path / "clip.mp4", 10))
    for spec in (None, SPEC):
        notes = decoded(path, 2, 8, spec)
        assert notes["fps"] > 0
        assert notes["cpu_ms"] > 0


def test_the_first_frames_are_what_the_model_takes(tmp_path: Path) -> None:
    """Each its own; no more than there are, nor than are wanted."""
    path = str(clip(tmp_path / "clip.mp4", 10))
    found = first_pixels(path, 7, SPEC)
    assert [each.shape for each in found] == [(SPEC.nbytes,)] * 3
    assert (found[0] != found[2]).any()
    assert len(first_pixels(path, 0, SPEC)) == PIXELS_KEPT


def test_too_little_is_refused() -> None:
    """One frame has no rate, none cannot be inferred."""
    with pytest.raises(InputError, match="no two frames"):
        decoded("synthetic://counter?frames=3", 2, 8, SPEC)
    with pytest.raises(InputError, match="has no frames"):
        first_pixels("synthetic://counter?frames=3", 3, SPEC)

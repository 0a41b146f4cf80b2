"""What is seen of a frame, for every way in which frames lie in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.job import InputSpec
from producer import planes
from producer.source import Terms
from producer.sources import open_source
from producer.view import Region, View
from producer.wish import Wish

CLOSE = 6
REGION = Region(14, 10, 36, 24)


def seen(whole: np.ndarray, region: Region, *, across: bool, down: bool) -> np.ndarray:
    """A part of a picture, mirrored."""
    part = whole[region.y : region.y + region.height, region.x : region.x + region.width]
    part = part[:, ::-1] if across else part
    return part[::-1] if down else part


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The mean difference of two pictures."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize(
    "form", ["yuv420p", "yuv422p", "yuv444p", "yuv410p", "yuv411p", "yuv420p10le", "nv12", "bgr24", "gray", "yuyv422"]
)
@pytest.mark.parametrize("region", [REGION, Region(15, 9, 33, 25), Region(0, 0, 65, 49), Region(64, 48, 1, 1)])
def test_a_region_is_that_of_the_picture(form: str, region: Region, picture: Callable[..., np.ndarray]) -> None:
    """Whatever the subsampling, with odd corners and sides, mirrored or not."""
    original = picture(66, 50)
    frame = av.VideoFrame.from_ndarray(original, "bgr24").reformat(format=form)
    whole = frame.reformat(format="bgr24").to_ndarray()
    spec = InputSpec("", region.width, region.height, "bgr", "BGR", "stretch")
    for across in (False, True):
        for down in (False, True):
            out = np.zeros(spec.nbytes, np.uint8)
            planes.render(frame, spec, out, View(region, across, down))
            wanted = seen(whole, region, across=across, down=down)
            assert difference(out.reshape(spec.shape), wanted) < CLOSE, (across, down)


@pytest.mark.parametrize("flip", [None, "horizontal", "vertical", "both"])
@pytest.mark.parametrize("kind", ["street", "turned"])
def test_a_view_is_of_what_a_person_sees(kind: str, flip: str | None, make_clip: Callable[..., Path]) -> None:
    """Of a drawn source, and of a file that is turned by its display matrix: the same part of the upright picture."""
    quarter = [0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30]
    uri = "synthetic://street?frames=1&size=64x96&people=3"
    if kind == "turned":
        uri = str(make_clip("clip.mp4", frames=1, size=(96, 64), matrix=quarter))
    whole_spec = InputSpec("", 64, 96, "bgr", "BGR", "stretch")
    whole = np.zeros(whole_spec.nbytes, np.uint8)
    with closing(open_source(uri, "s")) as source:
        next(iter(source.frames())).write_to(whole_spec, whole)
    spec = InputSpec("", 36, 24, "bgr", "BGR", "stretch")
    out = np.zeros(spec.nbytes, np.uint8)
    with closing(open_source(uri, "s", Terms(), Wish(roi=REGION, flip=flip))) as source:
        assert (source.header.width, source.header.height, source.header.truth) == (36, 24, "")
        next(iter(source.frames())).write_to(spec, out)
    across, down = flip in {"horizontal", "both"}, flip in {"vertical", "both"}
    assert difference(out.reshape(spec.shape), seen(whole.reshape(96, 64, 3), REGION, across=across, down=down)) < CLOSE


@given(
    st.tuples(st.integers(1, 500), st.integers(1, 500)),
    st.tuples(st.integers(1, 500), st.integers(1, 500)),
    st.data(),
)
def test_a_region_of_another_size_is_inside_it(
    before: tuple[int, int], after: tuple[int, int], data: st.DataObject
) -> None:
    """And of one pixel at least; the whole stays the whole."""
    x, y = data.draw(st.integers(0, before[0] - 1)), data.draw(st.integers(0, before[1] - 1))
    region = Region(x, y, data.draw(st.integers(1, before[0] - x)), data.draw(st.integers(1, before[1] - y)))
    scaled = region.scaled(before, after)
    assert min(scaled.x, scaled.y) >= 0
    assert min(scaled.width, scaled.height) >= 1
    assert scaled.x + scaled.width <= after[0]
    assert scaled.y + scaled.height <= after[1]
    assert region.scaled(before, before) == region
    assert Region(0, 0, *before).scaled(before, after) == Region(0, 0, *after)

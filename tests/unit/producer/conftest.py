"""Small clips, written by the tests themselves."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

if TYPE_CHECKING:
    from numpy.typing import NDArray

ClipMaker = Callable[..., Path]


def smooth(width: int, height: int, phase: float = 0.0) -> NDArray[np.uint8]:
    """A colourful BGR picture without edges, different at every corner, whose resizing no filter can get wrong."""
    x = np.linspace(0.0, 1.0, width)[None, :] * np.ones((height, 1))
    y = np.linspace(0.0, 1.0, height)[:, None] * np.ones((1, width))
    channels = (0.5 + 0.4 * np.cos(3 * x + phase), 0.2 + 0.6 * y, 0.5 + 0.35 * np.sin(2.5 * (x + y)))
    return (255 * np.stack(channels, axis=-1)).round().astype(np.uint8)


@pytest.fixture(scope="session")
def picture() -> Callable[..., NDArray[np.uint8]]:
    """See `smooth`."""
    return smooth


@pytest.fixture
def make_clip(tmp_path: Path) -> ClipMaker:
    """Write a clip: `make_clip("a.mp4", frames=10, codec=..., pts=[...], matrix=(9 ints), audio=True ...)`."""

    def make(
        name: str,
        *,
        frames: int = 10,
        codec: str = "libx264",
        size: tuple[int, int] = (64, 48),
        pix_fmt: str = "yuv420p",
        pts: list[int] | None = None,
        matrix: list[int] | None = None,
        options: dict[str, str] | None = None,
    ) -> Path:
        path = tmp_path / name
        with av.open(path, "w") as container:
            stream: Any = container.add_stream(codec, rate=25, options=options or {})
            stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
            if pts:
                stream.codec_context.time_base = Fraction(1, 1000)
            if matrix:
                stream.set_display_matrix(matrix)
            for number in range(frames):
                shown = smooth(*size, phase=0.05 * number)
                frame = av.VideoFrame.from_ndarray(shown, "bgr24").reformat(format=pix_fmt)
                frame.pts = pts[number] if pts else number
                frame.time_base = Fraction(1, 1000) if pts else Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        return path

    return make

"""Models and clips of the assets, as the tests of real processes want them."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

SHORT_FRAMES = 120


@pytest.fixture(scope="session")
def reference_model(assets: Path) -> Path:
    """person-detection-0202, FP16."""
    return assets / "models/person-detection-0202/person-detection-0202.xml"


@pytest.fixture(scope="session")
def short_clip(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 120 frames of vtest.avi, copied packet by packet: the decoder sees the same bytes."""
    target = tmp_path_factory.mktemp("clips") / "vtest.avi"
    with av.open(str(assets / "videos/vtest.avi")) as reading, av.open(str(target), "w") as writing:
        source = reading.streams.video[0]
        copy = writing.add_stream_from_template(source)
        for number, packet in enumerate(reading.demux(source)):
            if number == SHORT_FRAMES:
                break
            packet.stream = copy
            writing.mux(packet)
    return target

"""Tests of producer.remote_container: what has an end, and what an address may lead to. Servers: tests/process."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from common.errors import InputError
from producer.remote_container import has_time, is_live, open_remote_container
from tests.unit.producer.conftest import ClipMaker


def container(form: str, duration: int | None, size: int) -> Any:  # noqa: ANN401 - a container that is none
    """What libav says of it."""
    return SimpleNamespace(format=SimpleNamespace(name=form), duration=duration, size=size)


@pytest.mark.parametrize(
    ("form", "duration", "size", "live"),
    [
        ("rtsp", 10_000_000, -1, True),
        ("mpjpeg", None, 1000, True),
        ("hls", None, -1, True),
        ("hls", 10_000_000, -1, False),
        ("mov,mp4,m4a,3gp,3g2,mj2", None, 1000, False),
        ("mpegts", None, 0, True),
    ],
)
def test_what_has_no_end(form: str, duration: int | None, size: int, *, live: bool) -> None:
    """Some formats never; others where neither a length nor a duration is told."""
    assert is_live(container(form, duration, size)) is live
    assert has_time(container(form, duration, size)) is (form != "mpjpeg")


@pytest.mark.parametrize("prefix", ["file:", "", "concat:", "subfile,,start,0,end,0,,:"])
def test_an_address_of_the_network_is_nothing_else(make_clip: ClipMaker, prefix: str) -> None:
    """No other protocol is spoken, though there is a video."""
    clip = make_clip("clip.mp4")
    with pytest.raises(InputError, match="is not admitted"):
        open_remote_container(f"{prefix}{clip}", "door")

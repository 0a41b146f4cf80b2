"""Names and kinds of sources."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.errors import InputError
from common.exits import Exit
from producer.sources import default_stream_names, open_source

LEGAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


@pytest.mark.parametrize(
    ("uris", "names"),
    [
        (["a/clip.mp4"], ["clip"]),
        (["a/clip.mp4", "b/clip.avi", "clip-2.mp4"], ["clip", "clip-2", "clip-2-2"]),
        (["Ünser Film (1).mp4"], ["nser-Film-1"]),
        (["...", "", "日本"], ["stream", "stream-2", "stream-3"]),
        (["synthetic://counter?frames=3", "synthetic://counter?frames=4"], ["counter", "counter-2"]),
    ],
)
def test_names_come_from_stems(uris: list[str], names: list[str]) -> None:
    """A stream is called after its file, legally and uniquely."""
    assert default_stream_names(uris) == names


@given(st.lists(st.one_of(st.text(max_size=90), st.sampled_from(["a", "a-2", "x" * 70, "x" * 64])), max_size=20))
def test_names_are_legal_and_unique(uris: list[str]) -> None:
    """Whatever the user types, every name is admitted by the protocol and none repeats."""
    names = default_stream_names(uris)
    assert len(set(names)) == len(names) == len(uris)
    for name in names:
        assert LEGAL.match(name)
        assert len(name) <= limits.NAME_MAX_CHARS


@pytest.mark.parametrize("uri", ["udp://user:secret@h/1", "file:///v.mp4", "FTP://h/x"])
def test_addresses_are_refused(uri: str) -> None:
    """Of an address that no kind is for only the scheme is repeated: the rest may hold a password."""
    with pytest.raises(InputError, match="is no kind of source") as caught:
        open_source(uri, "s")
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code is Exit.INPUT


def test_a_source_without_a_name_is_refused() -> None:
    """As a path it would be the present folder."""
    with pytest.raises(InputError, match="a source has no name"):
        open_source("", "a")


def test_synthetic_source_loads_no_decoder() -> None:
    """A producer of synthetic frames imports neither libav nor cv2."""
    code = (
        "import sys; from producer.sources import open_source;"
        "open_source('synthetic://counter?frames=1', 's'); sys.exit('av' in sys.modules or 'cv2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

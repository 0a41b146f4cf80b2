"""What a producer's options mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from common import limits
from common.errors import UsageError
from producer.options import PATIENCE_DEFAULT_MS, patience_ms, read_labels, read_policy, stream_names, window_frames
from producer.policy import LOSSLESS, Keep, Policy


def test_labels_come_from_a_file_or_from_the_command_line(tmp_path: Path) -> None:
    """A file has one a line, its empty lines are classes without a name, its end does not matter."""
    path = tmp_path / "labels.txt"
    path.write_text("person\n\n car \r\n\n\n")
    assert read_labels(str(path)) == ("person", "", "car")
    assert read_labels("person, car") == ("person", "car")
    assert read_labels("person") == ("person",)
    assert read_labels(None) is None


@pytest.mark.parametrize("name", ["missing.txt", "folder/labels", "."])
def test_labels_that_look_like_a_file_must_be_one(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error in a path is not taken for a class."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="labels cannot be read"):
        read_labels(name)


def test_labels_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A model given in place of its labels is found out."""
    path = tmp_path / "model.bin"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no UTF-8 text"):
        read_labels(str(path))


def test_streams_are_named_after_their_sources_unless_named() -> None:
    """Names given win, one for each source."""
    assert stream_names(["a/x.mp4", "b/x.mp4"], []) == ["x", "x-2"]
    assert stream_names(["a/x.mp4", "b/x.mp4"], ["left", "right"]) == ["left", "right"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["one"], "1 names for 2 sources"),
        (["one", "one"], "the same name one"),
        (["one", "../two"], "is no stream name"),
        (["one", ""], "is no stream name"),
    ],
)
def test_names_that_cannot_be_are_refused(names: list[str], message: str) -> None:
    """Too few, repeated, or ones that could leave a folder."""
    with pytest.raises(UsageError, match=message):
        stream_names(["a.mp4", "b.mp4"], names)


@pytest.mark.parametrize(
    ("asked", "frame_bytes", "frames"),
    [
        (None, 393_216, limits.WINDOW_DEFAULT_FRAMES),
        (None, 32 * 1024**2, 16),
        (None, 2 * limits.WINDOW_DEFAULT_BYTES, 1),
        (500, 393_216, 500),
    ],
)
def test_the_window_is_bounded_by_memory_unless_asked_for(asked: int | None, frame_bytes: int, frames: int) -> None:
    """64 frames, or as many as fit into 512 MiB."""
    assert window_frames(asked, frame_bytes) == frames


@pytest.mark.parametrize(
    ("asked", "urgent", "expected"), [(None, False, PATIENCE_DEFAULT_MS), (None, True, 0), (0, False, 0), (7, True, 7)]
)
def test_patience_is_for_where_nobody_waits(asked: int | None, urgent: bool, expected: int) -> None:  # noqa: FBT001
    """Whoever asks for it has it."""
    assert patience_ms(asked, urgent=urgent) == expected


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("lossless", LOSSLESS),
        ("freshest", Policy(Keep.FRESHEST)),
        ("max-age=2", Policy(Keep.MAX_AGE, 2.0)),
        ("max-age=0.5s", Policy(Keep.MAX_AGE, 0.5)),
        ("max-age=200ms", Policy(Keep.MAX_AGE, 0.2)),
    ],
)
def test_a_policy_is_read(text: str, policy: Policy) -> None:
    """Seconds are meant where no unit is given."""
    assert read_policy(text, live=True) == policy


@pytest.mark.parametrize(
    ("text", "live", "message"),
    [
        ("newest", True, "newest is unknown: write"),
        ("max-age", True, "max-age is unknown"),
        ("max-age=-1", True, "is unknown"),
        ("max-age=1h", True, "is unknown"),
        ("max-age=0ms", True, "would drop every frame"),
        ("freshest", False, "add --live"),
        ("max-age=1", False, "add --live"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(text: str, live: bool, message: str) -> None:  # noqa: FBT001
    """Unknown, of no duration, or for a source that waits: with what to write instead."""
    with pytest.raises(UsageError, match=message):
        read_policy(text, live=live)


def test_a_file_that_is_not_live_loses_nothing() -> None:
    """It waits."""
    assert read_policy("lossless", live=False) == LOSSLESS

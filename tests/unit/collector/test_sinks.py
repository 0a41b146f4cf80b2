"""From a name to a sink."""

from __future__ import annotations

import subprocess
import sys

import pytest

from collector.coco import CocoSink
from collector.csv_rows import CsvSink
from collector.mp4 import Mp4Sink
from collector.null_sink import NullSink
from collector.picture_folder import PictureFolderSink
from collector.sink import Sink
from collector.sinks import sink_for
from common.errors import OutputError, UsageError


@pytest.mark.parametrize(
    ("text", "kind", "path", "single"),
    [
        ("out.mp4", Mp4Sink, "out.mp4", True),
        ("a/{stream}.M4V", Mp4Sink, "a/{stream}.M4V", False),
        ("out.mov", Mp4Sink, "out.mov", True),
        ("{frame}.jpg", PictureFolderSink, "{frame}.jpg", True),
        ("pics/{stream}-{frame}.png", PictureFolderSink, "pics/{stream}-{frame}.png", False),
        ("pics/", PictureFolderSink, "pics/{stream}-{frame}.jpg", False),
        ("null:", NullSink, "null:", False),
    ],
)
def test_a_name_says_what_is_written(text: str, kind: type[Sink], path: str, *, single: bool) -> None:
    """By its suffix and what it has placeholders for."""
    sink = sink_for(text, overwrite=False)
    assert isinstance(sink, kind)
    assert (str(sink.path.template), sink.single, sink.draws) == (path, single, True)


@pytest.mark.parametrize(
    ("text", "kind", "single"),
    [
        ("out.csv", CsvSink, False),
        ("{stream}.CSV", CsvSink, False),
        ("out.coco.json", CocoSink, True),
        ("{stream}.coco.json", CocoSink, False),
    ],
)
def test_a_table_and_coco_results_are_not_drawn(text: str, kind: type[Sink], *, single: bool) -> None:
    """So that no original is sent for them."""
    sink = sink_for(text, overwrite=False)
    assert isinstance(sink, kind)
    assert (sink.single, sink.draws) == (single, False)


def test_what_draws_nothing_loads_nothing_that_draws() -> None:
    """It takes longer to load than all the rest."""
    script = (
        "import sys; from collector.sinks import sink_for\n"
        "[sink_for(name, overwrite=False) for name in ('a.csv', 'a.coco.json', 'null:')]\n"
        "sys.exit(str({'cv2', 'av'} & set(sys.modules)) if {'cv2', 'av'} & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "{frame}.csv",
        "out.json",
        "out.avi",
        "out",
        "out.jpg",
        "{frame}.mp4",
        "{frame}{frame}.jpg",
        "out.mp4.part",
        "rtsp://x",
    ],
)
def test_other_names_are_refused_with_what_is_possible(text: str) -> None:
    """A video without {frame}, pictures with it, a folder, or nothing."""
    with pytest.raises(
        UsageError, match=r"no output that vinofleet writes: name a video \(\.mp4, .*\), pictures \(\{frame\}"
    ):
        sink_for(text, overwrite=False)


def test_a_stream_in_a_folders_name_is_refused() -> None:
    """Folders are not made for streams."""
    with pytest.raises(OutputError, match="in a folder's name"):
        sink_for("{stream}/out.mp4", overwrite=False)


def test_leave_to_overwrite_is_passed_on() -> None:
    """--force counts for every output."""
    assert all(sink_for(text, overwrite=True).overwrite for text in ("out.mp4", "pics/"))

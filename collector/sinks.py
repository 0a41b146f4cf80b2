"""From what `--output` says to a sink."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from collector.mp4 import Mp4Sink
from collector.null_sink import NULL, NullSink
from collector.paths import PLACEHOLDER, OutputPath
from collector.picture_folder import FRAME, SUFFIXES, PictureFolderSink
from collector.sink import Sink
from common.errors import UsageError

VIDEO_SUFFIXES: Final = (".mp4", ".m4v", ".mov")

_IN_FOLDER: Final = f"{PLACEHOLDER}-{FRAME}.jpg"
_VIDEOS, _PICTURES = ", ".join(VIDEO_SUFFIXES), ", ".join(SUFFIXES)
_POSSIBLE: Final = f"name a video ({_VIDEOS}), pictures ({FRAME} and {_PICTURES}), a folder (ending in /), or {NULL}"


def sink_for(text: str, *, overwrite: bool) -> Sink:
    """The sink that an output's name asks for.

    Args:
        text: as given on the command line.
        overwrite: whether what is there may be replaced.

    Raises:
        UsageError: nothing here writes such a file; it says what is possible.
        OutputError: `{stream}` stands in a folder's name.
    """
    if text == NULL:
        return NullSink()
    if text.endswith("/"):
        return PictureFolderSink(OutputPath(Path(text) / _IN_FOLDER, makes_folder=True), overwrite=overwrite)
    path = Path(text)
    suffix, numbered = path.suffix.lower(), path.name.count(FRAME)
    if suffix in VIDEO_SUFFIXES and not numbered:
        return Mp4Sink(OutputPath(path), overwrite=overwrite)
    if suffix in SUFFIXES and numbered == 1:
        return PictureFolderSink(OutputPath(path), overwrite=overwrite)
    raise UsageError(f"{text!r} is no output that vinofleet writes", _POSSIBLE)

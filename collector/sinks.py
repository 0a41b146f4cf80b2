"""From what `--output` says to a sink.

Which library writes a file is loaded when such a file is asked for: fonts and encoders take longer to load than all
the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from collector.null_sink import NULL, NullSink
from collector.paths import FRAME, PICTURE_SUFFIXES, PLACEHOLDER, OutputPath
from collector.sink import Sink
from common.errors import UsageError

VIDEO_SUFFIXES: Final = (".mp4", ".m4v", ".mov")
CSV: Final = ".csv"
COCO: Final = ".coco.json"

_IN_FOLDER: Final = f"{PLACEHOLDER}-{FRAME}.jpg"
_VIDEOS, _PICTURES = ", ".join(VIDEO_SUFFIXES), ", ".join(PICTURE_SUFFIXES)
_POSSIBLE: Final = (
    f"name a video ({_VIDEOS}), pictures ({FRAME} and {_PICTURES}), a folder (ending in /), a table ({CSV}), "
    f"COCO results ({COCO}), or {NULL}"
)


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
        return _pictures(OutputPath(Path(text) / _IN_FOLDER, makes_folder=True), overwrite=overwrite)
    path = Path(text)
    name, suffix, numbered = path.name.lower(), path.suffix.lower(), path.name.count(FRAME)
    if suffix in PICTURE_SUFFIXES and numbered == 1:
        return _pictures(OutputPath(path), overwrite=overwrite)
    if numbered:
        raise UsageError(f"{text!r} is no output that vinofleet writes", _POSSIBLE)
    if suffix in VIDEO_SUFFIXES:
        from collector.mp4 import Mp4Sink  # noqa: PLC0415 - see above, as all of these

        return Mp4Sink(OutputPath(path), overwrite=overwrite)
    return _lines(OutputPath(path), name, overwrite=overwrite)


def _pictures(path: OutputPath, *, overwrite: bool) -> Sink:
    from collector.picture_folder import PictureFolderSink  # noqa: PLC0415

    return PictureFolderSink(path, overwrite=overwrite)


def _lines(path: OutputPath, name: str, *, overwrite: bool) -> Sink:
    if name.endswith(CSV):
        from collector.csv_rows import CsvSink  # noqa: PLC0415

        return CsvSink(path, overwrite=overwrite)
    if name.endswith(COCO):
        from collector.coco import CocoSink  # noqa: PLC0415

        return CocoSink(path, overwrite=overwrite)
    raise UsageError(f"'{path.template}' is no output that vinofleet writes", _POSSIBLE)

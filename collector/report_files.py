"""Writes a report where the user wants it: as JSON or as a page, by the file's suffix.

Guarantees that a reader never sees half a file, and that a path which says neither is refused before the run begins.
Does NOT know what a report holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from collector.paths import check_folder, output_error, sync_folder
from collector.report import Report
from collector.report_page import report_page
from common.errors import UsageError

LINE_MAX_CHARS: Final = 120


def report_json(report: Report) -> str:
    """The report as JSON text: what fits in a line of 120 characters is one, so that a timeline is a table."""
    return _lines(report, "") + "\n"


FORMATS: Final[Mapping[str, Callable[[Report], str]]] = MappingProxyType(
    {".json": report_json, ".html": report_page, ".htm": report_page}
)
"""What is written, by the file's suffix."""


def check_reports(paths: Sequence[Path]) -> None:
    """Refuse files that cannot be written, that are named twice, or whose suffix names no kind of report.

    Raises:
        UsageError: a suffix, or a file twice.
        OutputError: the folder is missing or not writable.
    """
    for path in paths:
        if path.suffix.lower() not in FORMATS:
            raise UsageError(f"--report {path} is no kind of report", "end its name in .json or .html")
        if len([other for other in paths if other.absolute() == path.absolute()]) > 1:
            raise UsageError(f"--report names {path} twice", "name each file once")
        check_folder(path)


def write_report(report: Report, path: Path) -> None:
    """Put the report at `path` in one step, replacing what is there.

    Raises:
        OutputError: the folder is missing or full, or not writable.
    """
    check_folder(path)
    text = FORMATS[path.suffix.lower()](report)
    # A file's name may hold bytes that are no UTF-8 (Python's lone surrogates): JSON and a page show them escaped.
    data = text.encode("utf-8", "backslashreplace")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise output_error("written", path, error) from error


def _lines(value: object, indent: str) -> str:
    """JSON text of a value whose first line is indented already."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(indent) + len(text) <= LINE_MAX_CHARS or not isinstance(value, dict | list) or not value:
        return text
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [f"{json.dumps(key, ensure_ascii=False)}: {_lines(item, deeper)}" for key, item in value.items()]
        opening, closing = "{", "}"
    else:
        items = [_lines(item, deeper) for item in value]
        opening, closing = "[", "]"
    separator = f",\n{deeper}"
    return f"{opening}\n{deeper}{separator.join(items)}\n{indent}{closing}"

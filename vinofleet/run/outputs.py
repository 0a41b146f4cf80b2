"""What a run reads and what it writes: a clash is refused before anything is started, so nothing is replaced by it.

What this file does not know: whether an output can be written; its sink sees to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collector.paths import PLACEHOLDER
from collector.sinks import sink_for
from collector.viewing import check_anonymity, check_viewing
from common.errors import UsageError
from producer.sources import default_stream_names


def check_outputs(sources: Sequence[str], passed: Mapping[str, Any]) -> None:
    """Refuse outputs that would replace what is read or other outputs, or that cannot be.

    Args:
        sources: as given.
        passed: the roles' options that were given, by name.

    Raises:
        UsageError: it names one of them.
        OutputError: there is no screen for a window.
        NetworkError: pictures would be served to others.
    """
    drawn: Sequence[str] = passed.get("output", ())
    show, serve = passed.get("show", False), passed.get("serve")
    check_viewing(show=show, serve=serve, insecure=passed.get("insecure", False))
    if passed.get("anonymize", False):
        check_anonymity(drawn, show=show or "tap_pictures" in passed, serve=serve)
    if len(sources) > 1:
        _check_single(drawn)
    names = passed.get("stream") or default_stream_names(sources)
    templates = [*drawn, str(passed["json"])] if "json" in passed else drawn
    results = [Path(text.replace(PLACEHOLDER, name)) for text in templates for name in names]
    reports: Sequence[Path] = passed.get("report", ())
    for text in (*sources, *(passed[name] for name in ("model", "labels") if name in passed)):
        if any(_are_one_file(Path(text), path) for path in (*results, *reports)):
            raise UsageError(f"{text} is to be read, and would be replaced", "name another file as output")
    needed = {path.resolve() for path in results}
    for report in reports:
        if report.resolve() in needed:
            raise UsageError(f"--report would replace {report}, which an output needs", "name another file")


def _check_single(outputs: Sequence[str]) -> None:
    for text in outputs:
        if sink_for(text, overwrite=False).single:
            raise UsageError(f"{text} holds one stream, there are several sources", "add {stream} to its name")


def _are_one_file(one: Path, other: Path) -> bool:
    """Whether both are there and the same, by whatever name or link."""
    try:
        return one.samefile(other)
    except OSError:
        return False

"""`from vinofleet import results`: a whole fleet as something to loop over.

Guarantees every captured frame once, frames of a stream in order, and that the fleet ends with the loop: by its last
frame, by `break`, by an exception, or with the program. A loop that takes its time slows the fleet down.
What this file does not know: how a fleet is run (`vinofleet.run`), and how rows get here (`vinofleet.api.receiver`).
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from typing import Any, Unpack

from common.errors import UsageError
from vinofleet.api.options import PathLike, RunKeywords, SourceLike, command_line
from vinofleet.api.process import FleetProcess
from vinofleet.api.receiver import receive
from vinofleet.api.values import Result


class Results(Iterable[Result]):
    """The results of a run that begins with the first of them; made by `results`, to be iterated over once."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self._has_begun = False
        self._report: dict[str, Any] | None = None

    @property
    def report(self) -> dict[str, Any]:
        """What `--report` writes, after the loop, also one that was left: frames, fps, latencies, workers.

        `vinofleet schema report` says what is in it. `report["frames"]` are `captured`, `ok`, `failed` and `dropped`.

        Raises:
            UsageError: the run has not ended, or has ended before there was anything to report.
        """
        if self._report is None:
            raise UsageError("there is no report", "it is there when the run has ended, if that has begun its work")
        return self._report

    def __iter__(self) -> Generator[Result, None, None]:
        """Start the fleet, and give its results.

        Raises:
            VinofleetError: as `vinofleet run` would end, with its line and `exit_code`; after the last result where
                there were any.
        """
        if self._has_begun:
            raise UsageError("these results were begun before", "call results() again")
        self._has_begun = True
        fleet = FleetProcess(self._words)
        atexit.register(fleet.leave)
        try:
            with closing(receive(fleet.control, self._take)) as received:
                yield from received
            error = fleet.ended()
        except BaseException:
            fleet.leave()
            self._report = self._report or fleet.report
            raise
        finally:
            atexit.unregister(fleet.leave)
        if error is not None:
            raise error

    def _take(self, report: dict[str, Any]) -> None:
        self._report = report


def results(
    source: SourceLike | Sequence[SourceLike],
    *,
    model: PathLike,
    workers: int = 1,
    pictures: bool = False,
    annotated: bool = False,
    **options: Unpack[RunKeywords],
) -> Results:
    """Run a fleet as `vinofleet run` does, and loop over its results.

    Args:
        source: a video, or several; as SOURCE of `vinofleet run`, a camera also as its number.
        model: a file, or the name of a model.
        workers: worker processes.
        pictures: whether each result has its frame's picture as it was decoded.
        annotated: the same with boxes, labels and frames a second drawn on it.
        options: those of `vinofleet run`, `label_base=1` for `--label-base 1`.

    Returns:
        An iterable of `Result`; its `report` is there after the loop.

    Raises:
        UsageError: an option cannot be meant so. Nothing is started until the first result is asked for.
    """
    if pictures and not annotated and options.get("anonymize"):
        raise UsageError("pictures=True gives pictures as they were decoded", "ask for annotated=True")
    sources = [source] if isinstance(source, str | os.PathLike | int) else list(source)
    words = command_line(sources, {"model": model, "workers": workers, **options})
    if pictures or annotated:
        words.insert(0, f"--tap-pictures={'annotated' if annotated else 'original'}")
    return Results(words)

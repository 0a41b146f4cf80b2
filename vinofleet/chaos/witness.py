"""What chaos did, told while it happens: a line for a person, a line of JSON for a program.

Guarantees that a reader who has stopped holds up no undoing, as `common.console` does. What this file does not know:
what is done, and why.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from io import FileIO
from pathlib import Path
from typing import Final

from common.actions import Notice
from common.errors import OutputError
from common.sayings import Saying
from vinofleet.chaos.checks import Check
from vinofleet.chaos.schedule import Act

WORDS: Final = {"begin": "{fault} {text}", "end": "{fault} {text}: undone", "nobody": "{fault}: {text}"}
FAILED: Final = "{fault} could not be undone: {text}"


class Witness:
    """Tells of acts.

    Args:
        say: shows a person a line.
        log: gets lines of JSON, or is None; unbuffered.

    All raise OutputError where the log cannot be written.
    """

    def __init__(self, say: Callable[[Saying], None], log: FileIO | None) -> None:
        self._say: Final = say
        self._log: Final = log

    def act(self, at_s: float, what: str, act: Act, text: str) -> None:
        """Tell what was done; see `vinofleet.chaos.driver.Tell`."""
        line = WORDS.get(what, FAILED).format(fault=act.fault, text=text)
        self._say(Notice("warning" if what == "failed" else "info", f"{at_s:.1f} s: {line}"))
        self._write({"s": round(at_s, 3), "what": what, "act": act.number, "fault": act.fault, "text": text})

    def verdict(self, checks: Sequence[Check]) -> None:
        """Tell what was found."""
        for check in checks:
            self._write({"what": "check", "name": check.name, "holds": check.holds, "text": check.text})

    def _write(self, record: dict[str, object]) -> None:
        if self._log is None:
            return
        try:
            self._log.write(json.dumps(record).encode() + b"\n")
        except OSError as error:  # it may lie on the disk that was filled
            raise _unwritable(self._log.name, error) from error


@contextmanager
def witnessing(say: Callable[[Saying], None], path: Path | None) -> Iterator[Witness]:
    """Give a witness; a log is a new file.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        log = nullcontext(None) if path is None else path.open("wb", buffering=0)
    except OSError as error:
        raise _unwritable(path, error) from error
    with log as file:
        yield Witness(say, file)


def _unwritable(path: object, error: OSError) -> OutputError:
    return OutputError(f"{path} cannot be written ({error.strerror})", "name another file with --log")

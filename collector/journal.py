"""The small file beside the first output of a run that says what the outputs belong to: `<output>.journal`.

JSON lines, each appended and fsynced before anything depends on it: what is written (`journal`), who writes it (`run`),
which streams it holds (`open`, `resume`), how they ended (`end`), and that nothing is to come (`finish`). Where no
output holds the rows themselves, also which of them are not ok (`rows`, `cut`).
Guarantees that one process at a time holds it (flock), and that a torn last line is the only damage it forgives:
whatever else it cannot read is refused, nothing is guessed. Does NOT know what the outputs hold.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from collector.appendfile import AppendFile, HeldError
from collector.census import Flaws, Run
from collector.paths import START_OVER, output_error, remove, sync_folder
from collector.records import StreamRecord
from common.errors import OutputError
from common.rows import Ending, Status, StreamHeader
from common.schema import is_name

SCHEMA: Final = "vinofleet-journal/2"

_RATIO: Final = re.compile(r"[0-9]{1,20}(?:/[0-9]{1,20})?")
"""Two numbers of 64 bits, as the protocol has them."""


class Journal:
    """An open, locked journal. Made by `Journal.open`."""

    def __init__(self, file: AppendFile, outputs: Sequence[str]) -> None:
        self._file = file
        self._outputs = list(outputs)
        self._streams: dict[str, StreamRecord] = {}
        self._flaws: dict[str, Flaws] = {}
        self._last = ""
        self.overwrite = False

    @classmethod
    def open(cls, path: Path, outputs: Sequence[str], *, discard: bool) -> Journal:
        """Lock and read a journal, creating it empty where there is none.

        Args:
            path: the journal's.
            outputs: the outputs' paths as seen from the journal's folder; they are what it must be about.
            discard: forget what it says instead of reading it.

        Raises:
            OutputError: another collector holds it, it is about other outputs, or it is damaged.
        """
        try:
            file = AppendFile.reopen(path)
        except HeldError as error:
            raise HeldError(f"{error.what} ({_holder(path)})", error.remedy) from error
        try:
            journal = cls(file, outputs)
            if discard:
                file.rewind(0)
            else:
                journal._read()
        except BaseException:
            file.close()
            raise
        return journal

    @property
    def empty(self) -> bool:
        """Whether it says nothing yet: new, discarded, or its creator died before the first line."""
        return not self._last

    @property
    def finished(self) -> bool:
        """Whether its run came to its end, so that nothing is left to resume."""
        return self._last == "finish"

    @property
    def all_ended(self) -> bool:
        """Whether it knows streams and none of them is open."""
        return bool(self._streams) and all(stream.ending is not None for stream in self._streams.values())

    @property
    def is_new(self) -> bool:
        """Whether there was no such file before."""
        return self._file.created

    def streams(self) -> dict[str, StreamRecord]:
        """Every stream by name, in the order of their first opening."""
        return dict(self._streams)

    def begin(self, *, overwrite: bool) -> None:
        """Say what the journal is about.

        Args:
            overwrite: whether files of streams that are yet to come may be replaced (`--force`); kept for restarts.
        """
        self._append({"event": "journal", "schema": SCHEMA, "outputs": self._outputs, "overwrite": overwrite})
        try:
            sync_folder(self._file.path.parent)
        except OSError as error:
            raise output_error("created", self._file.path, error) from error

    def record_run(self, *, resume: bool) -> None:
        """Say which process writes from here on; it is named to others that find the lock taken.

        Args:
            resume: whether it takes up a run that had come to its end, which then is at no end any more.
        """
        again = {"resume": True} if resume and self.finished else {}
        self._append({"event": "run", "pid": os.getpid(), "host": socket.gethostname(), **again})

    def record_open(self, header: StreamHeader, epoch: int, job_digest: str) -> None:
        """Say that a stream is open, or open again under a later epoch; an earlier ending no longer counts."""
        self._append(
            {
                "event": "open",
                "stream": header.name,
                "epoch": epoch,
                "job": job_digest,
                "header": _header_fields(header),
            }
        )

    def record_rows(self, runs: Sequence[Run]) -> None:
        """Say which rows are not ok, before any output has them: all of them, or none when it raises.

        They are for the next process to count: of a stream that goes on this one keeps none in mind.
        """
        self._append(
            *(
                {
                    "event": "rows",
                    "stream": stream,
                    "frame": first,
                    "count": length,
                    "status": str(status),
                    "reason": why,
                }
                for stream, first, length, (status, why) in runs
            )
        )
        for stream in {run.stream for run in runs}:
            self._flaws[stream].forget()

    def record_cut(self, stream: str, end: int) -> None:
        """Say that the rows from frame `end` on are gone; they come again."""
        self._append({"event": "cut", "stream": stream, "frame": end})

    def flaws(self, stream: str) -> Flaws:
        """The rows of a stream that are on record as not ok, as they were found."""
        return self._flaws[stream]

    def record_resume(self, stream: str) -> None:
        """Say that a stream's ending no longer counts, before rows are removed from its end."""
        self._append({"event": "resume", "stream": stream})

    def record_end(self, stream: str, ending: Ending, captured: int, reason: str) -> None:
        """Say how a stream ended; all its `captured` rows must be synced before."""
        self._append({"event": "end", "stream": stream, "ending": str(ending), "captured": captured, "reason": reason})

    def record_finish(self) -> None:
        """Say that no stream is to come."""
        self._append({"event": "finish"})

    def close(self) -> None:
        """Close the file, which gives the lock back."""
        self._file.close()

    def discard(self) -> None:
        """Remove the file, and close it: its run has left nothing.

        Raises:
            OutputError: it cannot be removed.
        """
        try:
            remove(self._file.path)
        finally:
            self._file.close()

    def _append(self, *events: dict[str, object]) -> None:
        self._file.append(b"".join(json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events))
        self._file.sync()
        for event in events:
            self._apply(event)

    def _read(self) -> None:
        path, whole = self._file.path, 0
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.endswith(b"\n"):
                        self._take(line, number)
                        whole += len(line)
        except OSError as error:
            raise output_error("read", path, error) from error
        if whole < self._file.end:
            self._file.rewind(whole)
            self._file.sync()

    def _take(self, line: bytes, number: int) -> None:
        try:
            self._apply(json.loads(line))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError, ArithmeticError) as error:
            what = f"{self._file.path} is damaged in line {number} ({type(error).__name__}: {error})"
            raise OutputError(what, START_OVER) from error

    def _apply(self, fields: dict[str, Any]) -> None:
        """Take one event in. Every event goes through here, written or read, so both mean the same."""
        event = fields["event"]
        if (event == "journal") is not self.empty:
            raise ValueError("the first line, and only it, says what the journal is about")
        _EVENTS[event](self, fields)
        if event != "run" or fields.get("resume") is True:  # that somebody looked at it changes nothing
            self._last = event

    def _on_journal(self, fields: dict[str, Any]) -> None:
        if fields["schema"] != SCHEMA:
            text = f"{self._file.path} has the format {fields['schema']!r}, this version reads {SCHEMA!r}"
            raise OutputError(text, "go on with the version that began, or add --force to start over")
        if fields["outputs"] != self._outputs:
            text = f"{self._file.path} belongs to {_listed(fields['outputs'])}, not to {_listed(self._outputs)}"
            raise OutputError(text, "start again with the same outputs, or add --force to start over")
        if type(fields["overwrite"]) is not bool:
            raise TypeError("overwrite")
        self.overwrite = fields["overwrite"]

    def _on_run(self, fields: dict[str, Any]) -> None:
        """Nothing to keep: it is there for other processes (see `_holder`)."""

    def _on_open(self, fields: dict[str, Any]) -> None:
        header = _header(fields["stream"], fields["header"])
        digest = _text(fields["job"])
        if len(bytes.fromhex(digest)) != 32:  # noqa: PLR2004 - a SHA-256
            raise ValueError("job")
        self._streams[header.name] = StreamRecord(header, _count(fields["epoch"]), digest)
        self._flaws.setdefault(header.name, Flaws())

    def _on_rows(self, fields: dict[str, Any]) -> None:
        kind = Status(fields["status"]), _text(fields["reason"])
        run = Run(fields["stream"], _count(fields["frame"]), _count(fields["count"]), kind)
        self._flaws[run.stream].add(run)

    def _on_cut(self, fields: dict[str, Any]) -> None:
        self._flaws[fields["stream"]].cut(_count(fields["frame"]))

    def _on_resume(self, fields: dict[str, Any]) -> None:
        record = self._streams[fields["stream"]]
        self._streams[fields["stream"]] = replace(record, ending=None, captured=0, reason="")

    def _on_end(self, fields: dict[str, Any]) -> None:
        record = self._streams[fields["stream"]]
        ending, captured = Ending(fields["ending"]), _count(fields["captured"])
        ended = replace(record, ending=ending, captured=captured, reason=_text(fields["reason"]))
        self._streams[fields["stream"]] = ended

    def _on_finish(self, fields: dict[str, Any]) -> None:
        """Nothing to keep: the last event is remembered by name."""


_EVENTS: Final = {
    "journal": Journal._on_journal,  # noqa: SLF001 - the table of this class's own moves
    "run": Journal._on_run,  # noqa: SLF001
    "open": Journal._on_open,  # noqa: SLF001
    "rows": Journal._on_rows,  # noqa: SLF001
    "cut": Journal._on_cut,  # noqa: SLF001
    "resume": Journal._on_resume,  # noqa: SLF001
    "end": Journal._on_end,  # noqa: SLF001
    "finish": Journal._on_finish,  # noqa: SLF001
}


def _holder(path: Path) -> str:
    """Who wrote the last `run` line, read without the lock: good enough for a message, and says so if it is not."""
    for line in reversed(path.read_bytes().splitlines()):
        try:
            fields = json.loads(line)
            if fields["event"] == "run":
                return f"process {int(fields['pid'])} on {fields['host']}"
        except (KeyError, TypeError, ValueError, RecursionError):
            continue  # its writer is in the middle of this line
    return "it has not said which"


def _listed(outputs: Sequence[object]) -> str:
    return ", ".join(repr(output) for output in outputs)


def _header_fields(header: StreamHeader) -> dict[str, object]:
    return {
        "width": header.width,
        "height": header.height,
        "time_base": str(header.time_base),
        "rate": str(header.rate),
        "expected": header.expected,
        "source": header.source,
        "truth": header.truth,
    }


def _header(name: str, fields: dict[str, Any]) -> StreamHeader:
    if not is_name(name):
        raise ValueError(f"not a stream's name: {name!r}")
    return StreamHeader(
        name=name,
        width=_count(fields["width"]),
        height=_count(fields["height"]),
        time_base=_ratio(fields["time_base"]),
        rate=_ratio(fields["rate"]),
        expected=_count(fields["expected"]),
        source=_text(fields["source"]),
        truth=_text(fields.get("truth", "")),  # protocol 2 knew none
    )


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"not a count: {value!r}")
    return value


def _ratio(value: object) -> Fraction:
    """As `str` writes a fraction; `Fraction` itself would also take `1e999999999`, and work on it for hours."""
    text = _text(value)
    if _RATIO.fullmatch(text) is None:
        raise ValueError(f"not a ratio: {text[:40]!r}")
    return Fraction(text)


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError(f"not a text: {value!r}")
    return value

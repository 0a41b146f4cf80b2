"""Everything durable that one collector writes: its sinks and their journal, behind one door.

Guarantees that no row is written out of turn, that a stream continues exactly where its rows end, and that an output
which this run does not own is left alone. Does NOT know of acknowledgements or threads: one thread calls it.

An output and its journal, when a collector starts:

| output | journal | | |
|---|---|---|---|
| none or empty | none or empty | a new run | |
| rows | none or empty | refused | somebody else's rows |
| any | unfinished | resumed | the collector before was killed |
| any | finished | refused | `--resume` continues streams that did not end complete |
| any | any, with `--force` | a new run | replaces them |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from collector.journal import Journal
from collector.jsonl import JsonlSink
from collector.paths import OutputPath, check_folder, output_error
from collector.recovery import Recovered
from common.errors import OutputError
from common.rows import Ending, Row, StreamHeader


class Outputs:
    """The open outputs of a run. Made by `Outputs.open`.

    Attributes:
        recovered: what an earlier run left, by stream; it never changes after `open`.
    """

    def __init__(self, sinks: Sequence[JsonlSink], journal: Journal | None, recovered: Mapping[str, Recovered]) -> None:
        self._sinks = sinks
        self._journal = journal
        self._next = {name: stream.next for name, stream in recovered.items()}
        self._open: set[str] = set()
        self.recovered = recovered

    @classmethod
    def open(cls, json_path: Path | None, *, force: bool, resume: bool) -> Outputs:
        """Open, resume or replace; see the table above. Without a path nothing is durable.

        Args:
            json_path: the JSON lines' path; `{stream}` in its name makes one file a stream.
            force: replace what is there.
            resume: continue streams of a run that ended, after removing their trailing dropped(interrupted) rows.

        Raises:
            OutputError: before anything is changed, except that torn last lines are cut off.
        """
        if json_path is None:
            return cls([], None, {})
        output = OutputPath(json_path)
        check_folder(output.template)
        if not force:
            _refuse_unowned(output)
        journal = Journal.open(output.journal, output.template.name, discard=force)
        try:
            return cls._open_locked(output, journal, force=force, resume=resume)
        except BaseException:
            journal.close()
            raise

    @classmethod
    def _open_locked(cls, output: OutputPath, journal: Journal, *, force: bool, resume: bool) -> Outputs:
        if journal.finished and not resume:
            raise OutputError(f"{output.template} holds a finished run", "choose another name or add --force")
        sink = JsonlSink(output, overwrite=force or journal.overwrite)
        if journal.empty:
            sink.create()
            journal.begin(overwrite=force)
        journal.record_run()
        recovered = sink.recover(journal.streams())
        if resume:
            recovered = remove_trailing_interrupted(sink, journal, recovered)
        return cls([sink], journal, recovered)

    @property
    def written(self) -> dict[str, int]:
        """For each stream the frame that comes next: all before it are with the operating system."""
        return dict(self._next)

    def begin(self, header: StreamHeader, epoch: int, job_digest: str, labels: tuple[str, ...], start: int = 0) -> None:
        """Make ready for a stream, new or continued; whether it may be is decided before (`StreamRecord.refusal`).

        Args:
            header: of the stream.
            epoch: of its producer's incarnation.
            job_digest: SHA-256 of its job document in hexadecimal.
            labels: names by class.
            start: the first frame of a stream that nothing here knows: not 0 where a collector without durable
                outputs took the frames before it.

        Raises:
            OutputError: its file cannot be opened.
        """
        name = header.name
        known = None if self._journal is None else self._journal.streams().get(name)
        for sink in self._sinks:
            sink.open(header, epoch, labels)
        if self._journal is not None and (known is None or known.epoch != epoch):
            self._journal.record_open(header, epoch, job_digest)
        self._next.setdefault(name, start)
        self._open.add(name)

    def write(self, rows: Sequence[Row]) -> None:
        """Hand rows to every sink; on return their bytes survive the end of this process.

        Raises:
            OutputError: a sink could not; none of the rows count as written.
            ValueError: a row of a stream that is not open, or out of turn; nothing is written.
        """
        after: dict[str, int] = {}
        for row in rows:
            due = after.get(row.stream, self._next.get(row.stream))
            if row.stream not in self._open or row.seq != due:
                raise ValueError(f"frame {row.seq} of {row.stream} is out of turn, frame {due} is due")
            after[row.stream] = row.seq + 1
        for sink in self._sinks:
            sink.write(rows)
        self._next.update(after)

    def end(self, stream: str, ending: Ending, captured: int, reason: str) -> None:
        """Put on record how a stream ended; on return that survives a power loss.

        Also for a recovered stream whose producer never came back.

        Raises:
            OutputError: it could not be recorded.
            ValueError: it has not exactly `captured` rows: a frame would be unaccounted for.
        """
        if self._next.get(stream) != captured:
            raise ValueError(f"{stream} captured {captured} frames, but {self._next.get(stream)} are written")
        self.sync()
        for sink in self._sinks:
            sink.end(stream, ending, reason)
        if self._journal is not None:
            self._journal.record_end(stream, ending, captured, reason)
        self._open.discard(stream)

    def sync(self) -> None:
        """Return when everything written so far survives a power loss."""
        for sink in self._sinks:
            sink.sync()

    def close(self) -> None:
        """Close everything; if every stream has ended the journal says that the run is finished.

        Raises:
            OutputError: the first of what failed; the rest is closed all the same.
        """
        with ExitStack() as stack:
            if self._journal is not None:
                stack.callback(self._journal.close)
            for sink in self._sinks:
                stack.callback(sink.close)
            if self._journal is not None and self._journal.all_ended:
                self._journal.record_finish()


def _refuse_unowned(output: OutputPath) -> None:
    """Refuse rows without a journal before a journal is made beside them."""
    path = output.template
    if not output.per_stream and _size(path) > 0 and _size(output.journal) == 0:
        raise OutputError(
            f"{path} exists and no journal says that it can be resumed", "choose another name or add --force"
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise output_error("read", path, error) from error


def remove_trailing_interrupted(
    sink: JsonlSink, journal: Journal, recovered: Mapping[str, Recovered]
) -> dict[str, Recovered]:
    """Remove the dropped(interrupted) rows at the end of each stream, so that their frames can be captured again.

    The journal forgets these streams' endings first: after a crash in between they are merely unfinished.

    Raises:
        OutputError: in a file that streams share, such rows are followed by others; nothing is changed then.
    """
    settled = {name: stream.settled for name, stream in recovered.items() if stream.settled < stream.next}
    cuts = sink.plan_cuts(settled)
    for name in settled:
        journal.record_resume(name)
    sink.truncate(cuts)
    return sink.recover(journal.streams())

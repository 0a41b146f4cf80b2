"""Everything that one collector writes: its sinks and their journal, and the viewers beside them, behind one door.

Guarantees that no row is written out of turn, that a row counts as written when every sink has it, that a stream
continues exactly where its rows end, and that an output which this run does not own is left alone. Viewers have no say
in any of that. Does NOT know of acknowledgements or threads: one thread calls it.

An output and its journal, when a collector starts:

| output | journal | | |
|---|---|---|---|
| none or empty | none or empty | a new run | |
| rows | none or empty | refused | somebody else's rows |
| any | unfinished | resumed | the collector before was killed |
| any | finished | refused | `--resume` continues streams that did not end complete |
| any | any, with `--force` | a new run | replaces them |

Several outputs have one journal, beside the first of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from collector.census import Run, runs_of
from collector.continuation import recover
from collector.journal import Journal
from collector.jsonl import JsonlSink
from collector.paths import output_error
from collector.records import RecoveredStream
from collector.sink import Sink
from collector.viewers import Viewers
from common.errors import OutputError
from common.meter import Durations
from common.rows import Ending, Row, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Artist(Protocol):
    """Draws the frames of streams, for sinks that want pictures."""

    def begin(self, header: StreamHeader, labels: tuple[str, ...]) -> None:
        """Make ready for a stream, new or continued; may be called again."""

    def draw(self, row: Row) -> NDArray[np.uint8]:
        """The picture of a frame with its detections: I420, [3/2 height, width]; valid until the next call."""

    def pass_over(self, row: Row) -> None:
        """Take note of a frame that is not drawn, as nobody would see it."""

    def end(self, stream: str) -> None:
        """Let go of a stream; also of one that never began."""


class Outputs:
    """The open outputs of a run. Made by `Outputs.open`.

    Attributes:
        recovered: what an earlier run left, by stream; it never changes after `open`.
        over: whether all of it had ended, so that nothing is left to do, unless somebody resumes it.
        draws: whether any output shows pictures, or a viewer does.
        slow: whether a row costs one of them milliseconds.
        single: whether one of them holds the frames of one stream only.
        durable: whether any of them outlives this process.
        stages: what a row took in this thread where something is drawn: `draw`, and `encode`, the outputs' own work.
    """

    def __init__(
        self,
        sinks: Sequence[Sink],
        journal: Journal | None,
        recovered: Mapping[str, RecoveredStream],
        artist: Artist | None,
        viewers: Viewers | None = None,
        *,
        resume: bool,
    ) -> None:
        self._sinks = _in_order(sinks)
        self._journal = journal
        self._artist = artist
        self._viewers = viewers
        self._next = {name: stream.next for name, stream in recovered.items()}
        self._taken = dict(self._next)
        self._open: set[str] = set()
        self._keeps_flaws = journal is not None and not any(isinstance(sink, JsonlSink) for sink in sinks)
        self._flaws: list[Run] = []
        self._leaves_nothing = journal is not None and not recovered
        self.recovered = recovered
        self.over = not resume and journal is not None and journal.all_ended
        self._draws_all = any(sink.draws for sink in sinks)
        self.draws = self._draws_all or viewers is not None
        self.slow = any(sink.slow for sink in sinks)
        self.single = any(sink.single for sink in sinks)
        self.durable = journal is not None
        self.stages: Final = {"draw": Durations(), "encode": Durations()} if self._draws_all else {}

    @classmethod
    def open(
        cls,
        sinks: Sequence[Sink],
        *,
        force: bool,
        resume: bool,
        artist: Artist | None = None,
        viewers: Viewers | None = None,
    ) -> Outputs:
        """Open, resume or replace; see the table above.

        Args:
            sinks: fresh ones; the first that is durable has the journal beside it. Without one nothing is durable.
                One that keeps nothing gets a row before the files if it stands before all of them, otherwise when
                they have it.
            force: replace what is there; their `overwrite` says the same.
            resume: continue streams of a run that ended, after removing their trailing dropped(interrupted) rows.
            artist: needed if a sink draws, or there are viewers.
            viewers: those who watch; the caller starts and closes them.

        Raises:
            OutputError: before anything is changed, except that torn ends are cut off; nothing new is left behind.
        """
        for sink in sinks:
            sink.check()
            if not sink.durable:
                sink.create()
        durable = [sink for sink in sinks if sink.durable]
        if not durable:
            return cls(sinks, None, {}, artist, viewers, resume=resume)
        path = durable[0].path.journal
        if not force:
            _refuse_unowned(durable, path)
        journal = Journal.open(path, _names(durable, path.parent), discard=force)
        try:
            recovered = _begin(durable, journal, force=force, resume=resume)
        except BaseException:
            with ExitStack() as stack:
                stack.callback(journal.discard if journal.is_new else journal.close)
                for sink in durable:
                    stack.callback(sink.discard)
            raise
        return cls(sinks, journal, recovered, artist, viewers, resume=resume)

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
            DiskFullError: there is no room; it may be called again.
            OutputError: its file cannot be opened.
        """
        name = header.name
        known = None if self._journal is None else self._journal.streams().get(name)
        for sink in self._sinks:
            sink.open(header, epoch, labels)
        if self._artist is not None:
            self._artist.begin(header, labels)
        if self._viewers is not None:
            recovered = self.recovered.get(name)
            self._viewers.begin(header, {} if recovered is None else recovered.counts)
        if self._journal is not None and (known is None or known.epoch != epoch):
            self._journal.record_open(header, epoch, job_digest)
        self._next.setdefault(name, start)
        self._taken.setdefault(name, start)
        self._open.add(name)

    def write(self, rows: Sequence[Row]) -> None:
        """Hand rows to every sink; on return their bytes survive the end of this process.

        Raises:
            DiskFullError: there is no room. The rows are kept, and `flush` goes on with them; until then none of them
                counts as written.
            OutputError: a sink could not; none of the rows counts as written.
            ValueError: a row of a stream that is not open, or out of turn; nothing is written.
        """
        self._admit(rows)
        self._leaves_nothing = self._leaves_nothing and not rows
        if self._viewers is not None:
            self._viewers.count(rows)
        for row in rows:
            if self._artist is not None and self._draws_all:
                self._draw(row, self._artist)
            else:
                self._hand_out(row, None)
        if self._keeps_flaws:
            self._flaws.extend(runs_of(rows))
        self.flush()
        if self._artist is not None and self._viewers is not None and not self._draws_all:
            self._show(rows, self._artist, self._viewers)

    def _draw(self, row: Row, artist: Artist) -> None:
        began_s = time.perf_counter()
        canvas = artist.draw(row)
        drawn_s = time.perf_counter()
        self._hand_out(row, canvas)
        self.stages["draw"].add(drawn_s - began_s)
        self.stages["encode"].add(time.perf_counter() - drawn_s)
        if self._viewers is not None:
            self._viewers.show(row, lambda: canvas)

    def _show(self, rows: Sequence[Row], artist: Artist, viewers: Viewers) -> None:
        """Draw the newest frame of each stream, where somebody looks."""
        newest = {row.stream: row.seq for row in rows}
        for row in rows:
            if row.seq == newest[row.stream] and viewers.wants(row.stream):
                viewers.show(row, partial(artist.draw, row))
            else:
                artist.pass_over(row)

    def _hand_out(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        for sink in self._sinks:
            sink.take(row, canvas)

    def flush(self) -> None:
        """Go on after a `DiskFullError` of `write`, where it stopped; raises the same."""
        if self._journal is not None and self._flaws:
            self._journal.record_rows(self._flaws)
            self._flaws.clear()
        for sink in self._sinks:
            sink.flush()
        self._next.update(self._taken)

    def end(self, stream: str, ending: Ending, captured: int, reason: str) -> None:
        """Put on record how a stream ended; on return that survives a power loss.

        Also for a recovered stream whose producer never came back.

        Raises:
            DiskFullError: there is no room; it may be called again.
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
        if self._artist is not None:
            self._artist.end(stream)
        if self._viewers is not None:
            self._viewers.end(stream, ending)
        self._leaves_nothing = self._leaves_nothing and ending is not Ending.COMPLETE
        self._open.discard(stream)

    def sync(self) -> None:
        """Return when everything written so far survives a power loss."""
        for sink in self._sinks:
            sink.sync()

    def close(self) -> None:
        """Close everything but the journal of a run whose streams have all ended: `finish` closes that.

        A new run without a row, and without a stream that is complete, leaves nothing: its files are removed.

        Raises:
            OutputError: the first of what failed; the rest is closed all the same.
        """
        with ExitStack() as stack:
            if self._journal is not None and self._leaves_nothing:
                stack.callback(self._journal.discard)
            elif self._journal is not None and not self._journal.all_ended:
                stack.callback(self._journal.close)
            for sink in self._sinks:
                stack.callback(sink.discard if self._leaves_nothing else sink.close)

    def finish(self) -> None:
        """Say in the journal that the run is finished, if every stream has ended; after `close`, and after all else.

        A process that dies before leaves a run that is taken up once more, by one that finds nothing to do but this.

        Raises:
            DiskFullError: there is no room; it may be called again.
            OutputError: it could not be recorded.
        """
        if self._journal is not None and self._journal.all_ended and not self._leaves_nothing:
            self._journal.record_finish()
            self._journal.close()

    def _admit(self, rows: Sequence[Row]) -> None:
        after: dict[str, int] = {}
        for row in rows:
            due = after.get(row.stream, self._taken.get(row.stream))
            if row.stream not in self._open or row.seq != due:
                raise ValueError(f"frame {row.seq} of {row.stream} is out of turn, frame {due} is due")
            after[row.stream] = row.seq + 1
        self._taken.update(after)


def _begin(sinks: Sequence[Sink], journal: Journal, *, force: bool, resume: bool) -> dict[str, RecoveredStream]:
    """Begin a new run, or take up the one that the journal tells of."""
    if journal.finished and not resume:
        raise OutputError(f"{sinks[0].path.template} holds a finished run", "choose another name or add --force")
    for sink in sinks:
        sink.overwrite = force or journal.overwrite
    if journal.empty:
        for sink in sinks:
            sink.create()
        journal.begin(overwrite=force)
    journal.record_run(resume=resume)
    return recover(sinks, journal, resume=resume)


def _names(sinks: Sequence[Sink], folder: Path) -> list[str]:
    """What the journal calls the outputs: moved together with it, they are still the same."""
    return [os.path.relpath(sink.path.template, folder) for sink in sinks]


def _in_order(sinks: Sequence[Sink]) -> list[Sink]:
    """Files of rows last: pictures that are ahead of them after a crash are cut off, cheaper than the reverse."""
    first = next((index for index, sink in enumerate(sinks) if sink.durable), len(sinks))
    return [*sinks[:first], *sorted(sinks[first:], key=lambda sink: not sink.draws)]


def _refuse_unowned(sinks: Sequence[Sink], journal: Path) -> None:
    """Refuse rows without a journal before a journal is made beside them."""
    for path in (sink.path for sink in sinks):
        if not path.per_stream and _size(path.template) > 0 and _size(journal) == 0:
            raise OutputError(
                f"{path.template} exists and no journal says that it can be resumed",
                "choose another name or add --force",
            )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise output_error("read", path, error) from error

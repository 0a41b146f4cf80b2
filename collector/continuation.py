"""Where an earlier run's outputs go on: all of them at the same frame of each stream.

Guarantees that on return every output holds exactly the frames 0..n-1 of each stream, with the same n, and that no
frame is removed which every output had, unless it is to be captured again. Does NOT know files or formats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from collector.census import Census
from collector.journal import Journal
from collector.jsonl import JsonlSink
from collector.paths import START_OVER
from collector.records import RecoveredStream, StreamRecord
from collector.sink import Sink
from common.errors import OutputError


def recover(sinks: Sequence[Sink], journal: Journal, *, resume: bool) -> dict[str, RecoveredStream]:
    """Bring outputs that an earlier collector left to the same frames, and count these.

    A collector that was killed leaves outputs that differ by the frames it was just writing; nobody has an
    acknowledgement of these.

    Args:
        sinks: the durable ones, all that the journal is about.
        journal: theirs.
        resume: remove the dropped(interrupted) rows at the end of each stream, so that their frames can be captured
            again.

    Raises:
        OutputError: an output cannot be read or changed, is damaged, or holds other rows of a stream that ended than
            the journal says.
    """
    found = _align(sinks, journal)
    settled = {name: census.settled for name, census in found.items() if census.settled < census.next}
    if resume and settled:
        for name in settled:  # first: after a crash in between these streams are merely unfinished
            journal.record_resume(name)
        for sink in sinks:
            sink.truncate(settled)
        found = _align(sinks, journal)
    return {
        name: RecoveredStream.of(record, found[name].next, found[name].counts)
        for name, record in journal.streams().items()
    }


def _align(sinks: Sequence[Sink], journal: Journal) -> dict[str, Census]:
    """Cut every output back to the frames that all of them have, and count these by kind."""
    records = journal.streams()
    found = {sink: sink.recover(records) for sink in sinks}
    for sink, nexts in found.items():
        _check_ended(sink, nexts, records)
    common = {name: min(nexts[name] for nexts in found.values()) for name in records}
    for sink, nexts in found.items():
        if nexts != common:
            sink.truncate(common)
            sink.recover(records)
    for name, end in common.items():
        if journal.flaws(name).end > end:
            journal.record_cut(name, end)
    return _count(sinks, journal, common)


def _check_ended(sink: Sink, nexts: Mapping[str, int], records: Mapping[str, StreamRecord]) -> None:
    """Everything was synced before an ending went on record, so that there must be neither less nor more."""
    for name, record in records.items():
        if record.ending is not None and record.captured != nexts[name]:
            what = f"{sink.path.template} holds {nexts[name]} frames of {name}, its journal says {record.captured}"
            raise OutputError(what, START_OVER)


def _count(sinks: Sequence[Sink], journal: Journal, nexts: Mapping[str, int]) -> dict[str, Census]:
    """From the rows themselves where an output holds them, from the journal otherwise."""
    for sink in sinks:
        if isinstance(sink, JsonlSink):
            return sink.found
    return {name: journal.flaws(name).census(end) for name, end in nexts.items()}

"""A collector process: outputs, viewers, an edge and a socket around a `CollectorCore`.

Guarantees that every output is checked before an address is bound, that a failure to write ends the run with a word
about it, and that a report is written however the run ended, unless an output failed to close.
What this file does not know: what is emitted and acknowledged when (the core), and what files look like (the sinks).
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from collector.core import LINK, CollectorCore
from collector.edge import Closed, CollectorEdge, Damaged, Said, SinkEvent
from collector.facts import RunFacts
from collector.jsonl import JsonlSink
from collector.outputs import Artist, Outputs
from collector.paths import OutputPath
from collector.picture_store import PictureStore
from collector.report import build_report, summary_lines
from collector.report_files import check_reports, write_report
from collector.room import insist
from collector.sink import Sink
from collector.sinks import sink_for
from collector.viewers import Viewers
from common import limits
from common.actions import Notice
from common.address_file import write_address
from common.errors import UsageError
from common.exits import Exit
from common.identity import identity
from common.leaving import Finishing, HeldBack
from common.mailbox import Mailbox
from common.runner import Runner
from common.sayings import Concluded, Halted, Listening, Saying
from common.zmq_transport import ZmqTransport

if TYPE_CHECKING:
    from collector.score_sink import ScoreSink
    from collector.tap import TapSink

T = TypeVar("T")

ORPHAN_TIMEOUT_S: Final = 60.0
"""How long the streams of a lost producer stay open unless the user says otherwise: time to start it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorOptions:
    """The options of `vinofleet collector`, by their names there; None is "not given"."""

    bind: str
    json: Path | None
    output: tuple[str, ...]
    show: bool
    serve: str | None
    anonymize: bool
    report: tuple[Path, ...]
    force: bool
    resume: bool
    timeout: float | None
    score: bool
    stay: bool
    insecure: bool
    address_file: Path | None
    part_of: str | None = None
    tap: int | None = None
    tap_pictures: str | None = None


def run_collector(options: CollectorOptions, speak: Callable[[Saying], None]) -> Exit:
    """Run a collector to its end; the caller's thread is its loop.

    Raises:
        VinofleetError: it cannot begin (an output, an address), or an output or the report cannot be written.
    """
    started = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    _check(options)
    check_reports(options.report)
    with HeldBack() as held, ExitStack() as stack:
        mailbox: Mailbox[SinkEvent] = Mailbox()
        stack.callback(mailbox.close)
        pictures = PictureStore(on_damaged=lambda: mailbox.put(Damaged()))
        score = _score_sink(options, mailbox)
        viewers = _viewers(options, mailbox, stack, speak, held.sleep)
        tap = _tap(options)
        outputs = _until_there_is_room(lambda: _open(options, pictures, score, viewers, tap), speak, held.sleep)
        stack.callback(outputs.close)
        transport = ZmqTransport(insecure=options.insecure)
        stack.callback(transport.close)
        endpoint = transport.bind(
            options.bind, max_message_bytes=limits.INTO_COLLECTOR_MAX_BYTES, queue_messages=limits.QUEUE_MESSAGES
        )
        if options.address_file is not None:
            write_address(options.address_file, endpoint.address)
        speak(Listening(endpoint.address))
        core = _core(options, outputs)
        stack.pop_all()  # from here on it is the runner's to close
        is_part = options.part_of is not None
        edge = CollectorEdge(core, outputs, pictures, mailbox, speak, viewers, is_part=is_part)
        if tap is not None:
            tap.on_waiting = edge.waits
        finish = Runner(core, transport, {LINK: endpoint}, mailbox, edge, speak=speak).run(held.release)
    facts = core.facts(0.0)
    stages_ms = {**facts.stages_ms, **{name: taken.summary_ms() for name, taken in outputs.stages.items()}}
    facts = replace(facts, command=_command(options), started=started, outputs=_outputs(options), stages_ms=stages_ms)
    facts = replace(facts, scores=None if score is None else score.scores)
    with Finishing() as finishing:  # what the run has come to is on record, however often its end is asked for
        _conclude(options, facts, speak, finishing.sleep, tap)
        speak(Concluded(finish.code, finish.text))
        _until_there_is_room(outputs.finish, speak, finishing.sleep)
    return finish.code


def _check(options: CollectorOptions) -> None:
    """Refuse options that cannot be meant together.

    Raises:
        UsageError: with what to give instead.
    """
    if options.force and options.resume:
        raise UsageError("--force replaces what --resume takes up", "give one of them")
    if not _outputs(options) and (options.force or options.resume):
        name = "--force" if options.force else "--resume"
        raise UsageError(f"{name} says nothing without --json or --output", "name the file")
    if "-" in {*_outputs(options), *map(str, options.report)}:
        raise UsageError("standard output cannot be resumed or replaced", "name a file")
    if options.show or options.serve is not None or options.anonymize:
        from collector.viewing import check_anonymity, check_viewing  # noqa: PLC0415 - only who watches needs it

        check_viewing(show=options.show, serve=options.serve, insecure=options.insecure)
        if options.anonymize:
            seen = options.show or options.tap_pictures is not None
            check_anonymity(options.output, show=seen, serve=options.serve)


def _check_distinct(sinks: Sequence[Sink], reports: Sequence[Path]) -> None:
    """Refuse files that would be written twice.

    Raises:
        UsageError: with the name of one.
    """
    seen: set[Path] = set()
    for path in (sink.path.template for sink in sinks):
        if path.resolve() in seen:
            raise UsageError(f"two outputs would be {path}", "name another file")
        seen.add(path.resolve())
    needed = seen | {sink.path.journal.resolve() for sink in sinks}
    for path in reports:
        if path.resolve() in needed:
            raise UsageError(f"--report would replace {path}, which an output needs", "name another file")


def _score_sink(options: CollectorOptions, mailbox: Mailbox[SinkEvent]) -> ScoreSink | None:
    if not options.score:
        return None
    from collector.score_sink import ScoreSink  # noqa: PLC0415 - who does not compare needs no scenes

    return ScoreSink(on_notice=lambda notice: mailbox.put(Said(notice)))


def _viewers(
    options: CollectorOptions,
    mailbox: Mailbox[SinkEvent],
    stack: ExitStack,
    speak: Callable[[Saying], None],
    sleep: Callable[[float], bool],
) -> Viewers | None:
    """Begin those who watch; `stack` closes them."""
    if not options.show and options.serve is None:
        return None
    from collector.viewing import begin, viewers_for  # noqa: PLC0415 - as in `_check`

    made = viewers_for(show=options.show, serve=options.serve, on_closed=lambda: mailbox.put(Closed()))
    viewers = Viewers(made, on_lost=lambda notice: mailbox.put(Said(notice)))
    stack.callback(viewers.close)
    begin(made, sleep)
    for viewer in made:
        if viewer.place:
            speak(Notice("info", f"pictures are at {viewer.place}"))
    viewers.start()
    return viewers


def _tap(options: CollectorOptions) -> TapSink | None:
    if options.tap is None:
        return None
    from collector.tap import TapSink  # noqa: PLC0415 - few have a reader

    return TapSink(options.tap, options.tap_pictures)


def _open(
    options: CollectorOptions,
    pictures: PictureStore,
    score: ScoreSink | None,
    viewers: Viewers | None,
    tap: TapSink | None = None,
) -> Outputs:
    sinks: list[Sink] = []
    artist: Artist | None = None
    if options.json is not None:
        sinks.append(JsonlSink(OutputPath(options.json), overwrite=options.force))
    sinks += [sink_for(text, overwrite=options.force) for text in options.output]
    _check_distinct(sinks, options.report)
    plain = tap is not None and tap.is_plain
    paints = viewers is not None or any(sink.draws for sink in sinks) or not plain
    # The tap first: after a crash a reader may be ahead of files, and notices; behind them it would miss rows.
    sinks = ([] if tap is None else [tap]) + sinks
    if viewers is not None or any(sink.draws for sink in sinks):
        from collector.studio import Studio  # noqa: PLC0415 - results alone need no fonts

        see = tap.see if tap is not None and tap.is_plain else None
        artist = Studio(pictures, anonymous=options.anonymize, see=see, paints=paints)
    sinks += [] if score is None else [score]
    return Outputs.open(sinks, force=options.force, resume=options.resume, artist=artist, viewers=viewers)


def _outputs(options: CollectorOptions) -> list[str]:
    """Where results go, as the user named it."""
    return [*([] if options.json is None else [str(options.json)]), *options.output]


def _command(options: CollectorOptions) -> tuple[str, ...]:
    """What the user has typed: this command, or the one that has started it."""
    return tuple(sys.argv) if options.part_of is None else tuple(json.loads(options.part_of))


def _core(options: CollectorOptions, outputs: Outputs) -> CollectorCore:
    return CollectorCore(
        instance=secrets.token_bytes(16),
        new_id=lambda: secrets.randbelow(2**64 - 1) + 1,
        recovered=outputs.recovered,
        over=outputs.over,
        durable=outputs.durable,
        draws=outputs.draws,
        single=outputs.single,
        timeout_s=options.timeout,
        orphan_timeout_s=options.timeout or ORPHAN_TIMEOUT_S,
        stay=options.stay,
        outputs=_outputs(options),
        identity=identity(),
    )


def _until_there_is_room(step: Callable[[], T], speak: Callable[[Saying], None], sleep: Callable[[float], bool]) -> T:
    """Take a step at the beginning or the end, where no thread waits for the disk; an interrupt ends the waiting.

    Raises:
        DiskFullError: there was no room when an interrupt came.
        OutputError: it fails for another reason.
    """

    def tell(notice: Notice) -> None:
        speak(Halted(notice.level == "warning"))
        speak(notice)

    return insist(step, step, tell, sleep)


def _conclude(
    options: CollectorOptions,
    facts: RunFacts,
    speak: Callable[[Saying], None],
    sleep: Callable[[float], bool],
    tap: TapSink | None = None,
) -> None:
    """Say what came out, and put it on record; nothing where no stream was ever open."""
    report = build_report(facts)
    if facts.streams:
        with suppress(OSError):  # `| head` has read enough, or a disk is full: report and exit code say the rest
            click.echo("\n".join(summary_lines(report)))
    if tap is not None:
        tap.report(report)
    for path in options.report:
        _until_there_is_room(partial(write_report, report, path), speak, sleep)

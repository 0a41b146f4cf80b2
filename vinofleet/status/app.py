"""Asks, shows and judges, once or every second.

Guarantees that what is shown comes before the verdict, that Ctrl-C ends watching well, and that lines of a log are
whole. What this file does not know: how answers are got, read, judged and laid out.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import click

from common.errors import VinofleetError
from common.exits import Exit
from common.inquiries import SCHEMA
from vinofleet.status.answer import Answer
from vinofleet.status.asker import Asker
from vinofleet.status.find import roles_of, running_roles
from vinofleet.status.lines import answer_lines
from vinofleet.status.verdict import Verdict, verdict

EVERY_S: Final = 1.0
"""From one question to the next."""

_NOBODY: Final = "nobody of this user runs a producer or a collector here: start one, or name its address"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions:
    """The options of `vinofleet status`, by their names there."""

    target: tuple[str, ...]
    worker: str
    live: bool
    timeout: float
    as_json: bool
    watch: bool


class StatusError(VinofleetError):
    """Somebody is not there, or cannot work."""

    def __init__(self, of: Verdict) -> None:
        super().__init__(of.text)
        self.exit_code = of.code


def show_status(options: StatusOptions) -> Exit:
    """Ask and show.

    Raises:
        StatusError: somebody is not there, or not ready.
        VinofleetError: there is nobody to ask, or an address is none.
    """
    with closing(Asker(options.worker)) as asker:
        if not options.watch:
            return _judge(_round(options, asker, _show_lines), options)
        try:
            _watch(options, asker)
        except KeyboardInterrupt:
            return Exit.OK
    return Exit.OK


def _watch(options: StatusOptions, asker: Asker) -> None:
    show = _redraw if sys.stdout.isatty() and not options.as_json else _show_block
    while True:
        began = time.monotonic()
        _round(options, asker, _show_lines if options.as_json else show)
        _pause(max(0.0, began + EVERY_S - time.monotonic()))


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def _round(options: StatusOptions, asker: Asker, show: Callable[[list[str]], None]) -> list[Answer]:
    answers = asker.ask(_addresses(options.target), options.timeout)
    if options.as_json:
        show([_as_json(answer) for answer in answers])
    else:
        show([line for answer in answers for line in answer_lines(answer)])
    return answers


def _addresses(targets: Sequence[str]) -> list[str]:
    """Where to ask: addresses as they are, what a process and its children listen at, or whoever runs here."""
    if not targets:
        return running_roles()
    found = []
    for target in targets:
        found += roles_of(int(target)) if target.isdecimal() else [target]
    return list(dict.fromkeys(found))


def _judge(answers: Sequence[Answer], options: StatusOptions) -> Exit:
    if not answers:
        pids = ", ".join(options.target)
        text = f"process {pids} listens nowhere, nor does what it has started: name an address" if pids else _NOBODY
        raise StatusError(Verdict(Exit.TIMEOUT, text))
    found = verdict(answers, options.worker, options.timeout, live=options.live)
    if found.code is not Exit.OK:
        raise StatusError(found)
    return found.code


def _as_json(answer: Answer) -> str:
    missing = {"schema": SCHEMA, "address": answer.address, "role": None, "error": answer.refusal or "nobody answers"}
    return json.dumps(answer.document or missing)


def _show_lines(lines: list[str]) -> None:
    if lines:
        click.echo("\n".join(lines))


def _show_block(lines: list[str]) -> None:
    now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    click.echo("\n".join([now, *(lines or [_NOBODY]), ""]))


def _redraw(lines: list[str]) -> None:
    """Draw over what was drawn before, as much as the terminal is high."""
    room = shutil.get_terminal_size().lines - 1
    click.echo("\x1b[H" + "".join(f"{line}\x1b[K\n" for line in (lines or [_NOBODY])[:room]) + "\x1b[J", nl=False)

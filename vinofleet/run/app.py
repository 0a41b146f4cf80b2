"""A whole fleet as one command: the supervisor decides, its processes are started and heard here.

Guarantees that the exit code is the collector's verdict, or that of the role which made the run impossible, whose line
is then this command's. What this file does not know: when what is started again.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from common.actions import Finish, Notice
from common.child_environment import environment
from common.entry import split_debug
from common.errors import UsageError, error_of
from common.exits import Exit
from common.job_builder import is_scripted
from common.sayings import Concluded, Dismissed, FirstFrame, Halted, Listening, Saying, StreamProgress
from common.zoo.names import obtain
from vinofleet.models.progress import fetch_shown
from vinofleet.run.actions import Action, Death, Interrupt, Kill, Outcome, Start
from vinofleet.run.children import Children, Event, Exited, Interrupted, Said, Wrote
from vinofleet.run.cores import shares, usable_cores
from vinofleet.run.fleet import Fleet, private_links, shared_links
from vinofleet.run.leash import end_with_reader
from vinofleet.run.outputs import check_outputs
from vinofleet.run.screen import Show, showing
from vinofleet.run.supervisor import COLLECTOR, PRODUCER, Supervisor, worker_names
from worker.device_choice import check_device


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of `vinofleet run`; `passed` are those of roles that were given, by name."""

    source: tuple[str, ...]
    workers: int
    bind: str | None
    passed: Mapping[str, Any]


CROWDED: Final[Mapping[str, Any]] = {"threads": 1, "pin": False}
"""What each of more workers than cores gets, where nothing else was asked for."""

HELD_S: Final = 0.5
"""How long a role's warning waits: what it warns of may be why the run ends, which is one line then."""


class Run:
    """The loop: hears what happens, asks the supervisor, and does what it says.

    Args:
        supervisor: decides.
        children: the processes.
        fleet: their commands.
        show: what the user sees.
        cores: those of each worker; none where every worker may use all.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        children: Children,
        fleet: Fleet,
        show: Show,
        cores: Mapping[str, frozenset[int]],
    ) -> None:
        self._supervisor: Final = supervisor
        self._children: Final = children
        self._fleet: Final = fleet
        self._show: Final = show
        self._cores: Final = cores
        self._held: Final[deque[tuple[float, str, Notice]]] = deque()
        self._finish: Finish | None = None

    def run(self) -> Finish:
        """Run to the end."""
        self._perform(self._supervisor.start())
        while self._finish is None:
            deadline = min(self._supervisor.deadline(), self._held[0][0] if self._held else float("inf"))
            wait_s = deadline - time.monotonic()
            for event in self._children.wait(None if wait_s == float("inf") else max(0.0, wait_s)):
                self._perform(self._tell(event, time.monotonic()))
            if time.monotonic() >= self._supervisor.deadline():
                self._perform(self._supervisor.tick(time.monotonic()))
            self._warn(time.monotonic())
        self._warn(float("inf"))
        return self._finish

    def _warn(self, now: float) -> None:
        """Pass on the warnings whose time has come, unless the run ends for what they announced, and says so."""
        while self._held and self._held[0][0] <= now:
            _, name, notice = self._held.popleft()
            if not self._supervisor.has_failed:
                self._show.notice(name, notice)

    def _tell(self, event: Event, now: float) -> list[Action]:
        match event:
            case Said(name, saying):
                return self._hear(name, saying, now)
            case Wrote(name, text):
                self._show.notice(name, Notice("info", text))
            case Exited(name, death):
                return self._supervisor.exited(name, death, now)
            case Interrupted():
                return self._supervisor.interrupt(now)
        return []

    def _hear(self, name: str, saying: Saying, now: float) -> list[Action]:
        match saying:
            case Listening(address):
                if name == PRODUCER and not address.startswith("ipc://"):
                    self._show.notice(name, Notice("info", f"listening on {address}"))
                return self._supervisor.listening(name)
            case FirstFrame():
                self._supervisor.first_frame(name)
            case StreamProgress():
                self._show.progress(saying)
                self._supervisor.progressed()
            case Halted(halted):
                self._supervisor.halted(name, halted=halted)
            case Dismissed():
                return self._supervisor.dismissed(now)
            case Concluded(code, text):
                self._supervisor.concluded(Outcome(Exit(code), text))
            case Notice():
                self._pass_on(name, saying, now)
        return []

    def _pass_on(self, name: str, notice: Notice, now: float) -> None:
        if notice.level == "warning":
            self._held.append((now + HELD_S, name, notice))
        elif not self._supervisor.has_failed and (notice.level != "detail" or self._fleet.debug):
            self._show.notice(name, notice)

    def _perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Start():
                    self._start(action)
                case Interrupt(name):
                    self._children.signal(name, signal.SIGINT)
                case Kill(name):
                    self._children.signal(name, signal.SIGKILL)
                case Notice():
                    self._show.notice("run", action)
                case Finish():
                    self._finish = action

    def _start(self, start: Start) -> None:
        def command(lifeline: int) -> list[str]:
            return self._fleet.command(start, lifeline)

        try:
            self._children.start(
                start.name,
                command,
                self._cores.get(start.name),
                self._fleet.inherited(start.name),
                reads_stdin=self._fleet.reads_stdin(start),
            )
        except OSError as error:
            death = Death(None, f"{error.strerror} at its start")
            self._perform(self._supervisor.exited(start.name, death, time.monotonic()))


def run_fleet(options: RunOptions) -> Exit:
    """Run a fleet to its end.

    Raises:
        VinofleetError: it was not to be, or a role failed; with that role's exit code.
    """
    if not options.source:
        raise UsageError("there is no source", "name a video file, or [[source]] in --config")
    if "tap" in options.passed:
        end_with_reader(options.passed["tap"])
    check_outputs(options.source, options.passed)
    if "device" in options.passed and not is_scripted(options.passed.get("model", "")):
        check_device(options.passed["device"])
    _fetch_model(options.passed)
    names = worker_names(options.workers)
    parts = shares(usable_cores(), options.workers)
    fleet = Fleet(
        source=options.source,
        passed=options.passed if parts else {**CROWDED, **options.passed},
        links=shared_links(options.bind) if options.bind else private_links(),
        debug=split_debug(sys.argv[1:])[1],
    )
    supervisor = Supervisor(options.workers)
    with showing() as show, Children(environment()) as children:
        if parts is None:
            show.notice("run", Notice("info", _crowded(fleet.passed)))
        cores = dict(zip(names, parts, strict=True)) if parts and options.workers > 1 else {}
        finish = Run(supervisor, children, fleet, show, cores).run()
    _print_summary(children.printed.get(COLLECTOR, ""), supervisor.restarts)
    if finish.text:
        raise error_of(finish.code, finish.text)
    return finish.code


def _crowded(passed: Mapping[str, Any]) -> str:
    """What more workers than cores do, for the user."""
    threads = passed["threads"]
    where = ", on any core" if passed["pin"] is False else ""
    return f"more workers than cores: each uses {'one thread' if threads == 1 else f'{threads} threads'}{where}"


def _fetch_model(passed: Mapping[str, Any]) -> None:
    """Fetch a model that has a name before any process is started, where its progress can be seen."""
    if "model" in passed and not is_scripted(passed["model"]):
        with fetch_shown("run") as tell:
            obtain(passed["model"], tell)


def _print_summary(text: str, restarts: Mapping[str, int]) -> None:
    """Pass on what the collector says of the run; its last line, the conservation equation, stays the last."""
    lines = text.splitlines()
    if restarts:
        counts = ", ".join(f"{name} {count} times" if count > 1 else name for name, count in restarts.items())
        lines.insert(max(0, len(lines) - 1), f"started again: {counts}")
    if lines:
        click.echo("\n".join(lines))

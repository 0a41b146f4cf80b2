"""Decides which role of a fleet is started when, which is started again, and how the run ends.

A pure state machine, as the roles' cores are: each call is told what happened and when, and returns what to do.

Guarantees: the collector is started when the producer listens, so sources and model were found good before an output
is touched; a role that fails again and again ends the run; nothing is started once the run ends, but a collector that
died before it could say what came of it; every way of ending has a time at which whoever is still there is killed,
unless it waits for room on a disk; the run finishes when nobody is left.
What this file does not know: processes, signals by number, and what roles do.
"""

from __future__ import annotations

from collections import Counter
from enum import Enum
from typing import Final, NamedTuple

from common.actions import Finish, Notice
from common.exits import Exit
from vinofleet.run.actions import Action, Death, Interrupt, Kill, Outcome, Start
from vinofleet.run.child import NEVER, Child, State

PRODUCER: Final = "producer"
COLLECTOR: Final = "collector"

BACK_OFF_S: Final = 0.2
"""Before the first restart; each failure in a row doubles it."""
BACK_OFF_MAX_S: Final = 5.0
DOUBLINGS_MAX: Final = 16
"""More than lead to `BACK_OFF_MAX_S`, fewer than a float can take: one may die for weeks beside others that work."""
LET_GO_S: Final = 1.0
"""From the orderly end of a worker to another one: was it the producer that let it go, the run ends before that."""
WORKER_DEATHS: Final = 5
"""In a row, with no frame finished anywhere: what kills workers will go on killing them."""
RESTARTS: Final = 3
"""Of producer and collector in a row, with no frame written: they hold the run's state, and should not die at all."""
KILLS: Final = 12
"""The same where each was killed by somebody else: with the back-off that takes 40 s, in which a run can get on."""

INTERRUPTED_S: Final = 2.7
"""From Ctrl-C to SIGKILL: the roles' own drain takes up to 1.5 s, and all is to be over within 3 s."""
INSIST_S: Final = (1.9, 2.1)
"""After Ctrl-C, who is still there is interrupted: a collector whose disk is full says so only then, in 0.7 s."""
CONCLUDE_S: Final = 30.0
"""A collector whose producer is done has only files to close and a report to write; a slow disk may take its time."""

LEAVE_S: Final = 2.5
"""What roles have that are to leave, whoever asked them; a worker finishes what it holds for up to 1.5 s."""
HEAD_START_S: Final = 0.3
"""In which a collector takes note that it is to end, before the others do."""

UNHEARD_S: Final = 0.5
"""Longer than a collector takes to tell of the frames that it has written."""

FINAL: Final = frozenset({Exit.USAGE, Exit.MODEL, Exit.DEVICE, Exit.OUTPUT, Exit.REFUSED})
"""What a worker says that no restart changes, if it says so before the fleet has finished a frame."""
LEFT: Final = frozenset({Exit.OK, Exit.INCOMPLETE, Exit.INTERRUPTED})
"""How a worker leaves that has no more to do, or that somebody told to, however much of its work was left then."""
ENDINGS: Final = frozenset({Exit.OK, Exit.INCOMPLETE, Exit.TIMEOUT, Exit.INTERRUPTED})
"""How producer and collector leave that could do their work; the collector's code is then the run's."""


class Phase(Enum):
    """How far the run is."""

    RUNNING = "running"
    ENDING = "ending"
    """A role has ended for good, and so do the others."""
    STOPPING = "stopping"
    """The user asked for the end."""
    OVER = "over"


class Step(NamedTuple):
    """A measure against a role that is still there at a time."""

    at: float
    action: Interrupt | Kill


def worker_names(count: int) -> list[str]:
    """Name the workers, for people."""
    return [f"worker {number}" for number in range(1, count + 1)]


class Supervisor:
    """Watches over one producer, some workers and one collector.

    Args:
        workers: how many.

    Attributes:
        restarts: how often each role was started again.
    """

    def __init__(self, workers: int) -> None:
        self.restarts: Final[Counter[str]] = Counter()
        self._workers: Final = worker_names(workers)
        self._children: Final = {name: Child(name) for name in (PRODUCER, *self._workers, COLLECTOR)}
        self._phase = Phase.RUNNING
        self._proven = False
        self._has_written = False
        self._steps: list[Step] = []
        self._cause: Outcome | None = None  # what made the run impossible
        self._verdict: Outcome | None = None  # what the collector says of it
        self._concluded: Outcome | None = None  # the same, said before it has ended

    def __repr__(self) -> str:
        states = ", ".join(f"{child.name} {child.state.value}" for child in self._children.values())
        return f"Supervisor({self._phase.value}: {states})"

    @property
    def has_failed(self) -> bool:
        """Whether the run ends for a role that failed; what the others say then explains nothing."""
        return self._cause is not None

    # --- events ------------------------------------------------------------------------------------------------------

    def start(self) -> list[Action]:
        """Start whoever can fail for what the user asked."""
        return [self._start(self._children[name]) for name in (PRODUCER, *self._workers)]

    def listening(self, name: str) -> list[Action]:
        """Learn that a role has begun its work."""
        self._children[name].begun = True
        collector = self._children[COLLECTOR]
        if name == PRODUCER and collector.state is State.ABSENT and self._phase is Phase.RUNNING:
            return [self._start(collector)]
        return []

    def first_frame(self, name: str) -> None:
        """Learn that a worker has finished a frame."""
        self._proven = True
        self._children[name].deaths = 0
        self._forgive()

    def progressed(self) -> None:
        """Learn that frames were written: all that it takes is there."""
        self._has_written = True
        for name in (PRODUCER, COLLECTOR):
            self._children[name].deaths = self._children[name].crashes = 0
        self._forgive()

    def halted(self, name: str, *, halted: bool) -> None:
        """Learn that a role waits for room on a disk, or goes on."""
        self._children[name].halted = halted

    def concluded(self, verdict: Outcome) -> None:
        """Learn what the collector will end with: all is on record, and whatever ends it now changes nothing."""
        self._concluded = verdict

    def exited(self, name: str, death: Death, now: float) -> list[Action]:
        """Learn that a process has ended."""
        child = self._children[name]
        child.state, child.last, child.halted = State.GONE, death, False
        if name == PRODUCER:
            actions = self._producer_exited(child, death, now)
        elif name == COLLECTOR:
            actions = self._collector_exited(child, death, now)
        else:
            actions = self._worker_exited(child, death, now)
        return actions + self._conclude()

    def interrupt(self, now: float) -> list[Action]:
        """Learn that the user wants to end; the second time at once."""
        if self._phase is Phase.OVER:
            return []
        if self._phase is Phase.STOPPING:
            self._steps.clear()
            return [Kill(child.name) for child in self._running()]
        by_protocol = self._phase is Phase.RUNNING and self._is_running(PRODUCER) and self._is_running(COLLECTOR)
        self._leave_running(Phase.STOPPING)
        for child in self._running():
            self._plan(child.name, *(now + after for after in INSIST_S), kill_at=now + INTERRUPTED_S)
        if by_protocol:
            return [Interrupt(PRODUCER)]
        return [*(Interrupt(child.name) for child in self._running()), *self._conclude()]

    def dismissed(self, now: float) -> list[Action]:
        """Learn that the user has closed the window: the first request to end, or none that is not known already."""
        return self.interrupt(now) if self._phase is Phase.RUNNING else []

    def tick(self, now: float) -> list[Action]:
        """Do what is due."""
        waiting = [child for child in self._children.values() if child.state is State.WAITING]
        actions: list[Action] = [self._start(child) for child in waiting if child.start_at <= now]
        due = [step for step in self._steps if step.at <= now]
        self._steps = [step for step in self._steps if step.at > now]
        for step in due:
            if self._is_waited_for(step.action.name):
                self._steps.append(Step(now + CONCLUDE_S, step.action))
            else:
                actions += self._take(step.action)
        return actions

    def deadline(self) -> float:
        """When `tick` is next wanted."""
        waiting = [child.start_at for child in self._children.values() if child.state is State.WAITING]
        steps = [step.at for step in self._steps if self._is_running(step.action.name)]
        return min([*waiting, *steps], default=NEVER)

    def check(self) -> None:
        """Assert the invariants."""
        if self._phase is not Phase.RUNNING:
            waiting = [child.name for child in self._children.values() if child.state is State.WAITING]
            assert waiting in ([], [COLLECTOR]), self
            assert not waiting or (self._phase is Phase.ENDING and self._cause is None), self
        if self._phase is Phase.OVER:
            assert not self._running(), self
        for child in self._children.values():
            assert (child.state is State.WAITING) == (child.start_at < NEVER), child

    # --- roles that ended --------------------------------------------------------------------------------------------

    def _producer_exited(self, child: Child, death: Death, now: float) -> list[Action]:
        if self._phase is Phase.STOPPING:
            return self._producer_stopped(death, now)
        if self._phase is not Phase.RUNNING:
            said_why = death.code is not None and death.code not in ENDINGS
            if said_why and self._cause is None:  # a stream that was refused is not in the verdict
                self._cause = _cause(child, death)
            return []
        if self._may_restart(child, death):
            return self._restart(child, death, now)
        collector = self._children[COLLECTOR]
        if death.code not in ENDINGS or collector.state is State.ABSENT:
            return self._fail(child, death, now)
        start_at = collector.start_at
        self._leave_running(Phase.ENDING)
        if start_at < NEVER:  # what it was to tell of the run, the next one tells
            collector.state, collector.start_at = State.WAITING, start_at
        self._let_conclude(max(now, start_at) if start_at < NEVER else now)
        self._plan_others(now)
        return []

    def _producer_stopped(self, death: Death, now: float) -> list[Action]:
        self._plan_others(now)
        if death.code not in ENDINGS and self._is_running(COLLECTOR):
            return [Interrupt(COLLECTOR)]
        if not self._has_written:  # it may never have heard of the producer, and would wait for one
            self._steps.append(Step(now + UNHEARD_S, Interrupt(COLLECTOR)))
        return []

    def _worker_exited(self, child: Child, death: Death, now: float) -> list[Action]:
        if self._phase is not Phase.RUNNING:
            return []
        if death.asked or death.code in LEFT:
            child.state, child.start_at = State.WAITING, now + LET_GO_S
            return []
        child.fruitless += 1
        if child.fruitless >= WORKER_DEATHS or (death.code in FINAL and not self._proven):
            return self._fail(child, death, now)
        return self._restart(child, death, now)

    def _collector_exited(self, child: Child, death: Death, now: float) -> list[Action]:
        if self._concluded is not None and death.code is None:
            death = Death(self._concluded.code, death.how, self._concluded.text)
        if self._phase is Phase.RUNNING and self._may_restart(child, death):
            return self._restart(child, death, now)
        if self._phase is Phase.ENDING and self._cause is None and self._may_restart(child, death):
            actions = self._restart(child, death, now)
            self._let_conclude(child.start_at)
            return actions
        if death.code is None or death.code is Exit.INTERNAL:
            return [] if self._cause or self._phase is Phase.STOPPING else self._fail(child, death, now)
        if self._phase is Phase.RUNNING and death.code not in ENDINGS:
            return self._fail(child, death, now)
        self._verdict = Outcome(death.code, death.text)
        if self._phase is Phase.RUNNING:
            self._leave_running(Phase.ENDING)
            self._plan_others(now)
        return []

    def _may_restart(self, child: Child, death: Death) -> bool:
        """Whether it crashed, rather than left; a defect that shows before it has begun will show again."""
        crashed = death.code is None or (death.code is Exit.INTERNAL and child.begun)
        return crashed and not child.overdue and child.crashes < RESTARTS and child.deaths < KILLS

    def _restart(self, child: Child, death: Death, now: float) -> list[Action]:
        wait_s = min(BACK_OFF_MAX_S, BACK_OFF_S * 2 ** min(child.deaths, DOUBLINGS_MAX))
        child.deaths += 1
        child.crashes += not death.killed
        child.state, child.start_at = State.WAITING, now + wait_s
        text = f" ({death.text})" if death.text else ""
        return [Notice("warning", f"{child.name} ended with {death.how}{text}: it is started again in {wait_s:g} s")]

    # --- the end -----------------------------------------------------------------------------------------------------

    def _fail(self, child: Child, death: Death, now: float) -> list[Action]:
        """End the run for what a role says, or for how it died."""
        self._cause = _cause(child, death)
        self._leave_running(Phase.ENDING)
        for each in self._running():
            # The collector first: what it is told while the others end is no result of this run.
            first = now if each.name == COLLECTOR or not self._is_running(COLLECTOR) else now + HEAD_START_S
            self._let_leave(each.name, first, kill_at=now + LEAVE_S)
        return []

    def _let_conclude(self, now: float) -> None:
        """Give the collector its time from now on, whoever it was planned for before."""
        self._steps = [step for step in self._steps if step.action.name != COLLECTOR]
        self._plan(COLLECTOR, now + CONCLUDE_S, kill_at=now + CONCLUDE_S + 2.0)

    def _plan_others(self, now: float) -> None:
        for child in self._running():
            if child.name != COLLECTOR:
                self._let_leave(child.name, now + 1.0, kill_at=now + LEAVE_S)

    def _let_leave(self, name: str, first: float, *, kill_at: float) -> None:
        """Ask three times: a producer without its collector waits after the first and the second."""
        self._plan(name, first, first + 0.5, first + 1.0, kill_at=kill_at)

    def _plan(self, name: str, *interrupt_at: float, kill_at: float) -> None:
        self._steps += [Step(at, Interrupt(name)) for at in interrupt_at]
        self._steps.append(Step(kill_at, Kill(name)))

    def _take(self, action: Interrupt | Kill) -> list[Action]:
        if not self._is_running(action.name):
            return []
        if isinstance(action, Interrupt):
            return [action]
        self._children[action.name].overdue = True
        return [Notice("warning", f"{action.name} did not end: it is killed"), action]

    def _conclude(self) -> list[Action]:
        """Finish when nobody is left."""
        if self._phase in {Phase.RUNNING, Phase.OVER} or self._running() or self._children[COLLECTOR].start_at < NEVER:
            return []
        self._phase = Phase.OVER
        return [Finish(*(self._cause or self._verdict or Outcome(Exit.INTERRUPTED, "")))]

    def _leave_running(self, phase: Phase) -> None:
        """Go on to another phase, in which nobody is started any more."""
        self._phase = phase
        for child in self._children.values():
            child.start_at = NEVER
            if child.state is State.WAITING:
                child.state = State.GONE

    def _start(self, child: Child) -> Start:
        if child.state is State.WAITING:
            self.restarts[child.name] += 1
        child.state, child.start_at = State.RUNNING, NEVER
        return Start(child.name, child.begun, self.restarts[child.name])

    def _forgive(self) -> None:
        for child in self._children.values():
            child.fruitless = 0

    def _running(self) -> list[Child]:
        return [child for child in self._children.values() if child.state is State.RUNNING]

    def _is_waited_for(self, name: str) -> bool:
        """Whether a role may take as long as it does: a collector with all its frames, whose disk is full."""
        return self._phase is Phase.ENDING and self._cause is None and self._children[name].halted

    def _is_running(self, name: str) -> bool:
        return self._children[name].state is State.RUNNING


def _cause(child: Child, death: Death) -> Outcome:
    code = death.code or (Exit.INTERNAL if child.name in {PRODUCER, COLLECTOR} else Exit.DEVICE)
    if death.text:
        return Outcome(code, death.text)
    if code is Exit.INTERRUPTED:
        return Outcome(code, f"{child.name} was interrupted, the run was not: start it again with --resume")
    times = max(child.deaths + 1, child.fruitless)
    often = f", {times} times in a row" if times > 1 else ""
    return Outcome(code, f"{child.name} ended with {death.how}{often}: run it again with --debug to see more")

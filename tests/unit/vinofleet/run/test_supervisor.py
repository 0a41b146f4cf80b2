"""Who is started when, and how a run ends: event in, actions out; then whatever may happen, in any order."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.actions import Finish, Notice
from common.exits import Exit
from vinofleet.run.actions import Action, Death, Interrupt, Kill, Outcome, Start
from vinofleet.run.supervisor import (
    BACK_OFF_MAX_S,
    BACK_OFF_S,
    COLLECTOR,
    CONCLUDE_S,
    INSIST_S,
    INTERRUPTED_S,
    KILLS,
    LET_GO_S,
    PRODUCER,
    RESTARTS,
    UNHEARD_S,
    WORKER_DEATHS,
    Supervisor,
    worker_names,
)

KILLED = Death(None, "SIGKILL", killed=True)
CRASHED = Death(None, "SIGSEGV")
(WORKER,) = worker_names(1)


def left(code: Exit, text: str = "") -> Death:
    """An end with an exit code."""
    return Death(code, f"exit code {code.value}", text)


def running(workers: int = 1) -> Supervisor:
    """A fleet that is at work."""
    supervisor = Supervisor(workers)
    supervisor.start()
    supervisor.listening(PRODUCER)
    supervisor.listening(COLLECTOR)
    return supervisor


def later(supervisor: Supervisor) -> tuple[float, list[Action]]:
    """Let the time come that it waits for."""
    now = supervisor.deadline()
    return now, supervisor.tick(now)


def starts(actions: list[Action]) -> list[Start]:
    """The starts among actions."""
    return [action for action in actions if isinstance(action, Start)]


def test_the_collector_is_started_when_the_producer_listens() -> None:
    """Not before sources and model were found good, and once."""
    supervisor = Supervisor(2)
    assert supervisor.start() == [
        Start(PRODUCER, again=False, restarts=0),
        Start("worker 1", again=False, restarts=0),
        Start("worker 2", again=False, restarts=0),
    ]
    assert supervisor.listening(PRODUCER) == [Start(COLLECTOR, again=False, restarts=0)]
    assert supervisor.listening(PRODUCER) == []


def test_a_producer_that_lost_its_collector_is_asked_three_times_before_it_is_killed() -> None:
    """After the first it waits for what is under way, after the second for a word of the collector, which has left."""
    supervisor = running()
    supervisor.exited(WORKER, left(Exit.DEVICE, "no such device"), 1.0)
    assert later(supervisor)[1] == [Interrupt(COLLECTOR)]
    supervisor.exited(COLLECTOR, left(Exit.INTERRUPTED), 1.1)
    asked = [later(supervisor)[1] for _ in range(3)]
    assert asked == [[Interrupt(PRODUCER)]] * 3
    assert supervisor.exited(PRODUCER, left(Exit.INTERRUPTED), 2.5) == [Finish(Exit.DEVICE, "no such device")]


def test_an_ordinary_end_is_the_collectors_verdict() -> None:
    """When everybody has left."""
    supervisor = running()
    assert supervisor.exited(WORKER, left(Exit.OK), 1.0) == []
    assert supervisor.exited(PRODUCER, left(Exit.OK), 1.1) == []
    assert supervisor.exited(COLLECTOR, left(Exit.INCOMPLETE, "incomplete: a"), 1.2) == [
        Finish(Exit.INCOMPLETE, "incomplete: a")
    ]


def test_a_stream_that_was_refused_is_no_success() -> None:
    """The collector knows only of the others, and may leave first; the producer's code and line are the run's."""
    supervisor = running()
    assert supervisor.exited(COLLECTOR, left(Exit.OK), 1.0) == []
    assert supervisor.exited(WORKER, left(Exit.OK), 1.1) == []
    assert supervisor.exited(PRODUCER, left(Exit.REFUSED, "stream a: taken"), 1.2) == [
        Finish(Exit.REFUSED, "stream a: taken")
    ]


@pytest.mark.parametrize(
    "death", [left(Exit.OK), left(Exit.INCOMPLETE), left(Exit.INTERRUPTED), Death(None, "SIGTERM", asked=True)]
)
def test_a_worker_that_leaves_in_order_is_replaced_unless_the_run_ends(death: Death) -> None:
    """Somebody may have stopped it, as often as he likes and while it starts as well; the frames wait for another."""
    supervisor, now = running(), 1.0
    for restarts in range(1, WORKER_DEATHS + 2):
        assert supervisor.exited(WORKER, death, now) == []
        assert later(supervisor) == (now + LET_GO_S, [Start(WORKER, again=False, restarts=restarts)])
        now += 2 * LET_GO_S


def test_a_worker_that_dies_is_started_again_ever_later() -> None:
    """0.2 s after its first death, at most 5 s after a later one; the user is told."""
    supervisor = running()
    waits = []
    for death in range(8):
        (notice,) = supervisor.exited(WORKER, KILLED, 10.0 * death)
        assert isinstance(notice, Notice)
        assert "worker 1 ended with SIGKILL" in notice.text
        now, actions = later(supervisor)
        waits.append(now - 10.0 * death)
        assert starts(actions) == [Start(WORKER, again=False, restarts=death + 1)]
        supervisor.progressed()
    assert waits == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, BACK_OFF_MAX_S, BACK_OFF_MAX_S, BACK_OFF_MAX_S])


def test_a_worker_that_dies_for_weeks_beside_another_that_works_ends_nothing() -> None:
    """Its delay stays the longest; frames that others finish are a reason to go on."""
    supervisor, waits = running(2), []
    for death in range(2000):
        supervisor.first_frame("worker 2")
        supervisor.exited(WORKER, CRASHED, 10.0 * death)
        at, actions = later(supervisor)
        waits.append(at - 10.0 * death)
        assert [start.name for start in starts(actions)] == [WORKER]
    assert waits[-1] == BACK_OFF_MAX_S


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_a_worker_killed_each_second_for_ten_minutes_is_started_again_at_once(workers: int) -> None:
    """Its every process has finished a frame by then: the delay stays the shortest, and nobody gives up."""
    supervisor, rng = running(workers), Random(workers)
    names = worker_names(workers)
    for name in names:
        supervisor.first_frame(name)
    for second in range(1, 601):
        name = rng.choice(names)
        (notice,) = supervisor.exited(name, KILLED, float(second))
        assert isinstance(notice, Notice)
        assert notice.text == f"{name} ended with SIGKILL: it is started again in 0.2 s"
        at, actions = later(supervisor)
        assert at == pytest.approx(second + BACK_OFF_S)
        assert [start.name for start in starts(actions)] == [name]
        supervisor.first_frame(name)
        supervisor.check()
    assert not supervisor.has_failed


@pytest.mark.parametrize("name", [WORKER, COLLECTOR, PRODUCER])
def test_giving_up_is_one_line_with_the_reason(name: str) -> None:
    """Who ended, how, and how often; or what it said itself, with its own code."""
    silent, talking = running(), running()
    for supervisor, words in ((silent, ""), (talking, "the device is gone")):
        for second in range(20):
            supervisor.exited(name, Death(None, "SIGSEGV", words), 10.0 * second)
            if supervisor.has_failed:
                break
            supervisor.tick(10.0 * second + BACK_OFF_MAX_S)
            supervisor.listening(name)
        assert supervisor.has_failed
    times = WORKER_DEATHS if name == WORKER else RESTARTS + 1
    texts = []
    for supervisor in (silent, talking):
        actions: list[Action] = []
        for other in {PRODUCER, COLLECTOR, WORKER} - {name}:
            actions += supervisor.exited(other, left(Exit.INTERRUPTED), 500.0)
        (finish,) = [action for action in actions if isinstance(action, Finish)]
        texts.append(finish.text)
    assert texts == [
        f"{name} ended with SIGSEGV, {times} times in a row: run it again with --debug to see more",
        "the device is gone",
    ]


def test_a_frame_makes_a_worker_good_again() -> None:
    """The next restart is soon."""
    supervisor = running()
    for _ in range(3):
        supervisor.exited(WORKER, KILLED, 0.0)
        later(supervisor)
    supervisor.first_frame(WORKER)
    supervisor.exited(WORKER, KILLED, 10.0)
    assert supervisor.deadline() == pytest.approx(10.2)


def test_workers_that_die_in_a_row_without_a_frame_end_the_run() -> None:
    """The collector is asked first, so that nothing is written of a run that was none."""
    supervisor = running()
    for _ in range(WORKER_DEATHS - 1):
        supervisor.exited(WORKER, KILLED, 0.0)
        later(supervisor)
    assert supervisor.exited(WORKER, KILLED, 50.0) == []
    assert supervisor.has_failed
    assert later(supervisor) == (50.0, [Interrupt(COLLECTOR)])
    supervisor.exited(COLLECTOR, left(Exit.INTERRUPTED), 50.1)
    now, actions = later(supervisor)
    assert now == pytest.approx(50.3)
    assert actions == [Interrupt(PRODUCER)]
    (finish,) = supervisor.exited(PRODUCER, left(Exit.INTERRUPTED), 50.4)
    assert isinstance(finish, Finish)
    assert finish.code is Exit.DEVICE
    assert finish.text == "worker 1 ended with SIGKILL, 5 times in a row: run it again with --debug to see more"


@pytest.mark.parametrize("code", [Exit.USAGE, Exit.MODEL, Exit.DEVICE, Exit.OUTPUT, Exit.REFUSED])
def test_what_no_restart_changes_ends_the_run_at_once(code: Exit) -> None:
    """With the worker's code and its line; once a frame was finished it is an accident like others."""
    supervisor = running()
    supervisor.exited(WORKER, left(code, "no such thing"), 1.0)
    supervisor.exited(COLLECTOR, left(Exit.INTERRUPTED), 1.1)
    assert supervisor.exited(PRODUCER, left(Exit.INTERRUPTED), 1.2) == [Finish(code, "no such thing")]
    proven = running(2)
    proven.first_frame("worker 2")
    proven.exited("worker 1", left(code, "no such thing"), 1.0)
    assert not proven.has_failed
    assert starts(later(proven)[1]) == [Start("worker 1", again=False, restarts=1)]


@pytest.mark.parametrize("name", [PRODUCER, COLLECTOR])
@pytest.mark.parametrize(("death", "times"), [(CRASHED, RESTARTS), (KILLED, KILLS)], ids=["crashed", "killed"])
def test_a_crashed_producer_or_collector_continues_its_work(name: str, death: Death, times: int) -> None:
    """A few times, as the run cannot do without it; more often where it is somebody else who kills it."""
    supervisor = running()
    for restart in range(times):
        supervisor.exited(name, death, 0.0)
        assert starts(later(supervisor)[1]) == [Start(name, again=True, restarts=restart + 1)]
    supervisor.exited(name, death, 9.0)
    assert supervisor.has_failed


def test_kills_between_crashes_do_not_hide_a_defect() -> None:
    """Its own crashes are counted for themselves, until a frame is written."""
    supervisor = running()
    for death in (CRASHED, KILLED, CRASHED, KILLED, CRASHED):
        supervisor.exited(COLLECTOR, death, 0.0)
        later(supervisor)
    assert not supervisor.has_failed
    supervisor.exited(COLLECTOR, CRASHED, 9.0)
    assert supervisor.has_failed


def test_a_defect_that_shows_at_the_start_is_not_tried_again() -> None:
    """It would show again."""
    supervisor = Supervisor(1)
    supervisor.start()
    supervisor.exited(PRODUCER, left(Exit.INTERNAL, "internal error"), 0.1)
    assert supervisor.has_failed
    assert later(supervisor) == (0.1, [Interrupt(WORKER)])
    assert supervisor.exited(WORKER, left(Exit.OK), 0.2) == [Finish(Exit.INTERNAL, "internal error")]


def test_a_producer_that_cannot_begin_ends_the_run_before_a_collector_is_there() -> None:
    """Its sources or its model are not as they should be: no output was touched."""
    supervisor = Supervisor(1)
    supervisor.start()
    supervisor.exited(PRODUCER, left(Exit.INPUT, "no such file"), 0.1)
    assert supervisor.exited(WORKER, left(Exit.OK), 0.2) == [Finish(Exit.INPUT, "no such file")]


def test_a_producer_that_somebody_interrupts_before_a_collector_is_there_is_no_defect() -> None:
    """The run ends with it; nothing is to be debugged."""
    supervisor = Supervisor(1)
    supervisor.start()
    supervisor.exited(PRODUCER, left(Exit.INTERRUPTED), 0.1)
    text = "producer was interrupted, the run was not: start it again with --resume"
    assert supervisor.exited(WORKER, left(Exit.OK), 0.2) == [Finish(Exit.INTERRUPTED, text)]


@pytest.mark.parametrize("first", [COLLECTOR, PRODUCER])
def test_a_collector_that_dies_when_all_is_written_is_started_once_more(first: str) -> None:
    """The next one finds everything ended, and says what came of the run; nobody else is started any more."""
    supervisor = running()
    deaths = {COLLECTOR: KILLED, PRODUCER: left(Exit.OK)}
    supervisor.exited(first, deaths[first], 1.0)
    supervisor.exited(({COLLECTOR, PRODUCER} - {first}).pop(), deaths[({COLLECTOR, PRODUCER} - {first}).pop()], 1.0)
    assert supervisor.exited(WORKER, left(Exit.OK), 1.1) == []
    assert later(supervisor) == (1.2, [Start(COLLECTOR, again=True, restarts=1)])
    assert supervisor.deadline() == 1.2 + CONCLUDE_S
    assert supervisor.exited(COLLECTOR, left(Exit.OK), 4.0) == [Finish(Exit.OK, "")]


def test_a_collector_that_crashes_over_and_over_at_the_end_is_a_failure() -> None:
    """What it had to say of the run is lost."""
    supervisor = running()
    supervisor.exited(PRODUCER, left(Exit.OK), 1.0)
    supervisor.exited(WORKER, left(Exit.OK), 1.1)
    for _ in range(RESTARTS):
        supervisor.exited(COLLECTOR, CRASHED, 2.0)
        later(supervisor)
    (finish,) = supervisor.exited(COLLECTOR, CRASHED, 9.0)
    assert isinstance(finish, Finish)
    assert finish.code is Exit.INTERNAL


def test_a_collector_that_has_said_its_verdict_may_die_as_it_likes() -> None:
    """All is on record: a kill in its last moments is no failure, and no reason to start another."""
    supervisor = running()
    supervisor.concluded(Outcome(Exit.INCOMPLETE, "incomplete: a"))
    assert supervisor.exited(COLLECTOR, KILLED, 1.0) == []
    assert supervisor.exited(PRODUCER, left(Exit.OK), 1.1) == []
    assert supervisor.exited(WORKER, left(Exit.OK), 1.2) == [Finish(Exit.INCOMPLETE, "incomplete: a")]


def test_a_collector_whose_disk_is_full_at_the_end_has_all_the_time_there_is() -> None:
    """Until it goes on; then it has its time to conclude."""
    supervisor = running()
    supervisor.halted(COLLECTOR, halted=True)
    supervisor.exited(PRODUCER, left(Exit.OK), 1.0)
    supervisor.exited(WORKER, left(Exit.OK), 1.1)
    for _ in range(6):
        assert later(supervisor)[1] == []
    supervisor.halted(COLLECTOR, halted=False)
    assert [later(supervisor)[1] for _ in range(2)] == [[Interrupt(COLLECTOR)], [KILLS_COLLECTOR, Kill(COLLECTOR)]]


KILLS_COLLECTOR = Notice("warning", "collector did not end: it is killed")


def test_a_producer_that_had_to_be_killed_does_not_explain_the_end() -> None:
    """The collector left first, by hand, and it says why the run has ended."""
    supervisor = running()
    supervisor.exited(COLLECTOR, left(Exit.INTERRUPTED), 1.0)
    supervisor.exited(WORKER, left(Exit.OK), 1.1)
    assert [later(supervisor)[1] for _ in range(3)] == [[Interrupt(PRODUCER)]] * 3
    assert Kill(PRODUCER) in later(supervisor)[1]
    assert supervisor.exited(PRODUCER, KILLED, 4.0) == [Finish(Exit.INTERRUPTED, "")]


def test_an_interrupt_reaches_the_producer_and_the_others_end_by_protocol() -> None:
    """The collector's code is that of the run."""
    supervisor = running()
    assert supervisor.interrupt(1.0) == [Interrupt(PRODUCER)]
    supervisor.exited(PRODUCER, left(Exit.INTERRUPTED), 1.5)
    supervisor.exited(WORKER, left(Exit.OK), 1.6)
    assert supervisor.exited(COLLECTOR, left(Exit.INTERRUPTED), 1.7) == [Finish(Exit.INTERRUPTED, "")]


def test_a_window_that_is_closed_is_one_interrupt() -> None:
    """The roles end in their order; closed while the run ends already, it hurries nobody."""
    supervisor, interrupted = running(), running()
    expected = interrupted.interrupt(1.0)
    assert supervisor.dismissed(1.0) == expected
    assert supervisor.dismissed(1.1) == []
    assert interrupted.dismissed(1.1) == []


def test_an_interrupt_before_the_collector_is_there_reaches_all() -> None:
    """There is no protocol yet by which the end could spread."""
    supervisor = Supervisor(1)
    supervisor.start()
    assert supervisor.interrupt(0.1) == [Interrupt(PRODUCER), Interrupt(WORKER)]
    assert supervisor.listening(PRODUCER) == []


def test_who_does_not_end_in_time_is_killed() -> None:
    """Within 3 s of the interrupt, after two more: a collector whose disk is full hears of none but its own."""
    supervisor = running()
    supervisor.interrupt(1.0)
    for after in INSIST_S:
        assert later(supervisor) == (1.0 + after, [Interrupt(PRODUCER), Interrupt(WORKER), Interrupt(COLLECTOR)])
    now, actions = later(supervisor)
    assert now == 1.0 + INTERRUPTED_S < 4.0
    assert [action for action in actions if isinstance(action, Kill)] == [Kill(PRODUCER), Kill(WORKER), Kill(COLLECTOR)]


def test_a_collector_that_never_heard_of_the_producer_is_told_to_end() -> None:
    """The producer leaves at once where nobody has opened its streams; one that has written ends by protocol."""
    supervisor = running()
    supervisor.interrupt(1.0)
    supervisor.exited(WORKER, left(Exit.OK), 1.1)
    assert supervisor.exited(PRODUCER, left(Exit.INTERRUPTED), 1.2) == []
    assert later(supervisor) == (1.2 + UNHEARD_S, [Interrupt(COLLECTOR)])
    other = running()
    other.progressed()
    other.interrupt(1.0)
    other.exited(WORKER, left(Exit.OK), 1.1)
    other.exited(PRODUCER, left(Exit.INTERRUPTED), 1.2)
    assert other.deadline() == 1.0 + INSIST_S[0]


def test_a_second_interrupt_kills_at_once() -> None:
    """Whoever is there."""
    supervisor = running()
    supervisor.interrupt(1.0)
    supervisor.exited(PRODUCER, left(Exit.INTERRUPTED), 1.1)
    assert supervisor.interrupt(1.2) == [Kill(WORKER), Kill(COLLECTOR)]


def test_an_interrupt_while_a_restart_is_waited_for_starts_nobody() -> None:
    """The producer that would be told of it is not there, so all others are."""
    supervisor = running()
    supervisor.exited(PRODUCER, KILLED, 1.0)
    assert supervisor.interrupt(1.1) == [Interrupt(WORKER), Interrupt(COLLECTOR)]
    assert starts(supervisor.tick(60.0)) == []


NAMES = (PRODUCER, "worker 1", "worker 2", COLLECTOR)
DEATHS = st.sampled_from([KILLED, *(left(code) for code in Exit)])
EVENTS = st.one_of(
    st.tuples(st.just("exited"), st.sampled_from(NAMES), DEATHS),
    st.tuples(
        st.sampled_from(["listening", "first", "progressed", "concluded", "tick", "wait"]), st.sampled_from(NAMES)
    ),
)


class World:
    """Processes that do what is asked of them, or do not."""

    def __init__(self) -> None:
        self.supervisor = Supervisor(2)
        self.now = 0.0
        self.alive: set[str] = set()
        self.finish: Finish | None = None
        self.ends = False
        """Whether the run was asked to end, or a role has ended for good: nobody may be started."""
        self.perform(self.supervisor.start())

    def perform(self, actions: list[Action]) -> None:
        """Do it; what is killed dies."""
        for action in actions:
            assert self.finish is None, "nothing comes after the end"
            if isinstance(action, Start):
                assert action.name not in self.alive
                assert action.name == COLLECTOR or not self.ends, "nobody else is started once the run ends"
                self.alive.add(action.name)
            elif isinstance(action, Kill):
                self.exit(action.name, KILLED)
            elif isinstance(action, Finish):
                assert not self.alive
                self.finish = action
        self.supervisor.check()

    def exit(self, name: str, death: Death) -> None:
        """A process ends."""
        if name in self.alive:
            self.alive.remove(name)
            self.perform(self.supervisor.exited(name, death, self.now))

    def happen(self, kind: str, name: str, *rest: Death) -> None:
        """One event."""
        if kind == "exited":
            self.exit(name, *rest)
        elif kind == "wait":
            self.now += 0.7
        elif kind == "tick":
            self.perform(self.supervisor.tick(self.now))
        elif name in self.alive and kind == "listening":
            self.perform(self.supervisor.listening(name))
        elif name in self.alive and kind == "first" and name.startswith("worker"):
            self.supervisor.first_frame(name)
        elif kind == "progressed":
            self.supervisor.progressed()
        elif kind == "concluded" and COLLECTOR in self.alive:
            self.supervisor.concluded(Outcome(Exit.OK, ""))

    def run_out(self) -> None:
        """Let time go by; nobody does anything unless it is killed."""
        while self.finish is None:
            at = self.supervisor.deadline()
            assert at < float("inf"), f"{self.supervisor} waits for ever"
            self.now = max(self.now, at)
            self.perform(self.supervisor.tick(self.now))


@given(st.lists(EVENTS, max_size=40))
def test_whatever_happens_an_interrupt_ends_it_within_three_seconds(events: list[tuple[str, str]]) -> None:
    """Nobody is left, nobody is started meanwhile, and there is one finish."""
    world = World()
    for event in events:
        if world.finish is None:
            world.happen(*event)
    world.ends = True
    if world.finish is None:
        began = world.now
        world.perform(world.supervisor.interrupt(world.now))
        if world.finish is None:
            world.run_out()
        assert world.now <= began + 3.0
    assert not world.alive
    assert world.supervisor.deadline() == float("inf")


@given(st.lists(EVENTS, max_size=40), st.sampled_from([Exit.OK, Exit.INPUT, Exit.REFUSED, Exit.TIMEOUT]))
def test_when_the_producer_leaves_everything_ends(events: list[tuple[str, str]], code: Exit) -> None:
    """Also where the others do nothing; a collector has its time to conclude."""
    world = World()
    for event in events:
        if world.finish is None:
            world.happen(*event)
    if world.finish is None and PRODUCER in world.alive:
        world.ends = True
        began = world.now
        world.exit(PRODUCER, left(code))
        if world.finish is None:
            world.run_out()
        assert world.now <= began + BACK_OFF_MAX_S + CONCLUDE_S + 2.0
    assert world.finish is None or not world.alive


@given(st.lists(st.sampled_from(["worker 1", "worker 2"]), min_size=2 * WORKER_DEATHS, max_size=20))
def test_no_more_than_so_many_deaths_in_a_row_are_tolerated(victims: list[str]) -> None:
    """Of one worker, with no frame from anybody in between; the others' deaths do not count."""
    supervisor = running(2)
    deaths = dict.fromkeys(["worker 1", "worker 2"], 0)
    now = 0.0
    for name in victims:
        now += 100.0
        supervisor.tick(now)
        supervisor.exited(name, KILLED, now)
        deaths[name] += 1
        assert supervisor.has_failed == (max(deaths.values()) >= WORKER_DEATHS)
        if supervisor.has_failed:
            break


@given(st.lists(st.sampled_from(["die", "first", "progressed"]), max_size=60))
def test_progress_is_what_the_limit_is_counted_from(events: list[str]) -> None:
    """A run that goes on is never given up, however often its worker dies."""
    supervisor = running()
    in_a_row, now = 0, 0.0
    for event in events:
        now += 100.0
        supervisor.tick(now)
        if event == "die":
            supervisor.exited(WORKER, KILLED, now)
            in_a_row += 1
        elif event == "first":
            supervisor.first_frame(WORKER)
            in_a_row = 0
        else:
            supervisor.progressed()
            in_a_row = 0
        assert supervisor.has_failed == (in_a_row >= WORKER_DEATHS)
        if supervisor.has_failed:
            break

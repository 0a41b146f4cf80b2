"""Tests of producer.fleet: what a worker says, and what follows for it and for the frames."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from common import limits
from common import messages as m
from common.actions import Send, Slot
from common.session import State
from producer.actions import Action, Pack, ReadModel
from producer.fleet import REPORTED_WORKERS_MAX, Fleet
from producer.frames import Frame, FrameState
from producer.inline import Sending
from producer.leases import LeaseTable
from producer.service import LEASE_INITIAL_S, SAMPLES_MIN
from tests.unit.producer.playbook import (
    INSTANCE,
    MODEL_BYTES,
    SHA256,
    TOKEN,
    among,
    given,
    job,
    notices,
    sent,
    settings_of,
    worker_hello,
)


class Bench:
    """A fleet with its lease table, driven without the rest of a producer."""

    def __init__(self, sending: Sending = "raw") -> None:
        self.marked: set[tuple[int, int, int]] = set()
        self.leases = LeaseTable()
        settings = replace(settings_of("a", marked=self.marked), sending=sending)
        self.fleet = Fleet(settings, INSTANCE, itertools.count(1).__next__, self.leases)
        self.now = 100.0

    def hear(self, message: m.Message, peer: bytes = b"w") -> list[Action]:
        """A worker says something."""
        actions = self.fleet.receive(peer, message, self.now)
        self._check()
        return actions

    def tick(self, after_s: float) -> list[Action]:
        """Time passes."""
        self.now += after_s
        actions = self.fleet.tick(self.now)
        self._check()
        return actions

    def join(self, peer: bytes = b"w", capacity: int = 4, *, instance: int = 1, shm: bool = False) -> int:
        """A worker joins and is ready; returns its session."""
        (welcome,) = sent(self.fleet.receive(peer, worker_hello(peer.decode(), instance), self.now), m.Welcome)
        self.hear(m.Credit(welcome.session, "ready", capacity, 0, TOKEN if shm else b""), peer)
        return welcome.session

    def give(self, frames: int = 1) -> list[m.WorkItem]:
        """Capture frames and grant all that can be granted."""
        first = len(self.leases.frames)
        for seq in range(first, first + frames):
            self.leases.add(Frame(("a", seq), 1, 10 + seq, 40 * seq, (640, 480), self.now))
        return given(self.grants())

    def grants(self) -> list[Action]:
        """Everything that can be granted, as messages."""
        grants = []
        while (grant := self.fleet.dispatcher.next(self.now)) is not None:
            grants.append(grant)
        sends = self.fleet.work(grants, self.now)
        self._check()
        return sends

    def state(self, seq: int = 0) -> str:
        """Where a frame stands."""
        return str(self.leases.frames["a", seq].state)

    def _check(self) -> None:
        self.leases.check()
        self.fleet.credits.check()
        self.fleet.registry.check()


def refs(work: list[m.WorkItem]) -> tuple[m.WorkRef, ...]:
    """How workers refer to their work."""
    return tuple((one.stream, one.epoch, one.seq, one.attempt) for one in work)


def test_a_worker_is_welcomed_with_the_job() -> None:
    """The welcome tells the collector's address and offers the segment; the job document goes along."""
    bench = Bench()
    welcome, notice = bench.hear(worker_hello("w", job_digest=job().digest))
    assert welcome == Send(
        "work", b"w", m.Welcome(1, INSTANCE, job().digest, "tcp://host:1", (1, 2, 3, 4, 5), 0), job().canonical
    )
    assert notices([notice]) == ["worker w has joined and loads the model"]
    assert bench.fleet.is_staffed


@pytest.mark.parametrize(
    ("hello", "code"),
    [(worker_hello(role="producer"), "role"), (worker_hello(job_digest=bytes(32)), "job")],
)
def test_who_has_no_business_here_is_refused(hello: m.Hello, code: str) -> None:
    """A producer, and a worker that insists on another job."""
    (refusal,) = Bench().hear(hello)
    assert isinstance(refusal, Send)
    assert isinstance(refusal.message, m.Refuse)
    assert refusal.message.code == code


def test_another_process_cannot_take_a_name() -> None:
    """The first keeps its session and its frames."""
    bench = Bench()
    session = bench.join()
    bench.give()
    (refusal,) = sent(bench.fleet.receive(b"x", worker_hello("w", 2), bench.now), m.Refuse)
    assert refusal.code == "name_taken"
    assert bench.fleet.registry.get(session) is not None
    assert bench.state() == "leased"


def test_an_unknown_session_is_refused() -> None:
    """So that its worker says hello again."""
    assert Bench().hear(m.Beat(99)) == [Send("work", b"w", m.Refuse(99, "unknown_session", "say hello again"))]


def test_a_beat_is_a_sign_of_life_only() -> None:
    """Messages that mean nothing here change nothing else."""
    bench = Bench()
    session = bench.join()
    bench.now += 0.5
    assert bench.hear(m.Beat(session)) == []
    assert bench.hear(m.Stats(session)) == []
    member = bench.fleet.registry.get(session)
    assert member is not None
    assert member.session.heard_at == bench.now


def test_a_worker_moves_with_what_it_states() -> None:
    """Loading, ready, loading again, draining; a repeated or late word changes nothing."""
    bench = Bench()
    session = bench.join()
    bench.fleet.credits.charge(session, (("a", 0), 1), bench.now, solo=False)
    seen = []
    for state in ("ready", "loading", "loading", "ready", "draining", "ready"):
        bench.hear(m.Credit(session, state, 0, 1, b""))
        member = bench.fleet.registry.get(session)
        assert member is not None
        seen.append(member.session.state)
    assert seen == [State.READY, State.LOADING, State.LOADING, State.READY, State.DRAINING, State.DRAINING]
    assert not bench.fleet.is_staffed


def test_a_worker_that_drains_is_let_go_when_all_it_was_sent_is_answered() -> None:
    """Also a frame that was on its way when it said so; what it reported is believed, and nothing is sent again."""
    bench = Bench()
    session = bench.join(capacity=2)
    for seq in range(2):
        bench.leases.add(Frame(("a", seq), 1, seq, 0, (640, 480), bench.now))
    refs = [("a", 1, seq, 1) for seq in range(len(bench.grants()))]
    assert bench.hear(m.Credit(session, "draining", 0, 1, b"")) == []
    assert bench.hear(m.Done(session, "sent", (refs[0],))) == []
    told = bench.hear(m.Done(session, "sent", (refs[1],)))
    assert [send.message for send in told if isinstance(send, Send)] == [m.Bye(session, "drained", "")]
    assert notices(told) == ["worker w has left (drained)"]
    assert bench.fleet.registry.get(session) is None
    assert bench.fleet.credits.unanswered == 0
    assert {frame.state for frame in bench.leases.frames.values()} == {FrameState.REPORTED}


@pytest.mark.parametrize(("token", "transport"), [(TOKEN, "shm"), (b"", "inline"), (bytes(16), "inline")])
def test_only_who_read_the_token_back_gets_slots(token: bytes, transport: str) -> None:
    """Anybody else gets the pixels along with the message."""
    bench = Bench()
    session = bench.join(capacity=0)
    bench.hear(m.Credit(session, "loading", 0, 0, b""))
    told = bench.hear(m.Credit(session, "ready", 1, 0, token))
    assert notices(told) == [f"worker w is ready ({transport})"]
    assert bench.fleet.transport == {"w": transport}
    bench.leases.add(Frame(("a", 0), 1, 10, 0, (640, 480), bench.now))
    (send,) = bench.grants()
    assert isinstance(send, Send)
    (item,) = given([send])
    assert (item.slot, send.payload) == ((10, None) if transport == "shm" else (-1, Slot(10)))


def test_how_frames_get_to_a_worker_is_known_when_it_is_ready() -> None:
    """One that came as the run ended shares no memory yet, and no frame went to it: it is not said to be inline."""
    bench = Bench()
    (welcome,) = sent(bench.fleet.receive(b"peer", worker_hello("w", 0), bench.now), m.Welcome)
    assert bench.fleet.transport == {}
    bench.fleet.receive(b"peer", m.Credit(welcome.session, "loading", 0, 0, TOKEN), bench.now)
    assert bench.fleet.transport == {"w": "shm"}


def test_the_report_keeps_the_latest_workers() -> None:
    """The earliest are forgotten, and one that was can become ready again."""
    bench = Bench()
    sessions = []
    for number in range(REPORTED_WORKERS_MAX + 1):
        peer = b"%d" % number
        (welcome,) = sent(bench.fleet.receive(peer, worker_hello(f"w{number}", number % 256), bench.now), m.Welcome)
        bench.fleet.receive(peer, m.Credit(welcome.session, "ready", 1, 0, b""), bench.now)
        sessions.append(welcome.session)
    assert len(bench.fleet.transport) == REPORTED_WORKERS_MAX
    assert "w0" not in bench.fleet.transport
    bench.fleet.receive(b"0", m.Credit(sessions[0], "loading", 0, 0, b""), bench.now)
    again = bench.fleet.receive(b"0", m.Credit(sessions[0], "ready", 1, 0, b""), bench.now)
    assert notices(again) == ["worker w0 is ready (inline)"]


def test_work_says_everything_about_a_frame() -> None:
    """And is addressed to the session."""
    bench = Bench()
    session = bench.join()
    bench.give(2)
    assert bench.leases.frames["a", 1].attempts == 1
    bench.leases.add(Frame(("a", 2), 1, 12, 80, (640, 480), bench.now))
    item = m.WorkItem("a", 1, 2, 1, 80, 640, 480, -1, 0, alone=False)
    assert sent(bench.grants(), m.Work) == [m.Work(session, (item,))]


def test_a_sent_result_is_believed() -> None:
    """The frame is reported, its service measured, and the worker has credit again; a repetition changes nothing."""
    bench = Bench()
    session = bench.join(capacity=1)
    work = bench.give(2)
    bench.now += 0.25
    for _ in range(2):
        bench.hear(m.Done(session, "sent", refs(work)))
    assert bench.state() == "reported"
    assert "Durations(1, mean 0.25" in repr(bench.fleet.dispatcher.service)
    assert len(bench.grants()) == 1


@pytest.mark.parametrize("outcome", ["undelivered", "returned"])
def test_what_is_given_back_waits_again(outcome: str) -> None:
    """Without a strike; no service is measured."""
    bench = Bench()
    session = bench.join()
    work = bench.give(2)
    bench.hear(m.Done(session, outcome, refs(work)))
    assert (bench.state(0), bench.state(1)) == ("queued", "queued")
    assert bench.leases.frames["a", 0].strikes == 0
    assert "Durations(0" in repr(bench.fleet.dispatcher.service)
    bench.hear(m.Credit(session, "ready", 4, 0, b""))
    assert [one.attempt for one in bench.give(0)] == [2, 2]


def test_a_worker_that_cannot_deliver_gets_nothing_before_its_next_credit() -> None:
    """A frame that it cannot hand on would only come back."""
    bench = Bench()
    session = bench.join()
    work = bench.give(1)
    bench.hear(m.Done(session, "undelivered", refs(work)))
    assert bench.grants() == []
    bench.hear(m.Credit(session, "ready", 2, 0, b""))
    assert [one.attempt for one in bench.give(0)] == [2]


def test_an_answer_that_comes_late_clears_its_frame() -> None:
    """How the worker ends after it says nothing of the frame."""
    bench = Bench()
    session = bench.join(capacity=1)
    (work,) = bench.give(1)
    bench.hear(m.Start(session, refs([work])))
    bench.leases.expire(bench.now + LEASE_INITIAL_S)
    assert bench.leases.frames["a", work.seq].late
    bench.hear(m.Done(session, "sent", refs([work])))
    assert not bench.leases.frames["a", work.seq].late


def test_a_worker_that_is_slower_than_its_lease_gets_longer_ones() -> None:
    """Its own: the others are as late as before when they take so long."""
    bench = Bench()
    slow = bench.join(capacity=1)
    for _ in range(SAMPLES_MIN):
        bench.fleet.dispatcher.served(99, 0.1)

    def lease_s() -> float:
        (work,) = bench.give(1)
        lease = bench.leases.frames["a", work.seq].leases[work.attempt]
        lasts_s = lease.deadline - lease.sent_at
        bench.now += 3.0
        assert bench.leases.expire(bench.now) == ([slow] if lease.deadline <= bench.now else [])
        bench.hear(m.Done(slow, "sent", refs([work])))
        bench.leases.settle(("a", work.seq))
        return lasts_s

    assert [lease_s() for _ in range(2)] == [limits.LEASE_MIN_S, LEASE_INITIAL_S]
    for _ in range(SAMPLES_MIN):
        lease_s()
    assert lease_s() >= limits.LEASE_OVER_P99 * 3.0
    assert bench.fleet.dispatcher.service.lease_s == limits.LEASE_MIN_S


def test_a_word_about_what_is_over_changes_nothing_but_credit() -> None:
    """Other epochs, other frames, settled ones, another worker's."""
    bench = Bench()
    session = bench.join(capacity=1)
    other = bench.join(b"x", capacity=1, instance=2)
    (mine, theirs) = bench.give(2)
    (ref,) = refs([mine])
    bench.hear(m.Done(other, "returned", (ref,)), b"x")
    bench.hear(m.Done(session, "returned", (("a", 2, 0, 1), ("b", 1, 0, 1), ("a", 1, 0, 9))))
    bench.hear(m.Fault(session, ("a", 1, theirs.seq, 1), "no"))
    assert (bench.state(mine.seq), bench.state(theirs.seq)) == ("leased", "leased")
    bench.leases.settle(("a", mine.seq))
    bench.hear(m.Fault(session, ref, "too late"))
    assert bench.fleet.faults == 0
    assert bench.fleet.credits[session].available == 1


def test_a_fault_of_a_frame_that_was_alone_is_a_strike_and_is_told() -> None:
    """In company it makes a suspect; the third strike fails it; a fault after a report is no word about anything."""
    bench = Bench()
    session = bench.join()
    for attempt in (1, 2, 3, 4):
        bench.give(1 if attempt == 1 else 0)
        told = bench.hear(m.Fault(session, ("a", 1, 0, attempt), "out of memory"))
        said = ["worker w failed on frames of a, the first is 0: out of memory"] if attempt == 1 else []
        assert notices(told) == said
    assert bench.fleet.faults == 4
    (fated,) = bench.leases.take_condemned()
    assert fated.verdict is not None
    assert fated.verdict[1] == "error"
    (work,) = bench.give()
    bench.hear(m.Done(session, "sent", refs([work])))
    assert bench.hear(m.Fault(session, refs([work])[0], "after all")) == []
    assert bench.state(1) == "reported"


def test_a_piece_of_the_model_is_read_and_passed_on() -> None:
    """The edge reads; the worker gets the bytes with the offset it asked for."""
    bench = Bench()
    session = bench.join()
    assert bench.hear(m.Fetch(session, SHA256, 512)) == [ReadModel(session, SHA256, 512)]
    assert bench.fleet.model_read(session, SHA256, 512, b"piece", bench.now) == [
        Send("work", b"w", m.Chunk(session, SHA256, 512), b"piece")
    ]
    assert bench.fleet.model_read(99, SHA256, 512, b"piece", bench.now) == []


@pytest.mark.parametrize(("sha256", "offset"), [(bytes(32), 0), (SHA256, MODEL_BYTES), (SHA256, 2**40)])
def test_who_asks_for_what_is_not_there_is_dismissed(sha256: bytes, offset: int) -> None:
    """Another file, or a place beyond its end: the worker cannot know the job."""
    bench = Bench()
    session = bench.join()
    bench.give()
    actions = bench.fleet.receive(b"w", m.Fetch(session, sha256, offset), bench.now)
    assert sent(actions, m.Bye) == [m.Bye(session, "error", "no such piece of the job's model")]
    assert among(actions, ReadModel) == []
    assert (bench.state(), len(bench.fleet.registry)) == ("queued", 0)


def test_when_the_model_cannot_be_read_the_worker_is_dismissed() -> None:
    """It could only wait for ever."""
    bench = Bench()
    session = bench.join()
    assert sent(bench.fleet.model_read(session, SHA256, 0, None, bench.now), m.Bye)[0].code == "error"
    assert len(bench.fleet.registry) == 0


def test_a_worker_that_is_silent_is_lost() -> None:
    """Its frames wait again, its credit is gone, and what it says later is refused."""
    bench = Bench()
    session = bench.join()
    bench.give(2)
    bench.tick(0.5)
    told = bench.tick(limits.LOST_AFTER_S - 0.5)
    assert "worker w is gone; its frames are sent again" in notices(told)
    assert (bench.state(0), bench.state(1)) == ("queued", "queued")
    assert bench.fleet.credits.next_hungry() is None
    assert sent(bench.fleet.receive(b"w", m.Beat(session), bench.now), m.Refuse)[0].code == "unknown_session"


def strikes(bench: Bench) -> list[tuple[bool, int]]:
    """Suspicion and strikes of each frame."""
    return [(frame.is_suspect, frame.strikes) for frame in bench.leases.frames.values()]


def test_marks_in_the_slots_tell_what_a_dead_worker_had_begun() -> None:
    """With the segment there is no doubt: what is not marked was not begun."""
    bench = Bench()
    session = bench.join(shm=True)
    bench.give(3)
    bench.marked.add((11, session, 1))
    bench.tick(limits.LOST_AFTER_S)
    assert strikes(bench) == [(False, 0), (True, 0), (False, 0)]


def test_a_mark_of_another_attempt_is_no_mark() -> None:
    """The slot may have been begun by another worker before."""
    bench = Bench()
    session = bench.join(shm=True)
    bench.give(2)
    bench.marked |= {(10, session, 2), (11, session + 1, 1)}
    bench.tick(limits.LOST_AFTER_S)
    assert strikes(bench) == [(False, 0), (False, 0)]


def test_start_tells_what_a_dead_worker_had_begun_where_frames_go_inline() -> None:
    """A start about an attempt that is not its own is not heard."""
    bench = Bench()
    session = bench.join()
    work = bench.give(3)
    bench.hear(m.Start(session, (*refs(work[:1]), ("a", 1, 1, 9), ("z", 1, 0, 1))))
    bench.tick(limits.LOST_AFTER_S)
    assert strikes(bench) == [(True, 0), (False, 0), (False, 0)]


def test_without_a_start_everything_is_suspect() -> None:
    """Its message may have died with the worker."""
    bench = Bench()
    bench.join()
    bench.give(2)
    bench.tick(limits.LOST_AFTER_S)
    assert strikes(bench) == [(True, 0), (True, 0)]


@pytest.mark.parametrize("code", ["drained", "error"])
def test_a_goodbye_is_held_against_nothing(code: str) -> None:
    """Not even where frames had begun."""
    bench = Bench()
    session = bench.join()
    bench.hear(m.Start(session, refs(bench.give(2))))
    told = bench.hear(m.Bye(session, code, ""))
    assert notices(told) == [f"worker w has left ({code})"]
    assert strikes(bench) == [(False, 0), (False, 0)]
    assert bench.state() == "queued"


def test_a_worker_in_a_new_session_is_held_against_nothing() -> None:
    """The same process says hello again: only its session was lost, and its old leases with it."""
    bench = Bench()
    session = bench.join()
    bench.hear(m.Start(session, refs(bench.give(2))))
    actions = bench.fleet.receive(b"w2", worker_hello("w"), bench.now)
    assert strikes(bench) == [(False, 0), (False, 0)]
    assert len(bench.fleet.registry) == 1
    assert sent(actions, m.Welcome)[0].session != session


def test_a_process_that_was_thought_dead_is_absolved() -> None:
    """Its strikes are taken back when it says hello again; another instance's word absolves nothing."""
    bench = Bench()
    session = bench.join()
    bench.hear(m.Start(session, refs(bench.give())))
    bench.tick(limits.LOST_AFTER_S)
    bench.join(b"other", capacity=0, instance=9)
    assert strikes(bench) == [(True, 0)]
    bench.join()
    assert strikes(bench) == [(False, 0)]


def test_a_worker_that_takes_no_more_messages_is_lost() -> None:
    """At once; a connection without a session is nobody's."""
    bench = Bench()
    bench.join()
    bench.give()
    assert bench.fleet.unreachable(b"nobody", bench.now) == []
    assert notices(bench.fleet.unreachable(b"w", bench.now)) == ["worker w is gone; its frames are sent again"]
    assert (bench.state(), len(bench.fleet.registry)) == ("queued", 0)
    assert bench.fleet.unreachable(b"w", bench.now) == []


def test_a_lease_that_runs_out_stalls_its_worker() -> None:
    """The frame waits for another one, the worker gets nothing until it answers."""
    bench = Bench()
    session = bench.join()
    work = bench.give()
    due = bench.fleet.deadline()
    while bench.state() == "leased":
        bench.hear(m.Beat(session))
        bench.tick(0.25)
    assert due <= bench.now
    assert bench.grants() == []
    bench.hear(m.Done(session, "sent", refs(work)))
    assert len(bench.grants()) == 1
    assert bench.leases.redispatched == 1


def test_a_worker_that_holds_nothing_is_healed() -> None:
    """What was sent to it has been lost: it gets frames again, and the old ones when their leases run out."""
    bench = Bench()
    session = bench.join(capacity=2)
    bench.give(2)
    assert bench.grants() == []
    bench.now += limits.LOST_AFTER_S + 0.01
    bench.hear(m.Credit(session, "ready", 2, 0, b""))
    assert bench.fleet.credits[session].available == 2
    assert bench.leases.frames["a", 0].state is FrameState.LEASED


def test_beats_go_to_those_who_are_told_nothing() -> None:
    """Each heartbeat."""
    bench = Bench()
    session = bench.join()
    assert bench.fleet.deadline() == 100.0 + limits.HEARTBEAT_S
    assert bench.tick(limits.HEARTBEAT_S) == [Send("work", b"w", m.Beat(session))]
    assert repr(bench.fleet).startswith("Fleet([Member(worker w, ")


def packing() -> tuple[Bench, int, Pack]:
    """A worker behind a slow link, whose first frame is being encoded."""
    bench = Bench("jpeg")
    session = bench.join()
    bench.leases.add(Frame(("a", 0), 1, 10, 0, (640, 480), bench.now))
    (pack,) = bench.grants()
    assert isinstance(pack, Pack)
    return bench, session, pack


@pytest.mark.parametrize(("data", "form", "payload"), [(b"jpeg", 1, b"jpeg"), (None, 0, Slot(10))])
def test_a_frame_is_encoded_before_it_is_sent(data: bytes | None, form: int, payload: object) -> None:
    """As it is, where there is no file of it."""
    bench, session, pack = packing()
    assert (pack.worker, pack.slot, pack.item.slot, pack.item.form) == (session, 10, -1, 1)
    (send,) = bench.fleet.packed(pack.worker, pack.item, data, bench.now)
    assert isinstance(send, Send)
    (item,) = given([send])
    assert (item.form, item.attempt, send.payload) == (form, pack.item.attempt, payload)


def test_a_file_that_comes_too_late_frees_its_credit() -> None:
    """Nothing is sent of a frame that is settled, or that another attempt has; nor to who has left."""
    bench, session, pack = packing()
    bench.leases.frames.pop(("a", 0))
    assert bench.fleet.packed(pack.worker, pack.item, b"jpeg", bench.now) == []
    assert not bench.fleet.credits[session].outstanding
    assert bench.fleet.packed(session + 1, pack.item, b"jpeg", bench.now) == []


def test_who_shares_memory_gets_no_files() -> None:
    """Nothing is encoded for it."""
    bench = Bench("jpeg")
    bench.join(shm=True)
    (item,) = bench.give()
    assert (item.form, item.slot) == (0, 10)

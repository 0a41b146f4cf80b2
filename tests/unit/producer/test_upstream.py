"""Tests of producer.upstream: streams opened, told and settled; whatever was lost is said again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common import limits
from common import messages as m
from common.actions import Notice, Send
from common.rows import Ending
from common.transport import SERVER
from common.wire import decode, encode
from producer.actions import Action, Lend, StartCapture, StopCapture
from producer.frames import Frame, FrameState
from producer.leases import LeaseTable
from producer.slots import SlotBook, SlotState, shares
from producer.stream import Stream
from producer.upstream import LINK, TAKEN_PATIENCE_S, TELL_AGAIN_S, Upstream
from tests.unit.producer.playbook import COLLECTOR, INSTANCE, among, job, notices, sent, settings_of

OTHER = b"another collecto"


class Bench:
    """An upstream with leases and slots, driven without workers; stream `a`, and others where asked for."""

    def __init__(self, *streams: str, window: int = 4, resume: bool = False) -> None:
        names = streams or ("a",)
        self.leases = LeaseTable()
        self.slots = SlotBook(shares(window, dict.fromkeys(names, 2)))
        self.upstream = Upstream(settings_of(*names, window=window, resume=resume), INSTANCE, self.leases, self.slots)
        self.now = 100.0
        self.session = 0
        self.lent: list[int] = []

    @property
    def a(self) -> Stream:
        """The first stream."""
        return self.upstream.streams["a"]

    def hear(self, message: m.Message) -> list[Action]:
        """The collector says something."""
        return self._note(self.upstream.receive(message, self.now))

    def tick(self, after_s: float = 0.0) -> list[Action]:
        """Time passes."""
        self.now += after_s
        return self._note(self.upstream.tick(self.now))

    def until_due(self) -> list[Action]:
        """Time passes until something is due."""
        assert self.upstream.deadline() >= self.now, "nothing is overdue once it was done"
        return self.tick(self.upstream.deadline() - self.now)

    def welcomed(self, instance: bytes = COLLECTOR) -> list[Action]:
        """The collector admits the producer."""
        self.session += 1
        return self.hear(m.Welcome(self.session, instance, b"", "", None, 0))

    def opened(self, epoch: int = 1, first: int = 0, stream: str = "a") -> list[Action]:
        """The collector opens a stream."""
        return self.hear(m.Opened(self.session, stream, epoch, first, draws=False))

    def ack(self, upto: int, *have: tuple[int, int], ended: bool = False, epoch: int = 1) -> list[Action]:
        """The collector acknowledges frames of the first stream."""
        told = self.hear(m.Ack(self.session, (m.Acked("a", epoch, upto, have, ended),)))
        return self._note([*told, *self.upstream.lend_freed()])

    def capture(self, frames: int = 1) -> None:
        """So many frames of the first stream are captured."""
        for _ in range(frames):
            slot = self.lent.pop(0)
            self.slots.fill("a", slot)
            self.leases.add(Frame(("a", self.a.captured), self.a.epoch, slot, self.a.captured * 40, (1, 1), self.now))
            self.a.captured += 1

    def fated(self) -> list[Frame]:
        """The frames that will have no result."""
        return [frame for frame in self.leases.frames.values() if frame.state is FrameState.FATED]

    def state(self, seq: int) -> str:
        """Where a frame stands."""
        return str(self.leases.frames["a", seq].state)

    def _note(self, actions: list[Action]) -> list[Action]:
        self.leases.check()
        self.lent += [slot for lend in among(actions, Lend) if lend.stream == "a" for slot in lend.slots]
        return actions


def ready(captured: int = 0, *, streams: tuple[str, ...] = ("a",), window: int = 4) -> Bench:
    """One whose streams are open, with frames of the first."""
    bench = Bench(*streams, window=window)
    bench.tick()
    bench.welcomed()
    for name in bench.upstream.streams:
        bench.opened(stream=name)
    bench.capture(captured)
    return bench


def test_it_says_hello_with_its_job_until_it_is_answered() -> None:
    """The digest in the message, the document as payload."""
    bench = Bench()
    hello = Send(LINK, SERVER, m.Hello(m.PROTOCOL, "producer", "cam", INSTANCE, job().digest, ()), job().canonical)
    assert bench.tick() == [hello]
    assert bench.until_due() == [hello]
    assert repr(bench.upstream).startswith("Upstream(Dialer(collector, ")


def test_a_stream_is_opened_as_soon_as_the_collector_is_there_and_until_it_answers() -> None:
    """With its geometry, its window and its epoch, 0 at first."""
    bench = Bench()
    bench.tick()
    notice, opening = bench.welcomed()
    open_a = m.Open(1, "a", 0, 0, False, 4, 640, 480, (1, 1000), (25, 1), 100, "a.mp4", "", 0)  # noqa: FBT003 - a field
    assert (notice, opening) == (Notice("detail", "the collector is there"), Send(LINK, SERVER, open_a))
    assert open_a in sent(bench.tick(limits.HELLO_RETRY_S), m.Open)


def test_capture_begins_where_the_collector_wants_with_every_slot() -> None:
    """The answer is heard once."""
    bench = Bench(resume=True)
    bench.tick()
    (said,) = sent(bench.welcomed(), m.Open)
    assert said.resume
    assert bench.opened(epoch=2, first=30) == [StartCapture("a", 30), Lend("a", (0, 1, 2, 3))]
    assert (bench.a.epoch, bench.a.captured, bench.a.settled) == (2, 30, 30)
    assert bench.opened(epoch=2, first=30) == []
    assert bench.tick(limits.HELLO_RETRY_S) == [Send(LINK, SERVER, m.Beat(1))]


def test_a_stream_that_is_complete_already_is_done() -> None:
    """To continue it means nothing: nothing is captured, and nothing was refused."""
    bench = Bench(resume=True)
    bench.tick()
    bench.welcomed()
    notices = bench.hear(m.Reject(bench.session, "a", "complete", "all 5 frames of a are there"))
    assert notices == [Notice("info", "stream a: all 5 frames of a are there")]
    assert bench.upstream.is_finished
    assert (bench.a.ending, bench.a.rejection) == ((Ending.COMPLETE, ""), "")


def test_streams_nobody_knows_are_nobodys() -> None:
    """Answers about them change nothing."""
    bench = ready()
    session = bench.session
    assert bench.opened(stream="zzz") == []
    assert bench.hear(m.Reject(session, "zzz", "ended", "")) == []
    assert bench.hear(m.Ack(session, (m.Acked("zzz", 1, 9, (), ended=True),))) == []
    assert bench.hear(m.Stats(session)) == []
    assert bench.hear(m.Ack(session + 1, (m.Acked("a", 1, 9, (), ended=True),))) == []


def test_only_an_acknowledgement_settles_a_frame() -> None:
    """Its slot is lent again, and its latency counted."""
    bench = ready(3)
    bench.now += 0.5
    assert bench.ack(2) == [Lend("a", (0, 1))]
    assert (bench.a.settled, list(bench.leases.frames)) == (2, [("a", 2)])
    assert (bench.a.latency.count, bench.a.latency.maximum) == (2, 0.5)


def test_latencies_of_settled_frames_are_handed_out_once() -> None:
    """Each frame counts in the statistics document after its settlement, and in no other."""
    bench = ready(3)
    bench.ack(2)
    assert (bench.upstream.take_recent().count, bench.upstream.take_recent().count) == (2, 0)
    bench.ack(3)
    assert bench.upstream.take_recent().count == 1


def test_an_acknowledgement_that_is_late_or_of_another_epoch_changes_nothing() -> None:
    """Nor does one that claims more than there is settle more."""
    bench = ready(3)
    bench.ack(2)
    assert bench.ack(1) == bench.ack(2) == bench.ack(3, epoch=2) == []
    assert bench.a.settled == 2
    assert bench.ack(2**40) == [Lend("a", (2,))]
    assert bench.a.settled == 3


def test_a_hint_ends_work_but_frees_no_slot() -> None:
    """The frame stays until it is written; ranges beyond what there is are of no account."""
    bench = ready(3)
    assert bench.ack(0, (1, 1), (2, 2**48)) == []
    assert [bench.state(seq) for seq in range(3)] == ["queued", "hinted", "hinted"]
    assert bench.slots.count("a", SlotState.FULL, SlotState.READ) == 3


def test_an_end_is_told_until_it_is_acknowledged() -> None:
    """Only when everything is settled is the stream finished."""
    bench = ready(2)
    end = m.End(1, "a", 1, 2, "complete", "")
    assert sent(bench.upstream.end(bench.a, Ending.COMPLETE, "", bench.now), m.End) == [end]
    bench.ack(1, ended=True)
    assert bench.upstream.open_streams == [bench.a]
    said = [*bench.tick(TELL_AGAIN_S / 2), *bench.tick(TELL_AGAIN_S / 2)]
    assert sent(said, m.End) == [end]
    bench.ack(2, ended=True)
    assert bench.upstream.is_finished
    assert bench.upstream.open_streams == []
    assert sent(bench.tick(TELL_AGAIN_S), m.End) == []


def test_an_ended_stream_that_has_not_ended_here_goes_on() -> None:
    """The collector speaks of an end that this producer never said."""
    bench = ready(1)
    bench.ack(1, ended=True)
    assert not bench.a.finished


def test_the_first_ending_stands() -> None:
    """In one printable line that is not too long."""
    bench = ready()
    bench.upstream.end(bench.a, Ending.INCOMPLETE, "damaged\x1b[2J\n  file" + 400 * "!", bench.now)
    bench.upstream.end(bench.a, Ending.COMPLETE, "", bench.now)
    assert bench.a.ending is not None
    ending, reason = bench.a.ending
    assert (ending, reason[:18], len(reason)) == (Ending.INCOMPLETE, "damaged?[2J file!!", limits.TEXT_MAX_CHARS)


def test_a_source_of_any_name_can_be_opened() -> None:
    """The collector drops what its schema does not admit, and the stream would wait for ever."""
    bench = Bench()
    odd = replace(bench.a.header, source="a\nb\udcff" + 400 * "c")
    bench.upstream.streams["a"] = Stream(odd)
    bench.tick()
    (message,) = sent(bench.welcomed(), m.Open)
    assert decode(encode(message)) == message
    assert message.source[:5] == "a b?c"


def test_a_source_that_ends_before_its_stream_is_open_is_told_then() -> None:
    """Nothing is captured; the collector writes an empty stream."""
    bench = Bench()
    bench.upstream.end(bench.a, Ending.INCOMPLETE, "no such file", bench.now)
    bench.tick()
    bench.welcomed()
    assert bench.upstream.end(bench.a, Ending.INCOMPLETE, "", bench.now) == []
    assert among(bench.opened(), StartCapture) == []
    assert sent(bench.until_due(), m.End) == [m.End(1, "a", 1, 0, "incomplete", "no such file")]


def test_nothing_is_overdue_while_the_answer_to_open_is_awaited() -> None:
    """An end that cannot be told yet must not keep the loop busy."""
    bench = Bench()
    bench.tick()
    bench.welcomed()
    bench.upstream.end(bench.a, Ending.COMPLETE, "", bench.now)
    assert bench.upstream.deadline() == bench.now + limits.HELLO_RETRY_S


def test_fates_are_told_by_verdict_in_batches_until_the_collector_has_them() -> None:
    """What is hinted or settled is told no more."""
    bench = ready(40, window=40)
    bench.tick()
    bench.leases.abandon("a", "interrupted")
    fates = sent(bench.upstream.tell_fates(bench.fated(), bench.now), m.Fate)
    assert [len(fate.items) for fate in fates] == [limits.BATCH_MAX, 40 - limits.BATCH_MAX]
    assert fates[0][:5] == (1, "a", 1, "dropped", "interrupted")
    assert fates[0].items[:2] == ((0, 0), (1, 40))
    bench.ack(30, (32, 38))
    bench.tick(TELL_AGAIN_S / 2)
    (again,) = sent(bench.tick(TELL_AGAIN_S / 2), m.Fate)
    assert [seq for seq, _ in again.items] == [30, 31, 39]
    bench.ack(40)
    bench.tick(TELL_AGAIN_S)
    assert bench.a.tell_at == float("inf")


def test_fates_of_different_verdicts_are_told_apart() -> None:
    """Each with its reason."""
    bench = ready(2)
    first = bench.leases.frames["a", 0]
    assert bench.leases.queues.pop_ordinary() is first
    for _ in range(1 + limits.STRIKES_MAX):
        bench.leases.failed(first, bench.leases.grant(first, 1, bench.now, 5.0))
    bench.leases.abandon("a", "no_worker")
    fates = sent(bench.upstream.tell_fates(bench.fated(), bench.now), m.Fate)
    assert [(fate.status, fate.reason, fate.items) for fate in fates] == [
        ("failed", "error", ((0, 0),)),
        ("dropped", "no_worker", ((1, 40),)),
    ]


def test_fates_that_cannot_be_told_are_told_when_the_stream_is_open_again() -> None:
    """Nothing is said to a collector that is away."""
    bench = ready(1)
    bench.hear(m.Bye(1, "interrupted", ""))
    bench.leases.abandon("a", "interrupted")
    assert bench.upstream.tell_fates(bench.fated(), bench.now) == []
    bench.tick(limits.HELLO_RETRY_S)
    assert sent(bench.welcomed(), m.Fate) == []
    assert len(sent(bench.opened(), m.Fate)) == 1


def test_a_collector_that_comes_back_is_asked_again_in_the_same_epoch() -> None:
    """Its hints are good: it is the same one."""
    bench = ready(3)
    bench.ack(1, (2, 2))
    assert notices(bench.hear(m.Refuse(1, "unknown_session", ""))) == [
        "the collector is gone; waiting for it to come back"
    ]
    bench.tick(limits.HELLO_RETRY_S)
    (said,) = sent(bench.welcomed(), m.Open)
    assert (said.epoch, said.settled) == (1, 1)
    assert among(bench.opened(first=1), StartCapture) == []
    assert bench.state(2) == "hinted"


def test_a_collector_that_comes_back_is_not_asked_for_streams_that_are_finished() -> None:
    """Only for those that are still to be settled."""
    bench = ready(streams=("a", "b"))
    bench.upstream.end(bench.a, Ending.COMPLETE, "", bench.now)
    bench.ack(0, ended=True)
    bench.hear(m.Bye(1, "interrupted", ""))
    bench.tick(limits.HELLO_RETRY_S)
    assert [one.stream for one in sent(bench.welcomed(), m.Open)] == ["b"]


def test_before_the_stream_is_confirmed_acknowledgements_do_not_count() -> None:
    """The collector might speak of another life of the stream."""
    bench = ready(1)
    bench.hear(m.Bye(1, "interrupted", ""))
    bench.tick(limits.HELLO_RETRY_S)
    bench.welcomed()
    assert bench.ack(1) == []
    assert bench.a.settled == 0


def test_a_new_collectors_word_is_all_that_counts() -> None:
    """Hints of the one before are void, and fates are told again."""
    bench = ready(3)
    bench.leases.hint(("a", 1))
    bench.leases.abandon("a", "interrupted")
    bench.leases.hint(("a", 2))
    bench.hear(m.Bye(1, "interrupted", ""))
    bench.tick(limits.HELLO_RETRY_S)
    bench.welcomed(OTHER)
    assert bench.state(1) == "hinted", "it may not know the stream at all"
    said = sent(bench.opened(), m.Fate)
    assert [seq for fate in said for seq, _ in fate.items] == [0, 2]
    assert [bench.state(seq) for seq in range(3)] == ["fated", "queued", "fated"]


def test_distrust_survives_a_session_that_came_to_nothing() -> None:
    """The new collector answers only in the second session."""
    bench = ready(1)
    bench.leases.hint(("a", 0))
    for _ in range(2):
        bench.hear(m.Bye(bench.session, "interrupted", ""))
        bench.tick(limits.HELLO_RETRY_S)
        bench.welcomed(OTHER)
    bench.opened()
    assert bench.state(0) == "queued"


def test_a_silent_collector_is_lost_and_dialed_again() -> None:
    """By hello, at once."""
    bench = ready(1)
    actions = bench.tick(limits.LOST_AFTER_S)
    assert len(sent(actions, m.Hello)) == 1
    assert notices(actions) == ["the collector is gone; waiting for it to come back"]
    assert not bench.a.confirmed


@pytest.mark.parametrize("code", ["exists", "ended", "lost", "full"])
def test_a_rejected_stream_is_given_up(code: str) -> None:
    """Nobody settles its frames, so they are forgotten; the others go on."""
    bench = ready(2, streams=("a", "b"))
    bench.hear(m.Bye(1, "interrupted", ""))
    bench.tick(limits.HELLO_RETRY_S)
    bench.welcomed()
    actions = bench.hear(m.Reject(2, "a", code, "why"))
    assert actions == [
        Notice("error", f"stream a: the collector does not take it ({code}): why"),
        StopCapture("a"),
    ]
    assert (bench.a.finished, bench.leases.frames, bench.slots.count("a", SlotState.FULL, SlotState.READ)) == (
        True,
        {},
        0,
    )
    assert not bench.upstream.is_finished
    assert bench.opened() == bench.hear(m.Reject(2, "a", code, "why")) == bench.ack(2) == []
    assert [one.stream for one in sent(bench.tick(limits.HELLO_RETRY_S), m.Open)] == ["b"]
    bench.upstream.end(bench.a, Ending.COMPLETE, "", bench.now)
    assert bench.a.ending is None


def test_a_stream_in_another_epoch_is_given_up() -> None:
    """Another producer has had it in between: two must not write the same rows."""
    bench = ready(1)
    bench.hear(m.Bye(1, "interrupted", ""))
    bench.tick(limits.HELLO_RETRY_S)
    bench.welcomed()
    assert notices(bench.opened(epoch=3)) == ["stream a: the collector has it in epoch 3, not 1"]
    assert bench.a.finished


def test_a_stream_that_is_taken_is_asked_for_again_for_a_while() -> None:
    """The other producer may be dead, which the collector will find out."""
    bench = Bench()
    bench.tick()
    bench.welcomed()
    taken = m.Reject(1, "a", "taken", "by cam2")
    assert bench.hear(taken) == []
    assert len(sent(bench.tick(limits.HELLO_RETRY_S), m.Open)) == 1
    bench.now += TAKEN_PATIENCE_S - limits.HELLO_RETRY_S - 0.01
    assert bench.hear(taken) == []
    bench.now += 0.02
    assert notices(bench.hear(taken)) == ["stream a: the collector does not take it (taken): by cam2"]


def test_a_stream_whose_end_is_being_written_is_asked_for_until_it_is() -> None:
    """However long the disk takes; people are told once. Only what follows decides."""
    bench = Bench(resume=True)
    bench.tick()
    bench.welcomed()
    closing = m.Reject(1, "a", "closing", "the end of stream a is being written")
    told = "stream a: the end of stream a is being written; waiting for the collector"
    assert notices(bench.hear(closing)) == [told]
    for _ in range(20):
        assert [one.stream for one in sent(bench.tick(limits.HELLO_RETRY_S), m.Open)][:1] == ["a"]
        assert bench.hear(closing) == []
    assert not bench.a.finished
    assert notices(bench.hear(m.Reject(1, "a", "complete", "all 9 frames"))) == ["stream a: all 9 frames"]
    assert bench.a.finished


def test_a_refusal_for_good_is_kept() -> None:
    """The core finishes with it; nothing more is due here."""
    bench = Bench()
    bench.tick()
    assert bench.hear(m.Refuse(0, "job", "another job")) == []
    assert bench.upstream.dialer.refusal == m.Refuse(0, "job", "another job")
    assert bench.upstream.deadline() == float("inf")
    assert bench.tick(9.0) == []

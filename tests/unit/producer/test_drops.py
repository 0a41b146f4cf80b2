"""Tests of producer.drops, in a whole producer: what is dropped, whose slot is lent again, and what is told of it."""

from __future__ import annotations

import pytest

from common import limits
from common import messages as m
from common.rows import Status
from common.transport import SERVER
from producer.actions import EncodePicture, Lend
from producer.drops import RESERVED
from producer.frames import FrameState
from producer.policy import NO_ROOM, OUTAGE_S, SUPERSEDED, TOO_OLD, Keep, Policy
from producer.slots import SlotState
from tests.unit.producer.playbook import Play, among, drawn, given, notices, opened, ref, sent

FRESHEST = Policy(Keep.FRESHEST)
HALF_A_SECOND = Policy(Keep.MAX_AGE, 0.5)


def fates(play: Play) -> dict[int, str]:
    """The frames of the first stream that are dropped and not settled, with their reasons."""
    frames = [(key[1], frame) for key, frame in play.core.leases.frames.items() if frame.state is FrameState.FATED]
    return {seq: frame.verdict[1] for seq, frame in frames if frame.verdict}


def test_whoever_has_time_gets_the_newest_frame() -> None:
    """The others are dropped when the next one comes, and told at once; their slots are lent again."""
    play = opened(policy=FRESHEST)
    first = play.capture(1)
    assert (among(first, Lend), sent(first, m.Fate)) == ([], [])
    second = play.capture(1)
    assert among(second, Lend) == [Lend("a", (0,))]
    assert sent(second, m.Fate) == [m.Fate(play.session, "a", 1, Status.DROPPED, SUPERSEDED, ((0, 0),))]
    play.capture(3)
    assert [work.seq for work in given(play.join(capacity=2))] == [4]
    assert [work.seq for work in given(play.capture(3))] == [5]
    assert fates(play) == dict.fromkeys([0, 1, 2, 3, 6], SUPERSEDED)


def test_a_dropped_frame_that_a_worker_had_keeps_its_slot() -> None:
    """Its worker may be alive and read it late: only settlement frees the slot."""
    play = opened(policy=FRESHEST)
    play.join(capacity=1)
    (work,) = given(play.capture(1))
    play.capture(1)
    back = play.done(ref(work), outcome="returned")
    assert sent(back, m.Fate)[0].items == ((0, 0),)
    assert among(back, Lend) == []
    assert play.core.leases.frames["a", 0].slot == 0
    assert play.core.slots.count("a", SlotState.READ) == 2
    assert among(play.ack(1), Lend) == [Lend("a", (0,))]


def test_a_frame_that_comes_back_when_none_is_newer_is_sent_again() -> None:
    """It is the freshest there is."""
    play = opened(policy=FRESHEST)
    play.join(capacity=1)
    (work,) = given(play.capture(1))
    again = given(play.done(ref(work), outcome="returned"))
    assert [(one.seq, one.attempt) for one in again] == [(0, 2)]


def test_the_decoder_has_a_slot_whoever_holds_the_others() -> None:
    """No new frame is given out that would leave less than two for the newest and the next one."""
    play = opened(window=6, policy=FRESHEST)
    play.join(capacity=100)
    for _ in range(20):
        play.capture(1)
        assert play.lent["a"]
    assert play.core.slots.count("a", SlotState.READ) == 6 - RESERVED
    assert fates(play) == dict.fromkeys(range(4, 19), SUPERSEDED)
    assert [work.seq for work in given(play.ack(1))] == [19], "with a slot comes the next frame"


def test_frames_have_numbers_for_a_minute_without_a_collector() -> None:
    """Each is told when it is back; beyond that the decoder has to wait, and says how far behind it is."""
    play = opened(policy=FRESHEST)
    play.join(capacity=2)
    play.capture(3)
    play.collector(m.Bye(play.session, "interrupted", ""))
    numbers = 25 * OUTAGE_S
    play.capture(numbers - 3)
    assert not play.lent["a"]
    assert notices(play.core.source_behind("a", 1.26, play.now)) == [
        "stream a is 1.3 s behind its source: too many frames wait for the collector, or the decoder is too slow"
    ]
    play.tick(limits.HELLO_RETRY_S)
    (open_,) = sent(play.welcomed(), m.Open)
    assert open_.window == numbers
    told = sent(play.opened(), m.Fate)
    assert [seq for fate in told for seq, _ in fate.items] == list(range(2, numbers - 1))
    assert [len(lend.slots) for lend in among(play.ack(2), Lend)] == [2], "as many as there are numbers again"


def test_a_frame_may_wait_for_so_long() -> None:
    """The core asks to be called when the oldest has, and drops it then."""
    play = opened(policy=HALF_A_SECOND)
    play.capture(1)
    began = play.now
    play.wait(0.25)
    play.capture(1)
    assert play.core.deadline() <= began + 0.5
    assert fates(play) == {}
    dropped = play.wait(0.25)
    assert among(dropped, Lend) == [Lend("a", (0,))]
    assert fates(play) == {0: TOO_OLD}
    play.wait(0.25)
    assert fates(play) == {0: TOO_OLD, 1: TOO_OLD}


def test_where_all_slots_wait_the_oldest_makes_room() -> None:
    """The next frame is captured in time."""
    play = opened(window=4, policy=HALF_A_SECOND)
    play.capture(4)
    assert fates(play) == {0: NO_ROOM}
    assert play.lent["a"] == [0]


def test_without_a_policy_that_drops_the_decoder_waits() -> None:
    """And says so, with why."""
    play = opened(window=2)
    play.capture(2)
    assert not play.lent["a"]
    assert fates(play) == {}
    assert notices(play.core.source_behind("a", 2.0, play.now)) == [
        "stream a is 2.0 s behind its source: more frames come than are settled"
    ]


def test_latencies_are_those_of_frames_with_a_result() -> None:
    """How old the others were when their row was out is told apart."""
    play = opened(policy=FRESHEST)
    play.join(capacity=1)
    play.capture(3)
    play.wait(0.5)
    play.ack(3)
    stream = play.core.upstream.streams["a"]
    assert (stream.latency.count, stream.fated.count) == (2, 1)


@pytest.mark.parametrize("inline", [False, True])
def test_pictures_are_told_of_frames_that_keep_their_slot(inline: bool) -> None:  # noqa: FBT001
    """Until a frame is with a worker nobody is told where its picture lies; a dropped frame has none."""
    play = drawn(inline=inline, policy=FRESHEST)
    waiting = play.capture(2)
    assert among(waiting, EncodePicture) == []
    assert [(picture.seq, picture.slot, picture.size) for picture in sent(waiting, m.Picture)] == [(0, -1, 0)]
    given = play.join(capacity=1)
    if inline:
        assert among(given, EncodePicture) == [EncodePicture("a", 1, 1)]
        given = play.encoded(1)
    assert [(picture.seq, picture.slot) for picture in sent(given, m.Picture)] == [(1, -1 if inline else 1)]


def test_a_collector_that_forgot_its_pictures_is_told_again_which_are_gone() -> None:
    """As often as it has to be."""
    play = drawn(policy=FRESHEST)
    play.capture(4)
    play.seen(3)
    play.collector(m.Bye(play.session, "interrupted", ""))
    play.wait(limits.HELLO_RETRY_S, silent=[SERVER])
    play.welcomed(b"another collecto")
    play.opened(draws=True)
    assert [(picture.seq, picture.slot) for picture in sent(play.shown(0), m.Picture)] == [(0, -1), (1, -1), (2, -1)]

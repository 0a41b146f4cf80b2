"""Frames without pixels, in a whole producer: numbered, failed at once, and their slots lent again."""

from __future__ import annotations

from common import messages as m
from common.exits import Exit
from common.rows import Ending, Status
from producer.actions import EncodePicture, Lend
from producer.frames import UNDECODABLE
from producer.policy import SUPERSEDED, Keep, Policy
from tests.unit.producer.playbook import Play, among, drawn, given, notices, opened, ref, sent


def fate(play: Play, *seqs: int) -> m.Fate:
    """What the collector is told of frames without pixels."""
    return m.Fate(play.session, "a", 1, Status.FAILED, UNDECODABLE, tuple((seq, 40 * seq) for seq in seqs))


def test_a_broken_frame_fails_alone_and_the_run_is_complete() -> None:
    """It is told at once, also without a worker; the frames around it go to workers; the run succeeds."""
    play = opened(window=2)
    play.capture(1)
    broken = play.capture_broken()
    assert sent(broken, m.Fate) == [fate(play, 1)]
    assert notices(broken) == ["stream a: frame 1 is undecodable: it is torn"]
    assert among(broken, Lend) == []
    work = given(play.join())
    assert [one.seq for one in work] == [0]
    play.source_ended(ending=Ending.COMPLETE)
    play.done(*map(ref, work))
    play.ack(2, ended=True)
    assert play.finished is not None
    assert play.finished.code is Exit.OK


def test_its_slot_is_lent_again_as_far_as_there_are_numbers() -> None:
    """The window counts it until its row is written, so that no folder of broken images floods the collector."""
    play = opened(window=3)
    assert [among(play.capture_broken(), Lend) for _ in range(3)] == [[], [], []]
    assert play.lent["a"] == []
    assert [len(lend.slots) for lend in among(play.ack(2), Lend)] == [2]
    play.capture(1)
    play.capture_broken()
    assert [len(lend.slots) for lend in among(play.ack(5), Lend)] == [3]


def test_it_is_told_again_until_the_collector_shows_that_it_knows() -> None:
    """As any fate; a collector that begins a new life is told anew."""
    play = opened()
    play.capture_broken()
    assert sent(play.wait(0.6), m.Fate) == [fate(play, 0)]
    play.ack(0, (0, 0))
    assert sent(play.wait(0.6), m.Fate) == []
    play.collector(m.Refuse(play.session, "unknown_session", ""))
    play.welcomed(instance=b"n" * 16)
    assert sent(play.opened(), m.Fate) + sent(play.wait(0.6), m.Fate) != []


def test_after_the_end_it_was_never_captured() -> None:
    """It has no number."""
    play = opened()
    play.source_ended(ending=Ending.INCOMPLETE, reason="closed")
    assert play.capture_broken() == []
    assert play.core.upstream.streams["a"].captured == 0


def test_it_has_no_picture() -> None:
    """A collector that draws is told so, in order, and nothing is encoded of it."""
    play = drawn(inline=True)
    assert among(play.capture(1), EncodePicture) != []
    play.encoded(0)
    broken = play.capture_broken()
    assert among(broken, EncodePicture) == []
    assert [(piece.seq, piece.size, piece.slot) for piece in sent(broken, m.Picture)] == [(1, 0, -1)]


def test_a_policy_does_not_drop_it() -> None:
    """It has ended already, and does not supersede the frame that waits."""
    play = opened(policy=Policy(Keep.FRESHEST))
    play.capture(1)
    assert sent(play.capture_broken(), m.Fate) == [fate(play, 1)]
    (dropped,) = sent(play.capture(1), m.Fate)
    assert (dropped.status, dropped.reason, dropped.items) == (Status.DROPPED, SUPERSEDED, ((0, 0),))


def test_a_folder_of_broken_images_is_told_in_a_few_lines() -> None:
    """Ten of them, and then how many there were."""
    play = opened(window=40)
    told = [text for _ in range(40) for text in notices(play.capture_broken())]
    assert len(told) == 12
    assert told[-1] == "stream a: frame 31 is undecodable: it is torn (32 so far)"

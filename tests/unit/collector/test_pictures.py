"""Pictures through the core: a frame is emitted when its result and its picture are there, and in its turn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collector.actions import Action, Attach, Begin, EndStream, Keep
from common import limits
from common.messages import Opened, Picture, Seen, Shown
from common.rows import Ending
from tests.unit.collector.playbook import (
    OFFER,
    TIMEOUT_S,
    TOKEN,
    WINDOW,
    Peer,
    Play,
    emitted,
    jpeg,
    only,
    recovered,
    sent,
    silent,
)


class Drawn:
    """A stream that is drawn, its producer and a worker."""

    def __init__(self) -> None:
        self.play = Play(draws=True)
        self.producer, self.worker = self.play.producer(), self.play.worker()
        self.play.open_stream(self.producer)

    def share(self) -> None:
        """Have the pictures in shared memory."""
        self.play.attached(only(Attach, self.producer.show(OFFER)))


@pytest.fixture
def drawn() -> Drawn:
    """The stream is open and nothing was shown."""
    return Drawn()


def seen(play: Play, peer: Peer, actions: list[Action]) -> tuple[int, int]:
    """What the producer is told of: the first picture that is not here, and the bytes of it that are."""
    said = only(Seen, play.to(peer, actions))
    assert (said.session, said.stream) == (peer.session, "clip")
    return said.upto, said.offset


def kept(actions: list[Action]) -> list[int]:
    """Frames whose pictures are to be kept."""
    return [action.seq for action in actions if isinstance(action, Keep)]


# --- where pictures are -----------------------------------------------------------------------------------------------


def test_pictures_are_asked_for() -> None:
    """By a collector that draws, in its answer to Open; and by no other, which takes none."""
    play = Play(draws=True)
    producer = play.producer()
    producer.open()
    opened = only(Opened, play.to(producer, play.written("clip", 0)))
    assert opened == Opened(producer.session, "clip", 1, 0, draws=True)
    play = Play()
    producer = play.producer()
    play.open_stream(producer)
    assert producer.show(OFFER) == producer.picture(0) == []
    assert play.counted() == {"picture": 2}


def test_an_offered_segment_is_tried(drawn: Drawn) -> None:
    """The token is the proof; said again, the answer is the same and nothing is mapped twice."""
    attach = only(Attach, drawn.producer.show(OFFER))
    assert attach == Attach("clip", 1, OFFER)
    shown = Shown(drawn.producer.session, "clip", 1, TOKEN, 0)
    assert sent(drawn.play.attached(attach)) == [shown]
    assert sent(drawn.producer.show(OFFER)) == [shown]


@pytest.mark.parametrize("offer", [None, OFFER, (*OFFER[:4], OFFER[4] - 1)], ids=["none", "unreadable", "other size"])
def test_what_cannot_be_shared_is_sent(drawn: Drawn, offer: tuple[int, int, int, int, int] | None) -> None:
    """No memory is mapped whose slots do not hold one picture of the stream each."""
    actions = drawn.producer.show(offer)
    if offer == OFFER:
        actions = drawn.play.attached(only(Attach, actions), b"")
        assert sent(drawn.producer.show(OFFER)) == sent(actions)
    assert sent(actions) == [Shown(drawn.producer.session, "clip", 1, b"", 0)]
    assert kept(drawn.producer.picture(0, slot=1)) == []


def test_only_the_present_producer_shows(drawn: Drawn) -> None:
    """Another one, an old epoch and a stream that nobody knows are counted."""
    other = drawn.play.producer("q", b"q" * 16)
    assert other.show(OFFER) == other.picture(0) == drawn.producer.show(OFFER, epoch=0) == []
    assert drawn.producer.say(Picture(0, "other", 1, 0, 8, 4, -1, 0, 0)) == []
    assert drawn.play.counted() == {"stale_epoch": 3, "unknown_stream": 1}


def test_a_segment_of_an_earlier_epoch_is_not_told(drawn: Drawn) -> None:
    """Its producer is gone before the answer is there."""
    attach = only(Attach, drawn.producer.show(OFFER))
    drawn.play.wait(2)
    assert drawn.play.attached(attach) == []
    other = drawn.play.producer("q", b"q" * 16)
    other.open(resume=True)
    assert drawn.play.attached(attach) == []


# --- order ------------------------------------------------------------------------------------------------------------


def test_a_frame_waits_for_both(drawn: Drawn) -> None:
    """Whichever comes last; what is to be kept comes before the row is emitted."""
    drawn.share()
    assert emitted(drawn.worker.results(0, 1)) == []
    actions = drawn.producer.picture(0, slot=2)
    keep, emit, seen_ = actions
    assert keep == Keep("clip", 0, 1920, 1080, 2, None)
    assert sent([seen_]) == [Seen(drawn.producer.session, "clip", 1, 1, 0)]
    assert emitted([emit]) == [0]
    assert emitted(drawn.producer.picture(1, slot=3)) == [1]
    assert emitted(drawn.producer.picture(2, slot=0)) == []
    assert emitted(drawn.worker.results(2)) == [2]


def test_frames_without_a_result_have_their_pictures_too(drawn: Drawn) -> None:
    """And the stream ends when the last is out."""
    assert silent(drawn.producer.fate(0, 1))
    assert silent(drawn.producer.end(2))
    assert emitted(drawn.producer.piece(0, jpeg())) == [0]
    actions = drawn.producer.picture(1)
    assert (emitted(actions), kept(actions)) == ([1], [])
    assert only(EndStream, actions).captured == 2


def test_a_picture_comes_in_pieces(drawn: Drawn) -> None:
    """Each is answered by what is here; the last makes it whole."""
    data = jpeg(nbytes=100)
    drawn.worker.results(0)
    assert seen(drawn.play, drawn.producer, drawn.producer.piece(0, data, 0, 40)) == (0, 40)
    assert seen(drawn.play, drawn.producer, drawn.producer.piece(0, data, 40, 99)) == (0, 99)
    actions = drawn.producer.piece(0, data, 99)
    assert only(Keep, actions) == Keep("clip", 0, 1280, 720, -1, data)
    assert seen(drawn.play, drawn.producer, actions) == (1, 0)
    assert emitted(actions) == [0]


def test_what_is_not_the_next_piece_is_ignored(drawn: Drawn) -> None:
    """Repetitions, gaps and later frames; each is answered by what is missing."""
    data = jpeg(nbytes=100)
    drawn.producer.piece(0, data, 0, 40)
    for actions in (
        drawn.producer.piece(0, data, 0, 40),
        drawn.producer.piece(0, data, 80),
        drawn.producer.piece(1, data),
        drawn.producer.picture(1),
    ):
        assert len(actions) == 1
        assert seen(drawn.play, drawn.producer, actions) == (0, 40)
    assert kept(drawn.producer.piece(0, data, 40)) == [0]
    assert kept(drawn.producer.piece(0, data)) == []
    assert drawn.play.counted() == {}


def test_a_producer_may_give_up_in_the_middle(drawn: Drawn) -> None:
    """The pieces that came are forgotten."""
    drawn.producer.piece(0, jpeg(nbytes=100), 0, 40)
    assert seen(drawn.play, drawn.producer, drawn.producer.picture(0)) == (1, 0)
    assert kept(drawn.producer.piece(1, jpeg())) == [1]


class PicturesMachine(RuleBasedStateMachine):
    """Results and pieces are lost, repeated and out of turn; the producer goes on from what was seen."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = Drawn()
        self.files = [jpeg(nbytes=40 + 7 * number) for number in range(5)]
        self.results: set[int] = set()
        self.pictures: set[int] = set()
        self.out = self.upto = self.offset = 0

    def hear(self, actions: list[Action]) -> None:
        """Note what came out, complete and in order, and what the producer learns."""
        self.pictures.update(kept(actions))
        for seq in emitted(actions):
            assert seq == self.out
            assert seq in self.results & self.pictures
            self.out += 1
        for message in self.drawn.play.to(self.drawn.producer, actions):
            if isinstance(message, Seen | Shown):
                self.upto, self.offset = message.upto, message.offset if isinstance(message, Seen) else 0

    @rule(ahead=st.integers(0, WINDOW - 1), fated=st.booleans())
    def result(self, ahead: int, *, fated: bool) -> None:
        """A frame of the window has a result or a fate."""
        self.results.add(self.out + ahead)
        self.hear((self.drawn.producer.fate if fated else self.drawn.worker.results)(self.out + ahead))

    @precondition(lambda self: self.upto < self.out + WINDOW)
    @rule(nbytes=st.integers(1, 80))
    def next_piece(self, nbytes: int) -> None:
        """The one that is due."""
        file = self.files[self.upto % 5]
        self.hear(self.drawn.producer.piece(self.upto, file, self.offset, self.offset + nbytes))

    @precondition(lambda self: self.upto < self.out + WINDOW)
    @rule()
    def none(self) -> None:
        """Nobody has this one."""
        self.pictures.add(self.upto)
        self.hear(self.drawn.producer.picture(self.upto))

    @rule(seq=st.integers(0, 3 * WINDOW), offset=st.sampled_from([0, 20, 39]))
    def any_piece(self, seq: int, offset: int) -> None:
        """One that is not due changes nothing."""
        if (seq, offset) != (self.upto, self.offset):
            before = self.upto, self.offset
            self.hear(self.drawn.producer.piece(seq, self.files[seq % 5], offset))
            assert (self.upto, self.offset) == before

    @rule()
    def show(self) -> None:
        """Said again: the pieces of a picture that is not whole are void."""
        self.hear(self.drawn.producer.show())

    @rule()
    def write(self) -> None:
        """The outputs have written what came out."""
        self.drawn.play.written("clip", self.out)

    @invariant()
    def nothing_waits_that_is_complete(self) -> None:
        """The next frame lacks its result or its picture."""
        assert self.out not in self.results & self.pictures
        assert self.drawn.play.counted() == {}


TestPictures = PicturesMachine.TestCase
TestPictures.settings = settings(max_examples=60, stateful_step_count=40)


# --- what is no picture -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "piece"),
    [
        (jpeg(64, 48), slice(None)),
        (jpeg()[:15], slice(None)),
        (jpeg(), slice(0, 0)),
        (jpeg() + b"\0", slice(20, None)),
    ],
    ids=["other size", "no head", "empty", "other file"],
)
def test_what_is_no_picture_costs_its_frame_the_picture(drawn: Drawn, file: bytes, piece: slice) -> None:
    """It is counted, and the frame goes out without; the next may have one."""
    drawn.worker.results(0, 1)
    if piece.start:
        drawn.producer.piece(0, jpeg(), 0, piece.start)
    actions = drawn.producer.piece(0, file, piece.start or 0, piece.stop)
    assert (emitted(actions), kept(actions)) == ([0], [])
    assert drawn.play.counted() == {"picture": 1}
    actions = drawn.producer.piece(1, jpeg())
    assert (emitted(actions), kept(actions)) == ([1], [1])


def test_a_piece_beyond_its_picture_is_none(drawn: Drawn) -> None:
    """More bytes came than the whole was to have."""
    data = jpeg()
    actions = drawn.producer.say(Picture(0, "clip", 1, 0, 8, 4, -1, 0, len(data) - 1), data)
    assert kept(actions) == []
    assert drawn.play.counted() == {"picture": 1}


def test_a_slot_that_is_not_there_is_none(drawn: Drawn) -> None:
    """Where a segment is shared; where none is, the producer has yet to hear of that."""
    assert seen(drawn.play, drawn.producer, drawn.producer.picture(0, slot=0)) == (0, 0)
    drawn.share()
    actions = drawn.producer.picture(0, slot=OFFER[3])
    assert (seen(drawn.play, drawn.producer, actions), kept(actions)) == ((1, 0), [])
    assert drawn.play.counted() == {"picture": 2}


def test_pictures_past_the_window_are_ignored(drawn: Drawn) -> None:
    """Also those past the end: nobody will ever draw them."""
    for seq in range(WINDOW):
        drawn.producer.piece(seq, jpeg())
    assert kept(drawn.producer.piece(WINDOW, jpeg())) == []
    assert emitted(drawn.worker.results(0)) == [0]
    drawn.producer.end(WINDOW)
    assert kept(drawn.producer.piece(WINDOW, jpeg())) == []
    assert drawn.play.counted() == {"beyond_window": 2}


def test_what_is_held_is_bounded(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it a picture is taken only if all frames below it are written: a slow disk makes none pile up."""
    monkeypatch.setattr(limits, "PICTURES_DEFAULT_BYTES", 100)
    for seq in range(2):
        drawn.producer.piece(seq, jpeg())
    assert seen(drawn.play, drawn.producer, drawn.producer.piece(2, jpeg())) == (2, 0)
    assert seen(drawn.play, drawn.producer, drawn.producer.piece(2, jpeg(), 0, 20)) == (2, 20)
    assert emitted(drawn.worker.results(0, 1)) == [0, 1]
    assert kept(drawn.producer.piece(2, jpeg(), 20)) == [], "frame 2 waits for it, and 0 and 1 are still held"
    drawn.play.written("clip", 1)
    assert kept(drawn.producer.piece(2, jpeg(), 20)) == [2]
    assert emitted(drawn.worker.results(2)) == [2]
    drawn.play.written("clip", 3)
    assert kept(drawn.producer.piece(3, jpeg(nbytes=120))) == [3]
    assert drawn.play.counted() == {}


def test_what_cannot_be_decoded_is_counted(drawn: Drawn) -> None:
    """The sinks find out, long after it was kept."""
    drawn.play.core.undrawable()
    assert drawn.play.counted() == {"picture": 1}


# --- who comes and goes -----------------------------------------------------------------------------------------------


def test_what_is_seen_is_said_again(drawn: Drawn) -> None:
    """Each heartbeat, as it may have been lost, until the stream has ended."""
    drawn.producer.piece(0, jpeg(), 0, 20)
    said = [m for m in sent(drawn.play.wait(2, drawn.producer)) if isinstance(m, Seen)]
    assert set(said) == {Seen(drawn.producer.session, "clip", 1, 0, 20)}
    assert 7 <= len(said) <= 9
    drawn.producer.fate(0)
    drawn.producer.picture(0)
    drawn.producer.end(1)
    drawn.play.written("clip", 1)
    drawn.play.ended()
    assert not any(isinstance(m, Seen) for m in sent(drawn.play.wait(1, drawn.producer)))


def test_a_producer_in_another_session_shows_again(drawn: Drawn) -> None:
    """Whole pictures are here still; the pieces of the next one are not."""
    drawn.producer.piece(0, jpeg())
    drawn.producer.piece(1, jpeg(), 0, 20)
    drawn.play.wait(2, drawn.worker)
    drawn.producer.join()
    drawn.producer.open(epoch=1)
    assert sent(drawn.producer.show()) == [Shown(drawn.producer.session, "clip", 1, b"", 1)]
    assert kept(drawn.producer.piece(1, jpeg(), 20)) == []
    assert emitted(drawn.worker.results(0)) == [0]


def test_another_producer_begins_with_the_first_frame_that_was_not_emitted(drawn: Drawn) -> None:
    """Pictures beyond it are void, like results; the segment they lay in is not the new one's."""
    drawn.share()
    drawn.worker.results(0)
    drawn.producer.picture(0, slot=0)
    drawn.producer.picture(1, slot=1)
    drawn.play.wait(2, drawn.worker)
    other = drawn.play.producer("q", b"q" * 16)
    other.open(resume=True)
    assert only(Begin, drawn.play.written("clip", 1)).start == 1
    assert other.show(OFFER, epoch=2) == [], "the outputs are not ready"
    drawn.play.written("clip", 1)
    assert only(Attach, other.show(OFFER, epoch=2)) == Attach("clip", 2, OFFER)
    assert sent(other.show(epoch=2)) == [Shown(other.session, "clip", 2, b"", 1)]
    assert emitted(drawn.worker.results(1, epoch=2)) == []
    assert emitted(other.piece(1, jpeg(), epoch=2)) == [1]


def test_a_restarted_collector_begins_where_its_rows_end() -> None:
    """It asks for the pictures from there on, of the producer that is still there."""
    play = Play(draws=True, recovered=[recovered(next_frame=5)])
    producer, worker = play.producer(), play.worker()
    assert only(Begin, producer.open(epoch=1, settled=3)).start == 5
    play.written("clip", 5)
    assert sent(producer.show()) == [Shown(producer.session, "clip", 1, b"", 5)]
    assert emitted(worker.results(5, 6)) == []
    assert kept(producer.piece(4, jpeg())) == []
    assert emitted(producer.piece(5, jpeg())) == [5]


def test_a_stream_that_is_given_up_needs_no_pictures(drawn: Drawn) -> None:
    """What waited for one goes out without; in time, it waits."""
    drawn.worker.results(0, 1)
    drawn.producer.piece(0, jpeg(), 0, 20)
    assert emitted(drawn.play.wait(TIMEOUT_S, drawn.worker)) == []
    actions = drawn.play.wait(2, drawn.worker)
    assert emitted(actions) == [0, 1]
    assert only(EndStream, actions).ending is Ending.INCOMPLETE


def test_a_stream_that_is_ending_wants_none(drawn: Drawn) -> None:
    """Its producer, back too late to send more, is told that there is nothing to send."""
    drawn.worker.results(0)
    drawn.play.wait(TIMEOUT_S + 2, drawn.worker)
    drawn.producer.join()
    drawn.producer.open(epoch=1)
    assert sent(drawn.producer.show(OFFER)) == [Shown(drawn.producer.session, "clip", 1, b"", 1)]
    assert seen(drawn.play, drawn.producer, drawn.producer.piece(1, jpeg())) == (1, 0)


def test_a_stream_that_has_ended_maps_nothing(drawn: Drawn) -> None:
    """What its producer shows then, as it missed the end, is nowhere to be kept."""
    drawn.producer.end(0)
    drawn.play.ended()
    assert sent(drawn.producer.show(OFFER)) == [Shown(drawn.producer.session, "clip", 1, b"", 0)]
    assert seen(drawn.play, drawn.producer, drawn.producer.picture(0, slot=0)) == (0, 0)


def test_streams_share_what_may_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """The more there are, the less is each one's."""
    monkeypatch.setattr(limits, "PICTURES_DEFAULT_BYTES", 160)
    drawn = Drawn()
    taken = [kept(drawn.producer.piece(seq, jpeg())) for seq in range(4)]
    assert list(itertools.chain(*taken)) == [0, 1, 2, 3]
    drawn = Drawn()
    drawn.play.open_stream(drawn.producer, "other")
    taken = [kept(drawn.producer.piece(seq, jpeg())) for seq in range(4)]
    assert list(itertools.chain(*taken)) == [0, 1]


def test_streams_that_have_ended_have_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that stays is as fast in its last run as in its first."""
    monkeypatch.setattr(limits, "PICTURES_DEFAULT_BYTES", 160)
    drawn = Drawn()
    drawn.play.open_stream(drawn.producer, "other")
    drawn.producer.end(0, stream="other")
    drawn.play.ended("other")
    taken = [kept(drawn.producer.piece(seq, jpeg())) for seq in range(4)]
    assert list(itertools.chain(*taken)) == [0, 1, 2, 3]

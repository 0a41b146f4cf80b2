"""Tests of producer.pictures, driven through a producer's core: what a collector that draws is told."""

from __future__ import annotations

import pytest

from common import limits
from common import messages as m
from common.actions import Send
from common.exits import Exit
from common.rows import Ending
from producer.actions import Action, EncodePicture, Lend, MakePictures, StartCapture
from producer.picture_line import ENCODED_AHEAD
from tests.unit.producer.playbook import PICTURES, PICTURES_TOKEN, Play, among, drawn, notices, sent

OTHER = b"another collecto"
PIECE = limits.PICTURE_CHUNK_BYTES
FILE = bytes(2 * PIECE)


def begun(*, draws: bool) -> Play:
    """A producer whose stream `a` was just opened."""
    play = Play()
    play.start()
    play.welcomed()
    play.opened(draws=draws)
    return play


def reopened(play: Play, *, instance: bytes = OTHER, draws: bool = True) -> list[Action]:
    """The collector goes, comes back and opens stream `a` again."""
    play.collector(m.Bye(play.session, "interrupted", ""))
    play.tick(limits.HELLO_RETRY_S)
    play.welcomed(instance)
    return play.opened(first=play.core.upstream.streams["a"].settled, draws=draws)


def places(actions: list[Action]) -> list[tuple[int, int, int]]:
    """seq, slot and offset of the pictures among actions."""
    return [(one.seq, one.slot, one.offset) for one in sent(actions, m.Picture)]


def payloads(actions: list[Action]) -> list[object]:
    """What goes along with the pictures among actions."""
    return [send.payload for send in among(actions, Send) if isinstance(send.message, m.Picture)]


def test_capture_begins_when_there_is_memory_for_the_pictures() -> None:
    """For as many as the stream has slots here; they are offered at once, and again until that is answered."""
    play = Play(window=4)
    play.start()
    play.welcomed()
    assert play.opened(draws=True) == [MakePictures("a", 0, 4, 640, 480)]
    show = m.Show(play.session, "a", 1, PICTURES)
    made = play.made()
    assert sent(made, m.Show) == [show]
    assert made[1:] == [StartCapture("a", 0), Lend("a", (0, 1, 2, 3))]
    assert sent(play.tick(limits.HELLO_RETRY_S), m.Show) == [show]
    play.shown()
    assert sent(play.tick(limits.HELLO_RETRY_S), m.Show) == []


def test_large_pictures_leave_room_for_few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the slots that have a picture are lent, whatever the window."""
    monkeypatch.setattr(limits, "PICTURES_DEFAULT_BYTES", 6 * 640 * 480 * 3 // 2)
    play = Play("a", "b", window=16)
    play.start()
    play.welcomed()
    assert play.opened("b", draws=True) == [MakePictures("b", 8, 3, 640, 480)]
    assert [slot for lend in among(play.made("b"), Lend) for slot in lend.slots] == [8, 9, 10]


def test_a_collector_that_does_not_draw_costs_nothing() -> None:
    """No memory, no message, no stage."""
    play = begun(draws=False)
    assert sent(play.capture(2), m.Picture) == []
    assert play.shown() == play.seen(1) == play.encoded(0) == []
    assert set(play.core.upstream.streams["a"].stages) == {"decode", "prepare", "dispatch"}


def test_pictures_in_shared_memory_are_named_by_their_slots() -> None:
    """Numbered within their stream, each once, with the size of the captured frame."""
    play = drawn("a", "b", window=8)
    (picture,) = sent(play.capture(stream="b"), m.Picture)
    assert picture == m.Picture(play.session, "b", 1, 0, 640, 480, 0, 0, 0)
    assert places(play.capture(2, "b")) == [(1, 1, 0), (2, 2, 0)]
    assert play.core.upstream.streams["b"].stages["picture"].count == 3


def test_pictures_that_wait_for_the_answer_follow_it() -> None:
    """Frames are captured meanwhile."""
    play = begun(draws=True)
    play.made()
    assert sent(play.capture(2), m.Picture) == []
    assert places(play.shown()) == [(0, 0, 0), (1, 1, 0)]


@pytest.mark.parametrize("token", [b"", b"token of another"])
def test_a_collector_that_does_not_share_the_memory_is_sent_files(token: bytes) -> None:
    """Encoded from the frame's slot, in pieces."""
    play = begun(draws=True)
    play.made()
    play.capture()
    assert play.shown(token=token) == [EncodePicture("a", 0, 0)]
    actions = play.encoded(0, FILE)
    assert places(actions) == [(0, -1, 0), (0, -1, PIECE)]
    assert [picture.size for picture in sent(actions, m.Picture)] == [len(FILE)] * 2
    assert payloads(actions) == [FILE[:PIECE], FILE[PIECE:]]


def test_without_shared_memory_none_is_offered() -> None:
    """Nor believed to be shared."""
    play = Play()
    play.core.upstream._settings = play.core.settings.__class__(  # type: ignore[misc]
        **{name: getattr(play.core.settings, name) for name in play.core.settings.__slots__ if name != "shm"}
    )
    play.start()
    play.welcomed()
    play.opened(draws=True)
    (show,) = sent(play.made(), m.Show)
    assert show.shm is None
    play.capture()
    assert play.shown() == [EncodePicture("a", 0, 0)]


def test_no_more_is_under_way_than_other_messages_can_wait_for() -> None:
    """Streams share what may be, and take turns for it."""
    play = drawn("a", "b", inline=True)
    for stream in "ab":
        play.capture(2, stream)
    assert places(play.encoded(0, FILE, stream="a")) == [(0, -1, 0), (0, -1, PIECE)]
    play.encoded(1, FILE, stream="a")
    assert play.encoded(0, FILE, stream="b") == []
    assert play.core.upstream.pictures.ahead_bytes == limits.PICTURE_AHEAD_BYTES
    (turn,) = sent(play.seen(0, PIECE), m.Picture)
    assert (turn.stream, turn.seq) == ("b", 0)


def test_encoding_keeps_ahead_of_sending_but_not_far() -> None:
    """A picture that is seen makes room for another."""
    play = drawn(inline=True)
    wanted = among(play.capture(4), EncodePicture)
    assert [one.seq for one in wanted] == list(range(ENCODED_AHEAD))
    play.encoded(0)
    assert play.seen(1) == [EncodePicture("a", ENCODED_AHEAD, ENCODED_AHEAD)]


def test_what_is_not_seen_in_time_is_sent_again() -> None:
    """From the first that is missing; as long as the collector sees more, nothing is."""
    play = drawn()
    play.capture(3)
    play.wait(0.9 * limits.PICTURE_RETRY_S)
    play.seen(1)
    assert places(play.wait(0.9 * limits.PICTURE_RETRY_S)) == []
    assert places(play.wait(0.2 * limits.PICTURE_RETRY_S)) == [(1, 1, 0), (2, 2, 0)]
    play.seen(3)
    assert places(play.wait(2 * limits.PICTURE_RETRY_S)) == []


def test_new_frames_put_no_repetition_off() -> None:
    """A camera gives them all the time, and the first may be lost."""
    play = drawn()
    play.capture()
    for _ in range(3):
        play.wait(0.3 * limits.PICTURE_RETRY_S)
        play.capture()
    assert places(play.wait(0.2 * limits.PICTURE_RETRY_S)) == [(seq, seq, 0) for seq in range(4)]


def test_a_frame_that_is_settled_needs_no_picture() -> None:
    """The collector has given the producer up in between, or counts differently; its word settles."""
    play = drawn(inline=True)
    play.capture(3)
    assert among(play.ack(2), EncodePicture) == [EncodePicture("a", 2, 2)]
    assert play.encoded(0) == []
    assert places(play.encoded(2)) == [(2, -1, 0)]


def test_a_word_about_another_stream_epoch_or_time_changes_nothing() -> None:
    """Nor does one that claims more than there is."""
    play = drawn()
    play.capture()
    session = play.session
    assert play.shown(stream="zzz") == play.seen(1, stream="zzz") == []
    assert play.collector(m.Shown(session, "a", 2, PICTURES_TOKEN, 0)) == []
    assert play.collector(m.Seen(session, "a", 2, 1, 0)) == []
    assert play.seen(2) == []
    reopened(play)
    assert play.seen(1) == [], "before Show was answered"


def test_a_new_collector_gets_what_is_not_written() -> None:
    """From where it wants; nothing is sent before it has said so."""
    play = drawn(window=8)
    play.capture(4)
    play.seen(4)
    play.ack(1)
    assert sent(reopened(play), m.Show) == [m.Show(play.session, "a", 1, PICTURES)]
    assert places(play.capture()) == []
    assert places(play.shown(1)) == [(1, 1, 0), (2, 2, 0), (3, 3, 0), (4, 4, 0)]


def test_the_same_collector_goes_on() -> None:
    """With the picture that was not whole, from its beginning."""
    play = drawn(inline=True)
    play.capture(2)
    play.encoded(0, FILE)
    play.seen(0, PIECE)
    reopened(play, instance=b"collector instan")
    assert places(play.shown(token=b"")) == [(0, -1, 0), (0, -1, PIECE)]


def test_an_answer_that_is_said_twice_only_repeats() -> None:
    """It says what the collector has now."""
    play = drawn()
    play.capture(2)
    assert places(play.shown(1)) == [(1, 1, 0)]


def test_a_collector_that_draws_no_more_is_sent_nothing() -> None:
    """And another that draws again gets everything from where it is."""
    play = drawn()
    play.capture()
    assert sent(reopened(play, draws=False), m.Show) == []
    assert places(play.capture()) == []
    assert play.shown() == play.seen(1) == []
    play.tick(2 * limits.PICTURE_RETRY_S)
    assert len(sent(reopened(play), m.Show)) == 1
    assert places(play.shown()) == [(0, 0, 0), (1, 1, 0)]


def test_a_collector_that_begins_to_draw_too_late_is_told_that_there_are_no_pictures() -> None:
    """Frame by frame, so that it need not wait for them; a person is told once."""
    play = begun(draws=False)
    play.capture(2)
    actions = reopened(play)
    assert notices(actions) == ["stream a began before the collector drew: none of its frames has a picture"]
    assert sent(actions, m.Show) == [m.Show(play.session, "a", 1, None)]
    pictures = sent(play.shown(token=b""), m.Picture)
    assert [(one.seq, one.slot, one.size) for one in pictures] == [(0, -1, 0), (1, -1, 0)]
    assert places(play.capture()) == [(2, -1, 0)]
    assert notices(reopened(play)) == []


def test_the_collector_may_go_while_memory_is_reserved() -> None:
    """The offer is made to the one that comes back, unless it does not draw."""
    play = begun(draws=True)
    play.collector(m.Bye(play.session, "interrupted", ""))
    made = play.made()
    assert (sent(made, m.Show), len(among(made, StartCapture))) == ([], 1)
    play.tick(limits.HELLO_RETRY_S)
    play.welcomed()
    assert len(sent(play.opened(draws=True), m.Show)) == 1
    play = begun(draws=True)
    reopened(play, draws=False)
    assert sent(play.made(), m.Show) == []


def test_memory_that_comes_after_the_end_is_not_used() -> None:
    """The stream was interrupted or rejected meanwhile."""
    play = begun(draws=True)
    play.interrupt()
    assert play.made() == []
    play = begun(draws=True)
    play.collector(m.Bye(play.session, "interrupted", ""))
    play.tick(limits.HELLO_RETRY_S)
    play.welcomed()
    play.collector(m.Reject(play.session, "a", "lost", "gone"))
    assert play.made() == []


def test_memory_that_cannot_be_had_ends_the_stream_before_it_began() -> None:
    """With no frame, as incomplete."""
    play = begun(draws=True)
    actions = play.source_ended(ending=Ending.INCOMPLETE, reason="no memory")
    assert sent(actions, m.End) == [m.End(play.session, "a", 1, 0, "incomplete", "no memory")]
    assert among(actions, StartCapture) == []
    play.ack(0, ended=True)
    assert play.finished is not None
    assert play.finished.code is Exit.INCOMPLETE


def test_a_rejected_stream_sends_no_more() -> None:
    """The others have its share of what may be under way."""
    play = drawn("a", "b", inline=True)
    play.capture(1, "a")
    play.capture(2, "b")
    play.encoded(0, 2 * FILE, stream="a")
    assert play.encoded(0, FILE, stream="b") == []
    play.collector(m.Bye(play.session, "interrupted", ""))
    play.tick(limits.HELLO_RETRY_S)
    play.welcomed()
    play.collector(m.Reject(play.session, "a", "lost", "gone"))
    play.opened("b", draws=True)
    assert places(play.shown(stream="b", token=b"")) == [(0, -1, 0), (0, -1, PIECE)]


def test_a_stream_that_has_ended_still_sends_its_pictures() -> None:
    """Until everything is written; then nothing is left of it."""
    play = drawn()
    play.capture(2)
    play.source_ended()
    assert places(play.wait(1.1 * limits.PICTURE_RETRY_S)) == [(0, 0, 0), (1, 1, 0)]
    play.ack(2, ended=True)
    assert repr(play.core.upstream.pictures) == "Pictures({})"
    assert play.finished is not None


def test_an_interrupt_leaves_time_for_files_and_then_says_that_there_are_none() -> None:
    """What is encoded is still sent, and what lies in shared memory is there anyhow."""
    play = drawn(inline=True)
    play.capture(4)
    play.encoded(0)
    play.interrupt()
    play.seen(1)
    play.encoded(1)
    actions = play.wait(limits.DRAIN_S)
    gone = [one for one in sent(actions, m.Picture) if one.size == 0]
    assert [(one.seq, one.slot) for one in gone] == [(2, -1), (3, -1)]
    assert among(actions, EncodePicture) == []
    assert play.encoded(2) == []
    play = drawn()
    play.capture(2)
    play.interrupt()
    play.seen(2)
    assert sent(play.wait(limits.DRAIN_S), m.Picture) == []


def test_a_frame_of_another_size_is_told_once_a_stream() -> None:
    """Its picture says how large it was."""
    play = drawn("a", "b")
    play.capture()
    actions = play.capture(2, size=(320, 241))
    (said,) = notices(actions)
    assert said == "stream a: frame 1 is 320x241, and others may be: drawn at 640x480 all the same"
    assert [(one.width, one.height) for one in sent(actions, m.Picture)] == [(320, 241)] * 2
    assert len(notices(play.capture(stream="b", size=(1, 1)))) == 1


def test_a_picture_that_cannot_be_encoded_is_told_once_a_stream() -> None:
    """The frames are emitted without."""
    play = drawn(inline=True)
    play.capture(2)
    actions = play.encoded(0, b"", "it is odd")
    assert notices(actions) == ["stream a: frame 0 goes without its picture, and maybe more of them: it is odd"]
    assert [one.size for one in sent(actions, m.Picture)] == [0]
    assert notices(play.encoded(1, b"", "it is odd")) == []

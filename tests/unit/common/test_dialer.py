"""Playbooks of common.dialer: what comes in, what goes out."""

from __future__ import annotations

import pytest

from common import limits, messages
from common.actions import Send
from common.dialer import NAME_TAKEN_PATIENCE_S, Dialer, Heard
from common.messages import Beat, Bye, Credit, Hello, Refuse, Stats, Welcome
from common.session import Event, Session, State
from common.transport import SERVER

HELLO = Hello(messages.PROTOCOL, "worker", "w", b"i" * 16, b"", ())
SERVER_A, SERVER_B = b"A" * 16, b"B" * 16


def welcome(session: int = 7, instance: bytes = SERVER_A) -> Welcome:
    """What a producer without shared memory says."""
    return Welcome(session, instance, b"", "", None, 0)


def refuse(code: str, session: int = 0) -> Refuse:
    """A refusal."""
    return Refuse(session, code, "because")


def dialer(now: float = 0.0) -> Dialer:
    """One that has said nothing yet."""
    return Dialer("producer", HELLO, now)


def admitted(now: float = 0.0) -> Dialer:
    """One with session 7."""
    one = dialer(now)
    one.tick(now)
    assert one.heard(welcome(), now) is Heard.ADMITTED
    return one


def hello() -> list[Send]:
    """The one thing said while not admitted."""
    return [Send("producer", SERVER, HELLO)]


def test_it_says_hello_at_once_and_again_until_it_is_admitted() -> None:
    """A server that is not there yet is asked each HELLO_RETRY_S."""
    one = dialer(5.0)
    assert one.deadline() == 5.0
    assert one.tick(5.0) == (hello(), False)
    assert one.tick(5.1) == ([], False)
    assert one.deadline() == 5.0 + limits.HELLO_RETRY_S
    assert one.tick(one.deadline()) == (hello(), False)
    assert one.heard(welcome(), 5.3) is Heard.ADMITTED
    assert (one.id, one.server, one.session.state) == (7, SERVER_A, State.LOADING)
    assert one.is_open


def test_a_hello_that_nobody_took_is_tried_again_soon() -> None:
    """Nobody is connected yet: who comes is found at once, not after HELLO_RETRY_S; once admitted it means nothing."""
    one = dialer(5.0)
    one.tick(5.0)
    one.unsent(5.0)
    assert one.tick(5.0 + limits.HELLO_UNSENT_RETRY_S) == (hello(), False)
    one.heard(welcome(), 5.1)
    beat_at = one.deadline()
    one.unsent(5.1)
    assert one.deadline() == beat_at


def test_a_second_welcome_is_ignored() -> None:
    """A repeated hello may have made a second session; the server's refusal of the first will tell."""
    one = admitted()
    assert one.heard(welcome(8), 0.1) is Heard.IGNORED
    assert one.id == 7


def test_it_beats_only_where_nothing_else_was_said() -> None:
    """Any message postpones the beat."""
    one = admitted()
    one.send(Stats(7), 0.2)
    assert one.tick(limits.HEARTBEAT_S) == ([], False)
    assert one.tick(0.2 + limits.HEARTBEAT_S) == ([Send("producer", SERVER, Beat(7))], False)


def test_messages_of_another_session_are_ignored() -> None:
    """What was on its way when a session ended does not touch the next, nor keep it alive."""
    one = admitted()
    before = one.session.heard_at
    assert one.heard(Beat(6), 0.5) is Heard.IGNORED
    assert one.heard(Bye(6, "complete", ""), 0.5) is Heard.IGNORED
    assert one.session.heard_at == before
    assert one.heard(Beat(7), 0.5) is Heard.CURRENT
    assert one.session.heard_at == 0.5


def test_nothing_is_heard_before_the_welcome() -> None:
    """A message without a session is nobody's, also where its number is 0."""
    one = dialer()
    assert one.heard(Beat(0), 0.0) is Heard.IGNORED
    assert one.heard(Bye(0, "error", ""), 0.0) is Heard.IGNORED
    assert one.session.state is State.HELLO


def test_a_silent_server_is_lost_and_dialled_again() -> None:
    """A ready session is lost after LOST_AFTER_S, said once, and hello follows at once."""
    one = admitted()
    one.ready(0.0)
    assert one.tick(limits.LOST_AFTER_S - 0.01)[1] is False
    assert one.tick(limits.LOST_AFTER_S) == (hello(), True)
    assert (one.id, one.session.state, one.waiting_since) == (0, State.HELLO, limits.LOST_AFTER_S)
    assert one.tick(limits.LOST_AFTER_S) == ([], False)


def test_while_loading_silence_is_forgiven_for_longer() -> None:
    """A server is not thought lost because this side has not got going yet."""
    one = admitted()
    assert one.tick(limits.LOADING_LOST_AFTER_S - 0.01)[1] is False
    assert one.tick(limits.LOADING_LOST_AFTER_S)[1] is True


def test_a_forgotten_session_is_begun_again() -> None:
    """`unknown_session` for the current number means that the server lost or replaced it."""
    one = admitted()
    assert one.heard(refuse("unknown_session", 7), 1.0) is Heard.LOST
    assert one.tick(1.0) == ([], False)
    assert one.tick(1.0 + limits.HELLO_RETRY_S) == (hello(), False)


def test_a_refusal_of_another_session_is_ignored() -> None:
    """A late answer to an earlier session's message does not end the current one."""
    one = admitted()
    assert one.heard(refuse("unknown_session", 6), 1.0) is Heard.IGNORED
    assert one.heard(refuse("job"), 1.0) is Heard.IGNORED
    assert one.is_open


@pytest.mark.parametrize("code", ["protocol", "role", "job"])
def test_what_cannot_change_is_final(code: str) -> None:
    """No further hello, and the reason is kept for the person."""
    one = dialer()
    one.tick(0.0)
    assert one.heard(refuse(code), 0.1) is Heard.REFUSED
    assert one.refusal == refuse(code)
    assert one.session.state is State.CLOSED
    assert one.tick(100.0) == ([], False)
    assert one.deadline() == float("inf")
    assert one.heard(welcome(), 0.2) is Heard.IGNORED


@pytest.mark.parametrize("code", ["full", "closing"])
def test_what_may_change_is_asked_again(code: str) -> None:
    """However often it is refused; and whoever waits has waited from the start."""
    one = dialer()
    now = 0.0
    for _ in range(100):
        assert one.tick(now) == (hello(), False)
        assert one.heard(refuse(code), now) is Heard.IGNORED
        now = one.deadline()
    assert one.waiting_since == 0.0
    assert one.heard(welcome(), now) is Heard.ADMITTED


def test_a_name_may_be_taken_for_a_while() -> None:
    """A process that comes back waits for its predecessor to be found lost, and then gives up."""
    one = dialer()
    now = 0.0
    while now < NAME_TAKEN_PATIENCE_S:
        assert one.tick(now) == (hello(), False)
        assert one.heard(refuse("name_taken"), now) is Heard.IGNORED
        now = one.deadline()
    one.tick(now)
    assert one.heard(refuse("name_taken"), now) is Heard.REFUSED


def test_a_taken_name_is_waited_for_longer_than_a_dead_predecessor_counts() -> None:
    """Also one that died while it compiled its model: a worker that is started again must not give up before."""
    gone = Session(0.0)
    gone.move(Event.WELCOME, 0.0)
    assert gone.lost_at() + limits.HELLO_RETRY_S < NAME_TAKEN_PATIENCE_S


def test_a_full_server_does_not_end_it_because_the_name_was_taken_before() -> None:
    """Patience with one refusal is no impatience with another."""
    one = dialer()
    one.heard(refuse("name_taken"), 0.0)
    assert one.heard(refuse("full"), NAME_TAKEN_PATIENCE_S) is Heard.IGNORED
    assert one.session.state is State.HELLO


def test_a_welcome_ends_the_patience() -> None:
    """A name taken again much later is waited for as long as the first time."""
    one = dialer()
    one.heard(refuse("name_taken"), 0.0)
    one.heard(welcome(), 1.0)
    one.restart(10.0)
    assert one.heard(refuse("name_taken"), 10.0) is Heard.IGNORED


@pytest.mark.parametrize(("second", "restarted"), [(SERVER_A, False), (SERVER_B, True)])
def test_a_server_that_restarted_is_told_from_one_that_was_lost(second: bytes, *, restarted: bool) -> None:
    """What its predecessor knew is void only if it is another process."""
    one = admitted()
    assert not one.restarted
    one.restart(1.0)
    one.heard(welcome(9, second), 1.0)
    assert one.restarted is restarted
    assert one.server == second


def test_the_server_may_leave() -> None:
    """After a goodbye nothing is sent any more; the role decides whether to dial again."""
    one = admitted()
    assert one.heard(Bye(7, "complete", ""), 1.0) is Heard.LEFT
    assert one.session.state is State.CLOSED
    assert one.tick(100.0) == ([], False)
    one.restart(100.0)
    assert one.tick(100.0) == (hello(), False)
    assert one.waiting_since == 100.0


def test_leaving_is_said_once_and_only_where_somebody_listens() -> None:
    """A goodbye goes out in a session; without one, silence will do."""
    one = admitted()
    assert one.bye("drained", "", 1.0) == [Send("producer", SERVER, Bye(7, "drained", ""))]
    assert one.bye("drained", "", 1.0) == []
    assert dialer().bye("drained", "", 0.0) == []


def test_being_ready_is_noted_once() -> None:
    """It may be said in any state and matters in one."""
    one = dialer()
    one.ready(0.0)
    assert repr(one) == "Dialer(producer, Session(hello, heard 0.000, said 0.000), id 0)"
    one.heard(welcome(), 0.0)
    one.ready(0.0)
    one.ready(0.0)
    assert repr(one) == "Dialer(producer, Session(ready, heard 0.000, said 0.000), id 7)"
    assert one.send(Credit(7, "ready", 1, 0, b""), 1.0, b"x").payload == b"x"

"""Tests of common.registry: its rules one by one, and against a model that keeps nothing but a list."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from common import limits, messages
from common.actions import Send
from common.messages import Beat, Bye, Hello, Refuse, Welcome
from common.registry import TOGETHER_S, Member, Registry
from common.session import Event, State

MOST = 3


def hello(name: str = "a", instance: int = 1) -> Hello:
    """What a worker of this name and process says."""
    return Hello(messages.PROTOCOL, "worker", name, bytes([instance]) * 16, b"", (("cpu", "z80"),))


def registry(most: int = MOST) -> Registry:
    """An empty one with session numbers 1, 2, 3 ..."""
    return Registry("work", itertools.count(1).__next__, most)


def admitted(one: Registry, peer: bytes = b"p", said: Hello | None = None, now: float = 0.0) -> Member:
    """A member who was not refused."""
    member, _ = one.admit(peer, said or hello(), now)
    assert isinstance(member, Member)
    return member


def refusal(answer: object) -> str:
    """The code of a refusal."""
    assert isinstance(answer, Send)
    assert isinstance(answer.message, Refuse)
    return answer.message.code


def test_a_member_is_what_its_hello_said() -> None:
    """Name, role, process and facts are kept; the session is open and loading."""
    member = admitted(registry())
    assert (member.id, member.peer, member.name, member.role) == (1, b"p", "a", "worker")
    assert member.facts == {"cpu": "z80"}
    assert member.session.state is State.LOADING
    assert repr(member).startswith("Member(worker a, Session(loading")


def test_the_welcome_carries_the_members_number() -> None:
    """Whatever number the role wrote into it."""
    one = registry()
    member = admitted(one)
    sent = one.welcome(member, Welcome(99, bytes(16), b"", "", None, 0), 0.0, b"job")
    assert sent == Send("work", b"p", Welcome(1, bytes(16), b"", "", None, 0), b"job")


def test_a_name_belongs_to_one_process() -> None:
    """Another instance under the same name is refused, and the first one is left alone."""
    one = registry()
    first = admitted(one)
    answer, replaced = one.admit(b"q", hello(instance=2), 0.0)
    assert refusal(answer) == "name_taken"
    assert replaced is None
    assert one.by_peer(b"p") is first


def test_a_process_replaces_its_own_earlier_session() -> None:
    """The same instance on a new connection gets a new session; the old number is unknown from then on."""
    one = registry()
    first = admitted(one)
    second, replaced = one.admit(b"q", hello(), 1.0)
    assert replaced is first
    assert first.session.state is State.CLOSED
    assert isinstance(second, Member)
    assert one.by_peer(b"p") is None
    assert refusal(one.heard(b"p", Beat(first.id), 1.0)) == "unknown_session"
    one.check()


def test_a_connection_keeps_its_name() -> None:
    """A peer that says hello under a second name is refused, so it cannot hold many sessions."""
    one = registry()
    admitted(one)
    answer, replaced = one.admit(b"p", hello("b"), 0.0)
    assert (refusal(answer), replaced, len(one)) == ("name_taken", None, 1)


def test_a_full_registry_still_lets_members_return() -> None:
    """Only a hello that would add a session is refused."""
    one = registry(most=1)
    admitted(one)
    assert refusal(one.admit(b"q", hello("b"), 0.0)[0]) == "full"
    assert isinstance(one.admit(b"q", hello(), 0.0)[0], Member)


def test_a_session_is_heard_from_its_own_connection_only() -> None:
    """A guessed or stale number is of no use to another peer."""
    one = registry()
    member = admitted(one)
    assert one.heard(b"p", Beat(1), 3.0) is member
    assert member.session.heard_at == 3.0
    answer = one.heard(b"q", Beat(1), 4.0)
    assert answer == Send("work", b"q", Refuse(1, "unknown_session", "say hello again"))
    assert member.session.heard_at == 3.0


def test_beats_are_owed_to_those_who_were_told_nothing() -> None:
    """A message to one member postpones its beat, not the others'."""
    one = registry()
    first, second = admitted(one), admitted(one, b"q", hello("b"))
    one.send(first, Bye(first.id, "error", ""), 0.2)
    assert one.deadline() == limits.HEARTBEAT_S
    sends, lost = one.tick(limits.HEARTBEAT_S)
    assert (sends, lost) == ([Send("work", b"q", Beat(second.id))], [])


def test_beats_that_are_nearly_due_are_said_together() -> None:
    """So that a thousand members do not have the loop look at all of them a thousand times in HEARTBEAT_S."""
    one = registry()
    first = admitted(one)
    second = admitted(one, b"q", hello("b"), now=TOGETHER_S / 2)
    third = admitted(one, b"r", hello("c"), now=TOGETHER_S * 2)
    sends, _ = one.tick(limits.HEARTBEAT_S)
    assert [send.message for send in sends] == [Beat(first.id), Beat(second.id)]
    assert one.deadline() == third.session.deadline()


def test_a_look_that_proves_early_is_made_good() -> None:
    """Who was told something meanwhile has more time than was known at the last look."""
    one = registry()
    member = admitted(one)
    one.send(member, Beat(member.id), 0.2)
    assert one.deadline() == limits.HEARTBEAT_S
    assert one.tick(limits.HEARTBEAT_S) == ([], [])
    assert one.deadline() == member.session.deadline() > limits.HEARTBEAT_S


def test_the_silent_are_lost() -> None:
    """A member that is ready is removed after LOST_AFTER_S, one that loads is not."""
    one = registry()
    ready, loading = admitted(one), admitted(one, b"q", hello("b"))
    ready.session.move(Event.LOADED, 0.0)
    _, lost = one.tick(limits.LOST_AFTER_S)
    assert lost == [ready]
    assert list(one) == [loading]
    assert one.get(ready.id) is None


def test_everybody_is_told_goodbye() -> None:
    """Dismissal ends every session, and leaves nothing to attend to."""
    one = registry()
    admitted(one)
    admitted(one, b"q", hello("b"))
    assert one.dismiss("complete", "", 1.0) == [
        Send("work", b"p", Bye(1, "complete", "")),
        Send("work", b"q", Bye(2, "complete", "")),
    ]
    assert len(one) == 0
    assert one.deadline() == float("inf")


@dataclass
class Known:
    """What the naive model remembers of a member."""

    peer: bytes
    name: str
    instance: int
    heard_at: float
    ready: bool = False


PEERS = st.sampled_from([b"p", b"q", b"r", b"s"])


class AgainstAList(RuleBasedStateMachine):
    """Random hellos, messages, silences and ends; the registry and a plain dictionary must agree on who is a member."""

    def __init__(self) -> None:
        super().__init__()
        self.registry = registry()
        self.known: dict[int, Known] = {}
        self.highest = 0
        self.now = 0.0

    @initialize()
    def start(self) -> None:
        """Somebody is there from the start."""
        self.hello(b"p", "a", 1)

    @rule(peer=PEERS, name=st.sampled_from("abcd"), instance=st.integers(1, 3))
    def hello(self, peer: bytes, name: str, instance: int) -> None:
        """Somebody says hello."""
        answer, replaced = self.registry.admit(peer, hello(name, instance), self.now)
        same_name = [i for i, k in self.known.items() if k.name == name]
        same_peer = [i for i, k in self.known.items() if k.peer == peer]
        goes = set(same_name + same_peer)
        if any(self.known[i].instance != instance for i in same_name) or any(
            self.known[i].name != name for i in same_peer
        ):
            assert refusal(answer) == "name_taken"
        elif not goes and len(self.known) >= MOST:
            assert refusal(answer) == "full"
        else:
            assert isinstance(answer, Member)
            assert ({replaced.id} if replaced else set()) == goes
            assert answer.id > self.highest
            self.highest = answer.id
            for i in goes:
                del self.known[i]
            self.known[answer.id] = Known(peer, name, instance, self.now)

    @rule(peer=PEERS, back=st.integers(0, 5))
    def message(self, peer: bytes, back: int) -> None:
        """Somebody says something in a session, maybe of another or of long ago."""
        number = max(0, self.highest - back)
        found = self.registry.heard(peer, Beat(number), self.now)
        if number in self.known and self.known[number].peer == peer:
            assert isinstance(found, Member)
            assert found.id == number
            self.known[number].heard_at = self.now
        else:
            assert refusal(found) == "unknown_session"

    @rule(back=st.integers(0, 3))
    def load(self, back: int) -> None:
        """A member says that it has loaded its model."""
        member = self.registry.get(self.highest - back)
        if member is not None and member.session.state is State.LOADING:
            self.message(member.peer, back)
            member.session.move(Event.LOADED, self.now)
            self.known[member.id].ready = True

    @rule(back=st.integers(0, 3), event=st.sampled_from([Event.BYE, Event.LOST, Event.REFUSED]))
    def leave(self, back: int, event: Event) -> None:
        """A member leaves, or is sent away."""
        member = self.registry.get(self.highest - back)
        assert (member is not None) == (self.highest - back in self.known)
        if member is not None:
            self.registry.remove(member, event, self.now)
            del self.known[member.id]

    @rule(passed_s=st.sampled_from([0.1, 0.25, 0.9, 1.0, 9.5]))
    def wait(self, passed_s: float) -> None:
        """Time passes, and the silent are found."""
        self.now += passed_s
        sends, lost = self.registry.tick(self.now)
        gone = {
            i
            for i, k in self.known.items()
            if self.now >= k.heard_at + (limits.LOST_AFTER_S if k.ready else limits.LOADING_LOST_AFTER_S)
        }
        assert {member.id for member in lost} == gone
        self.known = {i: k for i, k in self.known.items() if i not in gone}
        assert {send.peer for send in sends} <= {k.peer for k in self.known.values()}

    @invariant()
    def agree(self) -> None:
        """The same members under the same numbers, found by number and by connection; names are unique."""
        self.registry.check()
        assert {m.id: (m.peer, m.name) for m in self.registry} == {i: (k.peer, k.name) for i, k in self.known.items()}
        assert len({k.name for k in self.known.values()}) == len(self.registry)
        for number, known in self.known.items():
            assert self.registry.by_peer(known.peer) is self.registry.get(number)


TestAgainstAList = AgainstAList.TestCase

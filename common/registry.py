"""The bound side's sessions: whom it admitted, under which name, and who is lost.

Guarantees: a name belongs to one living session; a peer that comes back (same instance, or new connection) replaces
its own earlier session and nobody else's; a message is only handled in the session that it names.
What this file does not know: jobs, streams, credits; the role decides on a hello before it calls `admit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from common import limits
from common.actions import Payload, Send
from common.messages import Beat, Bye, Hello, Message, Refuse, Welcome
from common.session import Event, Session, State

TOGETHER_S: Final = limits.HEARTBEAT_S / 5
"""Beats that are due within so long of each other are said at once: each look at the clock is a look at all members."""

_NEVER: Final = float("inf")


class Member:
    """One admitted peer.

    Attributes:
        peer: the transport's name for its connection.
        id: the session's number.
        name, role, instance, facts, job: from its hello.
    """

    __slots__ = ("facts", "id", "instance", "job", "name", "peer", "role", "session")

    def __init__(self, peer: bytes, session_id: int, hello: Hello, now: float) -> None:
        self.peer: Final = peer
        self.id: Final = session_id
        self.name: Final = hello.name
        self.role: Final = hello.role
        self.instance: Final = hello.instance
        self.job: Final = hello.job
        self.facts: Final = dict(hello.facts)
        self.session: Final = Session(now)

    def __repr__(self) -> str:
        return f"Member({self.role} {self.name}, {self.session})"


class Registry:
    """Sessions of one bound endpoint.

    Args:
        link: the endpoint's name, put into each `Send`.
        new_id: gives an unguessable session number, 1..2**64-1, never the same twice.
        most: sessions kept at a time.
    """

    def __init__(self, link: str, new_id: Callable[[], int], most: int = limits.SESSIONS_MAX) -> None:
        self._link: Final = link
        self._new_id: Final = new_id
        self._most: Final = most
        self._members: dict[int, Member] = {}
        self._by_peer: dict[bytes, Member] = {}
        self._by_name: dict[str, Member] = {}
        self._look_at = _NEVER
        """No later than anybody's beat is due or anybody is lost: whoever is heard or told something has more time."""

    def __iter__(self) -> Iterator[Member]:
        return iter(tuple(self._members.values()))

    def __len__(self) -> int:
        return len(self._members)

    def admit(self, peer: bytes, hello: Hello, now: float) -> tuple[Member | Send, Member | None]:
        """Admit a peer, or say why not.

        Returns:
            The new member, or the refusal to send; and the member that this one replaces, already removed: the same
            process, which has lost its session.
        """
        namesake = self._by_name.get(hello.name)
        if namesake is not None and namesake.instance != hello.instance:
            return self.refuse(peer, 0, "name_taken", f"another process is {hello.name!r}"), None
        earlier = self._by_peer.get(peer)
        if earlier is not None and earlier.name != hello.name:
            return self.refuse(peer, 0, "name_taken", f"this connection is {earlier.name!r}"), None
        earlier = namesake or earlier
        if earlier is None and len(self._members) >= self._most:
            return self.refuse(peer, 0, "full", f"{self._most} sessions are open"), None
        if earlier is not None:
            self.remove(earlier, Event.LOST, now)
        member = Member(peer, self._new_id(), hello, now)
        member.session.move(Event.WELCOME, now)
        self._members[member.id] = member
        self._by_peer[peer] = self._by_name[member.name] = member
        self._look_at = min(self._look_at, member.session.deadline())
        return member, earlier

    def welcome(self, member: Member, welcome: Welcome, now: float, payload: bytes | None = None) -> Send:
        """Address the welcome, with the member's number in it."""
        return self.send(member, welcome._replace(session=member.id), now, payload)

    def heard(self, peer: bytes, message: Message, now: float) -> Member | Send:
        """Find the session a message belongs to, or the refusal that makes the peer say hello again."""
        session_id = message[0]
        member = self._members.get(session_id) if isinstance(session_id, int) else None
        if member is None or member.peer != peer:
            number = session_id if isinstance(session_id, int) else 0
            return self.refuse(peer, number, "unknown_session", "say hello again")
        member.session.heard(now)
        return member

    def send(self, member: Member, message: Message, now: float, payload: Payload = None) -> Send:
        """Address a message to a member."""
        member.session.said(now)
        return Send(self._link, member.peer, message, payload)

    def refuse(self, peer: bytes, session_id: int, code: str, text: str) -> Send:
        """Address a refusal to a connection, admitted or not."""
        return Send(self._link, peer, Refuse(session_id, code, text))

    def by_peer(self, peer: bytes) -> Member | None:
        """Find the member behind a connection."""
        return self._by_peer.get(peer)

    def get(self, session_id: int) -> Member | None:
        """Find a living session by its number."""
        return self._members.get(session_id)

    def remove(self, member: Member, event: Event, now: float) -> None:
        """End a session: `BYE`, `LOST` or `REFUSED`."""
        member.session.move(event, now)
        del self._members[member.id]
        if self._by_peer.get(member.peer) is member:
            del self._by_peer[member.peer]
        if self._by_name.get(member.name) is member:
            del self._by_name[member.name]

    def dismiss(self, code: str, text: str, now: float) -> list[Send]:
        """Say goodbye to everybody and end all sessions."""
        sends = []
        for member in self:
            sends.append(self.send(member, Bye(member.id, code, text), now))
            self.remove(member, Event.BYE, now)
        return sends

    def tick(self, now: float) -> tuple[list[Send], list[Member]]:
        """Return the beats that are due, or soon will be, and the members just found lost, already removed."""
        if now < self._look_at:
            return [], []
        sends: list[Send] = []
        lost: list[Member] = []
        for member in self:
            if now >= member.session.lost_at():
                self.remove(member, Event.LOST, now)
                lost.append(member)
            elif now >= member.session.beat_at() - TOGETHER_S:
                sends.append(self.send(member, Beat(member.id), now))
        self._look_at = min([member.session.deadline() for member in self._members.values()], default=_NEVER)
        return sends, lost

    def deadline(self) -> float:
        """When `tick` may have something to do: no later than it has, and asked for at each turn, so not worked out."""
        return self._look_at if self._members else _NEVER

    def check(self) -> None:
        """Assert the invariants: indexes agree, every member is open."""
        for member in self:
            assert member.session.state not in {State.HELLO, State.CLOSED}, member
            assert self._by_name[member.name] is member, member
            assert self._by_peer[member.peer] is member, member
            assert self._look_at <= member.session.deadline(), member
        assert len(self._by_name) == len(self._by_peer) == len(self._members)

"""Tests of common.memory_transport: the faults. What it shares with real sockets is in test_transport_contract."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import NetworkError
from common.memory_faults import Faults
from common.memory_transport import MemoryEndpoint, MemoryNetwork
from common.transport import SERVER, Outcome

Net = MemoryNetwork[int]
End = MemoryEndpoint[int]


def network(faults: Faults | None = None, seed: int = 1) -> Net:
    """Return a network of numbered messages."""
    return MemoryNetwork(random.Random(seed), faults)


def pair(net: Net) -> tuple[End, End, bytes]:
    """Return a connected server on host `s`, client on host `c`, and the client's peer id."""
    server, client = net.bind("server", host="s"), net.connect("server", host="c")
    return server, client, meet(net, server, client)


def meet(net: Net, server: End, client: End) -> bytes:
    """Let time pass until the two are connected, and return the client's peer id."""
    while client.send(SERVER, -1).outcome is not Outcome.SENT:
        step(net)
    while (inbound := server.receive()) is None:
        step(net)
    return inbound.peer


def step(net: Net) -> None:
    """Let the next thing happen."""
    at = net.next_delivery()
    assert at is not None, "nothing will ever happen"
    net.advance(at)


def settle(net: Net) -> None:
    """Let everything happen."""
    while net.next_delivery() is not None:
        step(net)


def headers(endpoint: End) -> list[int]:
    """Receive everything that has arrived."""
    found = []
    while (inbound := endpoint.receive()) is not None:
        found.append(inbound.header)
    return found


def test_time_passes_only_when_told() -> None:
    """A message arrives at its time and not before, and its receiver is named."""
    net = network(Faults(latency_s=(1.0, 1.0)))
    server, client, _ = pair(net)
    start = net.now
    client.send(SERVER, 7)
    assert net.next_delivery() == start + 1.0
    assert net.advance(start + 0.9) == []
    assert server.receive() is None
    assert net.advance(start + 1.0) == [server]
    assert headers(server) == [7]
    assert net.now == start + 1.0


def test_latency_stays_within_its_range() -> None:
    """No message takes less or more than the faults say."""
    net = network(Faults(latency_s=(0.2, 0.3)))
    _, client, _ = pair(net)
    start = net.now
    client.send(SERVER, 0)
    at = net.next_delivery()
    assert at is not None
    assert 0.2 <= at - start <= 0.3


@given(seed=st.integers(0, 2**32), count=st.integers(1, 40))
@settings(max_examples=30)
def test_the_same_seed_gives_the_same_history(seed: int, count: int) -> None:
    """Everything is decided by the seed and the calls."""

    def history() -> tuple[float, list[int], int]:
        net = network(Faults(drop=0.2, duplicate=0.2, reorder=0.3), seed)
        server, client = net.bind("server"), net.connect("server")
        net.advance(1.0)
        for i in range(count):
            client.send(SERVER, i)
        settle(net)
        return net.now, headers(server), net.lost

    assert history() == history()


def test_order_holds_under_any_latency() -> None:
    """Delay alone overtakes nothing, as on TCP."""
    net = network(Faults(latency_s=(0.0, 5.0)))
    server, client, _ = pair(net)
    for i in range(100):
        client.send(SERVER, i)
    settle(net)
    assert headers(server) == list(range(100))


def test_dropped_messages_are_sent_and_never_arrive() -> None:
    """The sender is not told; the network counts."""
    net = network()
    server, client, _ = pair(net)
    net.faults.drop = 1.0
    receipt = client.send(SERVER, 1, b"pixels")
    settle(net)
    assert (receipt.outcome, receipt.done()) == (Outcome.SENT, True)
    assert (headers(server), net.lost) == ([], 1)


def test_duplicated_messages_arrive_twice() -> None:
    """A repetition is a message like any other, and holds the payload's memory until it has arrived as well."""
    net = network(Faults(reorder_delay_s=1.0))
    server, client, _ = pair(net)
    net.faults.duplicate = 1.0
    receipt = client.send(SERVER, 1, b"pixels")
    step(net)
    assert not receipt.done()
    settle(net)
    assert receipt.done()
    assert headers(server) == [1, 1]


def test_reordered_messages_all_arrive() -> None:
    """Reordering loses nothing."""
    net = network()
    server, client, _ = pair(net)
    net.faults.reorder = 0.5
    for i in range(50):
        client.send(SERVER, i)
    settle(net)
    found = headers(server)
    assert sorted(found) == list(range(50))
    assert found != sorted(found)


def test_a_short_cut_loses_messages_and_keeps_the_connection() -> None:
    """One direction is lost, what is under way with it; the other goes on; after healing the peer is the same."""
    net = network()
    server, client, peer = pair(net)
    client.send(SERVER, 1)
    net.cut("c", "s")
    client.send(SERVER, 2)
    server.send(peer, 3)
    net.advance(net.now + 1.0)
    assert (headers(server), headers(client)) == ([], [3])
    net.heal("c", "s")
    client.send(SERVER, 4)
    net.advance(net.now + 0.1)
    inbound = server.receive()
    assert inbound is not None
    assert (inbound.peer, inbound.header) == (peer, 4)


def test_a_long_cut_breaks_the_connection_until_it_heals() -> None:
    """Both sides see the end, and the client comes back as another peer, only after the cut."""
    net = network()
    server, client, peer = pair(net)
    net.cut("s", "c")
    net.advance(net.now + 2.1)
    assert server.send(peer, 1).outcome is Outcome.GONE
    assert client.send(SERVER, 1).outcome is Outcome.FULL
    net.advance(net.now + 60.0)
    assert client.send(SERVER, 1).outcome is Outcome.FULL
    net.heal("s", "c")
    assert meet(net, server, client) != peer


def test_a_cut_that_was_healed_and_made_again_breaks_nothing_early() -> None:
    """Each cut has its own time until it breaks connections."""
    net = network()
    server, client, peer = pair(net)
    start = net.now
    net.cut("c", "s")
    net.advance(start + 1.0)
    net.heal("c", "s")
    net.advance(start + 1.5)
    net.cut("c", "s")
    net.advance(start + 3.0)
    assert server.send(peer, 1).outcome is Outcome.SENT
    net.advance(start + 3.6)
    assert server.send(peer, 1).outcome is Outcome.GONE
    assert client.send(SERVER, 1).outcome is Outcome.FULL


def test_a_cut_between_other_hosts_changes_nothing() -> None:
    """Partitions are between the hosts named."""
    net = network()
    server, client, _ = pair(net)
    net.cut("c", "elsewhere")
    client.send(SERVER, 1)
    settle(net)
    assert headers(server) == [1]


def test_a_cut_between_two_nodes_leaves_their_neighbours_alone() -> None:
    """One link of a host is lost and comes back; the others of the same two hosts go on."""
    net = network()
    server = net.bind("server", host="s", node="server0")
    one, other = (net.connect("server", host="c", node=name) for name in ("client0", "client1"))
    peers = [meet(net, server, client) for client in (one, other)]
    net.cut("client0", "server0")
    one.send(SERVER, 1)
    other.send(SERVER, 2)
    server.send(peers[0], 3)
    net.advance(net.now + 1.0)
    assert (headers(server), headers(one)) == ([2], [3])
    net.advance(net.now + 2.0)
    assert [server.send(peer, 4).outcome for peer in peers] == [Outcome.GONE, Outcome.SENT]
    net.heal("client0", "server0")
    assert meet(net, server, one) not in peers


def haunted() -> tuple[Net, End, End]:
    """Return a network that keeps what a client sent, for a second, with server and client; all has arrived once."""
    net = network(Faults(late_s=(1.0, 1.0)))
    server, client = net.bind("server", host="s", node="server0"), net.connect("server", host="c", node="client0")
    meet(net, server, client)
    pixels = bytearray(b"pixels")
    net.faults.haunt = 1.0
    client.send(SERVER, 7, pixels)
    net.faults.haunt = 0.0
    net.advance(net.now + 0.1)
    pixels[:] = b"others"
    assert headers(server) == [7]
    return net, server, client


def test_a_kept_message_comes_over_the_living_connection() -> None:
    """It is as it was when it was sent, and nobody's memory is read for it."""
    net, server, client = haunted()
    peer = meet(net, server, client)
    net.advance(net.now + 1.0)
    inbound = server.receive()
    assert inbound is not None
    assert (inbound.peer, inbound.header, bytes(inbound.payload or b"")) == (peer, 7, b"pixels")
    assert net.haunted == 1


def test_a_kept_message_comes_over_the_connection_of_the_senders_next_life() -> None:
    """The receiver cannot tell by its peer that it is an old one."""
    net, server, client = haunted()
    client.crash()
    again = net.connect("server", host="c", node="client0")
    peer = meet(net, server, again)
    net.advance(net.now + 1.0)
    inbound = server.receive()
    assert inbound is not None
    assert (inbound.peer, inbound.header) == (peer, 7)


def test_a_kept_message_reaches_the_receivers_next_life() -> None:
    """Nobody but the network remembers who it was for; without a connection it comes from a stranger."""
    net, server, client = haunted()
    server.crash()
    client.crash()
    again = net.bind("server", host="s", node="server0")
    net.advance(net.now + 1.0)
    inbound = again.receive()
    assert inbound is not None
    assert inbound.header == 7
    assert again.send(inbound.peer, 8).outcome is Outcome.GONE


def test_a_kept_answer_reaches_the_clients_next_life() -> None:
    """As if its server had just said it; where the client has no connection, it is lost."""
    net = network(Faults(late_s=(1.0, 1.0), reconnect_s=(0.0, 0.1)))
    server, client = net.bind("server", host="s", node="server0"), net.connect("server", host="c", node="client0")
    peer = meet(net, server, client)
    net.faults.haunt = 1.0
    server.send(peer, 7)
    net.faults.haunt = 0.0
    client.crash()
    again = net.connect("server", host="c", node="client0")
    meet(net, server, again)
    net.advance(net.now + 1.0)
    assert [(inbound.peer, inbound.header) for inbound in [again.receive()] if inbound] == [(SERVER, 7)]
    net.faults.haunt = 1.0
    again.send(SERVER, 8)
    net.faults.haunt = 0.0
    server.crash()
    before = net.haunted
    settle(net)
    assert net.haunted == before


def test_a_crash_is_noticed_a_little_later() -> None:
    """A send right after a crash succeeds and is lost; then the peer is gone."""
    net = network(Faults(notice_s=0.002))
    server, client, peer = pair(net)
    client.crash()
    assert server.send(peer, 1).outcome is Outcome.SENT
    net.advance(net.now + 0.002)
    assert server.send(peer, 2).outcome is Outcome.GONE
    settle(net)
    assert headers(client) == []


def test_a_crash_loses_some_of_what_was_under_way() -> None:
    """The last words of a crashed process may be lost, or not."""
    net = network()
    server, client, _ = pair(net)
    for i in range(200):
        client.send(SERVER, i)
    client.crash()
    settle(net)
    found = headers(server)
    assert 0 < len(found) < 200
    assert found == sorted(found)


def test_a_close_with_linger_delivers_what_was_under_way() -> None:
    """Who leaves in order loses nothing it said."""
    net = network()
    server, client, _ = pair(net)
    for i in range(20):
        client.send(SERVER, i)
    client.close(linger_s=1.0)
    settle(net)
    assert headers(server) == list(range(20))


def test_mail_in_a_crashed_endpoint_is_gone() -> None:
    """What had arrived and was not read dies with its reader, and a new server does not get it."""
    net = network()
    server, client, _ = pair(net)
    client.send(SERVER, 1)
    net.advance(net.now + 0.01)
    server.crash()
    assert server.receive() is None
    net.advance(net.now + net.faults.notice_s)
    again = net.bind("server", host="s")
    meet(net, again, client)
    assert headers(again) == []


def test_a_message_to_a_rebound_address_does_not_reach_the_new_endpoint() -> None:
    """What was under way to the old incarnation vanishes."""
    net = network(Faults(latency_s=(1.0, 1.0)))
    server, client, _ = pair(net)
    client.send(SERVER, 1)
    server.crash()
    again = net.bind("server", host="s")
    net.advance(net.now + 1.0)
    assert headers(again) == []


def test_an_address_has_one_owner_at_a_time() -> None:
    """Binding twice is an error, binding again after a crash is not."""
    net = network()
    first = net.bind("server")
    with pytest.raises(NetworkError, match="in use"):
        net.bind("server")
    first.crash()
    assert net.bind("server").is_open


def test_a_closed_client_stays_away() -> None:
    """Nobody reconnects for a process that has ended."""
    net = network()
    server, client, peer = pair(net)
    server.crash()
    client.close()
    again = net.bind("server")
    settle(net)
    assert again.send(peer, 1).outcome is Outcome.GONE
    assert repr(client) == "MemoryEndpoint(server on 'c', closed, 0 peers)"
    assert repr(again) == "MemoryEndpoint(server on '', open, 0 peers)"


@given(
    seed=st.integers(0, 2**32),
    plan=st.lists(st.sampled_from(["send", "answer", "crash", "rebind", "cut", "heal", "step", "long"]), max_size=60),
)
@settings(max_examples=80, deadline=None)
def test_whatever_happens_the_network_recovers(seed: int, plan: list[str]) -> None:
    """After any history, a bound server and an open client find each other, and every receipt is done."""
    net = network(Faults(drop=0.1, duplicate=0.1, reorder=0.1), seed)
    server, client = net.bind("server", host="s"), net.connect("server", host="c")
    receipts, peer = [], b"nobody"
    for act in plan:
        if act == "send":
            receipts.append(client.send(SERVER, 1, b"x"))
        elif act == "answer":
            receipts.append(server.send(peer, 1, b"x"))
        elif act == "crash":
            server.crash()
        elif act == "rebind" and not server.is_open:
            server = net.bind("server", host="s")
        elif act in {"cut", "heal"}:
            getattr(net, act)("c", "s")
        net.advance(net.now + {"step": 0.001, "long": 2.5}.get(act, 0.0))
        inbound = server.receive()
        peer = inbound.peer if inbound else peer
    net.heal("c", "s")
    net.faults.drop = 0.0
    server.crash()
    server = net.bind("server", host="s")
    settle(net)
    assert client.send(SERVER, 99).outcome is Outcome.SENT
    settle(net)
    assert 99 in headers(server)
    assert all(r.done() for r in receipts)

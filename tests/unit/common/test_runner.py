"""The loop, with a core that follows a script and real sockets on loopback."""
# ruff: noqa: ARG001, ARG002, ARG005, D102 - the shams have the signatures and the meaning of Core and Edge

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from common import limits
from common.actions import Finish, Notice, Send, Slot
from common.exits import Exit
from common.mailbox import Mailbox
from common.messages import Beat, Message, Refuse, Stats
from common.runner import Runner
from common.transport import SERVER, Inbound, Outcome, Receipt
from common.wire import encode
from common.zmq_transport import ZmqEndpoint, ZmqTransport

PATIENCE_S = 10.0


class Do(str):
    """An action for the edge."""

    __slots__ = ()


Action = Send | Notice | Finish | Do


class ScriptedCore:
    """Answers events with the actions that a test put down for them, and notes every event."""

    def __init__(self, answers: dict[str, list[Action]] | None = None, deadline: float = float("inf")) -> None:
        self.answers = answers or {}
        self.events: list[str] = []
        self.payloads: list[bytes] = []
        self.next = deadline

    def _answer(self, event: str) -> list[Action]:
        self.events.append(event)
        return self.answers.get(event, [])

    def start(self, now: float) -> list[Action]:
        return self._answer("start")

    def receive(self, link: str, peer: bytes, message: Message, payload: memoryview | None, now: float) -> list[Action]:
        if payload is not None:
            self.payloads.append(bytes(payload))
        return self._answer(f"{link} {message[0]}")

    def garbage(self, link: str, peer: bytes, code: str, now: float) -> list[Action]:
        return self._answer(f"{link} garbage {code}")

    def send_failed(self, send: Send, outcome: Outcome, now: float) -> list[Action]:
        return self._answer(f"{send.link} {outcome.value}")

    def tick(self, now: float) -> list[Action]:
        self.next = float("inf")
        return self._answer("tick")

    def flush(self, now: float) -> list[Action]:
        return []

    def deadline(self) -> float:
        return self.next

    def interrupt(self, now: float) -> list[Action]:
        return self._answer("interrupt")

    def check(self) -> None:
        """Nothing to assert."""


class NotingEdge:
    """Notes what it is asked for; `Do("reply X")` has the core answer with `Do("X")`."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.items: list[str] = []
        self.closed = 0
        self.on_item: Callable[[str], list[Action]] = lambda _: []

    def perform(self, action: Action, now: float) -> list[Action]:
        self.done.append(str(action))
        word, _, rest = str(action).partition(" ")
        return [Do(rest)] if word == "reply" else []

    def handle(self, items: list[str], now: float) -> list[Action]:
        self.items.extend(items)
        return [action for item in items for action in self.on_item(item)]

    def close(self) -> None:
        self.closed += 1


class Bench:
    """A runner with a bound link "work" and a client that is connected to it."""

    def __init__(self) -> None:
        self.transport = ZmqTransport()
        self.peers = ZmqTransport()
        self.server = self.transport.bind("tcp://127.0.0.1:*", max_message_bytes=4096, queue_messages=100)
        self.client = self.peers.connect(self.server.address, max_message_bytes=4096, queue_messages=100)
        self.mailbox: Mailbox[str] = Mailbox()
        self.edge = NotingEdge()
        self.said: list[str] = []
        self.sent: list[tuple[Send, Receipt]] = []

    def runner(self, core: ScriptedCore, *, slots: bytes | None = None) -> Runner[Action, str]:
        """The runner, whose slots are single bytes of `slots`."""
        return Runner[Action, str](
            core,
            self.transport,
            {"work": self.server},
            self.mailbox,
            self.edge,
            payload=None if slots is None else lambda slot: slots[slot.number : slot.number + 1],
            on_send=lambda send, receipt: self.sent.append((send, receipt)),
            speak=lambda notice: self.said.append(f"{notice.level}: {notice.text}"),
        )

    def put(self, header: bytes, payload: bytes | None = None) -> None:
        """Send from the client; the connection may still be under way."""
        for _ in range(int(PATIENCE_S * 1000)):
            if self.client.send(SERVER, header, payload).outcome is Outcome.SENT:
                return
            self.peers.wait(0.001)
        pytest.fail("the client was never connected")

    def got(self) -> tuple[bytes, bytes | None]:
        """The next message that the client receives."""
        assert self.peers.wait(PATIENCE_S)
        inbound = self.client.receive()
        assert inbound is not None
        return inbound.header, None if inbound.payload is None else bytes(inbound.payload)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Both ends of a connection that is about to be."""
    made = Bench()
    yield made
    made.peers.close()
    made.transport.close()
    made.mailbox.close()


@contextmanager
def running(runner: Runner[Action, str]) -> Iterator[None]:
    """Run it in a thread, and wait for its end."""
    thread = threading.Thread(target=runner.run)
    thread.start()
    yield
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_a_message_reaches_the_core_and_its_answers_are_performed_in_order(bench: Bench) -> None:
    """What a core returns is done one after the other, and what follows from an action comes after its siblings."""
    answers: list[Action] = [Do("reply last"), Do("first"), Notice("info", "heard"), Do("second")]
    core = ScriptedCore({"work 1": answers, "work 2": [Finish(Exit.OK)]})
    bench.put(encode(Beat(1)))
    bench.put(encode(Beat(2)))
    assert bench.runner(core).run() == Finish(Exit.OK)
    assert core.events == ["start", "work 1", "work 2"]
    assert bench.edge.done == ["reply last", "first", "second", "last"]
    assert bench.said == ["info: heard"]


def test_a_payload_arrives_with_its_message(bench: Bench) -> None:
    """The payload's bytes are handed to the core next to the header."""
    core = ScriptedCore({"work 3": [Finish(Exit.OK)]})
    bench.put(encode(Stats(3)), b"{}")
    bench.runner(core).run()
    assert core.payloads == [b"{}"]


def test_bytes_that_are_no_message_are_counted_by_their_code(bench: Bench) -> None:
    """Garbage, and messages of too many parts, never reach `receive`."""
    core = ScriptedCore({"work garbage parts": [Finish(Exit.OK)]})
    bench.put(b"\xc1")
    bench.put(encode(Beat(1)), b"a payload that a beat may not have")
    bench.client._socket.send_multipart([b"one", b"two", b"three"])
    bench.runner(core).run()
    assert core.events == ["start", "work garbage msgpack", "work garbage payload", "work garbage parts"]


def test_a_send_reaches_the_peer_with_a_payload_from_a_slot(bench: Bench) -> None:
    """A slot's number becomes the slot's bytes, and the edge is told of the receipt."""
    core = ScriptedCore()
    runner = bench.runner(core, slots=b"abc")
    peers: list[bytes] = []

    def answer(peer: bytes) -> list[Action]:
        peers.append(peer)
        return [Send("work", peer, Refuse(0, "full", "no"), Slot(1)), Finish(Exit.OK)]

    core.receive = lambda link, peer, message, payload, now: answer(peer)  # type: ignore[method-assign]
    bench.put(encode(Beat(1)))
    with running(runner):
        assert bench.got() == (encode(Refuse(0, "full", "no")), b"b")
    assert [receipt.outcome for _, receipt in bench.sent] == [Outcome.SENT]


def test_a_send_to_nobody_is_told_to_the_core(bench: Bench) -> None:
    """A peer that is gone makes `send_failed`, whose answers are performed too."""
    core = ScriptedCore(
        {"start": [Send("work", b"nobody", Beat(1)), Do("sibling")], "work gone": [Do("repair"), Finish(Exit.OK)]}
    )
    bench.runner(core).run()
    assert core.events == ["start", "work gone"]
    assert bench.edge.done == ["sibling", "repair"]


def test_what_a_peer_said_before_it_went_is_heard_before_it_counts_as_gone(bench: Bench) -> None:
    """A worker that has said goodbye is none that crashed, also where a message to it fails before that is read."""
    bench.put(encode(Beat(1)))
    bench.put(encode(Beat(2)))
    assert bench.transport.wait(PATIENCE_S)
    first = bench.server.receive()
    assert first is not None
    bench.peers.close(PATIENCE_S)
    for _ in range(int(PATIENCE_S * 1000)):
        if bench.server.send(first.peer, b"", None).outcome is Outcome.GONE:
            break
        bench.transport.wait(0.001)
    core = ScriptedCore({"start": [Send("work", first.peer, Beat(3))], "work gone": [Finish(Exit.OK)]})
    bench.runner(core).run()
    assert core.events == ["start", "work 2", "work gone"]


def test_a_link_may_be_added_while_it_runs(bench: Bench) -> None:
    """A message on an endpoint that came later is received under its own name."""
    core = ScriptedCore({"start": [Do("connect")], "other 9": [Finish(Exit.OK)]})
    runner = bench.runner(core)
    second = bench.transport.bind("tcp://127.0.0.1:*", max_message_bytes=4096, queue_messages=100)
    runner.add_link("other", second)
    client = bench.peers.connect(second.address, max_message_bytes=4096, queue_messages=100)
    bench.client, first = client, bench.client
    bench.put(encode(Beat(9)))
    bench.client = first
    assert runner.run().code is Exit.OK


def test_the_mailbox_wakes_the_loop(bench: Bench) -> None:
    """What a thread of the edge leaves is handed to the edge, and the core's answer is performed."""
    core = ScriptedCore()
    bench.edge.on_item = lambda item: [Do(item), Finish(Exit.OK)]
    thread = threading.Thread(target=lambda: bench.mailbox.put("ready"))
    thread.start()
    bench.runner(core).run()
    thread.join()
    assert bench.edge.done == ["ready"]


def test_the_core_is_ticked_when_its_deadline_passes(bench: Bench) -> None:
    """A deadline in the past is a tick in the next turn."""
    core = ScriptedCore({"tick": [Finish(Exit.TIMEOUT, "nobody came")]}, deadline=0.0)
    assert bench.runner(core).run().code is Exit.TIMEOUT
    assert core.events == ["start", "tick"]
    assert bench.said == ["error: nobody came"]


def test_what_follows_from_a_turn_is_asked_for_once_and_until_it_is_nothing(bench: Bench) -> None:
    """After all messages of a turn; what the core learns as its conclusions are drawn may lead to more."""
    core = ScriptedCore({"work 2": [Do("heard")]})
    follows: list[list[Action]] = [[Do("first")], [Do("second")], []]

    def flush(now: float) -> list[Action]:
        if "work 2" not in core.events:
            return []
        core.events.append("flush")
        return follows.pop(0) if follows else [Finish(Exit.OK)]

    core.flush = flush  # type: ignore[method-assign]
    bench.put(encode(Beat(1)))
    bench.put(encode(Beat(2)))
    bench.runner(core).run()
    assert core.events == ["start", "work 1", "work 2", *["flush"] * 4]
    assert bench.edge.done == ["heard", "first", "second"]


def test_actions_after_the_end_are_not_performed(bench: Bench) -> None:
    """Finish is the last action."""
    core = ScriptedCore({"start": [Finish(Exit.OK), Do("too late")]})
    bench.runner(core).run()
    assert bench.edge.done == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_an_interrupt_and_the_handlers_come_back(bench: Bench, number: int) -> None:
    """Both signals ask the core to end, twice if sent twice, and afterwards do what they did before."""
    core = ScriptedCore({"start": [Do("ready")]})
    before = signal.getsignal(number)
    core.answers["interrupt"] = []
    bench.edge.on_item = lambda _: [Finish(Exit.INTERRUPTED)]

    def perform(action: Action, now: float) -> list[Action]:
        os.kill(os.getpid(), number)
        return []

    bench.edge.perform = perform  # type: ignore[method-assign]
    original = core.interrupt

    def interrupt(now: float) -> list[Action]:
        if "interrupt" in core.events:
            core.answers["interrupt"] = [Finish(Exit.INTERRUPTED)]
        else:
            os.kill(os.getpid(), number)
        return original(now)

    core.interrupt = interrupt  # type: ignore[method-assign]
    assert bench.runner(core).run().code is Exit.INTERRUPTED
    assert core.events == ["start", "interrupt", "interrupt"]
    assert signal.getsignal(number) is before


def test_a_thread_may_interrupt_a_runner_without_signals(bench: Bench) -> None:
    """Run elsewhere than in the main thread, it leaves signals alone and can still be told to end."""
    core = ScriptedCore({"interrupt": [Finish(Exit.INTERRUPTED)]})
    runner = bench.runner(core)
    before = signal.getsignal(signal.SIGINT)
    ended: list[Finish] = []
    thread = threading.Thread(target=lambda: ended.append(runner.run()))
    thread.start()
    runner.interrupt()
    thread.join(PATIENCE_S)
    assert [finish.code for finish in ended] == [Exit.INTERRUPTED]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_defect_of_the_core_passes_through_and_everything_is_closed(bench: Bench) -> None:
    """No exception is swallowed, and none keeps a thread or a socket alive."""
    core = ScriptedCore({"start": [Send("work", b"x", Beat(1), Slot(0))]})
    with pytest.raises(TypeError, match="without slots"):
        bench.runner(core).run()
    assert bench.edge.closed == 1
    assert bench.mailbox.fileno() == -1
    assert "closed" in repr(bench.server)


def test_an_interrupt_that_was_held_back_ends_it_with_everything_closed(bench: Bench) -> None:
    """It comes when the runner is responsible, and not before."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.runner(ScriptedCore({})).run(interrupt)
    assert bench.edge.closed == 1


def test_the_last_messages_leave_before_the_process_does(bench: Bench) -> None:
    """What was sent just before the end still arrives."""
    core = ScriptedCore()

    def answer(peer: bytes) -> list[Action]:
        return [*(Send("work", peer, Beat(number)) for number in range(1, 51)), Finish(Exit.OK)]

    core.receive = lambda link, peer, message, payload, now: answer(peer)  # type: ignore[method-assign]
    bench.put(encode(Beat(1)))
    with running(bench.runner(core)):
        assert [bench.got()[0] for _ in range(50)] == [encode(Beat(number)) for number in range(1, 51)]


def test_an_endpoint_that_floods_does_not_starve_the_rest() -> None:
    """A turn takes a bounded number of messages from one endpoint."""

    class Flood:
        refused = 0
        taken = 0

        def receive(self) -> object:
            self.taken += 1
            return Inbound(b"p", encode(Beat(1)))

    flood = Flood()
    transport, mailbox, edge = ZmqTransport(), Mailbox[str](), NotingEdge()
    core = ScriptedCore({"tick": [Finish(Exit.OK)]}, deadline=0.0)
    endpoints: dict[str, ZmqEndpoint] = {"work": flood}  # type: ignore[dict-item]
    Runner[Action, str](core, transport, endpoints, mailbox, edge, speak=lambda _: None).run()
    assert core.events[-1] == "tick"
    assert 0 < flood.taken < limits.WINDOW_MAX_FRAMES

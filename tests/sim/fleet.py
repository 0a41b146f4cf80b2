"""A whole fleet in one process, on a virtual clock: every history is decided by a script and a seed.

Real cores over `common.memory_transport`, with message objects in place of bytes. Cores are checked as they
go, and the oracle is told what happened in the world. What this file does not know: what a core decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Final
from unittest.mock import patch

from common import limits
from common.exits import Exit
from common.memory_faults import Faults
from common.memory_transport import MemoryEndpoint, MemoryNetwork
from common.messages import Message, ShmOfferFields
from tests.sim.asker import Asker
from tests.sim.clock import HostClock
from tests.sim.collector_node import CollectorNode
from tests.sim.doings import arm, do
from tests.sim.faults import Fault
from tests.sim.node import Node
from tests.sim.oracle import BrokenPromiseError, Ledger
from tests.sim.producer_node import ProducerNode
from tests.sim.script import HOSTS, Script, StreamPlan
from tests.sim.worker_node import WorkerNode
from tests.sim.world import LIMITS, Disk, Segment, collector_address, model_of, producer_address

DEADLINE_S: Final = 60.0
"""By then every history has come to its end."""
EVENTS_MAX: Final = 200_000
DISMISSED: Final = 0.9
"""The share of workers that do not have to wait for their timeout: it takes long, and nothing happens."""
RESPAWN_S: Final = 0.2
"""How long a supervisor takes to start a process again."""


_NEVER: Final = float("inf")
_EARLY: Final = {Exit.TIMEOUT, Exit.INTERRUPTED}
"""How a collector ends that leaves streams open."""


class Fleet:
    """One history.

    Args:
        seed: of everything that the script leaves open.
        script: who takes part, and what goes wrong.
        tell: keep a story of all that happens, for people.

    Attributes:
        now: virtual seconds.
        events: how many have happened.
        told: answers that somebody got who asked.
        segments: shared memory that can be attached.
        caches: model files that each host has.
        clocks: of each host.
        disks: of each collector.
        stragglers: workers that are slow for the whole history, and by which factor.
        traps: nodes that are to die as soon as they are in a state.
        happened: how often each kind of fault was done, and each state died in.
    """

    def __init__(self, seed: int, script: Script, *, tell: bool = False) -> None:
        self.script: Final = script
        self.rng: Final = Random(seed)
        self.network: Final[MemoryNetwork[Message]] = MemoryNetwork(Random(seed + 1), Faults())
        self.ledger: Final = Ledger(script)
        self.poison: Final = frozenset(script.poison)
        self.faulty: Final = frozenset(script.faulty)
        self.model: Final = model_of(script.model_bytes)
        self.segments: Final[dict[ShmOfferFields, tuple[Node, Segment]]] = {}
        self.caches: Final[dict[str, set[bytes]]] = {host: set() for host in HOSTS}
        clocks = Random(seed + 2)
        self.clocks: Final = {host: HostClock.some(clocks) for host in HOSTS}
        self.disks: Final = [Disk() for _ in script.collectors]
        self.stragglers: Final[dict[str, float]] = {}
        self.traps: Final[dict[str, Fault]] = {}
        self.happened: Final[Counter[str]] = Counter()
        self.story: list[str] | None = [] if tell else None
        self.now = 0.0
        self.events = 0
        self.told = 0
        self._spoil = script.bad_store
        self._nodes: dict[str, Node] = {}
        self._owners: dict[MemoryEndpoint[Message], Node] = {}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = 0
        self._ids = 0
        self._plan()

    def run(self) -> None:
        """Run to the end, and assert that it is a good one.

        Raises:
            AssertionError: a promise was broken; `story`, where it is kept, says how.
        """
        with patch.dict(vars(limits), {**LIMITS, "PICTURES_DEFAULT_BYTES": self.script.room_bytes}):
            while self._step():
                pass
        self.ledger.verify(self._deserted())
        self._verify_codes()

    def at(self, at: float, event: Callable[[], None]) -> None:
        """Let something happen at a time."""
        self._serial += 1
        heappush(self._heap, (at, self._serial, event))

    def bind(self, node: Node, address: str) -> MemoryEndpoint[Message]:
        """Open an endpoint of a node."""
        endpoint = self.network.bind(address, host=node.host, node=node.name)
        self._owners[endpoint] = node
        return endpoint

    def connect(self, node: Node, address: str) -> MemoryEndpoint[Message]:
        """Open an endpoint of a node that connects."""
        endpoint = self.network.connect(address, host=node.host, node=node.name)
        self._owners[endpoint] = node
        return endpoint

    def new_id(self) -> int:
        """A session number that no other session has."""
        self._ids += 1
        return self._ids << 32 | self.rng.getrandbits(32)

    def spoil_store(self) -> bool:
        """Whether a model file that was just stored is found wrong: once, if the script wants it."""
        spoil, self._spoil = self._spoil, False
        return spoil

    def die(self, node: Node) -> None:
        """Let a process crash of what it does, and a supervisor start it again."""
        self.ledger.poisoned.add(node.instance)
        self.crash(node)
        self.respawn(node)

    def crash(self, node: Node) -> None:
        """Let a process die."""
        self.tell(node.name, "CRASHES", "")
        self.ledger.die(node.instance)
        node.crash()

    def living(self, name: str) -> Node | None:
        """The process of that name, if it lives."""
        node = self._nodes.get(name)
        return node if node is not None and node.alive else None

    def respawn(self, node: Node, delay_s: float = RESPAWN_S) -> None:
        """Start a process again after a while, if it is still wanted by then."""
        self.at(self.now + delay_s, lambda: self._start(node.name, again=True))

    def finished(self, node: Node) -> None:
        """Take note that a process ended for good; collectors of several producers stay until the last of them has."""
        if isinstance(node, ProducerNode):
            self.at(self.now + RESPAWN_S, self._release_collectors)
        if not isinstance(node, WorkerNode):
            self.at(self.now + RESPAWN_S, self._dismiss_workers)

    def producers_of(self, collector: int) -> int:
        """How many producers send to a collector."""
        return sum(plan.collector == collector for plan in self.script.producers)

    def tell(self, who: str, what: str, detail: object) -> None:
        """Keep a line of the story."""
        if self.story is not None:
            self.story.append(f"{self.now:9.4f} {who:11s} {what:12s} {detail}")

    def _plan(self) -> None:
        script = self.script
        starts = [(f"collector{n}", plan.start_s) for n, plan in enumerate(script.collectors)]
        starts += [(f"producer{n}", plan.start_s) for n, plan in enumerate(script.producers)]
        starts += [(f"worker{n}", plan.start_s) for n, plan in enumerate(script.workers)]
        for name, start_s in starts:
            self.at(start_s, partial(self._start, name))
        for fault in script.faults:
            self.at(fault.at, partial(self._do, fault))
        for at in script.asks:
            self.at(at, self._ask)

    def _ask(self) -> None:
        """Have somebody ask whoever may be there."""
        for index in range(len(self.script.producers)):
            Asker(self, producer_address(index))
        for index in range(len(self.script.collectors)):
            Asker(self, collector_address(index))

    def _do(self, fault: Fault) -> None:
        self.tell("FAULT", fault.kind, fault)
        do(self, fault)

    def _start(self, name: str, *, again: bool = False) -> None:
        node = self._nodes.get(name)
        if node is not None and (node.alive or self._is_done(name)):
            return
        role, index = name.rstrip("0123456789"), int(name.lstrip("abcdefghijklmnopqrstuvwxyz"))
        if role == "collector":
            node = CollectorNode(self, index, self.script.collectors[index], self.disks[index], again=again)
        elif role == "producer":
            node = ProducerNode(self, index, self.script.producers[index], resume=again)
        else:
            node = WorkerNode(self, index, self.script.workers[index])
        self._nodes[name] = node
        arm(self, node)
        self.tell(name, "begins", "")
        node.start()

    def is_served(self, collector: int) -> bool:
        """Whether all producers of a collector have ended."""
        plans = enumerate(self.script.producers)
        return all(self._has_ended(f"producer{n}") for n, plan in plans if plan.collector == collector)

    def _release_collectors(self) -> None:
        for index in range(len(self.script.collectors)):
            if self.producers_of(index) > 1 and self.is_served(index):
                self._release(index)

    def _release(self, index: int) -> None:
        """Have the user end a collector, once no stream waits for its producer any more."""
        node = self._nodes.get(f"collector{index}")
        if not isinstance(node, CollectorNode) or node.finish is not None:
            return
        if node.alive and not node.has_work:
            node.later(0.0, lambda: node.call("interrupt", node.core.interrupt))
        else:
            self.at(self.now + RESPAWN_S, partial(self._release, index))

    def _dismiss_workers(self) -> None:
        """Have the user end most workers that missed their producers' goodbye; the others may wait in vain."""
        roles = [name for name in self._nodes if not name.startswith("worker")]
        for node in self._nodes.values():
            if isinstance(node, WorkerNode) and all(map(self._has_ended, roles)) and self.rng.random() < DISMISSED:
                node.later(0.0, partial(node.call, "interrupt", node.core.interrupt))

    def _is_done(self, name: str) -> bool:
        """Whether nobody needs the process any more."""
        if name.startswith("worker"):
            return all(self._has_ended(f"producer{n}") for n in range(len(self.script.producers)))
        return self._has_ended(name)

    def _has_ended(self, name: str) -> bool:
        node = self._nodes.get(name)
        if node is None or (isinstance(node, CollectorNode) and node.is_halted):
            return False
        return node.finish is not None or (name.startswith("producer") and int(name[8:]) in self.ledger.abandoned)

    def _next_at(self) -> float:
        """When something happens next: on the network, in the world, or at a core's own wish."""
        delivery = self.network.next_delivery()
        at = _NEVER if delivery is None else delivery
        if self._heap and self._heap[0][0] < at:
            at = self._heap[0][0]
        for node in self._nodes.values():
            if node.deadline < at and not node.frozen:
                at = node.deadline
        return at

    def _step(self) -> bool:
        """Go on to the next thing that happens, and let it; False where nothing does any more."""
        at = self._next_at()
        if at > DEADLINE_S or self.events > EVENTS_MAX:
            alive = [name for name, node in self._nodes.items() if node.alive]
            if alive or at < _NEVER:
                raise BrokenPromiseError(f"no end by {self.now:.3f} s, after {self.events} events: {alive} still run")
            return False
        now = self.now = max(self.now, at)
        self.events += 1
        for endpoint in self.network.advance(now):
            self._owners[endpoint].read_mail()
        heap = self._heap
        while heap and heap[0][0] <= now:
            heappop(heap)[2]()
        for node in [node for node in self._nodes.values() if node.deadline <= now]:
            if node.deadline <= now and not node.frozen:
                node.wake()
        for node in [node for node in self._nodes.values() if node.stirred and not node.frozen]:
            node.flush()
        return True

    def _streams_of(self, producer: int) -> list[StreamPlan]:
        return [stream for stream in self.script.streams if stream.producer == producer]

    def _deserted(self) -> set[int]:
        """Producers that are gone, and whose streams' collector waited in vain, or has forgotten them."""
        deserted = set()
        for index in self.ledger.abandoned | self.ledger.stopped | self.ledger.impatient:
            collector = self.script.producers[index].collector
            finish = self._nodes[f"collector{collector}"].finish
            if not self.script.collectors[collector].durable or finish is None or finish.code in _EARLY:
                deserted.add(index)
        return deserted

    def _verify_codes(self) -> None:
        for index, plan in enumerate(self.script.producers):
            node = self._nodes[f"producer{index}"]
            assert isinstance(node, ProducerNode), node
            if index in self.ledger.given_up or node.finish is None:
                continue
            streams = self._streams_of(index)
            complete = all(stream.ending == "complete" for stream in streams)
            unmade = any(stream.name in self.ledger.unmade for stream in streams)
            # Its collector may have ended with everything written, and its last word have been lost.
            good = {Exit.OK if complete else Exit.INCOMPLETE, Exit.TIMEOUT}
            if unmade:
                good.add(Exit.INCOMPLETE)
            if (
                unmade or not complete
            ) and node.resumes:  # a stream that ended incomplete is not taken up again in the same run
                good.add(Exit.REFUSED)
            if node.finish.code not in good:
                raise BrokenPromiseError(f"{node.name} (of collector{plan.collector}) finished with {node.finish}")

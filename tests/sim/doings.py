"""How each kind of fault is done to a simulated fleet, and what the oracle has to know of it.

A fault that finds nobody to hit does nothing. What this file does not know: when faults come, and how often.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from common import limits
from tests.sim.collector_node import CollectorNode
from tests.sim.faults import QUIET_AT_S, Fault
from tests.sim.producer_node import ProducerNode
from tests.sim.states import STATES, role_of
from tests.sim.worker_node import WorkerNode
from tests.sim.world import TIMEOUT_S

if TYPE_CHECKING:
    from tests.sim.fleet import Fleet
    from tests.sim.node import Node

_STUTTER: Final = 1.2
"""Periods of a node that freezes again and again, in the time that it is frozen: 2.5 s of every 3."""
_STRAGGLER_MAX_S: Final = 0.5
"""Mean service time of a worker that straggles, so that a history of it alone comes to its end."""


def do(fleet: Fleet, fault: Fault) -> None:
    """Let a fault happen."""
    fleet.happened[fault.kind] += 1
    DOINGS[fault.kind](fleet, fault)


def arm(fleet: Fleet, node: Node) -> None:
    """Set the trap of a node that is to die in some state, if there is one for it."""
    fault = fleet.traps.get(node.name)
    node.trap = None if fault is None else partial(_spring, fleet, fault, node)


def _crash(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if node is not None:
        fleet.crash(node)
        fleet.respawn(node, fault.for_s)


def _crash_in(fleet: Fleet, fault: Fault) -> None:
    fleet.traps[fault.target] = fault
    node = fleet.living(fault.target)
    if node is not None:
        arm(fleet, node)


def _spring(fleet: Fleet, fault: Fault, node: Node) -> None:
    """Have a node die if it is in the state that is waited for."""
    role = role_of(fault.target)
    if not node.alive or fleet.now > QUIET_AT_S or not STATES[role][fault.state].is_in(node):
        return
    del fleet.traps[fault.target]
    node.trap = None
    fleet.happened[f"{role} {fault.state}"] += 1
    _crash(fleet, fault)


def _vanish(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if node is not None:
        fleet.crash(node)
        index = int(fault.target.removeprefix("producer"))
        fleet.ledger.abandoned.add(index)
        fleet.ledger.may_owe_originals(index, TIMEOUT_S)  # for so long at least its collector waits
        fleet.finished(node)


def _interrupt(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if node is not None:
        node.later(0.0, lambda: node.call("interrupt", node.core.interrupt))


def _halt(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if isinstance(node, CollectorNode):
        node.back_after_s = fault.for_s
        _interrupt(fleet, fault)


def _stop(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if node is not None:
        index = int(fault.target.removeprefix("producer"))
        grace_s = 0.0 if index in fleet.ledger.stopped else 0.99 * limits.DRAIN_S  # its clock may be a fast one
        fleet.ledger.stopped.add(index)
        fleet.ledger.may_owe_originals(index, fleet.now + grace_s)
        _interrupt(fleet, fault)


def _freeze(fleet: Fleet, fault: Fault) -> None:
    _still(fleet, fault.target, fault.for_s)


def _stutter(fleet: Fleet, fault: Fault) -> None:
    """Freeze the process that has the name again and again, its later lives as well."""
    period_s = _STUTTER * fault.value
    for number in range(1 + int(fault.for_s / period_s)):
        fleet.at(fleet.now + number * period_s, partial(_still, fleet, fault.target, fault.value))


def _still(fleet: Fleet, name: str, for_s: float) -> None:
    node = fleet.living(name)
    if node is not None:
        fleet.ledger.silences = True
        node.freeze(for_s)


def _leap(fleet: Fleet, fault: Fault) -> None:
    """Let the clock of a process go on later: what it waits for already may take it longer than its patience."""
    node = fleet.living(fault.target)
    if node is None:
        return
    ledger, index = fleet.ledger, int(fault.target.lstrip("abcdefghijklmnopqrstuvwxyz"))
    ledger.silences = True
    if isinstance(node, WorkerNode):
        node.blame_what_runs()
    elif isinstance(node, ProducerNode):
        if node.is_waiting:
            ledger.impatient.add(index)
        if index in ledger.impatient | ledger.stopped:
            ledger.may_owe_originals(index, fleet.now)
    elif isinstance(node, CollectorNode):
        for producer in node.awaited():
            ledger.impatient.add(producer)
            ledger.may_owe_originals(producer, fleet.now)
    node.leap(fault.value)


def _cut(fleet: Fleet, fault: Fault) -> None:
    fleet.ledger.silences = True
    one, both, other = fault.target.partition("<>")
    if not both:
        one, _, other = fault.target.partition(">")
    for route in ((one, other), (other, one)) if both else ((one, other),):
        fleet.network.cut(*route)
        fleet.at(fleet.now + fault.for_s, partial(fleet.network.heal, *route))


def _weather(fleet: Fleet, fault: Fault) -> None:
    fleet.ledger.silences = fleet.ledger.silences or fault.kind == "drop"
    setattr(fleet.network.faults, fault.kind, fault.value)
    fleet.at(fleet.now + fault.for_s, lambda: setattr(fleet.network.faults, fault.kind, 0.0))


def _full(fleet: Fleet, fault: Fault) -> None:
    disk = fleet.disks[int(fault.target.removeprefix("collector"))]
    disk.full_until = max(disk.full_until, fleet.now + fault.for_s)


def _slow(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if isinstance(node, WorkerNode):
        node.slowness = fault.value
        fleet.at(fleet.now + fault.for_s, lambda: setattr(node, "slowness", fleet.stragglers.get(node.name, 1.0)))


def _straggle(fleet: Fleet, fault: Fault) -> None:
    """Make a worker slow for the whole history, whatever becomes of its process."""
    plan = fleet.script.workers[int(fault.target.removeprefix("worker"))]
    fleet.stragglers[fault.target] = max(1.0, min(fault.value, _STRAGGLER_MAX_S / plan.service_s))
    node = fleet.living(fault.target)
    if isinstance(node, WorkerNode):
        node.slowness = fleet.stragglers[fault.target]


def _error(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if isinstance(node, WorkerNode):
        node.errors = int(fault.value)


def _hang(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if isinstance(node, WorkerNode):
        node.hangs = int(fault.value)


def _lose(fleet: Fleet, fault: Fault) -> None:
    node = fleet.living(fault.target)
    if isinstance(node, WorkerNode):
        node.lost = True


DOINGS: Final[dict[str, Callable[[Fleet, Fault], None]]] = {
    "crash": _crash,
    "crash_in": _crash_in,
    "vanish": _vanish,
    "drain": _interrupt,
    "halt": _halt,
    "stop": _stop,
    "freeze": _freeze,
    "stutter": _stutter,
    "leap": _leap,
    "cut": _cut,
    "drop": _weather,
    "duplicate": _weather,
    "reorder": _weather,
    "haunt": _weather,
    "full": _full,
    "slow": _slow,
    "straggle": _straggle,
    "error": _error,
    "hang": _hang,
    "lose": _lose,
}

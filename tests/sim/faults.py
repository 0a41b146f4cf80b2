"""What can go wrong in a simulated history: the kinds of faults, how often each is, whom it hits, how long, how hard.

One draw of a kind may make several faults, each of which can be left out of a script without the others. All are over
before `QUIET_AT_S`. What this file does not know: how a fault is done (doings.py), and what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Final, NamedTuple

from tests.sim.states import STATES, role_of

QUIET_AT_S: Final = 8.0
"""From here on nothing goes wrong any more, and every history must come to its end."""


class Fault(NamedTuple):
    """One thing that goes wrong.

    Attributes:
        at: virtual seconds.
        kind: one of `doings.DOINGS`.
        target: a node's name, or `from>to`, or `one<>other`, of two hosts or of two nodes.
        for_s: how long it lasts, or how long the node stays away.
        value: a chance, a factor, a count or seconds.
        state: what a node is waited for to be in, see `states.STATES`.
    """

    at: float
    kind: str
    target: str = ""
    for_s: float = 0.0
    value: float = 0.0
    state: str = ""


class Cast(NamedTuple):
    """Who takes part: names of nodes, and the pairs of them that talk to each other."""

    producers: tuple[str, ...]
    workers: tuple[str, ...]
    collectors: tuple[str, ...]
    links: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, collector_of: tuple[int, ...], workers: int, collectors: int) -> Cast:
        """Name them, given each producer's collector."""
        producers = tuple(f"producer{n}" for n in range(len(collector_of)))
        names = tuple(f"worker{n}" for n in range(workers))
        places = tuple(f"collector{n}" for n in range(collectors))
        links = [(producer, places[collector_of[n]]) for n, producer in enumerate(producers)]
        links += [(worker, other) for worker in names for other in (*producers, *places)]
        return cls(producers, names, places, tuple(links))

    def some(self, rng: Random, target: str) -> str:
        """One of a group; a target that is no group is itself."""
        groups = {
            "producer": self.producers,
            "worker": self.workers,
            "collector": self.collectors,
            "any": (*self.workers, *self.workers, *self.producers, *self.collectors),
            "routes": _ROUTES,
        }
        return rng.choice(groups.get(target) or (target,))


def draw(rng: Random, cast: Cast) -> list[Fault]:
    """Draw the faults of one history."""
    kinds = rng.choices(list(_KINDS), [kind.weight for kind in _KINDS.values()], k=rng.choice((0, 1, 1, 1, 2, 2, 3)))
    return [fault for name in kinds for fault in _make(rng, name, cast)]


class _Kind(NamedTuple):
    """How often a kind of fault is, whom it hits, how long it lasts (at least, and up to so much more), how hard."""

    weight: float
    target: str = ""
    for_s: tuple[float, float] = (0.0, 0.0)
    values: tuple[float, ...] = (0.0,)
    more: Callable[[Random, Fault, Cast], Iterator[Fault]] | None = None
    """What is made of it where it is not one fault as it stands."""


def _make(rng: Random, name: str, cast: Cast) -> Iterator[Fault]:
    kind = _KINDS[name]
    at = round(rng.random() * rng.choice((0.2, 0.6, 2.0)), 4)
    target = cast.some(rng, kind.target)
    least, more = kind.for_s
    for_s = round(least + more * rng.random() ** 2, 3)
    fault = Fault(at, name, target, for_s, rng.choice(kind.values))
    yield from (fault,) if kind.more is None else kind.more(rng, fault, cast)


def _swizzle(rng: Random, fault: Fault, cast: Cast) -> Iterator[Fault]:
    """Links are cut one by one, at random times, and healed in another order."""
    links = rng.sample(cast.links, rng.randint(min(2, len(cast.links)), len(cast.links)))
    for one, other in links:
        cut_at = fault.at + fault.for_s / 2 * rng.random()
        healed_at = fault.at + fault.for_s / 2 * (1 + rng.random())
        arrow = rng.choice(("<>", "<>", ">"))
        yield Fault(round(cut_at, 4), "cut", f"{one}{arrow}{other}", round(healed_at - cut_at, 3))


def _crash_in(rng: Random, fault: Fault, _cast: Cast) -> Iterator[Fault]:
    """A node dies as soon as it is in a state; what leads to that state goes along."""
    name = rng.choice(list(STATES[role_of(fault.target)]))
    fault = fault._replace(at=fault.at if rng.random() < _LATER else 0.0, state=name)
    yield fault
    for kind, target, for_s, value in STATES[role_of(fault.target)][name].company:
        at = round(fault.at + 0.3 * rng.random(), 4)
        yield Fault(at, kind, target or fault.target, for_s, value)


def _full(rng: Random, fault: Fault, cast: Cast) -> Iterator[Fault]:
    """A disk takes nothing; in some histories its collector, or a producer, dies before it does again."""
    yield fault
    if rng.random() < _DIES_IN_IT:
        at = round(fault.at + fault.for_s * rng.random(), 4)
        yield Fault(at, "crash", rng.choice((fault.target, cast.some(rng, "producer"))), round(rng.random(), 3))


def _haunt(rng: Random, fault: Fault, cast: Cast) -> Iterator[Fault]:
    """Messages come again long after; mostly somebody has begun a new life by then."""
    yield fault
    if rng.random() < _REBORN:
        at = round(fault.at + 0.5 * rng.random(), 4)
        yield Fault(at, "crash", cast.some(rng, rng.choice(("collector", "any"))), round(0.05 + 0.3 * rng.random(), 3))


_LATER: Final = 0.3
_REBORN: Final = 0.7
_DIES_IN_IT: Final = 0.4
_ROUTES: Final = ("h0>h1", "h1>h0", "h0<>h1")
_CHANCES: Final = (0.05, 0.2, 0.5)
_KINDS: Final = {
    "crash": _Kind(0.30, "any", (0.05, 1.5)),
    "crash_in": _Kind(0.25, "any", (0.05, 1.0), more=_crash_in),
    "freeze": _Kind(0.10, "any", (0.1, 2.5)),
    "stutter": _Kind(0.04, "any", (0.5, 3.0), (0.2, 1.2, 2.5)),
    "leap": _Kind(0.07, "any", values=(0.5, 1.5, 5.0, 30.0)),
    "cut": _Kind(0.12, "routes", (0.05, 3.0)),
    "swizzle": _Kind(0.06, "", (0.3, 4.0), more=_swizzle),
    "drop": _Kind(0.05, "", (0.1, 1.0), _CHANCES),
    "duplicate": _Kind(0.05, "", (0.1, 1.0), _CHANCES),
    "reorder": _Kind(0.05, "", (0.1, 1.0), _CHANCES),
    "haunt": _Kind(0.07, "", (0.2, 2.0), (0.02, 0.1, 0.3), _haunt),
    "full": _Kind(0.05, "collector", (0.1, 3.0), more=_full),
    "slow": _Kind(0.06, "worker", (0.2, 1.0), (10.0, 50.0)),
    "straggle": _Kind(0.04, "worker", values=(20.0, 30.0, 50.0)),
    "error": _Kind(0.06, "worker", values=(1, 2, 3, 4)),
    "hang": _Kind(0.02, "worker", values=(1,)),
    "lose": _Kind(0.03, "worker"),
    "drain": _Kind(0.05, "worker"),
    "halt": _Kind(0.03, "collector", (0.1, 0.5)),
    "stop": _Kind(0.03, "producer"),
    "vanish": _Kind(0.02, "producer"),
}

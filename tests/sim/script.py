"""What a simulated history consists of: a fleet, its streams, and an explicit list of faults, made from a seed.

A script is a plain value whose `repr` is its source text, so a reduced one can be pasted into a test. All faults are
over before `QUIET_AT_S`. What this file does not know: cores, and how a fault is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

QUIET_AT_S: Final = 6.0
"""From here on nothing goes wrong any more, and every history must come to its end."""

HOSTS: Final = ("h0", "h1")


class Fault(NamedTuple):
    """One thing that goes wrong.

    Attributes:
        at: virtual seconds.
        kind: one of `Fleet`'s `_fault_<kind>`.
        target: a node's name, or `from>to` of two hosts.
        for_s: how long it lasts, or how long the node stays away; negative: for good.
        value: a chance, a factor or a count.
    """

    at: float
    kind: str
    target: str = ""
    for_s: float = 0.0
    value: float = 0.0


class StreamPlan(NamedTuple):
    """A source: `frames` frames, one each `pace_s` (0: as fast as slots are lent)."""

    name: str
    producer: int
    frames: int
    pace_s: float = 0.0
    ending: str = "complete"


class ProducerPlan(NamedTuple):
    """A producer: where it runs, to which collector it sends, and how many frames it keeps unsettled."""

    host: str = "h0"
    collector: int = 0
    window: int = 8
    shm: bool = True
    start_s: float = 0.0


class WorkerPlan(NamedTuple):
    """A worker, which serves all producers."""

    host: str = "h0"
    requests: int = 2
    service_s: float = 0.01
    start_s: float = 0.0


class CollectorPlan(NamedTuple):
    """A collector; `write_s` is how long its disk takes for a batch of rows."""

    host: str = "h0"
    write_s: float = 0.001
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    """One history. `poison` are (stream, seq) that kill the worker that begins them."""

    producers: tuple[ProducerPlan, ...]
    workers: tuple[WorkerPlan, ...]
    collectors: tuple[CollectorPlan, ...]
    streams: tuple[StreamPlan, ...]
    faults: tuple[Fault, ...] = ()
    poison: tuple[tuple[str, int], ...] = ()
    model_bytes: int = 100
    bad_store: bool = False


def generate(seed: int) -> Script:
    """Make the script of a seed; the same for ever."""
    rng = Random(seed)
    collectors = tuple(
        CollectorPlan(rng.choice(HOSTS), rng.choice((0.0, 0.001, 0.01)), _start(rng))
        for _ in range(2 if rng.random() < 0.15 else 1)
    )
    producers = tuple(
        ProducerPlan(
            "h0",
            rng.randrange(len(collectors)),
            rng.choice((2, 4, 8, 16)),
            rng.random() < 0.7,
            _start(rng),
        )
        for _ in range(2 if rng.random() < 0.3 else 1)
    )
    workers = tuple(
        WorkerPlan(rng.choice(HOSTS), rng.randint(1, 3), rng.choice((0.002, 0.01, 0.04)), _start(rng))
        for _ in range(rng.randint(1, 3))
    )
    streams = _streams(rng, len(producers))
    poison = _poison(rng, streams)
    faults = tuple(sorted(_faults(rng, len(producers), len(workers), len(collectors))))
    model_bytes = 600_000 if rng.random() < 0.03 else 100
    return Script(producers, workers, collectors, streams, faults, poison, model_bytes, rng.random() < 0.1)


def _start(rng: Random) -> float:
    return round(rng.random() * 0.3, 3) if rng.random() < 0.3 else 0.0


def _streams(rng: Random, producers: int) -> tuple[StreamPlan, ...]:
    plans = []
    for producer in range(producers):
        for _ in range(2 if rng.random() < 0.3 else 1):
            pace_s = rng.choice((0.0, 0.005, 0.03))
            ending = "incomplete" if rng.random() < 0.1 else "complete"
            plans.append(StreamPlan(f"s{len(plans)}", producer, rng.randint(8, 24), pace_s, ending))
    if rng.random() < 0.03:
        plans[0] = plans[0]._replace(frames=0)
    return tuple(plans)


def _poison(rng: Random, streams: tuple[StreamPlan, ...]) -> tuple[tuple[str, int], ...]:
    if rng.random() >= 0.05:
        return ()
    stream = rng.choice(streams)
    return ((stream.name, rng.randrange(stream.frames)),) if stream.frames else ()


def _faults(rng: Random, producers: int, workers: int, collectors: int) -> list[Fault]:
    nodes = [f"worker{n}" for n in range(workers)] * 2
    nodes += [f"producer{n}" for n in range(producers)] + [f"collector{n}" for n in range(collectors)]
    return [_fault(rng, nodes, workers, producers) for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4)))]


def _fault(rng: Random, nodes: list[str], workers: int, producers: int) -> Fault:
    at = round(rng.random() * rng.choice((0.2, 0.6, 2.0)), 4)
    worker = f"worker{rng.randrange(workers)}"
    chance = rng.random()
    if chance < 0.30:
        return Fault(at, "crash", rng.choice(nodes), round(0.05 + 1.5 * rng.random() ** 2, 3))
    if chance < 0.42:
        return Fault(at, "freeze", rng.choice(nodes), round(0.1 + 2.5 * rng.random() ** 2, 3))
    if chance < 0.57:
        route = rng.choice(("h0>h1", "h1>h0", "h0<>h1"))
        return Fault(at, "cut", route, round(0.05 + 3.0 * rng.random() ** 2, 3))
    if chance < 0.75:
        kind = rng.choice(("drop", "duplicate", "reorder"))
        return Fault(at, kind, "", round(0.1 + rng.random(), 3), rng.choice((0.05, 0.2, 0.5)))
    if chance < 0.82:
        return Fault(at, "slow", worker, round(0.2 + rng.random(), 3), rng.choice((10.0, 50.0)))
    if chance < 0.88:
        return Fault(at, "error", worker, 0.0, rng.randint(1, 4))
    if chance < 0.90:
        return Fault(at, "hang", worker, 0.0, 1)
    if chance < 0.96:
        return Fault(at, "drain", worker, round(0.1 + 0.5 * rng.random(), 3))
    target = f"producer{rng.randrange(producers)}"
    return Fault(at, "stop", target) if rng.random() < 0.6 else Fault(at, "crash", target, -1.0)

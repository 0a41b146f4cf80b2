"""What a simulated history consists of: a fleet, its streams, and an explicit list of faults, made from a seed.

A script is a plain value whose `repr` is its source text, so a reduced one can be pasted into a test.
What this file does not know: cores, and which faults there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final, NamedTuple

from common import limits
from producer.inline import Sending
from tests.sim.faults import Cast, Fault, draw

HOSTS: Final = ("h0", "h1")

DRAWN: Final = 0.33
"""The share of histories whose collectors draw."""
LIVE: Final = 0.2
"""The share of histories whose sources do not wait."""
POLICIES: Final = ("freshest", "freshest", "max-age=0.02", "max-age=0.5")
_WAITS: Final = 0.5
"""The share of a producer's streams, but for its first, whose sources wait beside such."""
_MOSTLY: Final = 0.93
_DIES: Final = 0.3
"""The share of drawn histories in which a producer dies for it, at some time."""
_DIES_SHOWN: Final = 0.3
"""The share in which one dies when its collector has originals of frames that are not written."""
_LONG: Final = 0.01
"""The share of histories in which a stream is long enough for service times to be known, and for hedges."""
_FRAMES: Final = (4, 9)
"""As much as a window and some more: what goes wrong does so to the frames that are under way."""
_FRAMES_MAX: Final = 40
_LONG_FRAMES: Final = (30, _FRAMES_MAX)
_POISONED: Final = 0.07
_FAULTY: Final = 0.04
_PICTURE_BYTES: Final = (100, 100, 100, 100, 100, 100, 4_700, 14_000)
"""Of one, two and four pieces, as long as those are here: `world.LIMITS`."""
_DRAWING_S: Final = 0.1
"""For a batch of rows, where that is slow."""
_TIGHT_BYTES: Final = 6_000
"""Less than two originals of two pieces."""

ASKED: Final = 0.1
"""The share of histories in which somebody asks."""
BROKEN: Final = 0.1
"""The share of histories in which frames have no pixels."""
_ASKS_WITHIN_S: Final = 3.0


class StreamPlan(NamedTuple):
    """A source: `frames` frames, one each `pace_s` (0: as fast as slots are lent); of `large` ones two are kept.

    Attributes:
        waits: whether its source waits, whatever the policy of its producer's others.
    """

    name: str
    producer: int
    frames: int
    pace_s: float = 0.0
    ending: str = "complete"
    large: bool = False
    waits: bool = False


class ProducerPlan(NamedTuple):
    """A producer: where it runs, to which collector it sends, and how many frames it keeps unsettled.

    Attributes:
        picture_bytes: of an original that is sent.
        unencoded, unmade: the chance that an original cannot be encoded, or that there is no room for a stream's.
        policy: as `--policy`, of those of its streams whose sources do not wait.
        patience_ms: how long news of its frames may wait for company.
        sending: as `producer.inline.Sending`: how its frames go to workers that share no memory.
        unpacked: the chance that a frame has no JPEG file.
    """

    host: str = "h0"
    collector: int = 0
    window: int = 8
    shm: bool = True
    start_s: float = 0.0
    picture_bytes: int = 100
    unencoded: float = 0.0
    unmade: float = 0.0
    policy: str = "lossless"
    patience_ms: int = 0
    sending: Sending = "raw"
    unpacked: float = 0.0


class WorkerPlan(NamedTuple):
    """A worker, which serves all producers."""

    host: str = "h0"
    requests: int = 2
    service_s: float = 0.01
    start_s: float = 0.0


class CollectorPlan(NamedTuple):
    """A collector; `write_s` is how long its disk takes for a batch of rows. Without `durable` it forgets all.

    Attributes:
        draws, draws_again: whether it wants originals, at first and after a restart.
        unattached: the chance that memory of its own host cannot be mapped.
    """

    host: str = "h0"
    write_s: float = 0.001
    start_s: float = 0.0
    durable: bool = True
    draws: bool = False
    draws_again: bool = False
    unattached: float = 0.0


@dataclass(frozen=True, slots=True)
class Script:
    """One history.

    Attributes:
        poison: (stream, seq) of frames that kill the worker that begins them.
        faulty: (stream, seq) of frames on which every engine fails.
        broken: (stream, seq) of frames that have no pixels.
        asks: when somebody asks every role how it is.
        room_bytes: for the originals of all streams, at a producer and at a collector.
    """

    producers: tuple[ProducerPlan, ...]
    workers: tuple[WorkerPlan, ...]
    collectors: tuple[CollectorPlan, ...]
    streams: tuple[StreamPlan, ...]
    faults: tuple[Fault, ...] = ()
    poison: tuple[tuple[str, int], ...] = ()
    model_bytes: int = 100
    bad_store: bool = False
    room_bytes: int = limits.PICTURES_DEFAULT_BYTES
    faulty: tuple[tuple[str, int], ...] = ()
    asks: tuple[float, ...] = ()
    broken: tuple[tuple[str, int], ...] = ()


def generate(seed: int) -> Script:
    """Make the script of a seed; the same for ever."""
    rng = Random(seed)
    several = 2 if rng.random() < 0.25 else 1
    collectors = tuple(
        CollectorPlan(rng.choice(HOSTS), rng.choice((0.0, 0.001, 0.01)), _start(rng), rng.random() < 0.85)
        for _ in range(several if rng.random() < 0.4 else 1)
    )
    producers = tuple(
        ProducerPlan("h0", n % len(collectors), rng.choice((2, 4, 8, 16)), rng.random() < 0.7, _start(rng))
        for n in range(several)
    )
    workers = tuple(
        WorkerPlan(rng.choice(HOSTS), rng.randint(1, 3), rng.choice((0.002, 0.01, 0.04)), _start(rng))
        for _ in range(rng.choice((1, 1, 2, 2, 3)))
    )
    streams = _streams(rng, len(producers))
    poison, faulty = _bad_frames(rng, streams)
    faults = draw(rng, Cast.of(tuple(plan.collector for plan in producers), len(workers), len(collectors)))
    if len(poison) > 1:  # while innocent workers die as well
        faults.append(Fault(round(rng.random(), 4), "crash", f"worker{rng.randrange(len(workers))}", 0.2))
    model_bytes = 600_000 if rng.random() < 0.03 else 100
    bad_store = rng.random() < 0.1
    if rng.random() < _LONG or any(fault.state == "hedged" for fault in faults):
        streams = (streams[0]._replace(frames=rng.randint(*_LONG_FRAMES)), *streams[1:])
    script = Script(
        producers, workers, collectors, streams, tuple(sorted(faults)), poison, model_bytes, bad_store, faulty=faulty
    )
    script = _drawn(rng, script) if rng.random() < DRAWN else script
    script = _live(rng, script) if rng.random() < LIVE else script
    script = _mixed(Random(-1 - seed), script)
    script = _patient(Random(f"patience {seed}"), script)
    script = _packed(Random(f"wire {seed}"), script)
    script = replace(script, asks=_asks(rng)) if rng.random() < ASKED else script
    return replace(script, broken=_broken(rng, script)) if rng.random() < BROKEN else script


def _patient(rng: Random, script: Script) -> Script:
    """The same with producers that can wait, up to as long as anybody may say."""
    plans = (plan._replace(patience_ms=rng.choice((0, 25, 25, 200, 1000))) for plan in script.producers)
    return replace(script, producers=tuple(plans))


def _packed(rng: Random, script: Script) -> Script:
    """The same with producers that send JPEG files, or try both, to workers that share no memory with them."""
    sendings: tuple[Sending, ...] = ("raw", "raw", "jpeg", "auto")
    plans = (
        plan._replace(sending=rng.choice(sendings), unpacked=rng.choice((0.0, 0.0, 0.3))) for plan in script.producers
    )
    return replace(script, producers=tuple(plans))


def _drawn(rng: Random, script: Script) -> Script:
    """The same history, with collectors that draw."""
    collectors = tuple(
        plan._replace(
            write_s=rng.choice((plan.write_s, plan.write_s, _DRAWING_S)),
            draws=rng.random() < _MOSTLY,
            draws_again=rng.random() < _MOSTLY,
            unattached=rng.choice((0, 0, 0, 0.5)),
        )
        for plan in script.collectors
    )
    producers = tuple(
        plan._replace(
            picture_bytes=rng.choice(_PICTURE_BYTES),
            unencoded=rng.choice((0, 0, 0, 0.2, 0.5)),
            unmade=0.5 if rng.random() < 0.1 else 0.0,
        )
        for plan in script.producers
    )
    streams = tuple(plan._replace(large=rng.random() < 0.1) for plan in script.streams)
    room_bytes = rng.choice((_TIGHT_BYTES, limits.PICTURES_DEFAULT_BYTES))
    faults = script.faults
    chance = rng.random()
    if chance < _DIES + _DIES_SHOWN:  # with rows on their way, and originals that die with it
        death = Fault(round(0.1 + 0.7 * rng.random(), 4), "crash", "producer0", round(0.05 + rng.random() ** 2, 3))
        if chance >= _DIES:  # and whose successors cannot always be had
            death = death._replace(at=round(0.3 * rng.random() ** 2, 4), kind="crash_in", state="shown")
            producers = (producers[0]._replace(unencoded=0.5), *producers[1:])
        faults = tuple(sorted((*faults, death)))
    return replace(
        script, producers=producers, collectors=collectors, streams=streams, faults=faults, room_bytes=room_bytes
    )


def _live(rng: Random, script: Script) -> Script:
    """The same history, with sources that do not wait, so that frames are dropped."""
    producers = tuple(plan._replace(policy=rng.choice(POLICIES)) for plan in script.producers)
    streams = tuple(
        plan._replace(pace_s=rng.choice((0.001, 0.005, 0.03)), frames=min(plan.frames * 2, _FRAMES_MAX))
        for plan in script.streams
    )
    return replace(script, producers=producers, streams=streams)


def _mixed(rng: Random, script: Script) -> Script:
    """The same history, with sources that wait beside others of their producer that do not."""
    first = {plan.producer: plan.name for plan in reversed(script.streams)}
    streams = tuple(
        plan._replace(waits=plan.name != first[plan.producer] and rng.random() < _WAITS) for plan in script.streams
    )
    return replace(script, streams=streams)


def _broken(rng: Random, script: Script) -> tuple[tuple[str, int], ...]:
    """Frames without pixels, some of them in a row; none that is bad otherwise."""
    share = rng.choice((0.1, 0.3, 1.0))
    frames = [(stream.name, seq) for stream in script.streams for seq in range(stream.frames)]
    bad = {*script.poison, *script.faulty}
    return tuple(frame for frame in frames if frame not in bad and rng.random() < share)


def _asks(rng: Random) -> tuple[float, ...]:
    return tuple(sorted(round(_ASKS_WITHIN_S * rng.random() ** 2, 3) for _ in range(rng.randint(1, 6))))


def _start(rng: Random) -> float:
    return round(rng.random() * 0.3, 3) if rng.random() < 0.3 else 0.0


def _streams(rng: Random, producers: int) -> tuple[StreamPlan, ...]:
    plans: list[StreamPlan] = []
    for producer in range(producers):
        for _ in range(2 if rng.random() < 0.25 else 1):
            pace_s = rng.choice((0.0, 0.005, 0.03))
            ending = "incomplete" if rng.random() < 0.1 else "complete"
            plans.append(StreamPlan(f"s{len(plans)}", producer, rng.randint(*_FRAMES), pace_s, ending))
    if rng.random() < 0.03:
        plans[0] = plans[0]._replace(frames=0)
    return tuple(plans)


def _bad_frames(
    rng: Random, streams: tuple[StreamPlan, ...]
) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    """Frames that kill workers, and others on which engines fail; in most histories there are none."""
    frames = [(stream.name, seq) for stream in streams for seq in range(stream.frames)]
    poison = rng.choice((1, 1, 2, 3, 4)) if rng.random() < _POISONED else 0
    faulty = rng.choice((1, 2)) if rng.random() < _FAULTY else 0
    if len(frames) < poison + faulty:
        return (), ()
    bad = rng.sample(frames, poison + faulty)
    return tuple(sorted(bad[:poison])), tuple(sorted(bad[poison:]))

"""What asking costs a producer: the time to make and send an answer, by workers and frames under way.

    python bench/status.py

One core is enough. Figures are microseconds of one answer, the best of many; the rest of a quarter of a second costs
nothing, however many ask.
"""

from __future__ import annotations

import itertools
import time
from fractions import Fraction

from common import limits
from common import messages as m
from common.job import InputSpec, JobDocument, OutputSpec
from common.rows import StreamHeader
from producer.core import ProducerCore
from producer.settings import ProducerSettings

JOB = JobDocument(
    "scripted", "m", (), InputSpec("image", 4, 2, "bgr", "BGR", "stretch"), OutputSpec("scripted", "", 0, (), 0.5)
)
CREDIT = 4
SERVED = 200
REPEATS = 50


def fleet(workers: int, streams: int) -> tuple[ProducerCore, float]:
    """A producer whose workers are all at work, and the time."""
    headers = tuple(StreamHeader(f"s{i}", 4, 2, Fraction(1, 30), Fraction(30), 9) for i in range(streams))
    window = min(limits.WINDOW_MAX_FRAMES, max(workers * CREDIT, 2 * streams))
    core = ProducerCore(
        ProducerSettings("p", JOB, "tcp://h:1", headers, window), bytes(16), itertools.count(1).__next__
    )
    now = 100.0
    core.start(now)
    core.receive("collector", b"", m.Welcome(7, bytes(16), b"", "", None, 0), None, now)
    slots = itertools.count()
    for header in headers:
        core.receive("collector", b"", m.Opened(7, header.name, 1, 0, False), None, now)  # noqa: FBT003
    for number in range(workers):
        peer = b"%d" % number
        hello = m.Hello(m.PROTOCOL, "worker", f"w{number}", number.to_bytes(16, "big"), b"", ())
        core.receive("work", peer, hello, None, now)
    for member in core.fleet.registry:
        core.receive("work", member.peer, m.Credit(member.id, "ready", CREDIT, 0, b""), None, now)
        for sample in range(SERVED):
            core.fleet.dispatcher.served(member.id, 0.001 * (sample + 1))
            core.fleet.rates[member.id].add(now + sample / 1000)
    for header in headers:
        for _ in range(core.slots.size(header.name)):
            core.captured(header.name, next(slots), 0, (4, 2), (0.0, 0.0), now)
    return core, now + 0.2


def main() -> None:
    """Measure and print."""
    print("workers  streams  unsettled  answer, us  bytes  again, us")
    for workers, streams in ((1, 1), (10, 1), (100, 1), (100, 100), (1024, 1024)):
        core, now = fleet(workers, streams)
        ask = m.Ask(m.PROTOCOL, 1, "")
        first, again, size = float("inf"), float("inf"), 0
        for repeat in range(REPEATS):
            at = now + repeat * limits.STATUS_EVERY_S
            began = time.perf_counter()
            (send,) = core.receive("work", b"a", ask, None, at)
            first = min(first, time.perf_counter() - began)
            began = time.perf_counter()
            core.receive("work", b"b", ask, None, at)
            again = min(again, time.perf_counter() - began)
            size = len(send.payload)  # type: ignore[union-attr, arg-type]
        print(
            f"{workers:7}  {streams:7}  {len(core.leases.frames):9}  {1e6 * first:10.0f}  {size:5}  {1e6 * again:9.1f}"
        )


if __name__ == "__main__":
    main()

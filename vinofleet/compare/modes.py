"""The ways to run a model over frames that are compared. Pure.

What this file does not know: how a mode does it (`vinofleet.compare.loops`), and what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["sync", "async", "queue", "fleet", "ceiling"]
Hint = Literal["latency", "throughput"]

KINDS: Final[tuple[Kind, ...]] = ("sync", "async", "queue", "fleet")
"""What `--modes` takes."""

QUEUE_REQUESTS: Final = 2
"""Of the queue with the latency hint, as in OpenVINO's notebook; with the throughput hint the device says how many."""

DOUBLED_FROM: Final = 4
"""Fleets of each size up to this, then of twice as many workers each time."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One way.

    Attributes:
        name: one of a kind, for people and in the JSON file.
        kind: what it is.
        hint: what the device is tuned for.
        workers: processes of a fleet that infer; 0 of what is one process.
    """

    name: str
    kind: Kind
    hint: Hint = "latency"
    workers: int = 0

    @property
    def has_rows(self) -> bool:
        """Whether it has a result a frame."""
        return self.kind != "ceiling"


CEILING: Final = Mode("inference only", "ceiling", "throughput")
"""No frames but one tensor, inferred again and again on all cores: what is left when everything else costs nothing."""


def modes_of(kinds: Sequence[str], workers: int) -> list[Mode]:
    """The modes of these kinds, each once, in the order of the notebook, then fleets of up to so many workers."""
    found = {
        "sync": [Mode("sync", "sync")],
        "async": [Mode("async", "async")],
        "queue": [Mode("queue-latency", "queue"), Mode("queue-throughput", "queue", "throughput")],
        "fleet": [Mode(f"fleet-{size}", "fleet", "throughput", size) for size in fleet_sizes(workers)],
    }
    return [mode for kind in KINDS if kind in kinds for mode in found[kind]]


def fleet_sizes(workers: int) -> list[int]:
    """1, 2, 3, 4, 8, 16 ... up to `workers`, and that."""
    sizes = list(range(1, min(workers, DOUBLED_FROM) + 1))
    while 2 * sizes[-1] < workers:
        sizes.append(2 * sizes[-1])
    return sizes if sizes[-1] == workers else [*sizes, workers]

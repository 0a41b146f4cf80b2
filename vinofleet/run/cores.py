"""Which cores each worker gets: parts of what this process may use, of the same size, none in two of them.

Two OpenVINO processes that both pin their threads to the same cores slow each other down many times over. What this
file does not know: what a worker does with its cores.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_TOPOLOGY: Final = Path("/sys/devices/system/cpu")


def usable_cores() -> list[int]:
    """The cores that this process may use, those that share a physical core next to each other."""
    if not hasattr(os, "sched_getaffinity"):
        return list(range(os.cpu_count() or 1))
    return sorted(os.sched_getaffinity(0), key=lambda core: (_first_sibling(core), core))


def shares(cores: Iterable[int], workers: int) -> list[frozenset[int]] | None:
    """Divide cores; the first workers get one more where they do not come out even. None if there are too few."""
    all_cores = list(cores)
    if workers > len(all_cores):
        return None
    each, more = divmod(len(all_cores), workers)
    sizes = [each + (number < more) for number in range(workers)]
    ends = [sum(sizes[: number + 1]) for number in range(workers)]
    return [frozenset(all_cores[end - size : end]) for size, end in zip(sizes, ends, strict=True)]


def _first_sibling(core: int) -> int:
    """The first of the cores that share a physical one with this; itself where the system does not tell."""
    try:
        text = (_TOPOLOGY / f"cpu{core}" / "topology" / "thread_siblings_list").read_text(encoding="ascii")
    except OSError:
        return core
    first = re.match(r"\d+", text)
    return int(first.group()) if first else core

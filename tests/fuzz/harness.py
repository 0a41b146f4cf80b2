"""What every fuzz test has in common: how many examples, how bytes are damaged, and how memory is watched."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

EXAMPLES: Final = int(os.environ.get("VINOFLEET_FUZZ_EXAMPLES", "300"))

fuzzed: Final = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
"""Put on each fuzz test: `VINOFLEET_FUZZ_EXAMPLES` hostile inputs."""

fuzzed_longer: Final = settings(fuzzed, max_examples=5 * EXAMPLES)
"""Put on those whose inputs are long stories: as many as ever are new."""

_CUTS: Final = st.tuples(st.integers(0, 2**16), st.integers(0, 2**16), st.binary(max_size=12))


def damaged(valid: SearchStrategy[bytes], cuts: int = 3) -> SearchStrategy[bytes]:
    """Valid bytes, or valid bytes with up to `cuts` stretches replaced by others."""
    return st.builds(_damage, valid, st.lists(_CUTS, max_size=cuts))


def _damage(data: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    for at, length, other in cuts:
        start = at % (len(data) + 1)
        stop = start + length % (min(len(data) - start, 40) + 1)
        data = data[:start] + other + data[stop:]
    return data


@contextmanager
def at_most(allowed_bytes: int) -> Iterator[None]:
    """Fail if the block allocates more at a time than it may."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= allowed_bytes, f"{peak} bytes were allocated, {allowed_bytes} are allowed"

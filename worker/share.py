"""How a worker shares itself out among its producers."""

from __future__ import annotations

from common import limits


def capacity(requests: int, producers: int) -> int:
    """Return how many frames each producer may have here at most.

    One more than can run, so that a request that ends finds its next frame; split evenly among the producers that are
    here, and never nothing. More credits than that only add latency.

    Args:
        requests: frames that the engine runs at a time.
        producers: producers with an open session, at least 1.
    """
    even = -(-(requests + 1) // producers)
    return min(limits.CREDITS_MAX, max(1, even))

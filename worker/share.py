"""How a worker shares itself out among its producers."""

from __future__ import annotations

from common import limits


def capacity(requests: int, producers: int, ahead: int = 1) -> int:
    """Return how many frames each producer may have here at most.

    One more than can run, so that a request that ends finds its next frame, or none more, so that no frame waits here
    for another; split evenly among the producers that are here, and never nothing. More credits only add latency.

    Args:
        requests: frames that the engine runs at a time.
        producers: producers with an open session, at least 1.
        ahead: frames beyond those.
    """
    even = -(-(requests + ahead) // producers)
    return min(limits.CREDITS_MAX, max(1, even))

"""How long a frame may take: leases and hedges follow the measured service time, not a constant.

Service is the time from handing a frame to a worker to hearing that it is done. Until there are enough samples the
lease is generous: first inferences are slow, and a lease that ends early only costs work.
"""

from __future__ import annotations

from typing import Final

from common import limits
from common.meter import Durations

SAMPLES_MIN: Final = 20
LEASE_INITIAL_S: Final = 10.0
_RECOUNT_EVERY: Final = 32
"""A percentile walks the histogram, so it is taken again only now and then."""


class ServiceTime:
    """The distribution of service times and what follows from it."""

    __slots__ = ("_durations", "hedge_s", "lease_s")

    def __init__(self) -> None:
        self._durations = Durations()
        self.lease_s = LEASE_INITIAL_S
        self.hedge_s = LEASE_INITIAL_S

    def __repr__(self) -> str:
        return f"ServiceTime({self._durations}, lease {self.lease_s:.2f} s, hedge {self.hedge_s:.2f} s)"

    @property
    def is_known(self) -> bool:
        """Whether there were enough; before that no frame can be said to be late."""
        return self._durations.count >= SAMPLES_MIN

    def quantiles(self, *shares: float) -> list[float]:
        """See `Durations.quantiles`, of the services so far."""
        return self._durations.quantiles(*shares)

    def add(self, seconds: float) -> None:
        """Count one service."""
        self._durations.add(seconds)
        count = self._durations.count
        if count >= SAMPLES_MIN and (count - SAMPLES_MIN) % _RECOUNT_EVERY == 0:
            p99 = self._durations.quantile(0.99)
            self.lease_s = max(limits.LEASE_MIN_S, limits.LEASE_OVER_P99 * p99)
            self.hedge_s = max(limits.HEDGE_MIN_S, limits.HEDGE_OVER_P99 * p99)

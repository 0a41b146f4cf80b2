"""Tests of producer.service: generous until measured, then multiples of the 99th percentile."""

from __future__ import annotations

import pytest

from common import limits
from producer.service import LEASE_INITIAL_S, SAMPLES_MIN, ServiceTime


def measured(seconds: float, samples: int) -> ServiceTime:
    """So many frames that took so long."""
    service = ServiceTime()
    for _ in range(samples):
        service.add(seconds)
    return service


def test_too_few_samples_say_nothing() -> None:
    """Lease and hedge stay at the generous start."""
    service = measured(0.01, SAMPLES_MIN - 1)
    assert service.lease_s == service.hedge_s == LEASE_INITIAL_S


def test_fast_service_meets_the_floors() -> None:
    """Neither a lease nor a hedge ends so early that ordinary jitter would end it."""
    service = measured(0.01, SAMPLES_MIN)
    assert (service.lease_s, service.hedge_s) == (limits.LEASE_MIN_S, limits.HEDGE_MIN_S)


def test_slow_service_is_followed() -> None:
    """Both are multiples of the measured percentile."""
    service = measured(3.0, SAMPLES_MIN)
    assert service.lease_s == pytest.approx(limits.LEASE_OVER_P99 * 3.0, rel=0.03)
    assert service.hedge_s == pytest.approx(limits.HEDGE_OVER_P99 * 3.0, rel=0.03)
    assert repr(service).startswith("ServiceTime(Durations(20, mean 3.0")


def test_the_percentile_is_taken_again_now_and_then() -> None:
    """A change of pace shows after some more samples, not at once."""
    service = measured(0.01, SAMPLES_MIN)
    for _ in range(31):
        service.add(3.0)
    assert service.lease_s == limits.LEASE_MIN_S
    service.add(3.0)
    assert service.lease_s == pytest.approx(limits.LEASE_OVER_P99 * 3.0, rel=0.03)

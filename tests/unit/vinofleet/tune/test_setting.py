"""Settings that are worth trying."""

from __future__ import annotations

import pytest

from common.params import Goal
from vinofleet.tune.setting import DEFAULTS, Setting, coarse, near

GOALS: list[Goal] = ["throughput", "latency"]


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("cores", [1, 2, 3, 64])
@pytest.mark.parametrize("is_cpu", [True, False])
def test_the_defaults_come_first_and_nothing_twice_or_impossible(goal: Goal, cores: int, is_cpu: bool) -> None:  # noqa: FBT001
    """All numbers are at least 1; a device that is not the CPU is told nothing of cores."""
    tried = coarse(goal, cores, is_cpu=is_cpu)
    assert tried[0] == DEFAULTS
    for setting in [*tried, *(each for one in tried for each in near(one, goal, cores, is_cpu=is_cpu))]:
        assert all(count >= 1 for count in setting.counts())
        assert setting.window is None or setting.window >= 2
        assert is_cpu or (setting.threads, setting.pin, setting.workers) == (None, None, None)
    assert len(set(tried)) == len(tried) > 2


def test_what_is_near_differs_in_one_respect() -> None:
    """And is never the same."""
    one = Setting(streams=2, nireq=4)
    for other in near(one, "throughput", 4, is_cpu=True):
        changed = {name for name in Setting.__dataclass_fields__ if getattr(one, name) != getattr(other, name)}
        assert len(changed) == 1, other


def test_a_setting_is_named_by_what_it_gives() -> None:
    """As one would say it."""
    assert str(DEFAULTS) == "defaults"
    assert str(Setting(workers=2, pin=False)) == "workers=2 no-pin"
    assert str(Setting(pin=True, hint="none")) == "hint=none pin"
    assert Setting(pin=False, nireq=3).given() == {"pin": False, "nireq": 3}
    assert Setting(pin=True, nireq=3).counts() == [3]

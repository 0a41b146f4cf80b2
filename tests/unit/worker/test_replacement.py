"""What comes after a worker that lost its device or hangs. That a process really begins anew is in tests/faults."""

from __future__ import annotations

import pytest

from common.exits import Exit
from worker.replacement import BACK_OFF_S, FRUITLESS, FRUITLESS_MAX, Succession, succession


@pytest.mark.parametrize("code", [Exit.OK, Exit.REFUSED, Exit.INTERRUPTED, Exit.INTERNAL, Exit.MODEL])
@pytest.mark.parametrize("worked", [True, False])
def test_who_leaves_for_another_reason_stays_away(code: Exit, worked: bool) -> None:  # noqa: FBT001
    """A successor too."""
    for environment in ({}, {FRUITLESS: "1"}):
        assert succession(code, environment, worked=worked) is None


def test_a_device_that_never_worked_is_the_users_to_mend() -> None:
    """A wrong --device; but one that was there before may come back."""
    assert succession(Exit.DEVICE, {}, worked=False) is None
    assert succession(Exit.DEVICE, {FRUITLESS: "0"}, worked=False) == Succession(2 * BACK_OFF_S, 1)


@pytest.mark.parametrize("code", [Exit.DEVICE, Exit.ENGINE_HUNG])
def test_who_has_worked_is_followed_soon(code: Exit) -> None:
    """However many before it had not."""
    for environment in ({}, {FRUITLESS: "4"}, {FRUITLESS: "nonsense"}):
        assert succession(code, environment, worked=True) == Succession(BACK_OFF_S, 0)


def test_five_in_a_row_without_a_frame_are_enough() -> None:
    """Each waits twice as long as the one before."""
    environment: dict[str, str] = {}
    delays = []
    while (follows := succession(Exit.ENGINE_HUNG, environment, worked=False)) is not None:
        delays.append(follows.delay_s)
        environment[FRUITLESS] = str(follows.fruitless)
    assert delays == [2 * BACK_OFF_S, 4 * BACK_OFF_S, 8 * BACK_OFF_S, 16 * BACK_OFF_S]
    assert len(delays) == FRUITLESS_MAX - 1

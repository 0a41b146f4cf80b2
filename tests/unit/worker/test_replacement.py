"""What comes after a worker that lost its device or hangs. That a process really begins anew is in tests/faults."""

from __future__ import annotations

import os
import signal

import pytest

from common import limits
from common.actions import Notice
from common.exits import Exit
from worker import replacement
from worker.replacement import (
    BACK_OFF_MAX_S,
    BACK_OFF_S,
    FRUITLESS,
    FRUITLESS_MAX,
    Succession,
    succession,
    take_over,
)


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


def test_eight_in_a_row_without_a_frame_are_enough() -> None:
    """Each waits twice as long as the one before, up to 8 s."""
    environment: dict[str, str] = {}
    delays = []
    while (follows := succession(Exit.ENGINE_HUNG, environment, worked=False)) is not None:
        delays.append(follows.delay_s)
        environment[FRUITLESS] = str(follows.fruitless)
    assert delays == [1.0, 2.0, 4.0, *[BACK_OFF_MAX_S] * 4]
    assert len(delays) == FRUITLESS_MAX - 1


def test_two_frames_that_hang_side_by_side_are_no_reason_to_give_up() -> None:
    """Once in company and three times alone each, with no frame finished before or in between."""
    environment: dict[str, str] = {}
    for _ in range(1 + 2 * limits.STRIKES_MAX):
        follows = succession(Exit.ENGINE_HUNG, environment, worked=False)
        assert follows is not None
        environment[FRUITLESS] = str(follows.fruitless)


def test_an_interpreter_that_is_gone_is_told_and_the_worker_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade while it ran: it ends with its code, as it would where nobody replaces it."""
    said: list[Notice] = []
    blocked: list[set[int]] = []

    def refuse(_path: str, _words: list[str]) -> None:
        blocked.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(os, "execv", refuse)
    monkeypatch.setattr(replacement, "BACK_OFF_S", 0.0)
    monkeypatch.setenv(FRUITLESS, "0")
    take_over(Exit.ENGINE_HUNG, said.append, worked=True)
    assert [notice.level for notice in said] == ["warning", "warning"]
    assert said[1].text.endswith("cannot be started again (No such file or directory): start the worker anew")
    assert signal.SIGINT in blocked[0], "a Ctrl-C waits until the next process can take it"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])

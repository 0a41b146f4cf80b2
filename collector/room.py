"""Waiting for room: a full disk is a state that passes, so the same step is tried again until there is some.

Guarantees that people are told once that it is waited for and once that it goes on, and that whoever wants to end gets
the failure itself, which says what to do. What this file does not know: threads, signals, and what the steps do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from common.actions import Notice
from common.errors import DiskFullError

T = TypeVar("T")

RETRY_S: Final = 1.0
"""How often is tried whether a full disk has room again."""


def insist(
    step: Callable[[], T], again: Callable[[], T], tell: Callable[[Notice], None], wait: Callable[[float], bool]
) -> T:
    """Take a step, and `again` each `RETRY_S` for as long as a disk is full and nobody wants to end.

    Args:
        step: the first try.
        again: how it goes on where it stopped.
        tell: hears that it is waited for, and that it goes on.
        wait: lets so many seconds pass, fewer where somebody wants to end: then it is True, and one more try is the
            last.

    Raises:
        DiskFullError: there is no room, and somebody wants to end.
        OutputError: it fails for another reason.
    """
    try:
        return step()
    except DiskFullError as error:
        tell(Notice("warning", f"{error.what}: the run waits until there is room"))
    while True:
        ending = wait(RETRY_S)
        try:
            result = again()
        except DiskFullError:
            if ending:
                raise
        else:
            tell(Notice("info", "there is room again: going on"))
            return result

"""Waiting for room: told once, tried again, ended by whoever wants to end."""

from __future__ import annotations

import pytest

from collector.room import RETRY_S, insist
from common.actions import Notice
from common.errors import DiskFullError, OutputError

FULL = DiskFullError("out.jsonl: no space left on the device", "make room")
WAITS = Notice("warning", "out.jsonl: no space left on the device: the run waits until there is room")
GOES_ON = Notice("info", "there is room again: going on")


class Disk:
    """Full so many times; or something else is wrong with it."""

    def __init__(self, *errors: OutputError) -> None:
        self.errors = list(errors)
        self.told: list[Notice] = []
        self.waits: list[float] = []

    def write(self) -> str:
        """A step."""
        if self.errors:
            raise self.errors.pop(0)
        return "written"

    def insist(self, ending_after: int = 100) -> str:
        """With somebody who wants to end after so many waits."""

        def wait(seconds: float) -> bool:
            self.waits.append(seconds)
            return len(self.waits) >= ending_after

        return insist(self.write, self.write, self.told.append, wait)


def test_where_there_is_room_nothing_is_said() -> None:
    """And nobody waits."""
    disk = Disk()
    assert disk.insist() == "written"
    assert (disk.told, disk.waits) == ([], [])


def test_a_full_disk_is_told_once_and_tried_again() -> None:
    """Until there is room."""
    disk = Disk(FULL, FULL, FULL)
    assert disk.insist() == "written"
    assert (disk.told, disk.waits) == ([WAITS, GOES_ON], [RETRY_S] * 3)


def test_who_wants_to_end_gets_one_more_try() -> None:
    """Which may work."""
    assert Disk(FULL, FULL).insist(ending_after=2) == "written"
    disk = Disk(FULL, FULL, FULL)
    with pytest.raises(DiskFullError):
        disk.insist(ending_after=2)
    assert disk.told == [WAITS]


def test_another_failure_is_none_that_passes() -> None:
    """At the first try and later."""
    for errors in ([OutputError("gone")], [FULL, OutputError("gone")]):
        with pytest.raises(OutputError, match="gone"):
            Disk(*errors).insist()

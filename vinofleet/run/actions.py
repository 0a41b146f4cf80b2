"""What a supervisor asks for, and what it is told of the end of a process.

What this file does not know: who decides, and how anything is done.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from common.actions import Finish, Notice
from common.exits import Exit


class Start(NamedTuple):
    """Start a role.

    Attributes:
        name: the role's.
        again: whether an earlier process of it had begun its work, which this one is to continue.
        restarts: how many processes of it there were before.
    """

    name: str
    again: bool
    restarts: int


class Interrupt(NamedTuple):
    """Ask a role to end, as Ctrl-C does."""

    name: str


class Kill(NamedTuple):
    """End a role that did not."""

    name: str


Action: TypeAlias = Start | Interrupt | Kill | Notice | Finish


class Death(NamedTuple):
    """How a process ended.

    Attributes:
        code: what it said by its exit code; None where a signal ended it, or where it says nothing.
        how: the same for a person: "SIGKILL", "exit code 1".
        text: its last words, one line; "" if it left without any.
        killed: whether it was SIGKILL: no defect of its own, but a person, or a system that is short of memory.
        asked: whether it was SIGTERM: somebody told it to leave before it was able to do so in order.
    """

    code: Exit | None
    how: str
    text: str = ""
    killed: bool = False
    asked: bool = False


class Outcome(NamedTuple):
    """How the run ends: an exit code, and the line that says why, "" where there is nothing to say."""

    code: Exit
    text: str

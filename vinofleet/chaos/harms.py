"""What each fault does, to whom, and how it is undone.

Guarantees that what was begun and lasts can be undone once, by `end` or by `undo_all`, which goes on where one undoing
fails. What this file does not know: when an act's time comes.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from common.errors import DiskFullError, VinofleetError
from vinofleet.chaos.connection import Way
from vinofleet.chaos.filler import Filler
from vinofleet.chaos.link import Link
from vinofleet.chaos.processes import GoneError, Hold, Victim
from vinofleet.chaos.proxy import Proxy
from vinofleet.chaos.schedule import OF_PROCESSES, Act, Fault

Undo: TypeAlias = Callable[[], None]
WAYS: Final[Sequence[tuple[Way, ...]]] = ((), (Way.TO_TARGET,), (Way.FROM_TARGET,))
"""What a stall may hold up: both ways, or one."""


class NobodyError(Exception):
    """There is nobody to whom it could be done now."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done.

    Attributes:
        to: whom or what, for a person.
        undo: takes it back; None where there is nothing to take back.
    """

    to: str
    undo: Undo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What there is to harm.

    Attributes:
        present: the processes of roles that live now.
        restart: ends a process and gives what starts it again.
        proxies: by the address where they listen.
        links: by device.
        folders: those that may be filled, by name.
        delay_s: what a proxy adds each way.
        loss: the share of packets that are lost.
        leave_bytes: room that filling leaves.
    """

    present: Callable[[], list[Victim]]
    restart: Callable[[Victim], Undo] | None = None
    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    folders: Mapping[str, Path] = field(default_factory=dict)
    delay_s: float = 0.1
    loss: float = 0.02
    leave_bytes: int = 0


class Harms:
    """Does acts, and remembers what is to be undone.

    Args:
        rig: what there is to harm.
    """

    def __init__(self, rig: Rig) -> None:
        self._rig: Final = rig
        self._undoings: dict[int, tuple[str, Undo]] = {}

    def begin(self, act: Act) -> str:
        """Do it; returns to whom it was done, for a person.

        Raises:
            NobodyError: there was nobody.
            VinofleetError: it could not be done.
        """
        done = self._to_a_process(act) if act.fault in OF_PROCESSES else self._to_a_thing(act)
        if done.undo is not None:
            self._undoings[act.number] = (done.to, done.undo)
        return done.to

    def end(self, act: Act) -> str:
        """Undo it; returns to whom it had been done, or nothing if it was never begun.

        Raises:
            VinofleetError: it could not be undone.
        """
        to, undo = self._undoings.pop(act.number, ("", lambda: None))
        undo()
        return to

    def undo_all(self) -> list[str]:
        """Undo what is left, the latest first; returns what could not be undone, for a person."""
        failures: list[str] = []
        while self._undoings:
            _, (_, undo) = self._undoings.popitem()
            try:
                undo()
            except VinofleetError as error:
                failures.append(str(error))
            except Exception as error:  # noqa: BLE001 - a defect as well keeps nobody else frozen; it fails the run
                failures.append(repr(error))
        return failures

    def _to_a_process(self, act: Act) -> Done:
        candidates = [each for each in self._rig.present() if each.role == act.target]
        if act.fault is Fault.FREEZE:
            candidates = [each for each in candidates if not each.is_stopped]
        if not candidates:
            raise NobodyError(f"no {act.target} is there")
        chosen = candidates[act.pick % len(candidates)]
        try:
            return Done(str(chosen), self._harm(act.fault, chosen))
        except GoneError:
            raise NobodyError(f"{chosen} has just ended") from None

    def _harm(self, fault: Fault, chosen: Victim) -> Undo | None:
        if fault is Fault.FREEZE:
            return _freeze(chosen)
        if fault is Fault.RESTART and self._rig.restart is not None:
            return self._rig.restart(chosen)
        with Hold(chosen.pid, chosen.started) as hold:
            hold.send(signal.SIGTERM if fault is Fault.DRAIN else signal.SIGKILL)
        return None

    def _to_a_thing(self, act: Act) -> Done:
        rig, target = self._rig, act.target
        match act.fault:
            case Fault.FILL:
                return _fill(target, rig.folders[target], rig.leave_bytes)
            case Fault.LOSE:
                rig.links[target].lose(rig.loss)
                return Done(f"{target} ({rig.loss:.0%} of packets)", rig.links[target].heal)
            case Fault.DOWN:
                rig.links[target].down()
                return Done(target, rig.links[target].up)
            case _:
                return self._to_a_proxy(act, rig.proxies[target])

    def _to_a_proxy(self, act: Act, proxy: Proxy) -> Done:
        match act.fault:
            case Fault.DELAY:
                proxy.delay_s = self._rig.delay_s
                return Done(f"{act.target} ({self._rig.delay_s * 1e3:.0f} ms each way)", lambda: _no_delay(proxy))
            case Fault.STALL:
                ways = WAYS[act.pick % len(WAYS)]
                proxy.stall(*ways)
                return Done(f"{act.target} ({ways[0].value if ways else 'both ways'})", proxy.heal)
            case Fault.CUT:
                proxy.cut()
                return Done(act.target, proxy.heal)
            case _:
                return Done(f"{act.target} ({proxy.reset()} connections)")


def _fill(target: str, folder: Path, leave_bytes: int) -> Done:
    try:
        filler = Filler(folder, leave_bytes)
    except DiskFullError as full:
        raise NobodyError(str(full)) from None
    return Done(f"{target} ({filler.taken_bytes} bytes)", filler.close)


def _no_delay(proxy: Proxy) -> None:
    proxy.delay_s = 0.0


def _freeze(chosen: Victim) -> Undo:
    """Stop a process; its undoing is to wake it up, if it is still there."""
    hold = Hold(chosen.pid, chosen.started)
    try:
        hold.send(signal.SIGSTOP)
    except BaseException:
        hold.close()
        raise

    def thaw() -> None:
        with hold, suppress(GoneError):
            hold.send(signal.SIGCONT)

    return thaw
